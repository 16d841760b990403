"""Staff keep the tree, its floors and the zones. What was written before is never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.categories import queries
from domain.categories.rules import (
    ALL,
    CATEGORY_COUNT_MAX,
    FLOOR_MICROS_MAX,
    REASON_LENGTH_MAX,
    SLUG,
    ZONE,
    names_problem,
    parent_of,
)
from domain.database import execute, fetch_value, one_transaction
from domain.errors import InvalidInput
from domain.members import queries as members
from domain.members.rules import COUNTRIES, Role
from domain.money import EXPONENTS
from domain.texts import require_text

# One writer at a time: positions are counted on, and nobody does this often.
_LOCK: Final = "select pg_advisory_xact_lock(hashtext('category'))"
_COUNT: Final = "select count(*)::int from category where slug <> $1"
_SET: Final = """
    insert into category (slug, names, is_open) values ($1, $2, $3)
    on conflict (slug) do update set names = $2, is_open = $3
    where (category.names, category.is_open) is distinct from ($2::jsonb, $3::boolean)
"""
_NOTE: Final = """
    insert into category_change (slug, position, names, is_open, actor_id, at)
    select $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5
    from category_change where slug = $1
"""
_SET_FLOOR: Final = """
    insert into category_floor
        (slug, zone, currency, valid_from, position, micros, reason, actor_id, at)
    select $1, $2, $3, $4, coalesce(max(position), 0) + 1, $5, $6, $7, $8
    from category_floor where slug = $1 and zone = $2 and currency = $3 and valid_from = $4
"""
_SET_ZONES: Final = """
    insert into country_zone (country, valid_from, position, zone, reason, actor_id, at)
    select country, $2,
           1 + coalesce((select max(z.position) from country_zone z
                         where z.country = wanted.country and z.valid_from = $2), 0),
           $3, $4, $5, $6
    from unnest($1::text[]) as wanted (country)
"""


@one_transaction
async def set_category(
    *, staff_id: UUID, slug: str, names: Mapping[str, str], is_open: bool, now: datetime
) -> None:
    """Adds a category below another one, or changes its names and whether drafts may choose it.

    `names` are all of them, by language. Refuses with `NotAllowed` or `InvalidInput`.
    """
    await members.require_role(member_id=staff_id, role=Role.STAFF)
    _require(names_problem(names), "names")
    known = {each.slug for each in await queries.categories()}
    if not SLUG.fullmatch(slug) or (slug not in known and parent_of(slug) not in known):
        _require("it stands below a category that is there", "slug")
    await execute(_LOCK)
    if await fetch_value(_COUNT, slug) >= CATEGORY_COUNT_MAX:
        _require(f"at most {CATEGORY_COUNT_MAX} categories", "slug")
    written = {language: name.strip() for language, name in names.items()}
    content = slug, msgspec.json.encode(written).decode(), is_open
    if await execute(_SET, *content):
        await execute(_NOTE, *content, staff_id, now)


@one_transaction
async def set_floor(
    *,
    staff_id: UUID,
    slug: str,
    zone: str,
    currency: str,
    micros: int,
    valid_from: date,
    reason: str,
    now: datetime,
) -> None:
    """The least that a place may pay there from a day on; 0 ends what was set before.

    What is published keeps its price. Refuses with `NotAllowed` or `InvalidInput`.
    """
    await members.require_role(member_id=staff_id, role=Role.STAFF)
    _require_coming(valid_from, now)
    require_text(reason, path="reason", most=REASON_LENGTH_MAX)
    if not 0 <= micros <= FLOOR_MICROS_MAX:
        _require("0 to 10,000 units", "amount")
    if currency != ALL and currency not in EXPONENTS:
        _require("a currency that we hold accounts in", "currency")
    if slug not in {each.slug for each in await queries.categories()}:
        _require("no such category", "slug")
    if zone != ALL and zone not in await queries.zones(on=valid_from):
        _require("no country is in such a zone", "zone")
    await execute(_LOCK)
    arguments = (slug, zone, currency, valid_from, micros, reason.strip(), staff_id, now)
    await execute(_SET_FLOOR, *arguments)


@one_transaction
async def set_zone(
    *,
    staff_id: UUID,
    countries: Sequence[str],
    zone: str | None,
    valid_from: date,
    reason: str,
    now: datetime,
) -> None:
    """These countries are in that zone of prices from a day on; without one, in none.

    Refuses with `NotAllowed` or `InvalidInput`.
    """
    await members.require_role(member_id=staff_id, role=Role.STAFF)
    _require_coming(valid_from, now)
    require_text(reason, path="reason", most=REASON_LENGTH_MAX)
    wanted = sorted(set(countries))
    if not wanted or not COUNTRIES.issuperset(wanted):
        _require("one or more codes of ISO 3166-1", "countries")
    if zone is not None and not ZONE.fullmatch(zone):
        _require("small letters, digits and underscores, at most 40", "zone")
    await execute(_LOCK)
    await execute(_SET_ZONES, wanted, valid_from, zone, reason.strip(), staff_id, now)


def _require_coming(valid_from: date, now: datetime) -> None:
    if valid_from < now.date():
        _require("what was in force stays: today or later", "valid_from")


def _require(problem: str | None, field: str) -> None:
    if problem is not None:
        raise InvalidInput(problem, path=(field,))
