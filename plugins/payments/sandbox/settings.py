"""What an instance of the sandbox can be told, and what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from domain.money import EXPONENTS, MICROS_PER_UNIT, Money, minor_step
from domain.provider import CurrencyLimits

VERSION: Final = "1"
UNITS_MAX: Final = 10_000_000  # of one payment: their sums must fit an account


class SandboxConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`path` is the file it remembers in. It answers slowly or takes a fee when told to."""

    path: str
    settle_seconds: float = 1.0  # from accepted to paid, by the clock of the calls
    hang_seconds: float = 0.0  # how long a time-out scenario hangs before it gives up
    fee_micros: int = 0  # what it charges us for each payment


def _limits(currency: str, exponent: int) -> CurrencyLimits:
    step = minor_step(exponent)
    return CurrencyLimits(
        minimum=Money(step, currency),
        maximum=Money(UNITS_MAX * MICROS_PER_UNIT, currency),
        exponent=exponent,
    )


CURRENCIES: Final[Mapping[str, CurrencyLimits]] = {
    currency: _limits(currency, exponent) for currency, exponent in EXPONENTS.items()
}
