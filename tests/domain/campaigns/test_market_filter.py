"""The filter of the market against brute force, on ten thousand campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import pytest

from domain.campaigns import queries
from domain.campaigns.rules import Category, Difficulty
from domain.database import execute, fetch, transaction
from domain.filters import Comparison, Condition, Every, Not, Operator, Some
from domain.paging import NO_PARENT, Page
from tests.make.conditions import fits
from tests.make.members import add_employer, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

ROW_COUNT: Final = 10_000
SIZE: Final = 40
# Every tenth is for the Philippines alone, and lets nobody else find it; every seventh has ended.
_FILL: Final = """
    with made as (
        insert into campaign
            (id, employer_id, state, title, category, category_slug, currency, reward_micros,
             fee_micros, vat_micros, claim_minutes, review_days, revision_count_max,
             instruction_version, place_count, created_at, published_at, ends_at,
             difficulty, is_targeted, guard)
        select gen_random_uuid(), $1, case when n % 7 = 0 then 'finished' else 'running' end,
               'Look at picture ' || n % 50, split_part(slugs[n % cardinality(slugs) + 1], '.', 1),
               slugs[n % cardinality(slugs) + 1], (array ['USD', 'EUR', 'JPY'])[n % 3 + 1],
               n % 97 * 10000 + 10000, 0, 0, 15, 3, 2, 1, 1, $2,
               $2::timestamptz + n % 1000 * interval '1 minute',
               case when n % 4 = 0 then $2::timestamptz + n % 30 * interval '1 day' end,
               (array ['easy', 'medium', 'hard'])[n % 11 % 3 + 1], n % 10 = 0,
               case when n % 10 = 0 then 'discover' else 'claim' end
        from generate_series(1, $3) n,
             (select array_agg(slug order by slug) as slugs from category) every
        returning id, is_targeted
    )
    insert into campaign_target (campaign_id, position, field, comparator, numbers, codes)
    select id, 1, 'country', 'in', '{}', array ['PH'] from made where is_targeted
"""
_ROWS: Final = """
    select id, employer_id, category, category_slug, difficulty, title, published_at, ends_at,
           currency, reward_micros, currency as "reward.currency", reward_micros as "reward.micros"
    from campaign where employer_id = $1 and state = 'running' and not is_targeted
"""


class RolledBack(Exception):
    """Ten thousand campaigns would be in every other test's market."""


def conditions(chance: Random, employer: UUID, rows: list[Any]) -> list[Condition]:
    """Each on what some row says, three of them put together."""

    def one() -> Condition:
        row = chance.choice(rows)
        choices: list[Condition] = [
            Comparison("category", Operator.IN, (row.category, Category.OTHER.value)),
            Comparison("category_slug", Operator.WITHIN, row.category_slug),
            Comparison("category_slug", Operator.WITHIN, row.category),
            Comparison("difficulty", Operator.EQ, chance.choice(list(Difficulty)).value),
            Comparison("title", Operator.CONTAINS, row.title[-2:].upper()),
            Comparison("published_at", Operator.FROM, row.published_at),
            Comparison("ends_at", Operator.BELOW, row.published_at),
            Comparison("ends_at", Operator.IS_NULL, value=True),
            Every(
                (
                    Comparison("reward.currency", Operator.EQ, row.currency),
                    Comparison("reward.micros", Operator.FROM, row.reward_micros),
                )
            ),
        ]
        return chance.choice(choices)

    mine = Comparison("employer_id", Operator.IN, (employer,))
    return [Every((mine, Some((one(), Every((one(), Not(one()))))))) for _ in range(8)]


async def test_the_filter_keeps_what_fits_and_nothing_else(world: World) -> None:
    """P46: ten thousand rows, each condition read by the database and by hand."""
    employer, worker = await add_employer(world), await add_worker(world, country="DE")
    with suppress(RolledBack):
        async with transaction():
            await execute(_FILL, employer, world.now, ROW_COUNT)
            rows = [SimpleNamespace(**row) for row in await fetch(_ROWS, employer)]
            assert len(rows) > ROW_COUNT / 2
            await compare(world, worker, rows, conditions(Random(46), employer, rows))  # noqa: S311  # the same each time
            raise RolledBack


async def compare(world: World, worker: UUID, rows: list[Any], wanted: Sequence[Condition]) -> None:
    page = Page(limit=SIZE, order="published_at")
    for where in wanted:
        fitting = [row for row in rows if fits(where, row)]
        newest = sorted(fitting, key=lambda row: (row.published_at, row.id), reverse=True)
        found = await queries.open_campaigns(
            viewer_id=worker, now=world.now, page=page, where=where
        )
        assert [each.id for each in found] == [each.id for each in newest[:SIZE]]
        counts = await queries.count_open_campaigns(
            parent_ids=[NO_PARENT], viewer_id=worker, now=world.now, where=where
        )
        assert counts[NO_PARENT].number == len(fitting)
    slugs = sorted({row.category_slug for row in rows})
    counted = await queries.open_counts(slugs=slugs, viewer_id=worker, now=world.now)
    for slug in slugs:
        below = Comparison("category_slug", Operator.WITHIN, slug)
        assert counted[slug] >= sum(fits(below, row) for row in rows) > 0
