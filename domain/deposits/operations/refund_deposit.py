"""Sets money aside that shall go back to its payer; a job then tells the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.deposits import queries
from domain.deposits.operations import money
from domain.deposits.operations.rows import refund_job
from domain.deposits.operations.step import UNDER_WAY
from domain.deposits.provider import ProviderDirectory, RefundsDeposits
from domain.deposits.queries import DepositRecord
from domain.deposits.rules import REFUNDABLE
from domain.errors import InvalidInput, InvalidTransition, NotFound, Refused
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.jobs import enqueue
from domain.ledger import operations as ledger
from domain.ledger.operations import NewHold
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import Money, minor_step
from domain.provider import reference


class RefundUnsupported(Refused):
    """Its provider gives nothing back by itself."""

    code = "REFUND_UNSUPPORTED"
    argument = "deposit_id"


@dataclass(frozen=True, slots=True)
class RefundAsked:
    refund_id: UUID
    deposit_id: UUID
    replayed: bool


_INSERT: Final = """
    insert into deposit_refund
        (id, deposit_id, state, currency, amount_micros, refund_ref, hold_id, asked_by, asked_at,
         send_count, look_up_count, missing_count, due_at)
    values ($1, $2, 'prepared', $3, $4, $5, $6, $7, $8, 0, 0, 0, $8)
"""


@one_transaction
async def refund_deposit(
    *,
    deposit_id: UUID,
    amount: Money | None,
    asked_by: UUID,
    key: IdempotencyKey,
    providers: ProviderDirectory,
    new_id: NewId,
    now: datetime,
) -> RefundAsked:
    """Reserve unspent money of the deposit's employer and ask for its way back (E13 at the end).

    Without `amount` it is all that is left of the deposit. Refuses with `NotFound`,
    `InvalidTransition`, `RefundUnsupported`, `InvalidInput` or `BalanceTooLow`.
    """
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return RefundAsked(UUID(earlier), deposit_id, replayed=True)
    await _require_seen(deposit_id, asked_by)
    deposit = await queries.locked_deposit(deposit_id=deposit_id)
    if deposit.state not in REFUNDABLE:
        raise InvalidTransition(subject="the deposit", state=deposit.state, event="refund")
    if not isinstance(providers.named(deposit.instance_id), RefundsDeposits):
        raise RefundUnsupported("its provider gives nothing back: pay it out by hand")
    wanted = await _refundable(deposit, amount, providers=providers)
    refund_id = new_id()
    refund_ref = reference(kind="R", region=providers.region, id_=refund_id)
    account = money.available(deposit)
    await ledger.require_available(account=account, amount=wanted)
    hold = NewHold(
        account=account, amount=wanted, reason="deposit refund", key=f"refund:{refund_ref}:hold"
    )
    hold_id = await ledger.place_hold(hold=hold, new_id=new_id, now=now)
    await execute(
        _INSERT,
        refund_id,
        deposit.id,
        wanted.currency,
        wanted.micros,
        refund_ref,
        hold_id,
        asked_by,
        now,
    )
    await enqueue([refund_job(refund_id, count="0:0")])
    await idempotency.answer(key=key, result=str(refund_id))
    return RefundAsked(refund_id, deposit.id, replayed=False)


async def _require_seen(deposit_id: UUID, asked_by: UUID) -> None:
    """Its employer's own wish, or one of finance; for everybody else it is not there."""
    found = (await queries.deposits_by_id(ids=[deposit_id])).get(deposit_id)
    if found is not None and found.employer_id == asked_by:
        return
    if found is not None and Role.FINANCE in await _roles_of(asked_by):
        return
    raise NotFound("no such deposit")


async def _roles_of(member_id: UUID) -> frozenset[Role]:
    found = await members.members_by_id(ids=[member_id])
    return found[member_id].roles if member_id in found else frozenset()


async def _refundable(
    deposit: DepositRecord, amount: Money | None, *, providers: ProviderDirectory
) -> Money:
    refunds = (await queries.refunds_of(deposit_ids=[deposit.id]))[deposit.id]
    under_way = sum(each.amount.micros for each in refunds if each.state in UNDER_WAY)
    left = deposit.left - Money(under_way, deposit.amount.currency)
    wanted = amount or left
    if wanted.currency != left.currency:
        raise InvalidInput(f"the deposit is in {left.currency}", path=("amount",))
    if not 0 < wanted.micros <= left.micros:
        raise InvalidInput(f"above zero, at most {left}", path=("amount",))
    exponent = providers.named(deposit.instance_id).manifest.currencies[left.currency].exponent
    if wanted.micros % minor_step(exponent):
        raise InvalidInput(f"at most {exponent} decimals", path=("amount",))
    return wanted
