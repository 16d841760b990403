"""People decide about a payment that no machine may decide: one proposes, another approves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.jobs import enqueue
from domain.members import queries as members
from domain.members.rules import Role
from domain.payouts.operations import changes, one_item, schedule
from domain.payouts.operations.batches import Item
from domain.payouts.operations.changes import Change
from domain.payouts.operations.releases import require_reason
from domain.payouts.operations.request_payout import route_job
from domain.payouts.operations.verdicts import Resolution, resolved
from domain.payouts.rules import (
    CREDITED,
    NOT_EXECUTED,
    AttemptState,
    BatchState,
    ClosedReason,
    PayoutState,
    Problem,
    Verdict,
)
from domain.texts import require_text

EVIDENCE_LENGTH_MAX: Final = 1_000

_PROPOSE: Final = """
    insert into payout_resolution
        (id, attempt_id, verdict, state, reason, evidence, proposed_by, proposed_at)
    values ($1, $2, $3, 'proposed', $4, $5, $6, $7)
"""
_ABOUT: Final = "select attempt_id, verdict from payout_resolution where id = $1"
_LOCK: Final = """
    select id, attempt_id, verdict, state, proposed_by from payout_resolution
    where id = $1 for update
"""
_DECIDE: Final = """
    update payout_resolution set state = $2, decided_by = $3, decided_at = $4 where id = $1
"""
_OTHER_IS_OPEN: Final = """
    select exists (select from payout_attempt
                   where payout_id = $1 and id <> $2 and state not in ('rejected', 'missing'))
"""


@dataclass(frozen=True, slots=True)
class Proposed:
    resolution_id: UUID


@dataclass(frozen=True, slots=True)
class Decided:
    replayed: bool


@one_transaction
async def propose_resolution(
    *,
    attempt_id: UUID,
    verdict: Verdict,
    reason: str,
    evidence: str,
    member_id: UUID,
    new_id: NewId,
    now: datetime,
) -> Proposed:
    """Say what became of a frozen or open attempt, and how one knows. Nothing moves yet.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound`, `SecondPersonNeeded` for one's own
    payout, or `InvalidTransition` where the verdict is not possible or another one waits.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    require_reason(reason)
    require_text(evidence, path="evidence", least=0, most=EVIDENCE_LENGTH_MAX)
    item, _ = await _resolvable(attempt_id, verdict=verdict, member_id=member_id)
    resolution_id = new_id()
    try:
        await execute(
            _PROPOSE,
            resolution_id,
            item.attempt_id,
            verdict.value,
            reason,
            evidence,
            member_id,
            now,
        )
    except asyncpg.UniqueViolationError as error:
        raise InvalidTransition(
            subject="the attempt", state="under decision", event="propose"
        ) from error
    return Proposed(resolution_id)


@one_transaction
async def approve_resolution(
    *, resolution_id: UUID, member_id: UUID, key: IdempotencyKey, new_id: NewId, now: datetime
) -> Decided:
    """Another person agrees: the payout becomes what was found out, and the money moves once.

    The same `key` again is answered as the first time. Refuses with `NotAllowed`, `NotFound`,
    `SecondPersonNeeded`, or `InvalidTransition` when it is decided already, or when the attempt
    has moved on so that the verdict is no longer possible.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    if await idempotency.claim(key=key, now=now) is not None:
        return Decided(replayed=True)
    about = await fetch_row(_ABOUT, resolution_id)
    if about is None:
        raise NotFound("no such proposal")
    item, resolution = await _resolvable(
        about["attempt_id"], verdict=Verdict(about["verdict"]), member_id=member_id
    )
    row = await _open_proposal(resolution_id, event="approve")
    if row["proposed_by"] == member_id:
        raise SecondPersonNeeded("you have proposed it: another person is needed")
    await execute(_DECIDE, resolution_id, "approved", member_id, now)
    await idempotency.answer(key=key, result=str(resolution_id))
    await _carry_out(item, resolution, new_id=new_id, now=now)
    return Decided(replayed=False)


@one_transaction
async def decline_resolution(*, resolution_id: UUID, member_id: UUID, now: datetime) -> None:
    """Whoever proposed it may take it back; another person may say no.

    Refuses with `NotAllowed`, `NotFound`, or `InvalidTransition` when it is decided already.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    await _open_proposal(resolution_id, event="decline")
    await execute(_DECIDE, resolution_id, "declined", member_id, now)


@one_transaction
async def retry_payout(*, payout_id: UUID, member_id: UUID, now: datetime) -> None:
    """Now instead of later: route it, send its batch or look it up, whatever is next.

    It changes no decision. Refuses with `NotAllowed`, `NotFound`, or `InvalidTransition` when
    nothing is next.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    state = await fetch_value("select state from payout where id = $1", payout_id)
    if state is None:
        raise NotFound("no such payout")
    batch = await schedule.lock_open_batch(payout_id)
    if batch is None:
        if state not in WAITING:
            raise InvalidTransition(subject="the payout", state=state, event="retry")
        await enqueue([route_job(payout_id)])
    elif batch.state is BatchState.PREPARED:
        await schedule.send_later(batch, delay=schedule.NOW, now=now, is_postponed=True)
    elif batch.state is BatchState.SENDING:
        raise InvalidTransition(subject="the payout", state=state, event="retry")
    else:
        await schedule.look_up_now(batch, now=now)


WAITING: Final = frozenset(
    {PayoutState.REQUESTED, PayoutState.HELD, PayoutState.APPROVED, PayoutState.QUEUED}
)


async def _open_proposal(resolution_id: UUID, *, event: str) -> Mapping[str, Any]:
    row: Mapping[str, Any] | None = await fetch_row(_LOCK, resolution_id)
    if row is None:
        raise NotFound("no such proposal")
    if row["state"] != "proposed":
        raise InvalidTransition(subject="the proposal", state=row["state"], event=event)
    return row


async def _resolvable(
    attempt_id: UUID, *, verdict: Verdict, member_id: UUID
) -> tuple[Item, Resolution]:
    found = await one_item.lock_item(attempt_id)
    if found is None:
        raise NotFound("no such attempt")
    _, item = found
    if item.worker_id == member_id:
        raise SecondPersonNeeded("nobody decides about what they are paid")
    resolution = resolved(
        attempt=item.state,
        is_frozen=item.is_frozen,
        payout=item.payout_state,
        verdict=verdict,
    )
    revives = item.state in NOT_EXECUTED and verdict is Verdict.PAID
    if revives and await fetch_value(_OTHER_IS_OPEN, item.payout_id, item.attempt_id):
        resolution = None  # an unsent one is withdrawn by its sender; one that was sent decides
    if resolution is None:
        raise InvalidTransition(subject="the attempt", state=item.state.value, event=verdict.value)
    return item, resolution


async def _carry_out(item: Item, resolution: Resolution, *, new_id: NewId, now: datetime) -> None:
    is_closed_now = resolution.attempt is AttemptState.REJECTED and item.state not in NOT_EXECUTED
    change = Change(
        item=item,
        state=resolution.attempt,
        target=resolution.payout,
        problem=_problem(resolution.payout),
        closed=ClosedReason.RESOLVED if is_closed_now else None,
        is_resolved=True,
    )
    place = await one_item.lock_item(item.attempt_id)
    assert place is not None
    if resolution.payout is PayoutState.APPROVED:
        await enqueue([route_job(item.payout_id)])
    await changes.write([change], instance_id=place[0].instance_id, new_id=new_id, now=now)


def _problem(payout: PayoutState) -> Problem | None:
    if payout not in CREDITED:
        return None
    return Problem.PROVIDER_DECLINED if payout is PayoutState.FAILED else Problem.RETURNED
