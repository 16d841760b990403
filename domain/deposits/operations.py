"""Everything that changes a deposit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, in_transaction, one_transaction
from domain.deposits import queries
from domain.deposits.provider import (
    DepositManifest,
    DepositObservation,
    DepositRequest,
    DepositStart,
    ProviderDirectory,
)
from domain.deposits.queries import DepositRecord
from domain.deposits.rules import (
    CREATE_DELAYS,
    OPEN,
    OVERDUE_AFTER,
    REFERENCE_LENGTH_MAX,
    URL_LENGTH_MAX,
    DepositState,
    after_observation,
    amount_fault,
    delay_of,
    may_move,
    settled,
)
from domain.errors import InvalidInput, Refused
from domain.given import Clock, NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.jobs import JobRequest, enqueue
from domain.ledger import operations as ledger
from domain.money import AMOUNT_MICROS_MAX, Money
from domain.provider import (
    CallContext,
    Declined,
    DestinationInvalid,
    ProviderError,
    Unsupported,
    reference,
)

SWEEP_COUNT_MAX: Final = 500
FINAL_REFUSALS: Final = (Declined, Unsupported, DestinationInvalid)


class NoDepositProvider(Refused):
    """Nobody takes this currency just now."""

    code = "NO_DEPOSIT_PROVIDER"
    argument = "amount"


@dataclass(frozen=True, slots=True)
class Started:
    deposit_id: UUID
    replayed: bool


_INSERT: Final = """
    insert into deposit
        (id, employer_id, state, currency, amount_micros, deposit_ref, instance_id, reference,
         return_url, started_at, create_count, look_up_count, due_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $10)
"""
_CREATED: Final = """
    update deposit
    set state = 'pending', provider_ref = $2, redirect_url = $3, due_at = $4,
        create_count = create_count + 1
    where id = $1
"""
_POSTPONE: Final = """
    update deposit
    set due_at = $2, create_count = create_count + $3, look_up_count = look_up_count + $4
    where id = $1
"""
_SAVE: Final = """
    update deposit
    set state = $2, provider_ref = coalesce($3, provider_ref), failure = $4, fee_micros = $5,
        settled_at = $6, due_at = $7, look_up_count = look_up_count + 1
    where id = $1
"""
_FAIL: Final = """
    update deposit
    set state = 'failed', failure = $2, due_at = null, create_count = create_count + 1
    where id = $1
"""
# It moves to the end of the line: what can never be done keeps nothing else waiting.
_OVERDUE: Final = """
    update deposit set due_at = $1 where id in (
        select id from deposit
        where state in ('initiated', 'pending') and due_at <= $2 order by due_at limit $3
        for update skip locked)
    returning id, state, create_count, look_up_count
"""


@one_transaction
async def start_deposit(
    *,
    employer_id: UUID,
    amount: Money,
    return_url: str,
    key: IdempotencyKey,
    providers: ProviderDirectory,
    new_id: NewId,
    now: datetime,
    own_reference: str = "",
) -> Started:
    """Commit the intent; a job tells the provider. The same `key` again gives the first answer.

    Refuses with `InvalidInput` or `NoDepositProvider`.
    """
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Started(UUID(earlier), replayed=True)
    _require_plausible(return_url=return_url, own_reference=own_reference)
    instance_id = _instance_for(amount, providers)
    deposit_id = new_id()
    await execute(
        _INSERT,
        deposit_id,
        employer_id,
        DepositState.INITIATED.value,
        amount.currency,
        amount.micros,
        reference(kind="D", region=providers.region, id_=deposit_id),
        instance_id,
        own_reference,
        return_url,
        now,
    )
    await enqueue([_job("deposit_create", deposit_id, count=0)])
    await idempotency.answer(key=key, result=str(deposit_id))
    return Started(deposit_id, replayed=False)


async def create_at_provider(
    *, deposit_id: UUID, providers: ProviderDirectory, clock: Clock
) -> None:
    """Announce the deposit; this moves no money and may be repeated with the same reference."""
    deposit = (await queries.deposits_by_id(ids=[deposit_id]))[deposit_id]
    if deposit.state is not DepositState.INITIATED:
        return
    provider = providers.named(deposit.instance_id)
    context = CallContext(
        now=clock(), send_no=deposit.create_count + 1, correlation_id=deposit.deposit_ref
    )

    try:
        answer: DepositStart | ProviderError = await provider.create(_request(deposit), context)
    except ProviderError as error:
        answer = error

    await _record_created(asked=deposit, answer=answer, manifest=provider.manifest, now=clock())


async def look_up_deposit(
    *, deposit_id: UUID, providers: ProviderDirectory, clock: Clock, new_id: NewId
) -> None:
    """Book the deposit once it has settled (E1); ask again later while it is open."""
    deposit = (await queries.deposits_by_id(ids=[deposit_id]))[deposit_id]
    if deposit.state not in OPEN:
        return
    provider = providers.named(deposit.instance_id)
    context = CallContext(now=clock(), send_no=1, correlation_id=deposit.deposit_ref)

    try:
        observation = await provider.look_up(_request(deposit), context)
    except ProviderError:
        observation = None

    await _record_observed(
        asked=deposit,
        observation=observation,
        manifest=provider.manifest,
        new_id=new_id,
        now=clock(),
    )


@one_transaction
async def recover_deposits(*, now: datetime) -> int:
    """Enqueue again what should have been looked after by now; how many there were."""
    rows = await fetch(_OVERDUE, now, now - OVERDUE_AFTER, SWEEP_COUNT_MAX)
    jobs = [
        _job("deposit_create", row["id"], count=row["create_count"])
        if row["state"] == DepositState.INITIATED
        else _job("deposit_look_up", row["id"], count=row["look_up_count"])
        for row in rows
    ]
    if jobs:
        await enqueue(jobs)
    return len(jobs)


@one_transaction
async def _record_created(
    *,
    asked: DepositRecord,
    answer: DepositStart | ProviderError,
    manifest: DepositManifest,
    now: datetime,
) -> None:
    deposit = await queries.locked_deposit(deposit_id=asked.id)
    if deposit.state is not DepositState.INITIATED or deposit.create_count != asked.create_count:
        return  # another job worker was quicker
    if isinstance(answer, DepositStart):
        delay = delay_of(count=0, delays=manifest.look_up_delays)
        await execute(_CREATED, deposit.id, answer.provider_ref, answer.redirect_url, now + delay)
        await enqueue([_job("deposit_look_up", deposit.id, count=0, delay=delay)])
    elif isinstance(answer, FINAL_REFUSALS):
        await execute(_FAIL, deposit.id, answer.code or type(answer).__name__)
    else:
        delay = delay_of(count=deposit.create_count, delays=CREATE_DELAYS)
        await execute(_POSTPONE, deposit.id, now + delay, 1, 0)
        count = deposit.create_count + 1
        await enqueue([_job("deposit_create", deposit.id, count=count, delay=delay)])


@one_transaction
async def _record_observed(
    *,
    asked: DepositRecord,
    observation: DepositObservation | None,
    manifest: DepositManifest,
    new_id: NewId,
    now: datetime,
) -> None:
    deposit = await queries.locked_deposit(deposit_id=asked.id)
    state = after_observation(current=deposit.state, observation=observation, asked=deposit.amount)
    assert may_move(source=deposit.state, target=state)
    if state in OPEN:
        if deposit.look_up_count == asked.look_up_count:
            count = deposit.look_up_count + 1
            delay = delay_of(count=count, delays=manifest.look_up_delays)
            await execute(_POSTPONE, deposit.id, now + delay, 0, 1)
            await enqueue([_job("deposit_look_up", deposit.id, count=count, delay=delay)])
        return
    if state is deposit.state or observation is None:
        return
    await _close(deposit, state=state, observation=observation, new_id=new_id, now=now)


async def _close(
    deposit: DepositRecord,
    *,
    state: DepositState,
    observation: DepositObservation,
    new_id: NewId,
    now: datetime,
) -> None:
    assert in_transaction()
    is_settled = state is DepositState.SETTLED
    cost = observation.fee or Money(0, deposit.amount.currency)
    await execute(
        _SAVE,
        deposit.id,
        state.value,
        observation.provider_ref,
        None if is_settled else observation.provider_code,
        cost.micros if is_settled else None,
        now if is_settled else None,
        None,
    )
    if not is_settled:
        return
    transfer = settled(
        deposit_id=deposit.id,
        deposit_ref=deposit.deposit_ref,
        employer_id=deposit.employer_id,
        amount=deposit.amount,
        cost=cost,
        instance_id=deposit.instance_id,
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())


def _request(deposit: DepositRecord) -> DepositRequest:
    return DepositRequest(
        deposit_ref=deposit.deposit_ref,
        amount=deposit.amount,
        employer_id=deposit.employer_id,
        reference=deposit.reference,
        return_url=deposit.return_url,
        provider_ref=deposit.provider_ref,
    )


def _instance_for(amount: Money, providers: ProviderDirectory) -> str:
    if not 0 < amount.micros <= AMOUNT_MICROS_MAX:
        raise InvalidInput("an amount above zero", path=("amount",))
    instances = providers.instances_for(currency=amount.currency)
    if not instances:
        raise NoDepositProvider(f"nobody takes {amount.currency}")
    faults = {
        each: amount_fault(
            amount=amount, limits=providers.named(each).manifest.currencies[amount.currency]
        )
        for each in instances
    }
    for instance_id, fault in faults.items():
        if fault is None:
            return instance_id
    raise InvalidInput(faults[instances[0]] or "", path=("amount",))


def _require_plausible(*, return_url: str, own_reference: str) -> None:
    if len(own_reference) > REFERENCE_LENGTH_MAX or not own_reference.isprintable():
        raise InvalidInput("too long, or characters that cannot be shown", path=("reference",))
    is_web = return_url.startswith(("https://", "http://")) and return_url.isprintable()
    if return_url and (not is_web or len(return_url) > URL_LENGTH_MAX):
        raise InvalidInput("not an address of the web", path=("return_url",))


def _job(name: str, deposit_id: UUID, *, count: int, delay: timedelta = timedelta(0)) -> JobRequest:
    return JobRequest(
        name=name,
        arguments={"deposit_id": str(deposit_id)},
        once_key=f"{deposit_id}:{count}",
        delay=delay,
    )
