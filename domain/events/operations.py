"""The only changes: what nobody can ask for any more is deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.database import execute, one_transaction
from domain.events.rules import EVENTS_KEPT

SLACK: Final = timedelta(hours=1)  # a cursor that was just accepted still finds its events
_PURGE: Final = """
    delete from event where seq in (select seq from event where recorded_at < $1 limit $2)
"""

_FORGET_RESTORED: Final = """
    delete from event where tx >= pg_snapshot_xmax(pg_current_snapshot())
"""


@one_transaction
async def forget_restored_events() -> int:
    """After a restore, what an older server recorded under numbers that are still to come here.

    No reader would reach it, and new events would come to stand before it.
    """
    return await execute(_FORGET_RESTORED)


@one_transaction
async def purge_events(*, now: datetime, limit: int = 500) -> int:
    """Returns how many; there may be more when it is `limit`."""
    return await execute(_PURGE, now - EVENTS_KEPT - SLACK, limit)
