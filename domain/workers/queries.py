"""Reads of workers' points. Ask for the worker's own, or for who employs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.money import Money
from domain.workers.rules import LEVEL_MAX, LevelBand, band_of, points_needed, points_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRecord:
    worker_id: UUID
    satisfied_count: int
    five_star_count: int
    usd_micros: int
    level: int

    @property
    def points(self) -> int:
        return points_of(
            satisfied_count=self.satisfied_count,
            usd_micros=self.usd_micros,
            five_star_count=self.five_star_count,
        )

    @property
    def band(self) -> LevelBand:
        return band_of(self.level)

    @property
    def next_level_points(self) -> int | None:
        """None on the highest level."""
        return None if self.level == LEVEL_MAX else points_needed(self.level + 1)


_NOTHING: Final = {"satisfied_count": 0, "five_star_count": 0, "usd_micros": 0, "level": 0}
_STANDINGS: Final = """
    select worker_id, satisfied_count, five_star_count, usd_micros, level
    from worker_standing where worker_id = any($1)
"""
CHECKS: Final[Mapping[str, str]] = {
    "a worker's standing = the sums of the merits": """
        select 'worker ' || coalesce(s.worker_id, m.worker_id) as subject, null as currency,
               concat_ws(' ', coalesce(m.satisfied, 0), 'satisfied,', coalesce(m.stars, 0),
                         'stars,', coalesce(m.usd, 0), 'dollar micros') as expected,
               concat_ws(' ', coalesce(s.satisfied_count, 0), 'satisfied,',
                         coalesce(s.five_star_count, 0), 'stars,', coalesce(s.usd_micros, 0),
                         'dollar micros') as found
        from worker_standing s
        full join (
            select worker_id, count(*) filter (where reason = 'approved') as satisfied,
                   count(*) filter (where reason = 'five_stars') as stars,
                   coalesce(sum(usd_micros), 0)::bigint as usd
            from worker_merit group by worker_id
        ) m using (worker_id)
        where (coalesce(m.satisfied, 0), coalesce(m.stars, 0), coalesce(m.usd, 0))
              <> (coalesce(s.satisfied_count, 0), coalesce(s.five_star_count, 0),
                  coalesce(s.usd_micros, 0))
    """,
}


_EARNED: Final = """
    select currency, sum(amount_micros)::bigint as micros from worker_merit
    where worker_id = $1 and gained_on >= $2 and gained_on < $3
    group by currency order by currency
"""


async def earned_between(*, worker_id: UUID, from_on: date, until_on: date) -> list[Money]:
    """Paid for work in these days, without the last one; by currency."""
    rows = await fetch(_EARNED, worker_id, from_on, until_on)
    return [Money(row["micros"], row["currency"]) for row in rows]


async def standings_of(*, ids: Sequence[UUID]) -> dict[UUID, StandingRecord]:
    """By worker; who was never paid stands at the beginning."""
    found = {id_: StandingRecord(worker_id=id_, **_NOTHING) for id_ in ids}
    for row in await fetch(_STANDINGS, list(ids)):
        found[row["worker_id"]] = standing_of_row(row)
    return found


def standing_of_row(row: Mapping[str, Any]) -> StandingRecord:
    return StandingRecord(
        worker_id=row["worker_id"],
        satisfied_count=row["satisfied_count"],
        five_star_count=row["five_star_count"],
        usd_micros=row["usd_micros"],
        level=row["level"],
    )
