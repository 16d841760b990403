"""What time does: our silence dismisses a proposal, and a suspension ends on its date."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.database import execute, fetch, one_transaction
from domain.suspensions.operations.steps import COLUMNS, SOURCE, Locked, free, locked
from domain.suspensions.rules import SuspensionEvent, SuspensionState

SWEEP_COUNT_MAX: Final = 100
_DUE: Final = f"""
    select {COLUMNS} from {SOURCE}
    where s.ended_at is null and (s.state = 'human_review' and s.due_at <= $1 or d.ends_at <= $1)
    order by s.id limit $2 for update of s skip locked
"""  # noqa: S608  # our own column list


@one_transaction
async def advance_suspensions(*, now: datetime) -> int:
    """How many members are free again. Rows that somebody else holds wait for the next run."""
    rows = await fetch(_DUE, now, SWEEP_COUNT_MAX)
    for row in rows:
        await _end(locked(row), now=now)
    return len(rows)


async def _end(suspension: Locked, *, now: datetime) -> None:
    """An appeal goes on after the end date, for what was lost."""
    if suspension.state is SuspensionState.HUMAN_REVIEW:
        target = suspension.require(SuspensionEvent.SILENCE)
        await execute(
            "update suspension set state = $2, dismissed_at = $3, ended_at = $3 where id = $1",
            suspension.id,
            target.value,
            now,
        )
    await free(suspension, now=now)
