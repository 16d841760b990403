"""A document's words in French."""

from __future__ import annotations

from typing import Final

from domain.invoices.rules import DocumentKind, Note
from gateway.finance.words.words import Letter, Words

FRENCH: Final = Words(
    titles={
        DocumentKind.FEE_INVOICE: "Facture",
        DocumentKind.SELF_BILL: "Autofacturation",  # CGI annexe II, art. 242 nonies A
        DocumentKind.CREDIT_NOTE: "Avoir",
        DocumentKind.CORRECTED_INVOICE: "Facture rectificative",
        DocumentKind.DEPOSIT_RECEIPT: "Reçu de dépôt",
        DocumentKind.PAYOUT_STATEMENT: "Relevé de versement",
        DocumentKind.ACCOUNT_STATEMENT: "Relevé de compte",
    },
    seller="Fournisseur",
    buyer="Client",
    number="Numéro",
    issued_on="Date d'émission",
    period="Période de prestation",
    currency="Devise",
    about="{title} {number} du {day}",
    member_id="Membre",
    vat_id="N° de TVA",
    tax_number="Numéro fiscal",
    legal_id="N° d'immatriculation",
    columns=("#", "Description", "Quantité", "Prix unitaire", "Montant"),
    entry_columns=("Date", "Mouvement", "Montant", "Solde"),
    details={
        DocumentKind.FEE_INVOICE: "Commission par travail accepté",
        DocumentKind.SELF_BILL: "Rémunération par travail accepté",
        DocumentKind.DEPOSIT_RECEIPT: "Reçu",
        DocumentKind.PAYOUT_STATEMENT: "Versé",
    },
    placement="Mise en avant payante de la campagne",
    bonus_details={
        DocumentKind.FEE_INVOICE: "Frais par bonus",
        DocumentKind.SELF_BILL: "Bonus pour un travail accepté",
    },
    events={
        "E1": "Dépôt",
        "E2": "Campagne financée",
        "E2f": "Campagne mise en avant",
        "E2r": "Prix d'une campagne modifié",
        "E4": "Travail accepté",
        "E4p": "Travail accepté en partie",
        "E4r": "Refus annulé",
        "E6": "Bonus",
        "E7": "Prime de parrainage",
        "E7r": "Prime de parrainage reprise",
        "E8": "Versement",
        "E8r": "Versement revenu",
        "E9r": "Versement revenu",
        "E10": "Campagne terminée : reste rendu",
        "E11": "Dépôt contesté",
        "E11r": "Contestation gagnée",
        "E12": "Dépôt contesté perdu",
        "E13": "Dépôt remboursé",
        "E20": "Fraude remboursée",
        "E21": "Gains dépensés comme employeur",
        "E24r": "Commission remboursée",
        "payout_fee": "Frais de versement",
    },
    other_event="Mouvement {event}",
    opening="Solde initial",
    closing="Solde final",
    carried="Fractions reportées",
    carried_why="Ce que les lignes ci-dessus et d'autres documents ont laissé sous l'unité",
    net="Montant HT",
    vat="TVA {rate}",
    total="Total",
    paid={
        DocumentKind.FEE_INVOICE: "Payé par le dépôt",
        DocumentKind.SELF_BILL: "Crédité aux gains",
    },
    due="Reste à payer",
    untitled="Campagne sans nom",
    exemptions={
        "VATEX-EU-AE": "Autoliquidation : la TVA est due par le preneur (directive 2006/112/CE).",
    },
    notes={
        Note.PAID_FROM_DEPOSIT: "Payé par votre dépôt : il ne reste rien à payer.",
        Note.NO_VAT_CHARGED: "Aucune TVA n'est facturée sur cette prestation.",
        Note.SELF_BILLING: (
            "Autofacturation : le client émet ce document au nom et pour le compte du fournisseur."
        ),
        Note.PRIVATE_PERSON: (
            "Le fournisseur est un particulier : aucune TVA n'est indiquée ni déductible."
        ),
        Note.CREDITED_TO_EARNINGS: "Le total a été crédité aux gains du fournisseur.",
        Note.REFUNDED_TO_DEPOSIT: "Le total a été rendu à votre dépôt.",
        Note.REPLACED: (
            "Un nouveau document avec les données exactes remplace celui nommé ci-dessus."
        ),
        Note.TAKEN_BACK: (
            "Le fournisseur s'y est opposé : le document nommé ci-dessus est sans effet."
        ),
        Note.NOT_AN_INVOICE: "Ce document n'est pas une facture et n'indique aucune TVA.",
        Note.DEPOSIT_RESERVED: (
            "L'argent vous est seulement réservé. Une facture suit quand un travail est accepté."
        ),
    },
    reason="Motif : {reason}",
    carried_in="Rien n'est arrondi : {amount} viennent de documents antérieurs.",
    carried_out="Rien n'est arrondi : {amount} passent au document suivant.",
    footer="Page",
    letter=Letter(
        subject="{title} {number}",
        body="Bonjour,\n\nci-joint : {title} {number} de {issuer}.\n\n{issuer}\n",
    ),
)
