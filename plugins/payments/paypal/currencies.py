"""The currencies PayPal pays in and the decimals it takes, as dated rows. Amounts both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from domain.money import MICRO_DIGITS, MICROS_PER_UNIT, Money, minor_step, to_minor
from domain.provider import CurrencyLimits, OutcomeUnknown

_LIST: Final = "developer.paypal.com/docs/archive/mass-pay/integration-guide/currency-codes"
_FEES: Final = "developer.paypal.com/docs/payouts/standard/reference/faq"
_READ: Final = date(2026, 11, 22)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyRow:
    """`units_max` of one payment: PayPal says 20,000 USD or as much in another currency.

    Only the dollar row is what PayPal says; the others are cautious and rounded down.
    """

    code: str
    exponent: int
    units_max: int
    source: str = _LIST
    verified_on: date | None = _READ


ROWS: Final = (
    CurrencyRow(code="AUD", exponent=2, units_max=25_000),
    CurrencyRow(code="BRL", exponent=2, units_max=80_000),  # inside Brazil only
    CurrencyRow(code="CAD", exponent=2, units_max=25_000),
    CurrencyRow(code="CHF", exponent=2, units_max=15_000),
    CurrencyRow(code="CZK", exponent=2, units_max=400_000),
    CurrencyRow(code="DKK", exponent=2, units_max=120_000),
    CurrencyRow(code="EUR", exponent=2, units_max=15_000),
    CurrencyRow(code="GBP", exponent=2, units_max=13_000),
    CurrencyRow(code="HKD", exponent=2, units_max=150_000),
    CurrencyRow(code="HUF", exponent=0, units_max=6_000_000),  # two decimals by ISO 4217
    CurrencyRow(code="ILS", exponent=2, units_max=60_000),
    CurrencyRow(code="JPY", exponent=0, units_max=2_500_000),
    CurrencyRow(code="MXN", exponent=2, units_max=300_000),
    CurrencyRow(code="MYR", exponent=2, units_max=80_000),  # inside Malaysia only
    CurrencyRow(code="NOK", exponent=2, units_max=180_000),
    CurrencyRow(code="NZD", exponent=2, units_max=30_000),
    CurrencyRow(code="PHP", exponent=2, units_max=1_000_000),
    CurrencyRow(code="PLN", exponent=2, units_max=70_000),
    CurrencyRow(code="SEK", exponent=2, units_max=180_000),
    CurrencyRow(code="SGD", exponent=2, units_max=25_000),
    CurrencyRow(code="THB", exponent=2, units_max=600_000),
    CurrencyRow(code="TWD", exponent=0, units_max=550_000),  # two decimals by ISO 4217
    CurrencyRow(code="USD", exponent=2, units_max=20_000, source=_FEES),
)


def _limits(row: CurrencyRow) -> CurrencyLimits:
    return CurrencyLimits(
        minimum=Money(minor_step(row.exponent), row.code),
        maximum=Money(row.units_max * MICROS_PER_UNIT, row.code),
        exponent=row.exponent,
    )


CURRENCIES: Final[Mapping[str, CurrencyLimits]] = {row.code: _limits(row) for row in ROWS}


def value_text(money: Money) -> str:
    """As PayPal reads amounts, exactly; raises `NotRepresentable`."""
    exponent = CURRENCIES[money.currency].exponent
    units, fraction = divmod(to_minor(money, exponent), 10**exponent)
    return f"{units}.{fraction:0{exponent}d}" if exponent else str(units)


def payout_amount(money: Money) -> dict[str, str]:
    return {"currency": money.currency, "value": value_text(money)}


def order_amount(money: Money) -> dict[str, str]:
    return {"currency_code": money.currency, "value": value_text(money)}


def money_of(said: Any) -> Money:
    """Both spellings of an amount. One that cannot be read must not pass for another one."""
    try:
        currency = said.get("currency_code") or said["currency"]
        micros = Decimal(said["value"]).scaleb(MICRO_DIGITS)
        return Money(_whole(micros), currency)
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        InvalidOperation,
        AssertionError,
        OverflowError,
    ) as error:
        raise OutcomeUnknown("an amount that cannot be read") from error


def _whole(micros: Decimal) -> int:
    if micros != micros.to_integral_value():
        raise ValueError("finer than a micro")
    return int(micros)


def optional_money(said: Any) -> Money | None:
    return None if said is None else money_of(said)
