"""What time does to disputes: each open state has a deadline, so none can hang for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.database import fetch, one_transaction
from domain.disputes.operations.steps import Locked, decide, finish, locked, move, record
from domain.disputes.rules import OVERDUE, DisputeEvent, DisputeParty, DisputeState, Ruling
from domain.given import NewId

SWEEP_COUNT_MAX: Final = 100
_DUE: Final = """
    select * from dispute where state <> 'final' and due_at <= $1
    order by due_at, id limit $2 for update skip locked
"""


@one_transaction
async def advance_disputes(*, new_id: NewId, now: datetime) -> int:
    """What the clock decides; rows that somebody else holds wait for the next run."""
    rows = await fetch(_DUE, now, SWEEP_COUNT_MAX)
    for row in rows:
        await _advance(locked(row), new_id=new_id, now=now)
    return len(rows)


async def _advance(dispute: Locked, *, new_id: NewId, now: datetime) -> None:
    event = OVERDUE[dispute.state]
    target = dispute.require(event)
    ruling = None if target is DisputeState.PANEL else _ruling_of_the_clock(dispute, event)
    percent = dispute.percent if ruling is Ruling.SPLIT else None
    await record(dispute.id, event, DisputeParty.CLOCK, None, now, ruling=ruling, percent=percent)
    if target is DisputeState.FINAL:
        assert ruling is not None
        await finish(dispute, ruling, percent=percent, actor_id=None, new_id=new_id, now=now)
    elif target is DisputeState.DECIDED:
        assert ruling is not None
        await decide(dispute, ruling, ruled_by=None, now=now)
    else:
        await move(dispute, target, now)


def _ruling_of_the_clock(dispute: Locked, event: DisputeEvent) -> Ruling | None:
    match event:
        case DisputeEvent.SILENCE:
            return Ruling.WORKER
        case DisputeEvent.MISS:
            return Ruling.PLATFORM
        case DisputeEvent.CLOSE:
            return dispute.ruling
        case _:
            return None
