"""How Stripe writes amounts: a row per currency; nobody has confirmed a row without a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.money import MICROS_PER_UNIT, Money, minor_step, to_minor
from domain.provider import CurrencyLimits

SOURCE: Final = "https://docs.stripe.com/currencies"
DIGITS_MAX: Final = 8  # of an amount in smallest units


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyRow:
    """`written` decimals stand in every number; `paid` ones may differ from zero in a payment.

    Kuwaiti fils are written with three decimals of which the last must be 0; Icelandic
    amounts are written with two that must both be 0.
    """

    currency: str
    written: int
    paid: int
    deposit_minimum: str = "0.50"  # in units, what Checkout takes at least
    source: str = SOURCE
    verified_on: date | None = None


_ROWS: Final = (
    CurrencyRow(currency="AUD", written=2, paid=2),
    CurrencyRow(currency="BHD", written=3, paid=2, deposit_minimum="1"),
    CurrencyRow(currency="BRL", written=2, paid=2),
    CurrencyRow(currency="CAD", written=2, paid=2),
    CurrencyRow(currency="CHF", written=2, paid=2),
    CurrencyRow(currency="CLP", written=0, paid=0, deposit_minimum="500"),
    CurrencyRow(currency="DKK", written=2, paid=2, deposit_minimum="2.50"),
    CurrencyRow(currency="EUR", written=2, paid=2),
    CurrencyRow(currency="GBP", written=2, paid=2, deposit_minimum="0.30"),
    CurrencyRow(currency="HUF", written=2, paid=0, deposit_minimum="175"),
    CurrencyRow(currency="INR", written=2, paid=2),
    CurrencyRow(currency="ISK", written=2, paid=0, deposit_minimum="100"),
    CurrencyRow(currency="JOD", written=3, paid=2, deposit_minimum="1"),
    CurrencyRow(currency="JPY", written=0, paid=0, deposit_minimum="50"),
    CurrencyRow(currency="KRW", written=0, paid=0, deposit_minimum="500"),
    CurrencyRow(currency="KWD", written=3, paid=2, deposit_minimum="1"),
    CurrencyRow(currency="MXN", written=2, paid=2, deposit_minimum="10"),
    CurrencyRow(currency="NOK", written=2, paid=2, deposit_minimum="3"),
    CurrencyRow(currency="PHP", written=2, paid=2, deposit_minimum="20"),
    CurrencyRow(currency="PLN", written=2, paid=2, deposit_minimum="2"),
    CurrencyRow(currency="SEK", written=2, paid=2, deposit_minimum="3"),
    CurrencyRow(currency="SGD", written=2, paid=2),
    CurrencyRow(currency="TWD", written=2, paid=0, deposit_minimum="20"),
    CurrencyRow(currency="UGX", written=2, paid=0, deposit_minimum="2000"),
    CurrencyRow(currency="USD", written=2, paid=2),
    CurrencyRow(currency="VND", written=0, paid=0, deposit_minimum="13000"),
    CurrencyRow(currency="XOF", written=0, paid=0, deposit_minimum="300"),
)
CURRENCIES: Final[Mapping[str, CurrencyRow]] = {row.currency: row for row in _ROWS}


def written_amount(money: Money) -> int:
    """In the whole number that Stripe takes, exactly, or `NotRepresentable`."""
    row = CURRENCIES[money.currency]
    to_minor(money, row.paid)  # refuses what may be written but not paid
    return to_minor(money, row.written)


def money_of(value: int, currency: str) -> Money:
    """Raises `LookupError` for a currency whose decimals we do not know: guessing costs money."""
    row = CURRENCIES[currency.upper()]
    return Money(value * minor_step(row.written), row.currency)


def _limits(row: CurrencyRow, *, minimum_micros: int) -> CurrencyLimits:
    return CurrencyLimits(
        minimum=Money(minimum_micros, row.currency),
        maximum=Money(_maximum_micros(row), row.currency),
        exponent=row.paid,
    )


def _maximum_micros(row: CurrencyRow) -> int:
    written = (10**DIGITS_MAX - 1) * minor_step(row.written)
    return written - written % minor_step(row.paid)


def _units_micros(units: str) -> int:
    whole, _, fraction = units.partition(".")
    return int(whole) * MICROS_PER_UNIT + int(fraction.ljust(6, "0"))


PAYOUT_LIMITS: Final[Mapping[str, CurrencyLimits]] = {
    row.currency: _limits(row, minimum_micros=minor_step(row.paid)) for row in _ROWS
}
DEPOSIT_LIMITS: Final[Mapping[str, CurrencyLimits]] = {
    row.currency: _limits(row, minimum_micros=_units_micros(row.deposit_minimum)) for row in _ROWS
}
