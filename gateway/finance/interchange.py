"""Our document as the record of EN 16931: sums as decimals, words in its language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from domain.invoices.rules import Document, DocumentKind, DocumentLine, Note, Party
from domain.taxes.rules import VatCategory, VatTreatment
from gateway.finance.en16931 import (
    ZERO,
    Earlier,
    FinancialDocument,
    Line,
    Remark,
    Trader,
    Treatment,
)
from gateway.finance.words import Words, words_of

MemberRef: TypeAlias = Callable[[UUID], str]
"""How papers name a member: by the id that the API shows, never by the one of our rows."""
PIECE: Final = "C62"
# UNTDID 4461: what was agreed on beforehand, and what partners set off against each other.
PAID_FROM_DEPOSIT: Final = "57"
SET_OFF: Final = "97"
SIREN: Final = "0002"
SIREN_LENGTH: Final = 9
FRENCH_DIRECTORY: Final = "0225"
PREPAID_SERVICE: Final = "S2"  # the French process "services, already paid"
# What French law wants to be told on every invoice between businesses; all are paid at once here.
FRENCH_REMARKS: Final = (
    Remark(subject="PMT", text="Indemnité forfaitaire pour frais de recouvrement : 40 EUR (payée)"),
    Remark(subject="PMD", text="Pénalités de retard : trois fois le taux légal (payée)"),
    Remark(subject="AAB", text="Pas d'escompte pour paiement anticipé"),
)


def is_french(document: Document) -> bool:
    """The rules of France are for sellers who are businesses there."""
    return document.seller.country == "FR" and bool(
        document.seller.vat_id or document.seller.legal_id
    )


def interchange(document: Document, *, member_ref: MemberRef) -> FinancialDocument:
    """Only of a document that `has_xml`."""
    treatment, code = document.treatment, document.type_code
    assert treatment is not None and code is not None
    words, quantum = words_of(document.language), Decimal(1).scaleb(-document.exponent)
    vat = _treatment(treatment)
    is_outside = treatment.category is VatCategory.OUTSIDE
    record = FinancialDocument(
        number=document.number,
        type_code=code,
        issued_on=document.issued_on,
        due_on=document.issued_on,
        currency=document.currency,
        quantum=quantum,
        seller=_trader(document.seller, document, member_ref, is_outside=is_outside),
        buyer=_trader(document.buyer, document, member_ref, is_outside=is_outside),
        lines=tuple(
            _line(number, line, document, words, vat)
            for number, line in enumerate(document.lines, start=1)
        ),
        period_start=document.period_from,
        period_end=document.period_to,
        payment_means=SET_OFF
        if document.subject_kind is DocumentKind.SELF_BILL
        else PAID_FROM_DEPOSIT,
        prepaid=_amount(document.paid_minor, document),
        remarks=tuple(Remark(text=text) for text in _remarks(document, words)),
        terms=words.paid.get(document.subject_kind),
        preceding=()
        if document.preceding is None
        else (Earlier(number=document.preceding.number, issued_on=document.preceding.issued_on),),
        stated_vat=_amount(document.vat_minor, document)
        if document.kind is DocumentKind.CREDIT_NOTE
        or document.subject_kind is DocumentKind.SELF_BILL
        else None,
    )
    return _in_france(record) if is_french(document) else record


def _treatment(treatment: VatTreatment) -> Treatment:
    rate = treatment.basis_points
    return Treatment(
        category=treatment.category.value,
        rate=None if rate is None else Decimal(rate) / 100,
        exemption_code=treatment.exemption_code,
        exemption_text=treatment.exemption_text,
    )


def _trader(party: Party, document: Document, member_ref: MemberRef, *, is_outside: bool) -> Trader:
    """Beside category O no VAT id may stand, so our own id takes its place (BR-O-02)."""
    own_id = document.issuer.legal_id or party.country
    if party != document.issuer:
        assert party.member_id is not None, "whoever is not us is a member"
        own_id = member_ref(party.member_id)
    legal_id = party.legal_id or _siren(party)
    return Trader(
        name=party.name.strip() or own_id,
        country=party.country,
        street=party.street,
        postcode=party.postcode,
        city=party.city,
        party_id=own_id,
        legal_id=legal_id,
        legal_id_scheme=SIREN if legal_id and party.country == "FR" else None,
        vat_id=None if is_outside else party.vat_id,
        tax_number=party.tax_number if party == document.seller else None,
        endpoint=party.endpoint,
        endpoint_scheme=FRENCH_DIRECTORY if party.country == "FR" else "EM",
    )


def _siren(party: Party) -> str | None:
    """A French VAT id ends with the company's number, which its country wants to see as well."""
    is_known = party.country == "FR" and party.vat_id is not None
    return (party.vat_id or "")[-SIREN_LENGTH:] if is_known else None


def _line(
    number: int, line: DocumentLine, document: Document, words: Words, vat: Treatment
) -> Line:
    net = _amount(line.net_minor, document)
    title = " ".join(line.title.split())
    if line.campaign_id is None and not title:
        title, detail, price = words.carried, words.carried_why, net
    else:
        title = title or words.untitled
        detail = words.detail(document.subject_kind, line=line)
        price = Decimal(line.unit_micros).scaleb(-6)
    return Line(
        line_id=str(number),
        name=title,
        description=detail,
        quantity=Decimal(line.count),
        unit=PIECE,
        unit_price=price,
        net=net,
        vat=vat,
    )


def _remarks(document: Document, words: Words) -> list[str]:
    remarks = [words.notes[note] for note in document.notes if note is not Note.PAID_FROM_DEPOSIT]
    if document.reason:
        remarks.append(words.reason.format(reason=document.reason))
    return remarks


def _amount(minor: int, document: Document) -> Decimal:
    return Decimal(minor).scaleb(-document.exponent)


def _in_france(record: FinancialDocument) -> FinancialDocument:
    """Process, remarks and addresses that authorities there want; free lines are left out."""
    buyer = record.buyer
    is_local = buyer.country == "FR"
    is_business = bool(buyer.legal_id or buyer.vat_id)
    bar = ("B2B" if is_business else "B2C") if is_local else ("B2BINT" if is_business else "B2CINT")
    if bar == "B2B":
        endpoint = buyer.endpoint or buyer.legal_id
    else:
        endpoint = buyer.endpoint or buyer.party_id
    euros = record.currency == "EUR"
    return replace(
        record,
        seller=replace(
            record.seller,
            party_id=None,
            endpoint=record.seller.endpoint or record.seller.legal_id,
        ),
        buyer=replace(buyer, party_id=None, endpoint=endpoint, endpoint_scheme=FRENCH_DIRECTORY),
        process=PREPAID_SERVICE,
        remarks=(*FRENCH_REMARKS, Remark(subject="BAR", text=bar), *record.remarks),
        lines=tuple(line for line in record.lines if line.unit_price > 0),
        # VAT in euros would need a rate of exchange: with VAT the rule of France refuses it.
        tax_currency=None if euros else "EUR",
        tax_currency_vat=None if euros or any(line.vat.rate for line in record.lines) else ZERO,
    )
