"""What all steps share: a locked dispute, its record, and how its money ends.

A dispute is locked before its assignment, except when it is opened: then it does not exist yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.assignments import operations as assignments
from domain.database import execute, fetch_row
from domain.disputes.operations.seats import close_seats, seat_panel
from domain.disputes.rules import (
    DisputeEvent,
    DisputeKind,
    DisputeParty,
    DisputeState,
    Offers,
    Ruling,
    answering,
    due_at,
    next_state,
    offers_in,
    record_seed,
    step_content,
    step_hash,
)
from domain.errors import InvalidTransition, NotFound
from domain.given import NewId
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A dispute whose row is ours until the transaction ends."""

    id: UUID
    assignment_id: UUID
    worker_id: UUID
    employer_id: UUID
    kind: DisputeKind
    state: DisputeState
    opened_at: datetime
    ruling: Ruling | None
    percent: int | None
    offers: Offers
    ruled_by: UUID | None
    ruled_at: datetime | None
    accepted: frozenset[DisputeParty]

    def require(self, event: DisputeEvent) -> DisputeState:
        """The state after the event, or `InvalidTransition`."""
        target = next_state(self.state, event, self.kind)
        if target is None:
            raise InvalidTransition(subject="the dispute", state=self.state, event=event)
        return target

    def party(self, member_id: UUID) -> DisputeParty:
        return DisputeParty.WORKER if member_id == self.worker_id else DisputeParty.EMPLOYER


async def finish(
    dispute: Locked,
    ruling: Ruling,
    *,
    percent: int | None = None,
    actor_id: UUID | None,
    new_id: NewId,
    now: datetime,
) -> None:
    """The row first, then the assignment, its task and the money. `percent` is of a split."""
    await execute(
        "update dispute set state = 'final', due_at = null, final_at = $2, ruling = $3,"
        " percent = $4, ruled_at = coalesce(ruled_at, $2) where id = $1",
        dispute.id,
        now,
        ruling.value,
        percent,
    )
    if dispute.kind is DisputeKind.FRAUD:
        if ruling is not Ruling.WORKER:
            await assignments.pay_back_fraud(
                assignment_id=dispute.assignment_id,
                is_worker_charged=ruling is Ruling.EMPLOYER,
                actor_id=actor_id,
                new_id=new_id,
                now=now,
            )
        return
    work = await assignments.settle_contested(
        assignment_id=dispute.assignment_id,
        is_for_worker=ruling is Ruling.WORKER,
        is_our_delay=ruling is Ruling.PLATFORM,
        percent=percent,
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


async def decide(
    dispute: Locked,
    ruling: Ruling,
    *,
    percent: int | None = None,
    ruled_by: UUID | None,
    now: datetime,
) -> None:
    await execute(
        "update dispute set ruling = $2, ruled_by = $3, ruled_at = $4, percent = $5,"
        " panel_until = null where id = $1",
        dispute.id,
        ruling.value,
        ruled_by,
        now,
        percent,
    )
    await close_seats(dispute.id, now)
    await move(dispute, DisputeState.DECIDED, now)


async def move(dispute: Locked, target: DisputeState, now: datetime) -> None:
    due = due_at(target, opened_at=dispute.opened_at, ruled_at=dispute.ruled_at, now=now)
    panel_until = None
    if target is DisputeState.PANEL and dispute.kind is DisputeKind.REJECTION:
        panel_until = await seat_panel(dispute, now=now)
    await execute(
        "update dispute set state = $2, due_at = $3, panel_until = $4 where id = $1",
        dispute.id,
        target.value,
        due,
        panel_until,
    )


_LAST: Final = """
    select position, hash from dispute_step where dispute_id = $1 order by position desc limit 1
"""


async def record(
    dispute_id: UUID,
    event: DisputeEvent,
    party: DisputeParty,
    actor_id: UUID | None,
    now: datetime,
    *,
    text: str | None = None,
    ruling: Ruling | None = None,
    percent: int | None = None,
) -> None:
    """The dispute's row is locked, so that nobody else writes the next line."""
    last = await fetch_row(_LAST, dispute_id)
    position = 1 if last is None else last["position"] + 1
    content = step_content(
        position=position,
        event=event,
        party=party,
        text=text,
        ruling=ruling,
        percent=percent,
        at=now,
    )
    previous = record_seed(dispute_id) if last is None else last["hash"]
    await execute(
        "insert into dispute_step (dispute_id, position, event, party, actor_id, text, ruling, at,"
        " hash, percent) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        dispute_id,
        position,
        event.value,
        party.value,
        actor_id,
        text,
        None if ruling is None else ruling.value,
        now,
        step_hash(previous, content),
        percent,
    )


_INSERT: Final = """
    insert into dispute (id, assignment_id, worker_id, employer_id, state, opened_at, due_at,
                         worker_accepts, employer_accepts, kind)
    values ($1, $2, $3, $4, $5, $6, $7, false, false, $8)
"""


async def begin(
    *,
    assignment_id: UUID,
    worker_id: UUID,
    employer_id: UUID,
    party: DisputeParty,
    actor_id: UUID | None,
    text: str | None,
    dispute_id: UUID,
    kind: DisputeKind = DisputeKind.REJECTION,
    now: datetime,
) -> None:
    """The first line of a record. Its assignment is locked, and contested already."""
    state = DisputeState.AWAITING_ANSWER
    await execute(
        _INSERT,
        dispute_id,
        assignment_id,
        worker_id,
        employer_id,
        state.value,
        now,
        due_at(state, opened_at=now, ruled_at=None, now=now),
        kind.value,
    )
    await record(dispute_id, DisputeEvent.OPEN, party, actor_id, now, text=text)


async def lock_for_party(dispute_id: UUID, member_id: UUID) -> Locked:
    dispute = await lock_dispute(dispute_id)
    if member_id not in {dispute.worker_id, dispute.employer_id}:
        raise NotFound("no such dispute")
    return dispute


async def lock_for_answer(dispute_id: UUID, member_id: UUID) -> Locked:
    """The side that opened it gets the answer of a stranger: it is not theirs to do."""
    dispute = await lock_for_party(dispute_id, member_id)
    if dispute.party(member_id) is not answering(dispute.kind):
        raise NotFound("no such dispute")
    return dispute


async def lock_dispute(dispute_id: UUID) -> Locked:
    row = await fetch_row("select * from dispute where id = $1 for update", dispute_id)
    if row is None:
        raise NotFound("no such dispute")
    return locked(row)


def locked(row: Mapping[str, Any]) -> Locked:
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
        kind=DisputeKind(row["kind"]),
        state=DisputeState(row["state"]),
        opened_at=row["opened_at"],
        ruling=None if row["ruling"] is None else Ruling(row["ruling"]),
        percent=row["percent"],
        offers=offers_in(row),
        ruled_by=row["ruled_by"],
        ruled_at=row["ruled_at"],
        accepted=frozenset(accepted),
    )
