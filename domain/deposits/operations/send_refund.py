"""Hands a refund to its provider and finds out what became of it; UNKNOWN ends by look-up only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_value, one_transaction
from domain.deposits import queries
from domain.deposits.operations import money
from domain.deposits.operations.rows import (
    FINAL_REFUSALS,
    NOT_YET,
    heard_job,
    refund_job,
    request_of,
    retry_job,
)
from domain.deposits.operations.step import dispute_too
from domain.deposits.provider import (
    DepositManifest,
    ObservedRefund,
    ProviderDirectory,
    RefundObservation,
    RefundRequest,
    RefundsDeposits,
)
from domain.deposits.queries import DepositRecord, RefundRecord
from domain.deposits.rules import (
    AGREEMENT_GAP,
    CREATE_DELAYS,
    LEASE_MARGIN,
    REFUND_DELAYS,
    REFUND_WATCH,
    REFUNDABLE,
    SETTLE_DELAY,
    DepositState,
    RefundState,
    delay_of,
    window_is_open,
)
from domain.given import Clock, NewId
from domain.jobs import enqueue
from domain.ledger import operations as ledger
from domain.provider import CallContext, DuplicateRef, ProviderError, RateLimited

_SAVE: Final = """
    update deposit_refund
    set state = $2, provider_ref = coalesce($3, provider_ref), failure = $4, lease_until = $5,
        first_sent_at = $6, last_sent_at = $7, send_count = $8, look_up_count = $9,
        missing_count = $10, missing_since = $11, ended_at = $12, due_at = $13,
        watch_count = $14
    where id = $1
"""
_NOT_GIVEN_BACK: Final = """
    update deposit
    set refunded_micros = refunded_micros - $2,
        state = case when state <> all($3) then state
                     when refunded_micros > $2 then 'partly_refunded'
                     when state in ('refunded', 'partly_refunded') then 'settled'
                     else state end
    where id = $1
"""
_OUTDATE: Final = """
    update deposit set look_up_count = look_up_count + 1 where id = $1 returning look_up_count
"""
_GIVEN_BACK: Final = """
    update deposit
    set refunded_micros = refunded_micros + $2,
        state = case when state <> all($3) then state
                     when refunded_micros + $2 = credited_micros then 'refunded'
                     else 'partly_refunded' end
    where id = $1
"""


async def send_refund(
    *, refund_id: UUID, providers: ProviderDirectory, clock: Clock, new_id: NewId
) -> None:
    """Send what is prepared, look up what is under way, and watch what is done.

    A payer's bank may give a refund back weeks later; one that failed stays failed.
    """
    refund = await queries.refund_by_id(refund_id=refund_id)
    deposit = (await queries.deposits_by_id(ids=[refund.deposit_id]))[refund.deposit_id]
    provider = providers.named(deposit.instance_id)
    assert isinstance(provider, RefundsDeposits), "a plugin that could refund still must"
    begun = await _begin(refund_id=refund_id, manifest=provider.manifest, now=clock())
    if begun is None:
        return
    request = RefundRequest(
        refund_ref=begun.refund_ref,
        deposit=request_of(deposit),
        amount=begun.amount,
        provider_ref=begun.provider_ref,
    )
    is_send = begun.state is RefundState.SENDING
    at = clock()
    context = CallContext(now=at, send_no=begun.send_count, correlation_id=begun.refund_ref)

    call = provider.refund if is_send else provider.look_up_refund
    try:
        answer: RefundObservation | ProviderError | None = await call(request, context)
    except ProviderError as error:
        answer = error

    if is_send:
        await _record_sent(asked=begun, answer=answer, new_id=new_id, now=clock())
    else:
        await _record_seen(
            asked=begun,
            answer=answer,
            manifest=provider.manifest,
            at=at,
            new_id=new_id,
            now=clock(),
        )


@one_transaction
async def _begin(
    *, refund_id: UUID, manifest: DepositManifest, now: datetime
) -> RefundRecord | None:
    """The intent to send is committed here; a lease that ended means that nobody knows."""
    refund = await queries.refund_by_id(refund_id=refund_id, lock=True)
    if refund.state is RefundState.PREPARED:
        lease = now + manifest.call_deadline + LEASE_MARGIN
        sending = replace(
            refund,
            state=RefundState.SENDING,
            send_count=refund.send_count + 1,
            look_up_count=0,
            missing_count=0,
            missing_since=None,
            first_sent_at=refund.first_sent_at or now,
            last_sent_at=now,
            lease_until=lease,
        )
        await _save(sending, due_at=lease)
        return sending
    if refund.state is RefundState.SENDING:
        assert refund.lease_until is not None
        if now < refund.lease_until:
            return None
        refund = replace(refund, state=RefundState.UNKNOWN, lease_until=None)
        await _save(refund, due_at=now)
    return None if refund.state is RefundState.FAILED else refund


@one_transaction
async def _record_sent(
    *,
    asked: RefundRecord,
    answer: RefundObservation | ProviderError | None,
    new_id: NewId,
    now: datetime,
) -> None:
    deposit, refund = await _locked(asked)
    is_ours = (refund.state, refund.send_count) == (RefundState.SENDING, asked.send_count)
    if not is_ours:
        return  # our lease ended long ago; look-ups are under way and know better
    if isinstance(answer, NOT_YET):
        wait = answer.retry_after_seconds if isinstance(answer, RateLimited) else 0
        delay = delay_of(count=refund.send_count - 1, delays=CREATE_DELAYS)
        again = replace(refund, state=RefundState.PREPARED, lease_until=None)
        await _go_on(again, delay=max(delay, timedelta(seconds=wait)), now=now)
    elif isinstance(answer, FINAL_REFUSALS):
        code = answer.code or type(answer).__name__
        await _fail(deposit, refund, code=code, new_id=new_id, now=now)
    elif isinstance(answer, RefundObservation) and answer.state is not None:
        await _observe(deposit, refund, answer, new_id=new_id, now=now)
    else:
        doubt = type(answer).__name__ if isinstance(answer, DuplicateRef) else None
        lost = replace(refund, state=RefundState.UNKNOWN, lease_until=None, failure=doubt)
        await _go_on(lost, delay=REFUND_DELAYS[0], now=now)
    await enqueue([retry_job(deposit.instance_id)])


@one_transaction
async def _record_seen(
    *,
    asked: RefundRecord,
    answer: RefundObservation | ProviderError | None,
    manifest: DepositManifest,
    at: datetime,
    new_id: NewId,
    now: datetime,
) -> None:
    deposit, refund = await _locked(asked)
    if (refund.state, refund.look_up_count) != (asked.state, asked.look_up_count):
        return  # another one was quicker
    seen = replace(refund, look_up_count=refund.look_up_count + 1)
    if refund.state is RefundState.DONE:
        await _watch(deposit, seen, answer, new_id=new_id, now=now)
        return
    if isinstance(answer, RefundObservation) and answer.state is not None:
        await _observe(deposit, seen, answer, new_id=new_id, now=now)
        return
    if answer is None and seen.state is RefundState.UNKNOWN:
        seen = _missing(seen, at=at)
        is_confirmed = seen.missing_since is not None and at >= seen.missing_since + AGREEMENT_GAP
        is_safe = window_is_open(first_at=seen.first_sent_at, now=now, manifest=manifest)
        if is_confirmed and is_safe:
            await _go_on(replace(seen, state=RefundState.PREPARED), delay=timedelta(0), now=now)
            return
    elif isinstance(answer, RefundObservation):
        seen = replace(seen, missing_count=0, missing_since=None)
    delay = delay_of(count=seen.look_up_count, delays=REFUND_DELAYS)
    await _go_on(seen, delay=delay, now=now)


def _missing(refund: RefundRecord, *, at: datetime) -> RefundRecord:
    """Believed after the provider had time, and when two look-ups agree."""
    assert refund.last_sent_at is not None
    if at < refund.last_sent_at + SETTLE_DELAY:
        return replace(refund, missing_count=0, missing_since=None)
    return replace(
        refund,
        missing_count=refund.missing_count + 1,
        missing_since=refund.missing_since or at,
    )


async def _observe(
    deposit: DepositRecord,
    refund: RefundRecord,
    answer: RefundObservation,
    *,
    new_id: NewId,
    now: datetime,
) -> None:
    refund = replace(
        refund, provider_ref=refund.provider_ref or answer.provider_ref, lease_until=None
    )
    match answer.state:
        case ObservedRefund.DONE:
            await _finish(deposit, refund, new_id=new_id, now=now)
        case ObservedRefund.FAILED:
            code = answer.provider_code or "FAILED"
            await _fail(deposit, refund, code=code, new_id=new_id, now=now)
        case _:
            delay = delay_of(count=refund.look_up_count, delays=REFUND_DELAYS)
            pending = replace(refund, state=RefundState.PENDING, failure=None)
            await _go_on(pending, delay=delay, now=now)


async def _finish(
    deposit: DepositRecord, refund: RefundRecord, *, new_id: NewId, now: datetime
) -> None:
    """E13, out of what was set aside."""
    done = replace(refund, state=RefundState.DONE, failure=None, ended_at=now)
    await _go_on(done, delay=REFUND_WATCH[0], now=now)
    refundable = sorted(state.value for state in REFUNDABLE | {DepositState.PARTLY_REFUNDED})
    await execute(_GIVEN_BACK, deposit.id, refund.amount.micros, refundable)
    transfer = money.refunded(
        deposit, amount=refund.amount, refund_ref=refund.refund_ref, actor_id=refund.asked_by
    )
    assert refund.hold_id is not None
    is_posted = await ledger.post_hold(
        hold_id=refund.hold_id, transfer=transfer, new_id=new_id, effective_on=now.date()
    )
    assert is_posted, "a refund under way has its money set aside"


async def _watch(
    deposit: DepositRecord,
    refund: RefundRecord,
    answer: RefundObservation | ProviderError | None,
    *,
    new_id: NewId,
    now: datetime,
) -> None:
    """Only a clear "failed" undoes what is booked. News in between leaves the plan as it is."""
    if isinstance(answer, RefundObservation) and answer.state is ObservedRefund.FAILED:
        code = answer.provider_code or "FAILED"
        await _fail_late(deposit, refund, code=code, new_id=new_id, now=now)
        return
    is_early = refund.due_at is not None and now < refund.due_at
    watched = refund if is_early else replace(refund, watch_count=refund.watch_count + 1)
    if is_early:
        assert refund.due_at is not None
        await _go_on(watched, delay=refund.due_at - now, now=now)
    elif watched.watch_count < len(REFUND_WATCH):
        await _go_on(watched, delay=REFUND_WATCH[watched.watch_count], now=now)
    else:
        await _save(watched, due_at=None)


async def _fail_late(
    deposit: DepositRecord, refund: RefundRecord, *, code: str, new_id: NewId, now: datetime
) -> None:
    """E13r: the employer may spend it again, unless the payer's bank has taken the deposit."""
    await _save(replace(refund, state=RefundState.FAILED, failure=code), due_at=None)
    refundable = sorted(state.value for state in REFUNDABLE | {DepositState.REFUNDED})
    await execute(_NOT_GIVEN_BACK, deposit.id, refund.amount.micros, refundable)
    await _ask_anew(deposit)
    key = money.refunded_key(deposit.deposit_ref, refund.refund_ref)
    reverses = await fetch_value("select id from ledger_transfer where idempotency_key = $1", key)
    assert reverses is not None, "a refund that was done is booked"
    back = money.refund_failed(
        deposit, amount=refund.amount, refund_ref=refund.refund_ref, reverses=reverses
    )
    await ledger.post(transfers=[back], new_id=new_id, effective_on=now.date())
    # Their only member's account is the one that was locked just now.
    transfers = await dispute_too(
        deposit, amount=refund.amount, refund_ref=refund.refund_ref, new_id=new_id, now=now
    )
    await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())


async def _ask_anew(deposit: DepositRecord) -> None:
    """An answer that is under way still counts the refund: it comes too late now."""
    count = await fetch_value(_OUTDATE, deposit.id)
    await enqueue([heard_job(deposit.id, count=count)])


async def _fail(
    deposit: DepositRecord, refund: RefundRecord, *, code: str, new_id: NewId, now: datetime
) -> None:
    """What was set aside is the employer's again, unless the payer's bank has taken it."""
    failed = replace(refund, state=RefundState.FAILED, failure=code, lease_until=None, ended_at=now)
    await _save(failed, due_at=None)
    await _ask_anew(deposit)
    assert refund.hold_id is not None
    await ledger.void_hold(hold_id=refund.hold_id)
    transfers = await dispute_too(
        deposit, amount=refund.amount, refund_ref=refund.refund_ref, new_id=new_id, now=now
    )
    await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())


async def _go_on(refund: RefundRecord, *, delay: timedelta, now: datetime) -> None:
    await _save(refund, due_at=now + delay)
    count = f"{refund.send_count}:{refund.look_up_count}"
    await enqueue([refund_job(refund.id, count=count, delay=delay)])


async def _locked(asked: RefundRecord) -> tuple[DepositRecord, RefundRecord]:
    """The deposit before its refund, as everywhere."""
    deposit = await queries.locked_deposit(deposit_id=asked.deposit_id)
    return deposit, await queries.refund_by_id(refund_id=asked.id, lock=True)


async def _save(refund: RefundRecord, *, due_at: datetime | None) -> None:
    await execute(
        _SAVE,
        refund.id,
        refund.state.value,
        refund.provider_ref,
        refund.failure,
        refund.lease_until,
        refund.first_sent_at,
        refund.last_sent_at,
        refund.send_count,
        refund.look_up_count,
        refund.missing_count,
        refund.missing_since,
        refund.ended_at,
        due_at,
        refund.watch_count,
    )
