"""A worker's standing wish to be paid: kept, paused, and fulfilled on the days of the calendar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain.access import operations as access
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import AWAY, execute, fetch, fetch_value, one_transaction
from domain.errors import InvalidInput, NotFound, Refused
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger import queries as balances
from domain.ledger.rules import Account, AccountKind
from domain.money import AMOUNT_MICROS_MAX, Money
from domain.payouts import queries
from domain.payouts.operations.money import requested
from domain.payouts.operations.quotes import PayoutQuote, quote_payout
from domain.payouts.operations.request_payout import BelowMinimum, insert_payout
from domain.payouts.provider import ProviderDirectory
from domain.payouts.rules import schedules_due
from domain.routing.rules import Schedule

PAGE: Final = 500

_SET: Final = """
    insert into payout_instruction
        (id, worker_id, currency, destination_id, minimum_micros, created_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (worker_id, currency) do update
        set destination_id = excluded.destination_id, minimum_micros = excluded.minimum_micros
"""
_REMOVE: Final = "delete from payout_instruction where worker_id = $1 and currency = $2"
_PAUSE: Final = """
    update payout_instruction set paused_until = $3 where worker_id = $1 and currency = $2
"""
_DUE: Final = """
    select i.id, i.worker_id, i.currency, i.destination_id, i.minimum_micros
    from payout_instruction i
    join destination d on d.id = i.destination_id and d.state = 'active'
    join ledger_account a on a.owner_id = i.worker_id and a.kind = 'worker:earnings'
        and a.currency = i.currency and a.balance >= i.minimum_micros
    where (i.paused_until is null or i.paused_until <= $1) and i.id > $2
    order by i.id limit $3
"""
_IS_STILL_SO: Final = """
    select exists (
        select from payout_instruction i
        where i.id = $1 and i.destination_id = $2 and i.minimum_micros <= $3
          and (i.paused_until is null or i.paused_until <= $4)
        for share)
"""
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    instruction_id: UUID
    worker_id: UUID
    destination_id: UUID
    minimum: Money


@one_transaction
async def set_instruction(
    *,
    worker_id: UUID,
    destination_id: UUID,
    minimum: Money,
    step_up: StepUpClaim,
    new_id: NewId,
    now: datetime,
) -> None:
    """From now on, whatever reaches `minimum` is paid there; one wish per currency.

    Refuses with `InvalidInput`, `NotFound` or `StepUpRequired`.
    """
    if not 0 < minimum.micros <= AMOUNT_MICROS_MAX:
        raise InvalidInput("an amount above zero", path=("minimum",))
    destination = await queries.destination_of(member_id=worker_id, destination_id=destination_id)
    if destination.currency != minimum.currency:
        raise InvalidInput("the destination takes another currency", path=("minimum", "currency"))
    purpose = StepUpPurpose.PAYOUT_INSTRUCT
    bound = bound_hash(purpose=purpose, amount=minimum, payee=destination.fingerprint)
    await access.spend_step_up(claim=step_up, purpose=purpose, bound=bound, now=now)
    await execute(_SET, new_id(), worker_id, minimum.currency, destination_id, minimum.micros, now)


@one_transaction
async def remove_instruction(*, worker_id: UUID, currency: str) -> None:
    """What was requested by it goes on. Refuses with `NotFound`."""
    if await execute(_REMOVE, worker_id, currency) == 0:
        raise NotFound("no such instruction")


@one_transaction
async def pause_instruction(*, worker_id: UUID, currency: str, until: datetime | None) -> None:
    """The worker's own hold: nothing is requested before; None ends it. Refuses with `NotFound`."""
    if await execute(_PAUSE, worker_id, currency, until) == 0:
        raise NotFound("no such instruction")


async def fulfil_instructions(*, providers: ProviderDirectory, now: datetime, new_id: NewId) -> int:
    """How many payouts were requested. What is below a minimum carries over to the next day.

    Once a day and wish, however often it runs. One that fails keeps no other waiting.
    """
    count, last = 0, _FIRST
    failures: list[Exception] = []
    while rows := await fetch(_DUE, now, last, PAGE):
        for row in rows:
            try:
                count += await _fulfil(_due(row), providers=providers, now=now, new_id=new_id)
            except AWAY:
                raise
            except Exception as failure:  # noqa: BLE001  # whatever it is, it is this worker's
                failures.append(failure)
        last = rows[-1]["id"]
    if failures:
        raise failures[0]
    return count


async def _fulfil(due: _Due, *, providers: ProviderDirectory, now: datetime, new_id: NewId) -> bool:
    """A refusal is no failure: the worker is paid on another day."""
    earnings = Account(AccountKind.WORKER_EARNINGS, due.worker_id)
    available = await balances.available(account=earnings, currency=due.minimum.currency)
    if available < due.minimum:
        return False
    try:
        quote = await quote_payout(
            worker_id=due.worker_id,
            amount=available,
            destination_id=due.destination_id,
            providers=providers,
            now=now,
        )
        if not _is_day_of(quote.schedule, now.date()):
            return False
        return await _request(due, quote=quote, new_id=new_id, now=now)
    except Refused:
        return False


@one_transaction
async def _request(due: _Due, *, quote: PayoutQuote, new_id: NewId, now: datetime) -> bool:
    key = IdempotencyKey(
        actor_id=due.worker_id,
        operation="payoutInstruction",
        key=f"instruction:{due.instruction_id}:{now.date()}",
        digest=hashlib.sha256(due.instruction_id.bytes).digest(),
    )
    if await idempotency.claim(key=key, now=now) is not None:
        return False
    await _require_still_so(due, amount=quote.amount, now=now)
    if quote.rule_minimum is not None and quote.amount < quote.rule_minimum:
        raise BelowMinimum(minimum=quote.rule_minimum)
    earnings = Account(AccountKind.WORKER_EARNINGS, due.worker_id)
    await ledger.require_available(account=earnings, amount=quote.amount)
    payout_id = new_id()
    await insert_payout(
        payout_id=payout_id,
        worker_id=due.worker_id,
        destination_id=due.destination_id,
        amount=quote.amount,
        fee=quote.fee,
        now=now,
    )
    await idempotency.answer(key=key, result=str(payout_id))
    transfer = requested(
        payout_id=payout_id, worker_id=due.worker_id, amount=quote.amount, fee=quote.fee
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())
    return True


async def _require_still_so(due: _Due, *, amount: Money, now: datetime) -> None:
    """Providers were asked meanwhile, and that takes as long as it takes. Refuses with `NotFound`.

    Wish and destination stay as they are until the transaction ends.
    """
    arguments = (due.instruction_id, due.destination_id, amount.micros, now)
    if not await fetch_value(_IS_STILL_SO, *arguments):
        raise NotFound("the wish has changed")
    await queries.destination_of(member_id=due.worker_id, destination_id=due.destination_id)


def _is_day_of(schedule: Schedule, day: date) -> bool:
    """Where a rule pays at once, a standing wish is fulfilled every day."""
    return schedule is Schedule.AT_ONCE or schedule in schedules_due(day)


def _due(row: Any) -> _Due:
    return _Due(
        instruction_id=row["id"],
        worker_id=row["worker_id"],
        destination_id=row["destination_id"],
        minimum=Money(row["minimum_micros"], row["currency"]),
    )
