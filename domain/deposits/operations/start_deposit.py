"""Begins a deposit: the intent is committed, then its provider hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.deposits import queries
from domain.deposits.operations.rows import (
    FINAL_REFUSALS,
    create_job,
    heard_job,
    look_up_job,
    request_of,
    retry_job,
)
from domain.deposits.provider import DepositManifest, DepositStart, ProviderDirectory
from domain.deposits.queries import DepositRecord
from domain.deposits.rules import (
    CREATE_DELAYS,
    REFERENCE_LENGTH_MAX,
    URL_LENGTH_MAX,
    DepositState,
    amount_fault,
    delay_of,
)
from domain.errors import InvalidInput, Refused
from domain.given import Clock, NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.jobs import enqueue
from domain.money import AMOUNT_MICROS_MAX, Money
from domain.provider import CallContext, ProviderError, reference


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
    set state = 'pending', provider_ref = $2, redirect_url = $3, due_at = $4, instructions = $5,
        expires_at = $6, create_count = create_count + 1
    where id = $1
"""
_POSTPONE: Final = """
    update deposit set due_at = $2, create_count = create_count + 1 where id = $1
"""
_FAIL: Final = """
    update deposit
    set state = 'failed', failure = $2, due_at = null, create_count = create_count + 1
    where id = $1
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
    await enqueue([create_job(deposit_id, count=0)])
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
        answer: DepositStart | ProviderError = await provider.create(request_of(deposit), context)
    except ProviderError as error:
        answer = error

    await _record_created(asked=deposit, answer=answer, manifest=provider.manifest, now=clock())


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
        await execute(
            _CREATED,
            deposit.id,
            answer.provider_ref,
            answer.redirect_url,
            now + delay,
            answer.instructions,
            answer.expires_at or _expires_at(manifest, now=now),
        )
        jobs = [look_up_job(deposit.id, count=0, delay=delay), retry_job(deposit.instance_id)]
        if deposit.heard_at is not None:
            jobs.append(heard_job(deposit.id, count=0))  # the news was quicker than the answer
        await enqueue(jobs)
    elif isinstance(answer, FINAL_REFUSALS):
        await execute(_FAIL, deposit.id, answer.code or type(answer).__name__)
    else:
        delay = delay_of(count=deposit.create_count, delays=CREATE_DELAYS)
        await execute(_POSTPONE, deposit.id, now + delay)
        await enqueue([create_job(deposit.id, count=deposit.create_count + 1, delay=delay)])


def _expires_at(manifest: DepositManifest, *, now: datetime) -> datetime | None:
    return None if manifest.expires_after is None else now + manifest.expires_after


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
