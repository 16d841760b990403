"""A document's words in Spanish."""

from __future__ import annotations

from typing import Final

from domain.invoices.rules import DocumentKind, Note
from gateway.finance.words.words import Letter, Words

SPANISH: Final = Words(
    titles={
        DocumentKind.FEE_INVOICE: "Factura",
        DocumentKind.SELF_BILL: "Facturación por el destinatario",  # RD 1619/2012, art. 6 (1)
        DocumentKind.CREDIT_NOTE: "Factura de abono",
        DocumentKind.CORRECTED_INVOICE: "Factura rectificativa",
        DocumentKind.DEPOSIT_RECEIPT: "Recibo de depósito",
        DocumentKind.PAYOUT_STATEMENT: "Comprobante de pago",
        DocumentKind.ACCOUNT_STATEMENT: "Extracto de cuenta",
    },
    seller="Proveedor",
    buyer="Cliente",
    number="Número",
    issued_on="Fecha de emisión",
    period="Periodo del servicio",
    currency="Moneda",
    about="{title} {number} del {day}",
    member_id="Miembro",
    vat_id="NIF-IVA",
    tax_number="Número fiscal",
    legal_id="Número de registro",
    columns=("#", "Descripción", "Cantidad", "Precio unitario", "Importe"),
    entry_columns=("Fecha", "Movimiento", "Importe", "Saldo"),
    details={
        DocumentKind.FEE_INVOICE: "Comisión por trabajo aprobado",
        DocumentKind.SELF_BILL: "Remuneración por trabajo aprobado",
        DocumentKind.DEPOSIT_RECEIPT: "Recibido",
        DocumentKind.PAYOUT_STATEMENT: "Pagado",
    },
    placement="Colocación pagada de la campaña",
    bonus_details={
        DocumentKind.FEE_INVOICE: "Comisión por bonificación",
        DocumentKind.SELF_BILL: "Bonificación por trabajo aceptado",
    },
    events={
        "E1": "Depósito",
        "E2": "Campaña financiada",
        "E2f": "Campaña destacada",
        "E2r": "Precio de una campaña cambiado",
        "E4": "Trabajo aprobado",
        "E4p": "Trabajo aprobado en parte",
        "E4r": "Rechazo anulado",
        "E6": "Bonificación",
        "E7": "Premio por recomendación",
        "E7r": "Premio por recomendación retirado",
        "E8": "Pago",
        "E8r": "Pago devuelto",
        "E9r": "Pago devuelto",
        "E10": "Campaña terminada: resto devuelto",
        "E11": "Depósito impugnado",
        "E11r": "Impugnación ganada",
        "E12": "Depósito impugnado perdido",
        "E13": "Depósito reembolsado",
        "E20": "Fraude devuelto",
        "E21": "Ganancias gastadas como empleador",
        "E24r": "Comisión abonada",
        "payout_fee": "Comisión de pago",
    },
    other_event="Movimiento {event}",
    opening="Saldo inicial",
    closing="Saldo final",
    carried="Fracciones trasladadas",
    carried_why="Lo que las líneas anteriores y otros documentos dejaron bajo la unidad mínima",
    net="Base imponible",
    vat="IVA {rate}",
    total="Total",
    paid={
        DocumentKind.FEE_INVOICE: "Pagado con el depósito",
        DocumentKind.SELF_BILL: "Abonado a las ganancias",
    },
    due="Importe a pagar",
    untitled="Campaña sin nombre",
    exemptions={
        "VATEX-EU-AE": "Inversión del sujeto pasivo: el cliente debe el IVA (Dir. 2006/112/CE).",
    },
    notes={
        Note.PAID_FROM_DEPOSIT: "Pagado con su depósito: no queda nada por pagar.",
        Note.NO_VAT_CHARGED: "No se aplica IVA a este servicio.",
        Note.SELF_BILLING: (
            "Facturación por el destinatario: el cliente emite este documento en nombre "
            "del proveedor."
        ),
        Note.PRIVATE_PERSON: (
            "El proveedor es un particular: no se muestra IVA y ninguno es deducible."
        ),
        Note.CREDITED_TO_EARNINGS: "El total se abonó a las ganancias del proveedor.",
        Note.REFUNDED_TO_DEPOSIT: "El total se devolvió a su depósito.",
        Note.REPLACED: "Un documento nuevo con los datos correctos sustituye al nombrado arriba.",
        Note.TAKEN_BACK: "El proveedor se opuso: el documento nombrado arriba queda sin efecto.",
        Note.NOT_AN_INVOICE: "Esto no es una factura y no muestra IVA.",
        Note.DEPOSIT_RESERVED: (
            "El dinero solo está reservado para usted. La factura sigue cuando se aprueba trabajo."
        ),
    },
    reason="Motivo: {reason}",
    carried_in="Nada se redondea: {amount} vienen de documentos anteriores.",
    carried_out="Nada se redondea: {amount} pasan al documento siguiente.",
    footer="Página",
    letter=Letter(
        subject="{title} {number}",
        body="Hola:\n\nadjuntamos {title} {number} de {issuer}.\n\n{issuer}\n",
    ),
)
