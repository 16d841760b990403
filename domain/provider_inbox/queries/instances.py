"""What is under way at each instance, whether it was stopped, and when it was asked last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.database import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceLoad:
    open_attempts: int
    unknown_attempts: int
    last_call_at: datetime | None
    quarantine: str | None  # why nothing new is sent through it


_LOADS: Final = """
    select i.id,
           (select max(c.started_at) from provider_call c
            where c.instance_id = i.id) as last_call_at,
           (select q.reason from provider_quarantine q
            where q.instance_id = i.id and q.lifted_at is null) as quarantine,
           coalesce(a.open_attempts, 0) as open_attempts,
           coalesce(a.unknown_attempts, 0) as unknown_attempts
    from unnest($1::text[]) as i (id)
    left join (
        select b.instance_id, count(*)::int as open_attempts,
               (count(*) filter (where a.state = 'unknown'))::int as unknown_attempts
        from payout_attempt a join payout_batch b on b.id = a.batch_id
        where b.state <> 'closed'
          and a.state in ('prepared', 'sending', 'unknown', 'accepted', 'pending', 'on_hold',
                          'unclaimed')
        group by 1
    ) a on a.instance_id = i.id
"""


async def instance_loads(*, ids: Sequence[str]) -> dict[str, InstanceLoad]:
    """By instance."""
    return {
        row["id"]: InstanceLoad(
            open_attempts=row["open_attempts"],
            unknown_attempts=row["unknown_attempts"],
            last_call_at=row["last_call_at"],
            quarantine=row["quarantine"],
        )
        for row in await fetch(_LOADS, list(ids))
    }
