"""The semantic record of EN 16931 that both writers read, and the arithmetic of its sums.

Amounts are positive in credit notes too: the type code turns the sign.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

PERCENT: Final = Decimal(100)
ZERO: Final = Decimal(0)
CREDIT_NOTE_CODES: Final = frozenset({"381", "261", "396"})
PROFILE_EN16931: Final = "urn:cen.eu:en16931:2017"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """How VAT sees a line. Only O has no rate at all."""

    category: str  # S Z E AE K G O
    rate: Decimal | None
    exemption_code: str | None = None  # BT-121
    exemption_text: str | None = None  # BT-120


@dataclass(frozen=True, slots=True, kw_only=True)
class Trader:
    """Seller or buyer."""

    name: str
    country: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    party_id: str | None = None  # BT-29, BT-46: our own id
    legal_id: str | None = None  # BT-30, BT-47: register of companies
    legal_id_scheme: str | None = None  # ISO 6523; 0002 = SIREN
    vat_id: str | None = None  # BT-31, BT-48
    tax_number: str | None = None  # BT-32, of a seller only
    endpoint: str | None = None  # BT-34, BT-49
    endpoint_scheme: str = "EM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    line_id: str
    name: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net: Decimal
    vat: Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    text: str
    subject: str | None = None  # UNTDID 4451, such as PMT


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a credit note or a correction is about."""

    number: str  # BT-25
    issued_on: date  # BT-26


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancialDocument:
    number: str
    type_code: str
    issued_on: date
    due_on: date
    currency: str
    quantum: Decimal  # the smallest amount shown: 0.01, or 1 for yen
    seller: Trader
    buyer: Trader
    lines: tuple[Line, ...]
    period_start: date
    period_end: date
    payment_means: str  # BT-81, UNTDID 4461
    iban: str | None = None
    prepaid: Decimal = ZERO  # BT-113
    buyer_reference: str | None = None  # BT-10
    process: str | None = None  # BT-23
    remarks: tuple[Remark, ...] = ()
    terms: str | None = None  # BT-20
    preceding: tuple[Earlier, ...] = ()
    tax_currency: str | None = None  # BT-6
    tax_currency_vat: Decimal | None = None  # BT-111
    # Of a partial credit note, whose VAT may not exceed what is left of the original's, and of a
    # self-bill, whose gross is what was paid.
    stated_vat: Decimal | None = None

    @property
    def is_credit_note(self) -> bool:
        return self.type_code in CREDIT_NOTE_CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    treatment: Treatment
    basis: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    lines: Decimal  # BT-106, and BT-109: we have no allowances
    vat: Decimal  # BT-110
    gross: Decimal  # BT-112
    prepaid: Decimal  # BT-113
    due: Decimal  # BT-115


class AmbiguousVat(ValueError):
    """Two treatments share category and rate but differ in their reason: two documents."""


def breakdowns_of(document: FinancialDocument) -> tuple[Breakdown, ...]:
    """One per category and rate, rounded half up there and never per line."""
    bases: dict[Treatment, Decimal] = {}
    for line in document.lines:
        bases[line.vat] = bases.get(line.vat, ZERO) + line.net
    keys = [(treatment.category, treatment.rate) for treatment in bases]
    if len(set(keys)) != len(keys):
        raise AmbiguousVat
    assert document.stated_vat is None or len(bases) == 1
    return tuple(
        Breakdown(treatment=treatment, basis=basis, amount=_vat(document, treatment, basis))
        for treatment, basis in bases.items()
    )


def _vat(document: FinancialDocument, treatment: Treatment, basis: Decimal) -> Decimal:
    if document.stated_vat is not None:
        return document.stated_vat
    exact = basis * (treatment.rate or ZERO) / PERCENT
    return exact.quantize(document.quantum, ROUND_HALF_UP)


def totals_of(document: FinancialDocument, breakdowns: Iterable[Breakdown]) -> Totals:
    zero = ZERO.quantize(document.quantum)
    lines = sum((line.net for line in document.lines), zero)
    vat = sum((breakdown.amount for breakdown in breakdowns), zero)
    gross = lines + vat
    return Totals(
        lines=lines, vat=vat, gross=gross, prepaid=document.prepaid, due=gross - document.prepaid
    )


def plain(value: Decimal) -> str:
    """No exponent, no trailing zeros: 100, 0.05, 19."""
    return format(value.normalize(), "f")
