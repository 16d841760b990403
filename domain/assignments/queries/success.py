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


_SUCCESS: Final = """
    select w.worker_id, s.good, s.bad
    from unnest($1::uuid[]) as w (worker_id) cross join lateral worker_success(w.worker_id) s
"""


async def success_of(*, ids: Sequence[UUID]) -> dict[UUID, Success]:
    """By worker, newcomers too."""
    rows = await fetch(_SUCCESS, list(ids))
    return {row["worker_id"]: Success(good=row["good"], bad=row["bad"]) for row in rows}
