"""UBL 2.1: the other syntax of EN 16931, which Peppol carries. Two roots: invoice, credit note."""

from __future__ import annotations

from typing import Final

from gateway.finance.en16931 import (
    PROFILE_EN16931,
    Breakdown,
    FinancialDocument,
    Line,
    Remark,
    Totals,
    Trader,
    Treatment,
    breakdowns_of,
    plain,
    totals_of,
)
from gateway.finance.xml import DECLARATION, element, optional, text

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"


def write_ubl(document: FinancialDocument, *, profile: str = PROFILE_EN16931) -> bytes:
    kind = "CreditNote" if document.is_credit_note else "Invoice"
    breakdowns = breakdowns_of(document)
    result = totals_of(document, breakdowns)
    root = element(
        kind,
        text("cbc:CustomizationID", profile),
        optional("cbc:ProfileID", document.process),
        text("cbc:ID", document.number),
        text("cbc:IssueDate", document.issued_on.isoformat()),
        "" if document.is_credit_note else text("cbc:DueDate", document.due_on.isoformat()),
        text(f"cbc:{kind}TypeCode", document.type_code),
        *map(_note, document.remarks),
        text("cbc:DocumentCurrencyCode", document.currency),
        optional("cbc:TaxCurrencyCode", document.tax_currency),
        optional("cbc:BuyerReference", document.buyer_reference),
        element(
            "cac:InvoicePeriod",
            text("cbc:StartDate", document.period_start.isoformat()),
            text("cbc:EndDate", document.period_end.isoformat()),
        ),
        *(
            element(
                "cac:BillingReference",
                element(
                    "cac:InvoiceDocumentReference",
                    text("cbc:ID", original.number),
                    text("cbc:IssueDate", original.issued_on.isoformat()),
                ),
            )
            for original in document.preceding
        ),
        element("cac:AccountingSupplierParty", _party(document.seller)),
        element("cac:AccountingCustomerParty", _party(document.buyer)),
        element("cac:Delivery", text("cbc:ActualDeliveryDate", document.period_end.isoformat())),
        _payment_means(document),
        _terms(document),
        _tax_total(document, breakdowns, result),
        _second_tax_total(document),
        _monetary_total(document, result),
        *(_line(line, document, kind) for line in document.lines),
        **{
            "xmlns": f"{_UBL}{kind}-2",
            "xmlns:cac": f"{_UBL}CommonAggregateComponents-2",
            "xmlns:cbc": f"{_UBL}CommonBasicComponents-2",
        },
    )
    return (DECLARATION + root).encode()


def _note(note: Remark) -> str:
    return text("cbc:Note", f"#{note.subject}#{note.text}" if note.subject else note.text)


def _party(party: Trader) -> str:
    identification = ""
    if party.party_id:
        identification = element("cac:PartyIdentification", text("cbc:ID", party.party_id))
    tax_schemes = (
        element(
            "cac:PartyTaxScheme",
            text("cbc:CompanyID", number),
            element("cac:TaxScheme", text("cbc:ID", scheme)),
        )
        for number, scheme in ((party.vat_id, "VAT"), (party.tax_number, "TAX"))
        if number
    )
    legal_scheme = {"schemeID": party.legal_id_scheme} if party.legal_id_scheme else {}
    return element(
        "cac:Party",
        optional("cbc:EndpointID", party.endpoint, schemeID=party.endpoint_scheme),
        identification,
        element(
            "cac:PostalAddress",
            optional("cbc:StreetName", party.street),
            optional("cbc:CityName", party.city),
            optional("cbc:PostalZone", party.postcode),
            element("cac:Country", text("cbc:IdentificationCode", party.country)),
        ),
        *tax_schemes,
        element(
            "cac:PartyLegalEntity",
            text("cbc:RegistrationName", party.name),
            optional("cbc:CompanyID", party.legal_id, **legal_scheme),
        ),
    )


def _payment_means(document: FinancialDocument) -> str:
    account = ""
    if document.iban:
        account = element("cac:PayeeFinancialAccount", text("cbc:ID", document.iban))
    due = text("cbc:PaymentDueDate", document.due_on.isoformat()) if document.is_credit_note else ""
    return element(
        "cac:PaymentMeans", text("cbc:PaymentMeansCode", document.payment_means), due, account
    )


def _terms(document: FinancialDocument) -> str:
    return element("cac:PaymentTerms", text("cbc:Note", document.terms)) if document.terms else ""


def _tax_total(
    document: FinancialDocument, breakdowns: tuple[Breakdown, ...], result: Totals
) -> str:
    subtotals = (
        element(
            "cac:TaxSubtotal",
            text("cbc:TaxableAmount", breakdown.basis, currencyID=document.currency),
            text("cbc:TaxAmount", breakdown.amount, currencyID=document.currency),
            _tax_category("cac:TaxCategory", breakdown.treatment, with_reason=True),
        )
        for breakdown in breakdowns
    )
    return element(
        "cac:TaxTotal", text("cbc:TaxAmount", result.vat, currencyID=document.currency), *subtotals
    )


def _second_tax_total(document: FinancialDocument) -> str:
    if not document.tax_currency or document.tax_currency_vat is None:
        return ""
    amount = text("cbc:TaxAmount", document.tax_currency_vat, currencyID=document.tax_currency)
    return element("cac:TaxTotal", amount)


def _tax_category(name: str, treatment: Treatment, *, with_reason: bool) -> str:
    reason = ""
    if with_reason:
        code = optional("cbc:TaxExemptionReasonCode", treatment.exemption_code)
        reason = code + optional("cbc:TaxExemptionReason", treatment.exemption_text)
    return element(
        name,
        text("cbc:ID", treatment.category),
        optional("cbc:Percent", None if treatment.rate is None else plain(treatment.rate)),
        reason,
        element("cac:TaxScheme", text("cbc:ID", "VAT")),
    )


def _monetary_total(document: FinancialDocument, result: Totals) -> str:
    amounts = (
        ("cbc:LineExtensionAmount", result.lines),
        ("cbc:TaxExclusiveAmount", result.lines),
        ("cbc:TaxInclusiveAmount", result.gross),
        ("cbc:PrepaidAmount", result.prepaid or None),
        ("cbc:PayableAmount", result.due),
    )
    return element(
        "cac:LegalMonetaryTotal",
        *(optional(name, value, currencyID=document.currency) for name, value in amounts),
    )


def _line(line: Line, document: FinancialDocument, kind: str) -> str:
    quantity_name = "cbc:CreditedQuantity" if kind == "CreditNote" else "cbc:InvoicedQuantity"
    return element(
        f"cac:{kind}Line",
        text("cbc:ID", line.line_id),
        text(quantity_name, plain(line.quantity), unitCode=line.unit),
        text("cbc:LineExtensionAmount", line.net, currencyID=document.currency),
        element(
            "cac:Item",
            optional("cbc:Description", line.description),
            text("cbc:Name", line.name),
            _tax_category("cac:ClassifiedTaxCategory", line.vat, with_reason=False),
        ),
        element(
            "cac:Price",
            text("cbc:PriceAmount", plain(line.unit_price), currencyID=document.currency),
        ),
    )
