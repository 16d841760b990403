"""The tree of work, its floors, and the zones of countries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from domain.categories.rules import CATEGORY_COUNT_MAX
from domain.database import fetch, fetch_value

FLOOR_COUNT_MAX: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorRecord:
    """`zone` and `currency` are `ALL` where they are of none in particular."""

    zone: str
    currency: str
    micros: int
    valid_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRecord:
    slug: str
    names: Mapping[str, str]
    is_open: bool


_CATEGORIES: Final = f"""
    select slug, names, is_open from category
    where $1::text is null or starts_with(slug || '.', $1 || '.')
    order by slug limit {CATEGORY_COUNT_MAX}
"""  # noqa: S608  # our own number
# What is in force, and what will be.
_FLOORS: Final = """
    select slug, zone, currency, micros, valid_from
    from (
        select f.*, row_number() over (partition by slug, zone, currency, valid_from
                                       order by position desc) as correction,
               max(valid_from) filter (where valid_from <= $1)
                   over (partition by slug, zone, currency) as current_from
        from category_floor f
    ) f
    where correction = 1 and (valid_from > $1 or valid_from = current_from)
      and (micros > 0 or valid_from > $1)
    order by slug, zone, currency, valid_from
"""
_IS_OPEN: Final = "select exists (select from category where slug = $1 and is_open)"
_ZONES: Final = """
    select zone, array_agg(country order by country) as countries
    from (select distinct on (country) country, zone from country_zone where valid_from <= $1
          order by country, valid_from desc, position desc) current
    where zone is not null group by zone order by zone
"""


async def categories(*, within: str | None = None) -> list[CategoryRecord]:
    """By slug, so that each stands behind what holds it; of one branch, or all."""
    rows = await fetch(_CATEGORIES, within)
    return [
        CategoryRecord(
            slug=row["slug"], names=msgspec.json.decode(row["names"]), is_open=row["is_open"]
        )
        for row in rows
    ]


async def is_open(*, slug: str) -> bool:
    """Whether drafts may choose it."""
    return bool(await fetch_value(_IS_OPEN, slug))


async def floors(*, on: date) -> dict[str, list[FloorRecord]]:
    """By category: each row that counts on this day or from a later one on."""
    found: dict[str, list[FloorRecord]] = {}
    for row in await fetch(_FLOORS, on):
        record = FloorRecord(
            zone=row["zone"],
            currency=row["currency"],
            micros=row["micros"],
            valid_from=row["valid_from"],
        )
        found.setdefault(row["slug"], []).append(record)
    return found


async def zones(*, on: date) -> dict[str, list[str]]:
    """Codes of countries by zone."""
    return {row["zone"]: list(row["countries"]) for row in await fetch(_ZONES, on)}
