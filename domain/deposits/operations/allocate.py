"""Two people say whose money it is that nobody asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.deposits.operations import money
from domain.deposits.rules import ALLOCATIONS, NOTE_LENGTH_MAX, ArrivalState
from domain.errors import InvalidInput, InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger.rules import Transfer
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import Money
from domain.texts import require_text

DONE: Final = "done"
PROPOSED: Final = "proposed"

_LOCK: Final = """
    select a.id, a.state, a.deposit_id, a.instance_id, a.currency, a.amount_micros, a.proposed_as,
           a.proposed_employer_id, a.proposed_by, d.employer_id
    from deposit_arrival a left join deposit d on d.id = a.deposit_id
    where a.id = $1 for update of a
"""
_PROPOSE: Final = """
    update deposit_arrival
    set proposed_as = $2, proposed_employer_id = $3, proposed_note = $4, proposed_by = $5,
        proposed_at = $6
    where id = $1
"""
_DECIDE: Final = """
    update deposit_arrival set state = $2, decided_by = $3, decided_at = $4 where id = $1
"""
_BOOKED: Final = "select id from ledger_transfer where idempotency_key = $1"


@dataclass(frozen=True, slots=True)
class Allocated:
    """`is_decided` is False while another person has to say the same."""

    is_decided: bool
    replayed: bool


@one_transaction
async def allocate_arrival(
    *,
    arrival_id: UUID,
    target: ArrivalState,
    employer_id: UUID | None,
    note: str,
    decided_by: UUID,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Allocated:
    """One person's word; a second one's moves the money: to an employer (E26), or off (E25r).

    Without `employer_id` it is credited to the deposit's own employer. Whoever says something
    else proposes that instead. Refuses with `NotAllowed`, `NotFound`, `InvalidTransition`,
    `InvalidInput`, or `SecondPersonNeeded` for one's own money.
    """
    await members.require_role(member_id=decided_by, role=Role.FINANCE)
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Allocated(is_decided=earlier == DONE, replayed=True)
    require_text(note, path="note", most=NOTE_LENGTH_MAX, is_line=True)
    assert target in ALLOCATIONS
    row = await fetch_row(_LOCK, arrival_id)
    if row is None:
        raise NotFound("no such payment")
    if row["state"] != ArrivalState.UNALLOCATED:
        raise InvalidTransition(subject="the payment", state=row["state"], event="allocate")
    payee = await _payee(row, target=target, employer_id=employer_id)
    if decided_by in (payee, row["employer_id"]):
        raise SecondPersonNeeded("nobody decides about their own money")
    is_second = row["proposed_by"] not in (None, decided_by)
    is_decided = is_second and (row["proposed_as"], row["proposed_employer_id"]) == (target, payee)
    await idempotency.answer(key=key, result=DONE if is_decided else PROPOSED)
    if not is_decided:
        await execute(_PROPOSE, arrival_id, target.value, payee, note, decided_by, now)
        return Allocated(is_decided=False, replayed=False)
    await execute(_DECIDE, arrival_id, target.value, decided_by, now)
    transfer = await _transfer(row, payee=payee, actor_id=decided_by)
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())
    return Allocated(is_decided=True, replayed=False)


async def _payee(row: Any, *, target: ArrivalState, employer_id: UUID | None) -> UUID | None:
    if target is not ArrivalState.CREDITED:
        if employer_id is not None:
            raise InvalidInput("nobody gets what is not credited", path=("employer_id",))
        return None
    payee: UUID | None = employer_id or row["employer_id"]
    if payee is None:
        raise InvalidInput("say who gets it", path=("employer_id",))
    found = await members.members_by_id(ids=[payee])
    if payee not in found or Role.EMPLOYER not in found[payee].roles:
        raise InvalidInput("no such employer", path=("employer_id",))
    return payee


async def _transfer(row: Any, *, payee: UUID | None, actor_id: UUID) -> Transfer:
    amount = Money(row["amount_micros"], row["currency"])
    if payee is not None:
        return money.allocated(
            arrival_id=row["id"], employer_id=payee, amount=amount, actor_id=actor_id
        )
    reverses = await fetch_value(_BOOKED, f"arrival:{row['id']}:unallocated")
    assert reverses is not None, "what waits is booked"
    return money.not_allocated(
        arrival_id=row["id"],
        about_id=row["deposit_id"] or row["id"],
        amount=amount,
        instance_id=row["instance_id"],
        actor_id=actor_id,
        reverses=reverses,
    )
