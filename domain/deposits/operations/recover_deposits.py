"""The sweep that makes every crash and every lost job harmless."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.database import fetch, one_transaction
from domain.deposits.operations.rows import create_job, look_up_job, refund_job
from domain.deposits.rules import OVERDUE_AFTER, DepositState
from domain.jobs import JobRequest, enqueue

SWEEP_COUNT_MAX: Final = 500

# It moves to the end of the line: what can never be done keeps nothing else waiting.
_OVERDUE: Final = """
    update deposit set due_at = $1 where id in (
        select id from deposit where due_at <= $2 order by due_at limit $3
        for update skip locked)
    returning id, state, create_count, look_up_count
"""
_OVERDUE_REFUNDS: Final = """
    update deposit_refund set due_at = $1 where id in (
        select id from deposit_refund where due_at <= $2 order by due_at limit $3
        for update skip locked)
    returning id, send_count, look_up_count
"""


@one_transaction
async def recover_deposits(*, now: datetime) -> int:
    """Enqueue again what should have been looked after by now; how many there were."""
    since = now - OVERDUE_AFTER
    jobs: list[JobRequest] = [
        create_job(row["id"], count=row["create_count"])
        if row["state"] == DepositState.INITIATED
        else look_up_job(row["id"], count=row["look_up_count"])
        for row in await fetch(_OVERDUE, now, since, SWEEP_COUNT_MAX)
    ]
    jobs += [
        refund_job(row["id"], count=f"{row['send_count']}:{row['look_up_count']}")
        for row in await fetch(_OVERDUE_REFUNDS, now, since, SWEEP_COUNT_MAX)
    ]
    if jobs:
        await enqueue(jobs)
    return len(jobs)
