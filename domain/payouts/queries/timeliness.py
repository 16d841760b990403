"""Whether payouts arrive in time. For operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.database import fetch_row

ON_TIME_WITHIN: Final = timedelta(days=5)  # from the release: files wait over long weekends
WINDOW: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeliness:
    """Of what had to be paid within the last 30 days."""

    due_count: int
    on_time_count: int

    @property
    def ratio(self) -> float | None:
        return None if self.due_count == 0 else self.on_time_count / self.due_count


# What ended without having been paid is no matter of time: the money is back.
_TIMELINESS: Final = """
    select count(*) as due_count,
           count(*) filter (where paid_at <= approved_at + $3::interval) as on_time_count
    from payout
    where approved_at > $1 and approved_at <= $2 and (paid_at is not null or closed_at is null)
"""


async def timeliness(*, now: datetime) -> Timeliness:
    """C11: paid within five days of its release, or not."""
    latest = now - ON_TIME_WITHIN
    row = await fetch_row(_TIMELINESS, latest - WINDOW, latest, ON_TIME_WITHIN)
    assert row is not None, "an aggregate always answers"
    return Timeliness(due_count=row["due_count"], on_time_count=row["on_time_count"])
