"""What stands on a document and how its sums come about. Pure; nothing is ever rounded away.

A line bills whole minor units; fractions are carried until they make one. So
billed + carry = sum of the items, always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from domain.money import exponent_of, minor_step

DOCUMENT_EXPONENT_MAX: Final = 2  # EN 16931 (BR-DEC) allows two decimals in every amount
NUMBER_DIGITS: Final = 6


class DocumentKind(StrEnum):
    FEE_INVOICE = "fee_invoice"  # platform -> employer
    SELF_BILL = "self_bill"  # the worker sells, the platform writes


class Note(StrEnum):
    """Sentences the law or the reader wants; the renderer has their words."""

    PAID_FROM_DEPOSIT = "paid_from_deposit"
    NO_VAT_CHARGED = "no_vat_charged"
    SELF_BILLING = "self_billing"  # "Gutschrift": art. 226 (10a) of the VAT directive
    PRIVATE_PERSON = "private_person"  # shows no VAT: what is shown is owed (UStG 14c)
    CREDITED_TO_EARNINGS = "credited_to_earnings"


# The mark differs per kind: an invoice and a self-bill must never share a number.
NUMBER_MARKS: Final = {DocumentKind.FEE_INVOICE: "", DocumentKind.SELF_BILL: "S-"}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BillableGroup:
    """Approved work of one campaign at one price that stands on no document yet."""

    campaign_id: UUID
    title: str
    count: int
    unit_micros: int

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

    @property
    def due_minor(self) -> int:
        return self.gross_minor - self.paid_minor


class DocumentRenderer(Protocol):
    """Shows a document as a PDF; the same document gives the same bytes."""

    async def render(self, document: Document) -> bytes: ...


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


def number_prefix(*, code: str, kind: DocumentKind) -> str:
    return f"{code}-{NUMBER_MARKS[kind]}"


def document_number(*, code: str, kind: DocumentKind, year: int, sequence: int) -> str:
    """`DE-2026-000001`, `DE-S-2026-000001`."""
    assert sequence > 0
    return f"{number_prefix(code=code, kind=kind)}{year}-{sequence:0{NUMBER_DIGITS}d}"


def _line(group: BillableGroup, step: int) -> DocumentLine:
    return DocumentLine(
        campaign_id=group.campaign_id,
        title=group.title,
        count=group.count,
        unit_micros=group.unit_micros,
        net_minor=group.micros // step,
    )
