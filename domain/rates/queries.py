"""Looks up a dated rate. A missing one is an error, never a default."""

from __future__ import annotations

from datetime import date
from typing import Final

from domain.database import fetch_value
from domain.money import Money
from domain.rates.rules import RateKind


class RateMissing(LookupError):
    """Nobody decided this rate for this day."""


_LIMIT: Final = """
    select micros from rate
    where kind = $1 and scope in ($2, '*') and valid_from <= $3
    order by scope = '*', valid_from desc
    limit 1
"""
_RATE: Final = """
    select basis_points from rate
    where kind = $1 and scope in ($2, '*') and valid_from <= $3
    order by scope = '*', valid_from desc
    limit 1
"""
_COUNT: Final = """
    select number from rate
    where kind = $1 and scope in ($2, '*') and valid_from <= $3
    order by scope = '*', valid_from desc
    limit 1
"""


async def basis_points(*, kind: RateKind, scope: str, on: date) -> int:
    """The scope's own newest row if there is one, else the row for everybody."""
    found = await fetch_value(_RATE, kind.value, scope, on)
    if found is None:
        raise RateMissing(f"no {kind.value} for {scope} on {on}")
    return int(found)


async def limit_of(*, kind: RateKind, currency: str, on: date) -> Money:
    """The currency's own newest row if there is one, else the row for all."""
    found = await fetch_value(_LIMIT, kind.value, currency, on)
    if found is None:
        raise RateMissing(f"no {kind.value} for {currency} on {on}")
    return Money(int(found), currency)


async def count_of(*, kind: RateKind, scope: str, on: date) -> int:
    found = await fetch_value(_COUNT, kind.value, scope, on)
    if found is None:
        raise RateMissing(f"no {kind.value} for {scope} on {on}")
    return int(found)
