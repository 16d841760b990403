"""What stands on a document and how its sums come about. Pure; nothing is ever rounded away.

A line bills whole minor units; fractions are carried until they make one. So
billed + carry = sum of the items, always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from domain.money import exponent_of, minor_step
from domain.taxes.rules import VatCategory, VatTreatment

DOCUMENT_EXPONENT_MAX: Final = 2  # EN 16931 (BR-DEC) allows two decimals in every amount
NUMBER_DIGITS: Final = 6
DRAFT_NUMBER: Final = "DRAFT"  # what a document is checked with before it has a number


class DocumentKind(StrEnum):
    FEE_INVOICE = "fee_invoice"  # platform -> employer
    SELF_BILL = "self_bill"  # the worker sells, the platform writes
    CREDIT_NOTE = "credit_note"  # takes back all or part of one of the two above
    CORRECTED_INVOICE = "corrected_invoice"  # where a country wants it instead of a credit note
    DEPOSIT_RECEIPT = "deposit_receipt"  # no invoice: the money is only reserved
    PAYOUT_STATEMENT = "payout_statement"  # what left, and where it came from
    ACCOUNT_STATEMENT = "account_statement"  # opening balance, movements, closing balance


class Note(StrEnum):
    """Sentences the law or the reader wants; the renderer has their words."""

    PAID_FROM_DEPOSIT = "paid_from_deposit"
    NO_VAT_CHARGED = "no_vat_charged"
    SELF_BILLING = "self_billing"  # "Gutschrift": art. 226 (10a) of the VAT directive
    PRIVATE_PERSON = "private_person"  # shows no VAT: what is shown is owed (UStG 14c)
    CREDITED_TO_EARNINGS = "credited_to_earnings"
    REFUNDED_TO_DEPOSIT = "refunded_to_deposit"
    REPLACED = "replaced"  # by a new document with the right data
    TAKEN_BACK = "taken_back"  # the worker objected: the self-bill counts for nothing
    NOT_AN_INVOICE = "not_an_invoice"
    DEPOSIT_RESERVED = "deposit_reserved"


# The mark differs per kind: an invoice and a self-bill must never share a number.
NUMBER_MARKS: Final = {
    DocumentKind.FEE_INVOICE: "",
    DocumentKind.SELF_BILL: "S-",
    DocumentKind.CREDIT_NOTE: "C-",
    DocumentKind.CORRECTED_INVOICE: "K-",
    DocumentKind.DEPOSIT_RECEIPT: "R-",
    DocumentKind.PAYOUT_STATEMENT: "P-",
    DocumentKind.ACCOUNT_STATEMENT: "A-",
}
# UNTDID 1001; what is not here is no invoice and has no XML.
TYPE_CODES: Final = {
    DocumentKind.FEE_INVOICE: "380",
    DocumentKind.SELF_BILL: "389",
    DocumentKind.CREDIT_NOTE: "381",
    DocumentKind.CORRECTED_INVOICE: "384",
}
TYPE_CODE_OF_CREDITED_SELF_BILL: Final = "261"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntity:
    """Who issues: the platform's company in one country."""

    code: str  # begins every number
    name: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str | None
    legal_id: str | None = None
    tax_number: str | None = None
    endpoint: str | None = None
    footer: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """As it was on the day of issue. A member has an id and no street."""

    name: str
    country: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    vat_id: str | None = None
    member_id: UUID | None = None
    legal_id: str | None = None  # in a register of companies; of a French one the SIREN
    tax_number: str | None = None  # a national number, where there is no VAT id
    endpoint: str | None = None  # where electronic invoices are sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Preceding:
    """What a credit note or a correction is about."""

    id: UUID
    kind: DocumentKind
    number: str
    issued_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A movement on a statement. `event` is of the posting table, such as `E4`."""

    on: date
    event: str
    reference: str
    micros: int
    balance_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BillableGroup:
    """Approved work of one campaign at one price, bonuses or paid placement of it, on no document
    yet.
    """

    campaign_id: UUID
    title: str
    count: int
    unit_micros: int
    is_bonus: bool = False
    is_placement: bool = False

    @property
    def micros(self) -> int:
        return self.count * self.unit_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A campaign at one price; or, without a campaign, what fractions have come to."""

    campaign_id: UUID | None
    title: str
    count: int
    unit_micros: int
    net_minor: int
    is_bonus: bool = False
    is_placement: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    lines: tuple[DocumentLine, ...]
    net_minor: int
    carry_micros: int  # below one minor unit, for the next document


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The frozen record; its canonical JSON is what was issued, a PDF only shows it."""

    kind: DocumentKind
    number: str
    issued_on: date
    period_from: date
    period_to: date
    seller: Party
    buyer: Party
    issuer: Party
    currency: str
    exponent: int  # decimals of every *_minor here
    lines: tuple[DocumentLine, ...]
    net_minor: int
    vat_basis_points: int | None  # None: outside of VAT
    vat_minor: int
    gross_minor: int
    paid_minor: int
    carried_in_micros: int
    carried_out_micros: int
    notes: tuple[Note, ...]
    # What follows came later: older documents do not have it.
    language: str = "en"
    treatment: VatTreatment | None = None
    vat_rule: str = ""
    preceding: Preceding | None = None
    reason: str = ""
    entries: tuple[Entry, ...] = ()
    opening_micros: int = 0
    closing_micros: int = 0
    footer: str = ""  # the issuer's own words
    logo: str | None = None  # digest of the picture

    @property
    def due_minor(self) -> int:
        return self.gross_minor - self.paid_minor

    @property
    def subject_kind(self) -> DocumentKind:
        """Of a credit note or a correction: what it is about."""
        return self.kind if self.preceding is None else self.preceding.kind

    @property
    def type_code(self) -> str | None:
        is_credit = self.kind is DocumentKind.CREDIT_NOTE
        if is_credit and self.subject_kind is DocumentKind.SELF_BILL:
            return TYPE_CODE_OF_CREDITED_SELF_BILL
        return TYPE_CODES.get(self.kind)

    @property
    def has_xml(self) -> bool:
        return self.type_code is not None and self.treatment is not None


class CreditWay(StrEnum):
    """What a credit note does with the money."""

    REFUND = "refund"  # fee and VAT go back to the deposit
    REPLACED = "replaced"  # nothing moves: a new document has the right data
    TAKEN_BACK = "taken_back"  # of a self-bill: nothing moves, the worker keeps the reward


class DocumentState(StrEnum):
    """Of the sums a document stands for; it itself never changes."""

    ISSUED = "issued"
    PARTLY_CREDITED = "partly_credited"
    CREDITED = "credited"
    REPLACED = "replaced"


class RunItemState(StrEnum):
    WAITING = "waiting"
    ISSUED = "issued"
    REFUSED = "refused"  # its draft says why
    NOTHING = "nothing"  # less than a smallest unit, or billed meanwhile


class DeliveryState(StrEnum):
    SENDING = "sending"  # or it was, when a process died
    SENT = "sent"
    NOBODY = "nobody"  # the member was erased


class FileKind(StrEnum):
    PDF = "pdf"
    CII = "cii"  # Factur-X; also inside of the PDF
    UBL = "ubl"  # Peppol


Rendered = Mapping[FileKind, bytes]


class DocumentRenderer(Protocol):
    """Shows a document as files; the same document gives the same bytes."""

    async def render(self, document: Document, logo: bytes | None = None) -> Rendered: ...


class DocumentMailer(Protocol):
    """Raises when it could not; then it is tried again."""

    async def deliver(
        self, document: Document, *, document_id: UUID, to: str, pdf: bytes
    ) -> None: ...


class DocumentChecks(Protocol):
    """What is wrong with a document that has no number yet: rules by id. Empty: issue it."""

    async def problems(self, document: Document) -> Sequence[str]: ...


def document_exponent(currency: str) -> int:
    return min(exponent_of(currency), DOCUMENT_EXPONENT_MAX)


def bill(*, groups: Sequence[BillableGroup], carry_micros: int, exponent: int) -> Bill | None:
    """None while everything together is less than a minor unit."""
    step = minor_step(exponent)
    assert 0 <= carry_micros < step
    lines = [_line(group, step) for group in groups]
    fractions = carry_micros + sum(group.micros % step for group in groups)
    carried, left = divmod(fractions, step)
    if carried:
        lines.append(
            DocumentLine(campaign_id=None, title="", count=1, unit_micros=0, net_minor=carried)
        )
    net = sum(line.net_minor for line in lines)
    assert net * step + left == carry_micros + sum(group.micros for group in groups)
    return Bill(tuple(lines), net, left) if net else None


def vat_minor(*, net_minor: int, basis_points: int) -> int:
    """On the document, half up, never per line (EN 16931)."""
    assert net_minor >= 0
    return (net_minor * basis_points + 5_000) // 10_000


def without_vat(billed: Bill, *, basis_points: int) -> Bill:
    """The same bill when its amounts hold the VAT: lines, unit prices and sum without it.

    Lines are parted by their running sum, so they add up to the net exactly. VAT is what is left
    of the gross, and at most one smallest unit beside the rate: not every gross has an exact net.
    """
    if not basis_points:
        return billed
    lines, gross, parted = [], 0, 0
    for line in billed.lines:
        gross += line.net_minor
        net = _net_of(gross, basis_points)
        unit = _net_of(line.unit_micros, basis_points)
        lines.append(replace(line, unit_micros=unit, net_minor=net - parted))
        parted = net
    return Bill(tuple(lines), parted, billed.carry_micros)


def _net_of(gross: int, basis_points: int) -> int:
    """Half up."""
    whole = 10_000 + basis_points
    return (2 * gross * 10_000 + whole) // (2 * whole)


def document_treatment(document: Document) -> VatTreatment:
    """Of a document from before treatments were kept: what its rate says."""
    if document.treatment is not None:
        return document.treatment
    if document.vat_basis_points:
        return VatTreatment(category=VatCategory.STANDARD, basis_points=document.vat_basis_points)
    return VatTreatment(
        category=VatCategory.OUTSIDE,
        basis_points=None,
        exemption_code="VATEX-EU-O",
        exemption_text="Not subject to VAT",
    )


def exact_exponent(micros: int, currency: str) -> int:
    """The currency's decimals, or as many more as the amount needs."""
    exponent = exponent_of(currency)
    while micros % minor_step(exponent):
        exponent += 1
    return exponent


def document_state(*, is_replaced: bool, net: int, credited: int) -> DocumentState:
    if is_replaced:
        return DocumentState.REPLACED
    if not credited:
        return DocumentState.ISSUED
    return DocumentState.CREDITED if credited == net else DocumentState.PARTLY_CREDITED


def credit_vat(*, net_minor: int, basis_points: int, left_net: int, left_vat: int) -> int:
    """Of a part as always; of the rest what is left; never more than is left."""
    assert 0 < net_minor <= left_net
    if net_minor == left_net:
        return left_vat
    return min(left_vat, vat_minor(net_minor=net_minor, basis_points=basis_points))


# Where people read these; everybody else gets English, or says what they prefer.
LANGUAGES: Final = ("en", "de", "fr", "es", "pt")
_LANGUAGE_OF: Final = {
    **dict.fromkeys(("DE", "AT", "CH", "LI"), "de"),
    **dict.fromkeys(("FR", "BE", "LU", "MC", "SN", "CI"), "fr"),
    **dict.fromkeys(("ES", "MX", "AR", "CO", "CL", "PE", "VE", "EC", "GT", "BO", "UY"), "es"),
    **dict.fromkeys(("PT", "BR", "AO", "MZ"), "pt"),
}


def language_of(country: str) -> str:
    return _LANGUAGE_OF.get(country, "en")


def number_prefix(*, code: str, kind: DocumentKind) -> str:
    return f"{code}-{NUMBER_MARKS[kind]}"


def document_number(*, prefix: str, year: int, sequence: int) -> str:
    """`DE-2026-000001`, `DE-S-2026-000001`."""
    assert sequence > 0
    return f"{prefix}{year}-{sequence:0{NUMBER_DIGITS}d}"


def _line(group: BillableGroup, step: int) -> DocumentLine:
    return DocumentLine(
        campaign_id=group.campaign_id,
        title=group.title,
        count=group.count,
        unit_micros=group.unit_micros,
        net_minor=group.micros // step,
        is_bonus=group.is_bonus,
        is_placement=group.is_placement,
    )
