"""Two people decide about a deposit that is not what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.deposits import queries
from domain.deposits.operations.step import credit
from domain.deposits.queries import DecisionRecord, DepositRecord
from domain.deposits.rules import FROZEN, NOTE_LENGTH_MAX, Decision
from domain.errors import InvalidInput, InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import Money
from domain.texts import require_text

DONE: Final = "done"
PROPOSED: Final = "proposed"

_PROPOSE: Final = """
    insert into deposit_decision (id, deposit_id, decision, note, proposed_by, proposed_at)
    values ($1, $2, $3, $4, $5, $6)
"""
_DROP: Final = "update deposit_decision set dropped_at = $2 where id = $1"
_AGREE: Final = "update deposit_decision set agreed_by = $2, agreed_at = $3 where id = $1"
# What was dealt with once is not for people again when the provider repeats itself.
_DISMISS: Final = """
    update deposit
    set state = 'failed', due_at = null, arrived_micros = null, arrived_currency = null,
        dismissed_micros = dismissed_micros
            + case when arrived_currency = currency then greatest(arrived_micros, 0) else 0 end
    where id = $1
"""
_WATCH: Final = "update deposit set due_at = $2, watch_count = 0 where id = $1"


@dataclass(frozen=True, slots=True)
class Decided:
    """`is_decided` is False while another person has to say the same."""

    is_decided: bool
    replayed: bool


@one_transaction
async def decide_deposit(
    *,
    deposit_id: UUID,
    decision: Decision,
    note: str,
    decided_by: UUID,
    key: IdempotencyKey | None = None,
    new_id: NewId,
    now: datetime,
) -> Decided:
    """One person's word; a second one's carries it out, and may move money (E1).

    Whoever says something else proposes that instead. The same `key` again gives the first
    answer. Refuses with `NotAllowed`, `NotFound`, `InvalidTransition` or `InvalidInput`.
    """
    await members.require_role(member_id=decided_by, role=Role.FINANCE)
    earlier = None if key is None else await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Decided(is_decided=earlier == DONE, replayed=True)
    require_text(note, path="note", most=NOTE_LENGTH_MAX, is_line=True)
    if deposit_id not in await queries.deposits_by_id(ids=[deposit_id]):
        raise NotFound("no such deposit")
    deposit = await queries.locked_deposit(deposit_id=deposit_id)
    _require_decidable(deposit, decision, decided_by)
    proposed = (await queries.open_decisions(deposit_ids=[deposit_id])).get(deposit_id)
    is_decided = proposed is not None and _agrees(proposed, decision, decided_by)
    if proposed is not None and is_decided:
        await execute(_AGREE, proposed.id, decided_by, now)
        await _carry_out(deposit, decision, actor_id=decided_by, new_id=new_id, now=now)
    else:
        if proposed is not None:
            await execute(_DROP, proposed.id, now)
        await execute(_PROPOSE, new_id(), deposit_id, decision.value, note, decided_by, now)
    if key is not None:
        await idempotency.answer(key=key, result=DONE if is_decided else PROPOSED)
    return Decided(is_decided=is_decided, replayed=False)


def _require_decidable(deposit: DepositRecord, decision: Decision, decided_by: UUID) -> None:
    if deposit.employer_id == decided_by:
        raise SecondPersonNeeded("nobody decides about what they have paid in")
    if deposit.state not in FROZEN:
        raise InvalidTransition(subject="the deposit", state=deposit.state, event="decide")
    if decision is Decision.CREDIT:
        _require_creditable(deposit)


def _agrees(proposed: DecisionRecord, decision: Decision, decided_by: UUID) -> bool:
    return proposed.decision is decision and proposed.proposed_by != decided_by


def _require_creditable(deposit: DepositRecord) -> None:
    arrived = deposit.arrived
    if arrived is None or arrived.currency != deposit.amount.currency or arrived.micros <= 0:
        message = "the provider named no amount in the deposit's currency"
        raise InvalidInput(message, path=("decision",))


async def _carry_out(
    deposit: DepositRecord, decision: Decision, *, actor_id: UUID, new_id: NewId, now: datetime
) -> None:
    if decision is Decision.DISMISS:
        await execute(_DISMISS, deposit.id)
        return
    arrived = deposit.arrived
    assert arrived is not None
    fee = deposit.fee
    cost = Money(0, arrived.currency) if fee is None or arrived <= fee else fee
    await execute(_WATCH, deposit.id, now)  # a look-up goes on from here
    transfer = await credit(deposit, amount=arrived, cost=cost, actor_id=actor_id, now=now)
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())
