"""Payouts on a calendar: collected by the clock, looked at and released by people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, one_transaction
from domain.errors import InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import NewId
from domain.members import queries as members
from domain.members.rules import Role
from domain.payouts.operations import releases
from domain.payouts.operations.needed_levels import workers_to_screen
from domain.payouts.operations.releases import Released
from domain.payouts.rules import RunState, schedules_due
from domain.routing.rules import Schedule
from domain.verification import operations as verification

RUN_COUNT_MAX: Final = 50_000  # payouts in one run; the rest waits for the next
PATIENCE_ENDS_HOUR: Final = 20  # in UTC; a run waits no longer for who is not screened yet

_WORKERS: Final = """
    select distinct worker_id from payout
    where state = 'held' and problem = 'waits_for_run' and schedule = any($1) and run_id is null
"""
_WAITING: Final = """
    select distinct currency from payout
    where state = 'held' and problem = 'waits_for_run' and schedule = $1 and run_id is null
      and worker_id <> all($2)
    order by currency
"""
_INSERT: Final = """
    insert into payout_run (id, state, schedule, currency, run_on, collected_at)
    values ($1, 'open', $2, $3, $4, $5) on conflict do nothing
"""
_COLLECT: Final = """
    update payout set run_id = $1 where id in (
        select id from payout
        where state = 'held' and problem = 'waits_for_run' and schedule = $2 and currency = $3
          and run_id is null and worker_id <> all($5)
        order by requested_at limit $4 for update skip locked)
"""
_LOCK: Final = "select id, state, currency from payout_run where id = $1 for update"
_PAYOUTS: Final = """
    select id, worker_id, currency, amount_micros from payout
    where run_id = $1 and state = 'held' and problem = 'waits_for_run' order by id for update
"""
_CLOSE: Final = "update payout_run set state = $2, closed_at = $3 where id = $1"
_LET_GO: Final = """
    update payout set run_id = null
    where run_id = $1 and state = 'held' and problem = 'waits_for_run'
"""


async def collect_runs(*, now: datetime, new_id: NewId) -> int:
    """How many runs this day of the calendar began; each schedule and currency has one a day.

    Whoever is paid is screened first. Until the evening a run waits for the last of them; then it
    begins, and who could not be screened waits for the next one.
    """
    await verification.want_screening(member_ids=await workers_to_screen(), now=now)
    due = schedules_due(now.date())
    rows = await fetch(_WORKERS, [each.value for each in due])
    workers = [row["worker_id"] for row in rows]
    unscreened = await verification.unscreened(member_ids=workers, now=now)
    if unscreened and now.hour < PATIENCE_ENDS_HOUR:
        return 0
    count = 0
    for schedule in due:
        for row in await fetch(_WAITING, schedule.value, unscreened):
            count += await _collect(
                schedule,
                currency=row["currency"],
                unscreened=unscreened,
                run_on=now.date(),
                new_id=new_id,
                now=now,
            )
    return count


@one_transaction
async def release_run(
    *, run_id: UUID, member_id: UUID, reason: str, new_id: NewId, now: datetime
) -> Released:
    """One person's word for all of it; above the limit it takes two. Then all is routed.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound`, `InvalidTransition` or
    `SecondPersonNeeded`.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    releases.require_reason(reason)
    await _open_run(run_id, event="release")
    payouts = await fetch(_PAYOUTS, run_id)
    if any(each["worker_id"] == member_id for each in payouts):
        raise SecondPersonNeeded("nobody releases what they are paid")
    needed = await releases.people_needed(payouts, now=now) if payouts else 1
    done = await releases.sign(
        subject_id=run_id,
        is_run=True,
        needed=needed,
        member_id=member_id,
        reason=reason,
        new_id=new_id,
        now=now,
    )
    if done.is_out:
        await execute(_CLOSE, run_id, RunState.RELEASED.value, now)
        await releases.let_out([each["id"] for each in payouts], now=now)
    return done


@one_transaction
async def cancel_run(*, run_id: UUID, member_id: UUID, now: datetime) -> None:
    """Its payouts wait for the next one; one person is enough to stop.

    Refuses with `NotAllowed`, `NotFound` or `InvalidTransition`.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    await _open_run(run_id, event="cancel")
    await execute(_LET_GO, run_id)
    await execute(_CLOSE, run_id, RunState.CANCELLED.value, now)


@one_transaction
async def _collect(
    schedule: Schedule,
    *,
    currency: str,
    unscreened: Sequence[UUID],
    run_on: date,
    new_id: NewId,
    now: datetime,
) -> bool:
    run_id = new_id()
    if await execute(_INSERT, run_id, schedule.value, currency, run_on, now) == 0:
        return False  # today's is collected: these wait for the next
    await execute(_COLLECT, run_id, schedule.value, currency, RUN_COUNT_MAX, unscreened)
    return True


async def _open_run(run_id: UUID, *, event: str) -> Any:
    row = await fetch_row(_LOCK, run_id)
    if row is None:
        raise NotFound("no such run")
    if row["state"] != RunState.OPEN:
        raise InvalidTransition(subject="the run", state=row["state"], event=event)
    return row
