"""How a worker's work was judged lately (R14): as targeting counts it, in migration 0043."""

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


_BY_CATEGORY: Final = """
    select judged.category, count(*) filter (where judged.is_good) as good,
           count(*) filter (where not judged.is_good and judged.of_day <= 10) as bad
    from (
        select c.category, a.state = 'approved' as is_good, row_number() over (
                   partition by c.employer_id, a.state, (a.decided_at at time zone 'UTC')::date
                   order by a.decided_at, a.id) as of_day
        from assignment a join campaign c on c.id = a.campaign_id
        where a.worker_id = $1 and a.state in ('approved', 'closed_rejected')
          and a.decided_by is distinct from 'platform'
    ) judged
    group by judged.category order by judged.category
"""
_SUCCESS: Final = """
    select w.worker_id, s.good, s.bad
    from unnest($1::uuid[]) as w (worker_id) cross join lateral worker_success(w.worker_id) s
"""


async def judged_by_category(*, worker_id: UUID) -> dict[str, tuple[int, int]]:
    """Good and bad of all that was ever decided for good, as `success_of` counts them."""
    rows = await fetch(_BY_CATEGORY, worker_id)
    return {row["category"]: (row["good"], row["bad"]) for row in rows}


async def success_of(*, ids: Sequence[UUID]) -> dict[UUID, Success]:
    """By worker, newcomers too."""
    rows = await fetch(_SUCCESS, list(ids))
    return {row["worker_id"]: Success(good=row["good"], bad=row["bad"]) for row in rows}
