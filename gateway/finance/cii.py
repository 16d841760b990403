"""Factur-X: the CII syntax of EN 16931, its elements in the order that the schema wants."""

from __future__ import annotations

from datetime import date
from typing import Final

from gateway.finance.en16931 import (
    PROFILE_EN16931,
    Breakdown,
    FinancialDocument,
    Line,
    Trader,
    breakdowns_of,
    plain,
    totals_of,
)
from gateway.finance.xml import DECLARATION, element, optional, text

_UNECE: Final = "urn:un:unece:uncefact:data:standard:"
_NAMESPACES: Final = {
    "xmlns:rsm": _UNECE + "CrossIndustryInvoice:100",
    "xmlns:ram": _UNECE + "ReusableAggregateBusinessInformationEntity:100",
    "xmlns:udt": _UNECE + "UnqualifiedDataType:100",
    "xmlns:qdt": _UNECE + "QualifiedDataType:100",
}


def write_cii(document: FinancialDocument, *, profile: str = PROFILE_EN16931) -> bytes:
    root = element(
        "rsm:CrossIndustryInvoice",
        _context(document, profile),
        _header(document),
        element(
            "rsm:SupplyChainTradeTransaction",
            *map(_line, document.lines),
            _agreement(document),
            _delivery(document),
            _settlement(document),
        ),
        **_NAMESPACES,
    )
    return (DECLARATION + root).encode()


def _context(document: FinancialDocument, profile: str) -> str:
    process = ""
    if document.process:
        process = element(
            "ram:BusinessProcessSpecifiedDocumentContextParameter", text("ram:ID", document.process)
        )
    guideline = element("ram:GuidelineSpecifiedDocumentContextParameter", text("ram:ID", profile))
    return element("rsm:ExchangedDocumentContext", process, guideline)


def _header(document: FinancialDocument) -> str:
    notes = (
        element(
            "ram:IncludedNote",
            text("ram:Content", note.text),
            optional("ram:SubjectCode", note.subject),
        )
        for note in document.remarks
    )
    return element(
        "rsm:ExchangedDocument",
        text("ram:ID", document.number),
        text("ram:TypeCode", document.type_code),
        _date("ram:IssueDateTime", document.issued_on),
        *notes,
    )


def _line(line: Line) -> str:
    rate = None if line.vat.rate is None else plain(line.vat.rate)
    return element(
        "ram:IncludedSupplyChainTradeLineItem",
        element("ram:AssociatedDocumentLineDocument", text("ram:LineID", line.line_id)),
        element(
            "ram:SpecifiedTradeProduct",
            text("ram:Name", line.name),
            optional("ram:Description", line.description),
        ),
        element(
            "ram:SpecifiedLineTradeAgreement",
            element(
                "ram:NetPriceProductTradePrice", text("ram:ChargeAmount", plain(line.unit_price))
            ),
        ),
        element(
            "ram:SpecifiedLineTradeDelivery",
            text("ram:BilledQuantity", plain(line.quantity), unitCode=line.unit),
        ),
        element(
            "ram:SpecifiedLineTradeSettlement",
            element(
                "ram:ApplicableTradeTax",
                text("ram:TypeCode", "VAT"),
                text("ram:CategoryCode", line.vat.category),
                optional("ram:RateApplicablePercent", rate),
            ),
            element(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                text("ram:LineTotalAmount", line.net),
            ),
        ),
    )


def _agreement(document: FinancialDocument) -> str:
    return element(
        "ram:ApplicableHeaderTradeAgreement",
        optional("ram:BuyerReference", document.buyer_reference),
        _party("ram:SellerTradeParty", document.seller),
        _party("ram:BuyerTradeParty", document.buyer),
    )


def _party(name: str, party: Trader) -> str:
    legal = endpoint = ""
    if party.legal_id:
        scheme = {"schemeID": party.legal_id_scheme} if party.legal_id_scheme else {}
        legal = element("ram:SpecifiedLegalOrganization", text("ram:ID", party.legal_id, **scheme))
    if party.endpoint:
        endpoint = element(
            "ram:URIUniversalCommunication",
            text("ram:URIID", party.endpoint, schemeID=party.endpoint_scheme),
        )
    registrations = (
        element("ram:SpecifiedTaxRegistration", text("ram:ID", number, schemeID=scheme))
        for number, scheme in ((party.vat_id, "VA"), (party.tax_number, "FC"))
        if number
    )
    address = element(
        "ram:PostalTradeAddress",
        optional("ram:PostcodeCode", party.postcode),
        optional("ram:LineOne", party.street),
        optional("ram:CityName", party.city),
        text("ram:CountryID", party.country),
    )
    return element(
        name,
        optional("ram:ID", party.party_id),
        text("ram:Name", party.name),
        legal,
        address,
        endpoint,
        *registrations,
    )


def _delivery(document: FinancialDocument) -> str:
    event = element(
        "ram:ActualDeliverySupplyChainEvent", _date("ram:OccurrenceDateTime", document.period_end)
    )
    return element("ram:ApplicableHeaderTradeDelivery", event)


def _settlement(document: FinancialDocument) -> str:
    breakdowns = breakdowns_of(document)
    return element(
        "ram:ApplicableHeaderTradeSettlement",
        optional("ram:TaxCurrencyCode", document.tax_currency),
        text("ram:InvoiceCurrencyCode", document.currency),
        _payment_means(document),
        *map(_breakdown, breakdowns),
        element(
            "ram:BillingSpecifiedPeriod",
            _date("ram:StartDateTime", document.period_start),
            _date("ram:EndDateTime", document.period_end),
        ),
        element(
            "ram:SpecifiedTradePaymentTerms",
            optional("ram:Description", document.terms),
            _date("ram:DueDateDateTime", document.due_on),
        ),
        _summation(document, breakdowns),
        *(
            element(
                "ram:InvoiceReferencedDocument",
                text("ram:IssuerAssignedID", original.number),
                _date("ram:FormattedIssueDateTime", original.issued_on, prefix="qdt"),
            )
            for original in document.preceding
        ),
    )


def _payment_means(document: FinancialDocument) -> str:
    account = ""
    if document.iban:
        account = element(
            "ram:PayeePartyCreditorFinancialAccount", text("ram:IBANID", document.iban)
        )
    means = text("ram:TypeCode", document.payment_means)
    return element("ram:SpecifiedTradeSettlementPaymentMeans", means, account)


def _breakdown(breakdown: Breakdown) -> str:
    treatment = breakdown.treatment
    return element(
        "ram:ApplicableTradeTax",
        text("ram:CalculatedAmount", breakdown.amount),
        text("ram:TypeCode", "VAT"),
        optional("ram:ExemptionReason", treatment.exemption_text),
        text("ram:BasisAmount", breakdown.basis),
        text("ram:CategoryCode", treatment.category),
        optional("ram:ExemptionReasonCode", treatment.exemption_code),
        optional(
            "ram:RateApplicablePercent", None if treatment.rate is None else plain(treatment.rate)
        ),
    )


def _summation(document: FinancialDocument, breakdowns: tuple[Breakdown, ...]) -> str:
    result = totals_of(document, breakdowns)
    second_vat = ""
    if document.tax_currency and document.tax_currency_vat is not None:
        second_vat = text(
            "ram:TaxTotalAmount", document.tax_currency_vat, currencyID=document.tax_currency
        )
    return element(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        text("ram:LineTotalAmount", result.lines),
        text("ram:TaxBasisTotalAmount", result.lines),
        text("ram:TaxTotalAmount", result.vat, currencyID=document.currency),
        second_vat,
        text("ram:GrandTotalAmount", result.gross),
        optional("ram:TotalPrepaidAmount", result.prepaid or None),
        text("ram:DuePayableAmount", result.due),
    )


def _date(name: str, value: date, prefix: str = "udt") -> str:
    return element(name, text(f"{prefix}:DateTimeString", value.strftime("%Y%m%d"), format="102"))
