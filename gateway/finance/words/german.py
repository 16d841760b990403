"""A document's words in German."""

from __future__ import annotations

from typing import Final

from domain.invoices.rules import DocumentKind, Note
from gateway.finance.words.words import Letter, Words

GERMAN: Final = Words(
    titles={
        DocumentKind.FEE_INVOICE: "Rechnung",
        DocumentKind.SELF_BILL: "Gutschrift",  # UStG section 14 (4) no. 10 asks for this word
        DocumentKind.CREDIT_NOTE: "Rechnungskorrektur",  # "Gutschrift" would mean a self-bill
        DocumentKind.CORRECTED_INVOICE: "Berichtigte Rechnung",
        DocumentKind.DEPOSIT_RECEIPT: "Quittung über eine Einzahlung",
        DocumentKind.PAYOUT_STATEMENT: "Auszahlungsbeleg",
        DocumentKind.ACCOUNT_STATEMENT: "Kontoauszug",
    },
    seller="Leistender",
    buyer="Leistungsempfänger",
    number="Nummer",
    issued_on="Ausstellungsdatum",
    period="Leistungszeitraum",
    currency="Währung",
    about="{title} {number} vom {day}",
    member_id="Mitglied",
    vat_id="USt-IdNr.",
    tax_number="Steuernummer",
    legal_id="Registernummer",
    columns=("#", "Beschreibung", "Menge", "Einzelpreis", "Betrag"),
    entry_columns=("Datum", "Bewegung", "Betrag", "Saldo"),
    details={
        DocumentKind.FEE_INVOICE: "Vermittlungsgebühr je angenommener Arbeit",
        DocumentKind.SELF_BILL: "Vergütung je angenommener Arbeit",
        DocumentKind.DEPOSIT_RECEIPT: "Erhalten",
        DocumentKind.PAYOUT_STATEMENT: "Ausgezahlt",
    },
    placement="Bezahlte Hervorhebung der Kampagne",
    bonus_details={
        DocumentKind.FEE_INVOICE: "Gebühr je Bonus",
        DocumentKind.SELF_BILL: "Bonus für angenommene Arbeit",
    },
    events={
        "E1": "Einzahlung",
        "E2": "Kampagne bezahlt",
        "E2f": "Kampagne hervorgehoben",
        "E2r": "Preis einer Kampagne geändert",
        "E4": "Arbeit angenommen",
        "E4p": "Arbeit teilweise angenommen",
        "E4r": "Ablehnung zurückgenommen",
        "E6": "Bonus",
        "E7": "Empfehlungsprämie",
        "E7r": "Empfehlungsprämie zurückgefordert",
        "E8": "Auszahlung",
        "E8r": "Auszahlung zurückgekommen",
        "E9r": "Auszahlung zurückgekommen",
        "E10": "Kampagne beendet: Rest zurück",
        "E11": "Einzahlung angefochten",
        "E11r": "Anfechtung gewonnen",
        "E12": "Angefochtene Einzahlung verloren",
        "E13": "Einzahlung erstattet",
        "E20": "Betrug erstattet",
        "E21": "Verdienst als Auftraggeber verwendet",
        "E24r": "Gebühr gutgeschrieben",
        "payout_fee": "Auszahlungsgebühr",
    },
    other_event="Bewegung {event}",
    opening="Anfangssaldo",
    closing="Endsaldo",
    carried="Übertragene Bruchteile",
    carried_why="Was die Zeilen oben und frühere Belege unter der kleinsten Einheit ließen",
    net="Nettobetrag",
    vat="USt. {rate}",
    total="Gesamtbetrag",
    paid={
        DocumentKind.FEE_INVOICE: "Aus dem Guthaben bezahlt",
        DocumentKind.SELF_BILL: "Dem Verdienst gutgeschrieben",
    },
    due="Zahlbetrag",
    untitled="Kampagne ohne Namen",
    exemptions={
        "VATEX-EU-AE": "Steuerschuldnerschaft des Leistungsempfängers (Richtlinie 2006/112/EG).",
    },
    notes={
        Note.PAID_FROM_DEPOSIT: "Aus Ihrem Guthaben bezahlt: Es ist nichts mehr zu zahlen.",
        Note.NO_VAT_CHARGED: "Auf diese Leistung wird keine Umsatzsteuer berechnet.",
        Note.SELF_BILLING: (
            "Gutschrift: Der Leistungsempfänger stellt diesen Beleg im Namen des Leistenden aus."
        ),
        Note.PRIVATE_PERSON: (
            "Der Leistende ist eine Privatperson: Es wird keine Umsatzsteuer ausgewiesen, "
            "und es ist keine abziehbar."
        ),
        Note.CREDITED_TO_EARNINGS: (
            "Der Gesamtbetrag wurde dem Verdienst des Leistenden gutgeschrieben."
        ),
        Note.REFUNDED_TO_DEPOSIT: "Der Gesamtbetrag wurde Ihrem Guthaben wieder zugeführt.",
        Note.REPLACED: "Ein neuer Beleg mit den richtigen Angaben ersetzt den oben genannten.",
        Note.TAKEN_BACK: (
            "Der Leistende hat widersprochen: Der oben genannte Beleg wirkt nicht mehr."
        ),
        Note.NOT_AN_INVOICE: "Dies ist keine Rechnung und weist keine Umsatzsteuer aus.",
        Note.DEPOSIT_RESERVED: (
            "Das Geld ist nur für Sie reserviert. Eine Rechnung folgt, wenn Arbeit angenommen ist."
        ),
    },
    reason="Grund: {reason}",
    carried_in="Nichts wird gerundet: {amount} kamen aus früheren Belegen.",
    carried_out="Nichts wird gerundet: {amount} gehen in den nächsten Beleg über.",
    footer="Seite",
    letter=Letter(
        subject="{title} {number}",
        body="Guten Tag,\n\nanbei: {title} {number} von {issuer}.\n\n{issuer}\n",
    ),
)
