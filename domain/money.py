"""Amounts of money: whole micros plus a currency, never a float."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering
from typing import Final

MICRO_DIGITS: Final = 6
CODE_LENGTH: Final = 3  # of a currency, by ISO 4217
MICROS_PER_UNIT: Final = 10**MICRO_DIGITS
WHOLE_BASIS_POINTS: Final = 10_000

# Currencies we hold accounts in, with their decimals by ISO 4217 (list one, 2024).
EXPONENTS: Final = {
    "BRL": 2,
    "EUR": 2,
    "GBP": 2,
    "INR": 2,
    "JPY": 0,
    "KWD": 3,
    "MXN": 2,
    "PHP": 2,
    "USD": 2,
}

# Half of what a BIGINT holds: two such amounts still add up inside the database.
AMOUNT_MICROS_MAX: Final = 2**62 - 1


class NotRepresentable(ValueError):
    """A fraction of a smallest unit would be lost. Ask `split_payable` first."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in micros, a millionth of the currency unit.

    Amounts of different currencies do not add up and do not compare.
    """

    micros: int
    currency: str

    def __post_init__(self) -> None:
        # Not by a regular expression: in a run of payouts that alone would take seconds.
        code = self.currency
        assert len(code) == CODE_LENGTH and code.isascii() and code.isalpha(), code
        assert code.isupper(), code

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.micros + other.micros, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.micros - other.micros, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.micros, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same_currency(other)
        return self.micros < other.micros

    def __str__(self) -> str:
        return f"{amount_text(self)} {self.currency}"

    @property
    def amount(self) -> Decimal:
        return Decimal(self.micros).scaleb(-MICRO_DIGITS)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")


def is_bookable(money: Money) -> bool:
    """Whether our accounts can hold it: not below zero, not too much, in a currency of ours."""
    return money.currency in EXPONENTS and 0 <= money.micros <= AMOUNT_MICROS_MAX


def exponent_of(currency: str) -> int:
    """Decimals of the currency's smallest unit. `KeyError` for one we hold no accounts in."""
    return EXPONENTS[currency]


def amount_text(money: Money) -> str:
    """Plain decimal text with the currency's decimals, and more only where micros need them."""
    sign = "-" if money.micros < 0 else ""
    units, fraction = divmod(abs(money.micros), MICROS_PER_UNIT)
    shown = EXPONENTS.get(money.currency, 2)
    digits = f"{fraction:0{MICRO_DIGITS}d}"
    digits = digits[:shown] + digits[shown:].rstrip("0")
    return f"{sign}{units}.{digits}" if digits else f"{sign}{units}"


def to_minor(money: Money, exponent: int) -> int:
    """In a provider's or an invoice's smallest units, exactly, or `NotRepresentable`."""
    units, remainder = divmod(money.micros, minor_step(exponent))
    if remainder:
        raise NotRepresentable(f"{money} has more than {exponent} decimals")
    return units


def split_payable(money: Money, exponent: int) -> tuple[Money, Money]:
    """What can be paid, and the remainder that stays on the member's balance."""
    assert money.micros >= 0
    remainder = money.micros % minor_step(exponent)
    return Money(money.micros - remainder, money.currency), Money(remainder, money.currency)


def minor_step(exponent: int) -> int:
    """Micros in one smallest unit: exponent 2 gives 10,000, exponent 0 a million."""
    assert 0 <= exponent <= MICRO_DIGITS, f"exponent {exponent} is not 0 to {MICRO_DIGITS}"
    step: int = 10 ** (MICRO_DIGITS - exponent)
    return step


def share_micros(micros: int, basis_points: int) -> int:
    """That many basis points of an amount, rounded half up to a whole micro."""
    assert micros >= 0 and 0 <= basis_points <= WHOLE_BASIS_POINTS
    return (micros * basis_points + WHOLE_BASIS_POINTS // 2) // WHOLE_BASIS_POINTS


def split_micros(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` by `weights`, largest remainder first; the parts always sum to `total`."""
    assert total >= 0
    whole = sum(weights)
    assert whole > 0
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
