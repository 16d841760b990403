"""How a worker's work was judged lately (R14), and all of it that targeting looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.quality.rules import lower_bound, success_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """Of the last 100 assignments that were decided for good."""

    good: int
    bad: int

    @property
    def rate(self) -> float:
        """As members see it: a newcomer begins at 0.9."""
        return success_rate(good=self.good, bad=self.bad)

    @property
    def careful_rate(self) -> float:
        """The worker is better than this with a chance of nine in ten."""
        return lower_bound(good=self.good, bad=self.bad)


# A split says nothing of either side, nor does a dispute that we were late in. Of one employer's
# rejections of one day ten count (R9); to find a hundred that do, 400 decisions are looked at.
_SUCCESS: Final = """
    select w.worker_id, count(*) filter (where last.is_good) as good,
           count(*) filter (where not last.is_good) as bad
    from unnest($1::uuid[]) as w (worker_id)
    cross join lateral (
        select counted.is_good from (
            select d.*, row_number() over (
                       partition by d.employer_id, d.is_good,
                                    (d.decided_at at time zone 'UTC')::date
                       order by d.decided_at, d.id) as of_day
            from (
                select a.id, a.decided_at, c.employer_id, a.state = 'approved' as is_good
                from assignment a join campaign c on c.id = a.campaign_id
                where a.worker_id = w.worker_id and a.state in ('approved', 'closed_rejected')
                  and a.decided_by is distinct from 'platform'
                order by a.decided_at desc limit 400
            ) d
        ) counted
        where counted.is_good or counted.of_day <= 10
        order by counted.decided_at desc, counted.id desc limit 100
    ) last
    group by w.worker_id
"""


async def success_of(*, ids: Sequence[UUID]) -> dict[UUID, Success]:
    """By worker, newcomers too."""
    found = dict.fromkeys(ids, Success(good=0, bad=0))
    for row in await fetch(_SUCCESS, list(ids)):
        found[row["worker_id"]] = Success(good=row["good"], bad=row["bad"])
    return found
