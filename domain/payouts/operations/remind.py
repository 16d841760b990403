"""Tells members again that money of theirs waits at the provider, until it goes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.database import execute, one_transaction

REMIND_AFTER: Final = timedelta(days=7)  # and then each week: providers keep it for thirty days
_REMIND: Final = """
    update payout set reminded_at = $1
    where id in (
        select p.id from payout p
        join payout_attempt a on a.payout_id = p.id and a.state = 'unclaimed'
        where p.state = 'unclaimed' and coalesce(p.reminded_at, a.changed_at) <= $2
        order by p.id limit $3 for update of p skip locked)
"""


@one_transaction
async def remind_unclaimed(*, now: datetime, limit: int) -> int:
    """How many; the event that it leaves is what they hear of."""
    return await execute(_REMIND, now, now - REMIND_AFTER, limit)
