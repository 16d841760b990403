"""A document's words in Portuguese."""

from __future__ import annotations

from typing import Final

from domain.invoices.rules import DocumentKind, Note
from gateway.finance.words.words import Letter, Words

PORTUGUESE: Final = Words(
    titles={
        DocumentKind.FEE_INVOICE: "Fatura",
        DocumentKind.SELF_BILL: "Autofaturação",  # CIVA art. 36 (11)
        DocumentKind.CREDIT_NOTE: "Nota de crédito",
        DocumentKind.CORRECTED_INVOICE: "Fatura corrigida",
        DocumentKind.DEPOSIT_RECEIPT: "Recibo de depósito",
        DocumentKind.PAYOUT_STATEMENT: "Comprovativo de pagamento",
        DocumentKind.ACCOUNT_STATEMENT: "Extrato de conta",
    },
    seller="Fornecedor",
    buyer="Cliente",
    number="Número",
    issued_on="Data de emissão",
    period="Período do serviço",
    currency="Moeda",
    about="{title} {number} de {day}",
    member_id="Membro",
    vat_id="N.º de IVA",
    tax_number="Número fiscal",
    legal_id="Número de registo",
    columns=("#", "Descrição", "Quantidade", "Preço unitário", "Montante"),
    entry_columns=("Data", "Movimento", "Montante", "Saldo"),
    details={
        DocumentKind.FEE_INVOICE: "Comissão por trabalho aprovado",
        DocumentKind.SELF_BILL: "Remuneração por trabalho aprovado",
        DocumentKind.DEPOSIT_RECEIPT: "Recebido",
        DocumentKind.PAYOUT_STATEMENT: "Pago",
    },
    placement="Destaque pago da campanha",
    bonus_details={
        DocumentKind.FEE_INVOICE: "Taxa por bónus",
        DocumentKind.SELF_BILL: "Bónus por trabalho aceite",
    },
    events={
        "E1": "Depósito",
        "E2": "Campanha financiada",
        "E2f": "Campanha destacada",
        "E2r": "Preço de uma campanha alterado",
        "E4": "Trabalho aprovado",
        "E4p": "Trabalho aprovado em parte",
        "E4r": "Rejeição anulada",
        "E6": "Bónus",
        "E7": "Prémio por recomendação",
        "E7r": "Prémio por recomendação retirado",
        "E8": "Pagamento",
        "E8r": "Pagamento devolvido",
        "E9r": "Pagamento devolvido",
        "E10": "Campanha terminada: resto devolvido",
        "E11": "Depósito contestado",
        "E11r": "Contestação ganha",
        "E12": "Depósito contestado perdido",
        "E13": "Depósito reembolsado",
        "E20": "Fraude devolvida",
        "E21": "Ganhos gastos como empregador",
        "E24r": "Comissão creditada",
        "payout_fee": "Taxa de pagamento",
    },
    other_event="Movimento {event}",
    opening="Saldo inicial",
    closing="Saldo final",
    carried="Frações transitadas",
    carried_why="O que as linhas acima e outros documentos deixaram abaixo da unidade mínima",
    net="Valor líquido",
    vat="IVA {rate}",
    total="Total",
    paid={
        DocumentKind.FEE_INVOICE: "Pago com o depósito",
        DocumentKind.SELF_BILL: "Creditado nos ganhos",
    },
    due="Valor a pagar",
    untitled="Campanha sem nome",
    exemptions={
        "VATEX-EU-AE": "Autoliquidação: o IVA é devido pelo adquirente (Diretiva 2006/112/CE).",
    },
    notes={
        Note.PAID_FROM_DEPOSIT: "Pago com o seu depósito: nada fica por pagar.",
        Note.NO_VAT_CHARGED: "Não é cobrado IVA por este serviço.",
        Note.SELF_BILLING: ("Autofaturação: o cliente emite este documento em nome do fornecedor."),
        Note.PRIVATE_PERSON: (
            "O fornecedor é um particular: não é indicado IVA e nenhum é dedutível."
        ),
        Note.CREDITED_TO_EARNINGS: "O total foi creditado nos ganhos do fornecedor.",
        Note.REFUNDED_TO_DEPOSIT: "O total foi devolvido ao seu depósito.",
        Note.REPLACED: "Um novo documento com os dados certos substitui o indicado acima.",
        Note.TAKEN_BACK: "O fornecedor opôs-se: o documento indicado acima deixa de ter efeito.",
        Note.NOT_AN_INVOICE: "Isto não é uma fatura e não indica IVA.",
        Note.DEPOSIT_RESERVED: (
            "O dinheiro está apenas reservado. A fatura segue quando houver trabalho aprovado."
        ),
    },
    reason="Motivo: {reason}",
    carried_in="Nada é arredondado: {amount} vêm de documentos anteriores.",
    carried_out="Nada é arredondado: {amount} passam para o documento seguinte.",
    footer="Página",
    letter=Letter(
        subject="{title} {number}",
        body="Olá,\n\nem anexo: {title} {number} de {issuer}.\n\n{issuer}\n",
    ),
)
