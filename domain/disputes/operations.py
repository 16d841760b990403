"""Everything that changes a dispute. Money moves once, when it is final.

A dispute is locked before its assignment, except when it is opened: then it does not exist yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.assignments import operations as assignments
from domain.database import execute, fetch, fetch_row, one_transaction
from domain.disputes.rules import (
    FIRST_HASH,
    OVERDUE,
    DisputeEvent,
    DisputeParty,
    DisputeState,
    Ruling,
    due_at,
    next_state,
    step_content,
    step_hash,
    text_problem,
)
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.given import NewId
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members import queries as members
from domain.members.rules import Role

SWEEP_COUNT_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A dispute whose row is ours until the transaction ends."""

    id: UUID
    assignment_id: UUID
    worker_id: UUID
    employer_id: UUID
    state: DisputeState
    opened_at: datetime
    ruling: Ruling | None
    ruled_by: UUID | None
    ruled_at: datetime | None
    accepted: frozenset[DisputeParty]

    def require(self, event: DisputeEvent) -> DisputeState:
        """The state after the event, or `InvalidTransition`."""
        target = next_state(self.state, event)
        if target is None:
            raise InvalidTransition(subject="the dispute", state=self.state, event=event)
        return target

    def party(self, member_id: UUID) -> DisputeParty:
        return DisputeParty.WORKER if member_id == self.worker_id else DisputeParty.EMPLOYER


_INSERT: Final = """
    insert into dispute (id, assignment_id, worker_id, employer_id, state, opened_at, due_at,
                         worker_accepts, employer_accepts)
    values ($1, $2, $3, $4, $5, $6, $7, false, false)
"""


@one_transaction
async def open_dispute(
    *, worker_id: UUID, assignment_id: UUID, text: str, new_id: NewId, now: datetime
) -> UUID:
    """The worker contests a rejection within seven days; the employer has 72 hours to answer.

    Refuses with `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    _require_text(text)
    work = await assignments.contest(assignment_id=assignment_id, worker_id=worker_id, now=now)
    dispute_id, state = new_id(), DisputeState.AWAITING_ANSWER
    await execute(
        _INSERT,
        dispute_id,
        assignment_id,
        worker_id,
        work.booking.employer_id,
        state.value,
        now,
        due_at(state, opened_at=now, ruled_at=None, now=now),
    )
    await _record(dispute_id, DisputeEvent.OPEN, DisputeParty.WORKER, worker_id, now, text=text.strip())
    return dispute_id


@one_transaction
async def answer_dispute(*, employer_id: UUID, dispute_id: UUID, text: str, now: datetime) -> None:
    """The employer's side. Refuses with `InvalidInput`, `NotFound` or `InvalidTransition`."""
    _require_text(text)
    dispute = await _lock_for_employer(dispute_id, employer_id)
    target = dispute.require(DisputeEvent.ANSWER)
    await _move(dispute, target, now)
    await _record(
        dispute_id,
        DisputeEvent.ANSWER,
        DisputeParty.EMPLOYER,
        employer_id,
        now,
        text=text.strip(),
    )


@one_transaction
async def concede_dispute(
    *, employer_id: UUID, dispute_id: UUID, new_id: NewId, now: datetime
) -> None:
    """The employer gives in, and the worker is paid. Refuses with `NotFound` or
    `InvalidTransition`.
    """
    dispute = await _lock_for_employer(dispute_id, employer_id)
    dispute.require(DisputeEvent.CONCEDE)
    await _record(dispute_id, DisputeEvent.CONCEDE, DisputeParty.EMPLOYER, employer_id, now)
    await _finish(dispute, Ruling.WORKER, actor_id=employer_id, new_id=new_id, now=now)


@one_transaction
async def escalate_dispute(*, member_id: UUID, dispute_id: UUID, now: datetime) -> None:
    """Either side asks for a decision now. Refuses with `NotFound` or `InvalidTransition`."""
    dispute = await _lock_for_party(dispute_id, member_id)
    target = dispute.require(DisputeEvent.ESCALATE)
    await _move(dispute, target, now)
    await _record(dispute_id, DisputeEvent.ESCALATE, dispute.party(member_id), member_id, now)


@one_transaction
async def rule_dispute(
    *,
    staff_id: UUID,
    dispute_id: UUID,
    is_for_worker: bool,
    text: str,
    new_id: NewId,
    now: datetime,
) -> None:
    """A person of the platform decides, and says why. On an appeal it is somebody else, and final.

    Refuses with `NotAllowed` (no staff, a party, or who decided before), `InvalidInput`,
    `NotFound` or `InvalidTransition`.
    """
    found = await members.members_by_id(ids=[staff_id])
    if staff_id not in found or Role.STAFF not in found[staff_id].roles:
        raise NotAllowed("only staff decide disputes")
    _require_text(text)
    dispute = await _lock(dispute_id)
    if staff_id in {dispute.worker_id, dispute.employer_id}:
        raise NotAllowed("nobody decides a dispute of their own")
    target = dispute.require(DisputeEvent.RULE)
    if staff_id == dispute.ruled_by:
        raise NotAllowed("an appeal is decided by somebody else")
    ruling = Ruling.WORKER if is_for_worker else Ruling.EMPLOYER
    await _record(
        dispute_id,
        DisputeEvent.RULE,
        DisputeParty.STAFF,
        staff_id,
        now,
        text=text.strip(),
        ruling=ruling,
    )
    if target is DisputeState.FINAL:
        await _finish(dispute, ruling, actor_id=staff_id, new_id=new_id, now=now)
    else:
        await _decide(dispute, ruling, ruled_by=staff_id, now=now)


@one_transaction
async def appeal_dispute(*, member_id: UUID, dispute_id: UUID, text: str, now: datetime) -> None:
    """Once, within seven days of the decision. Refuses with `InvalidInput`, `NotFound` or
    `InvalidTransition`.
    """
    _require_text(text)
    dispute = await _lock_for_party(dispute_id, member_id)
    target = dispute.require(DisputeEvent.APPEAL)
    await _move(dispute, target, now)
    await _record(
        dispute_id,
        DisputeEvent.APPEAL,
        dispute.party(member_id),
        member_id,
        now,
        text=text.strip(),
    )


_ACCEPT: Final = """
    update dispute set worker_accepts = worker_accepts or $2 = worker_id,
                       employer_accepts = employer_accepts or $2 = employer_id
    where id = $1
"""


@one_transaction
async def accept_ruling(*, member_id: UUID, dispute_id: UUID, new_id: NewId, now: datetime) -> None:
    """A side will not appeal; once both said so, the money moves. Saying it twice is no harm.

    Refuses with `NotFound` or `InvalidTransition`.
    """
    dispute = await _lock_for_party(dispute_id, member_id)
    dispute.require(DisputeEvent.ACCEPT)
    party = dispute.party(member_id)
    if party in dispute.accepted:
        return
    await execute(_ACCEPT, dispute_id, member_id)
    await _record(dispute_id, DisputeEvent.ACCEPT, party, member_id, now)
    if dispute.accepted:
        assert dispute.ruling is not None
        await _finish(dispute, dispute.ruling, actor_id=member_id, new_id=new_id, now=now)


_DUE: Final = """
    select * from dispute where state <> 'final' and due_at <= $1
    order by due_at, id limit $2 for update skip locked
"""


@one_transaction
async def advance_disputes(*, new_id: NewId, now: datetime) -> int:
    """What the clock decides; rows that somebody else holds wait for the next run."""
    rows = await fetch(_DUE, now, SWEEP_COUNT_MAX)
    for row in rows:
        await _advance(_locked(row), new_id=new_id, now=now)
    return len(rows)


async def _advance(dispute: Locked, *, new_id: NewId, now: datetime) -> None:
    event = OVERDUE[dispute.state]
    target = dispute.require(event)
    ruling = _ruling_of_the_clock(dispute, event)
    await _record(dispute.id, event, DisputeParty.CLOCK, None, now, ruling=ruling)
    if target is DisputeState.FINAL:
        assert ruling is not None
        await _finish(dispute, ruling, actor_id=None, new_id=new_id, now=now)
    elif target is DisputeState.DECIDED:
        assert ruling is not None
        await _decide(dispute, ruling, ruled_by=None, now=now)
    else:
        await _move(dispute, target, now)


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


async def _finish(
    dispute: Locked, ruling: Ruling, *, actor_id: UUID | None, new_id: NewId, now: datetime
) -> None:
    """The row first, then the assignment, its task and the money."""
    await execute(
        "update dispute set state = 'final', due_at = null, final_at = $2, ruling = $3,"
        " ruled_at = coalesce(ruled_at, $2) where id = $1",
        dispute.id,
        now,
        ruling.value,
    )
    work = await assignments.settle_contested(
        assignment_id=dispute.assignment_id,
        is_for_worker=ruling is Ruling.WORKER,
        actor_id=actor_id,
        new_id=new_id,
        now=now,
    )
    if ruling is Ruling.PLATFORM:
        reward = work.booking.price.reward
        goodwill = Transfer(
            event="E16",
            kind="dispute.goodwill",
            key=f"dispute:{dispute.id}:goodwill",
            correlation_id=dispute.assignment_id,
            actor_id=actor_id,
            legs=legs(
                debit(Account(AccountKind.EXPENSE_GOODWILL), reward),
                credit(Account(AccountKind.WORKER_EARNINGS, dispute.worker_id), reward),
            ),
        )
        await ledger.post(transfers=[goodwill], new_id=new_id, effective_on=now.date())


async def _decide(dispute: Locked, ruling: Ruling, *, ruled_by: UUID | None, now: datetime) -> None:
    await execute(
        "update dispute set ruling = $2, ruled_by = $3, ruled_at = $4 where id = $1",
        dispute.id,
        ruling.value,
        ruled_by,
        now,
    )
    await _move(dispute, DisputeState.DECIDED, now)


async def _move(dispute: Locked, target: DisputeState, now: datetime) -> None:
    due = due_at(target, opened_at=dispute.opened_at, ruled_at=dispute.ruled_at, now=now)
    await execute(
        "update dispute set state = $2, due_at = $3 where id = $1", dispute.id, target.value, due
    )


_LAST: Final = """
    select position, hash from dispute_step where dispute_id = $1 order by position desc limit 1
"""


async def _record(
    dispute_id: UUID,
    event: DisputeEvent,
    party: DisputeParty,
    actor_id: UUID | None,
    now: datetime,
    *,
    text: str | None = None,
    ruling: Ruling | None = None,
) -> None:
    """The dispute's row is locked, so that nobody else writes the next line."""
    last = await fetch_row(_LAST, dispute_id)
    position = 1 if last is None else last["position"] + 1
    content = step_content(
        position=position, event=event, party=party, text=text, ruling=ruling, at=now
    )
    previous = FIRST_HASH if last is None else last["hash"]
    await execute(
        "insert into dispute_step (dispute_id, position, event, party, actor_id, text, ruling, at,"
        " hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        dispute_id,
        position,
        event.value,
        party.value,
        actor_id,
        text,
        None if ruling is None else ruling.value,
        now,
        step_hash(previous, str(dispute_id), content),
    )


async def _lock_for_party(dispute_id: UUID, member_id: UUID) -> Locked:
    dispute = await _lock(dispute_id)
    if member_id not in {dispute.worker_id, dispute.employer_id}:
        raise NotFound("no such dispute")
    return dispute


async def _lock_for_employer(dispute_id: UUID, employer_id: UUID) -> Locked:
    """The worker gets the answer of a stranger: it is not theirs to do."""
    dispute = await _lock(dispute_id)
    if employer_id != dispute.employer_id:
        raise NotFound("no such dispute")
    return dispute


async def _lock(dispute_id: UUID) -> Locked:
    row = await fetch_row("select * from dispute where id = $1 for update", dispute_id)
    if row is None:
        raise NotFound("no such dispute")
    return _locked(row)


def _locked(row: Mapping[str, Any]) -> Locked:
    accepted = {
        party
        for party, has_accepted in (
            (DisputeParty.WORKER, row["worker_accepts"]),
            (DisputeParty.EMPLOYER, row["employer_accepts"]),
        )
        if has_accepted
    }
    return Locked(
        id=row["id"],
        assignment_id=row["assignment_id"],
        worker_id=row["worker_id"],
        employer_id=row["employer_id"],
        state=DisputeState(row["state"]),
        opened_at=row["opened_at"],
        ruling=None if row["ruling"] is None else Ruling(row["ruling"]),
        ruled_by=row["ruled_by"],
        ruled_at=row["ruled_at"],
        accepted=frozenset(accepted),
    )


def _require_text(text: str) -> None:
    problem = text_problem(text)
    if problem is not None:
        raise InvalidInput(problem, path=("text",))
