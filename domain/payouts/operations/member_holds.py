"""The member's own hold on all of their payouts (C12): at once, and ended as easily."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, one_transaction
from domain.jobs import enqueue
from domain.payouts.operations.request_payout import route_job

_HOLD: Final = """
    insert into payout_member_hold (member_id, held_at) values ($1, $2) on conflict do nothing
"""
_END: Final = "delete from payout_member_hold where member_id = $1"
_HELD: Final = """
    select id from payout where worker_id = $1 and state = 'held' and problem = 'held_by_member'
    order by id
"""


@one_transaction
async def hold_own_payouts(*, member_id: UUID, now: datetime) -> None:
    """What was sent still arrives; what waits or is asked for later stays. Once is enough."""
    await execute(_HOLD, member_id, now)


@one_transaction
async def end_own_hold(*, member_id: UUID) -> None:
    """What was held for it alone goes on by itself; what else holds it still does."""
    if await execute(_END, member_id) == 0:
        return
    rows = await fetch(_HELD, member_id)
    if rows:
        await enqueue([route_job(row["id"]) for row in rows])
