"""Reads a kept webhook and asks for the look-ups that it calls for. It never moves money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, one_transaction
from domain.deposits import operations as deposits
from domain.given import Vault
from domain.jobs import enqueue
from domain.payouts import operations as payouts
from domain.provider import ProviderError
from domain.provider_inbox import queries
from domain.provider_inbox.operations.take_webhook import event_job, sealed_context
from domain.provider_inbox.provider import NewsDirectory
from domain.provider_inbox.rules import RETRIED_FOR, EventState, retry_at
from domain.provider_news import ProviderEvent, VerifiedWebhook
from domain.verification import operations as verification

SWEEP_COUNT_MAX: Final = 500
PURGE_ROWS_MAX: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    id: UUID
    instance_id: str
    route: str
    webhook: VerifiedWebhook


_OPEN: Final = """
    select id, instance_id, event_id, route, body, signed_at from provider_event
    where id = $1 and state in ('received', 'unmatched') and body is not null
"""
_LOCK: Final = """
    select state, matched_ids, try_count, received_at from provider_event where id = $1 for update
"""
_SAVE: Final = """
    update provider_event
    set state = $2, event_type = $3, matched_ids = $4, try_count = try_count + 1, handled_at = $5,
        due_at = $6
    where id = $1
"""
# It moves to the end of the line: what can never be handled keeps nothing else waiting.
_OVERDUE: Final = """
    update provider_event set due_at = $1 + interval '1 hour' where id in (
        select id from provider_event where due_at <= $1 order by due_at limit $2
        for update skip locked)
    returning id
"""
_UNMATCHED: Final = """
    select id from provider_event
    where instance_id = $1 and state = 'unmatched' and body is not null and received_at > $2
    order by received_at desc limit $3
"""
_PURGE: Final = """
    update provider_event set body = null, due_at = null where id in (
        select id from provider_event where body is not null and received_at < $1
        order by received_at limit $2)
"""


async def handle_event(*, event_id: UUID, news: NewsDirectory, vault: Vault, now: datetime) -> None:
    """Once it is matched, again does nothing. What it is about is looked up at once."""
    row = await fetch_row(_OPEN, event_id)
    if row is None:
        return
    kept = _kept(row, vault)
    try:
        said: Sequence[ProviderEvent] | None = read(kept.webhook, kept.instance_id, news)
    except ProviderError:
        said = None
    await _record(kept=kept, said=said, now=now)


@one_transaction
async def recover_events(*, now: datetime) -> int:
    """Enqueue again what should have been handled by now; how many there were."""
    rows = await fetch(_OVERDUE, now, SWEEP_COUNT_MAX)
    if rows:
        await enqueue([event_job(row["id"]) for row in rows])
    return len(rows)


@one_transaction
async def retry_unmatched(*, instance_id: str, now: datetime) -> int:
    """A send of this instance is recorded: now we may know what its provider spoke of before."""
    rows = await fetch(_UNMATCHED, instance_id, now - RETRIED_FOR, SWEEP_COUNT_MAX)
    if rows:
        await enqueue([event_job(row["id"]) for row in rows])
    return len(rows)


@one_transaction
async def forget_bodies(*, kept_since: datetime) -> int:
    """The fact stays, the body goes."""
    return await execute(_PURGE, kept_since, PURGE_ROWS_MAX)


def read(
    webhook: VerifiedWebhook, instance_id: str, news: NewsDirectory
) -> tuple[ProviderEvent, ...]:
    """By every provider of the instance that has the route: one account, two ports perhaps."""
    receivers = news.receivers(instance_id=instance_id, route=webhook.route)
    found = [event for each in receivers for event in each.read_webhook(webhook)]
    return tuple(dict.fromkeys(found))


@one_transaction
async def _record(*, kept: _Kept, said: Sequence[ProviderEvent] | None, now: datetime) -> None:
    row = await fetch_row(_LOCK, kept.id)
    assert row is not None, "events are never deleted"
    if EventState(row["state"]) not in (EventState.RECEIVED, EventState.UNMATCHED):
        return  # another job worker was quicker
    known = set(row["matched_ids"])
    batches: set[UUID] = set()
    found_deposits: set[UUID] = set()
    checks: set[UUID] = set()
    is_whole = True
    for event in said or ():
        match = await queries.match_of(instance_id=kept.instance_id, event=event)
        batches |= set(match.batch_ids)
        found_deposits |= set(match.deposit_ids)
        checks |= set(match.check_ids)
        is_whole &= bool(match.batch_ids or match.deposit_ids or match.check_ids)
    if batches - known:
        await payouts.hear_of_batches(batch_ids=sorted(batches - known), now=now)
    if found_deposits - known:
        await deposits.hear_of_deposits(deposit_ids=sorted(found_deposits - known), now=now)
    if checks - known:
        await verification.hear_of_checks(check_ids=sorted(checks - known), now=now)
    state = _state(said, is_whole=is_whole)
    due_at = None
    if state is EventState.UNMATCHED:
        due_at = retry_at(received_at=row["received_at"], try_count=row["try_count"], now=now)
    event_type = said[0].event_type[:200] if said else None
    matched = sorted(known | batches | found_deposits | checks)
    await execute(_SAVE, kept.id, state.value, event_type, matched, now, due_at)


def _state(said: Sequence[ProviderEvent] | None, *, is_whole: bool) -> EventState:
    if said is None:
        return EventState.UNREADABLE
    if not said:
        return EventState.IGNORED
    return EventState.MATCHED if is_whole else EventState.UNMATCHED


def _kept(row: Any, vault: Vault) -> _Kept:
    body = vault.unseal(row["body"], context=sealed_context(row["id"]))
    return _Kept(
        id=row["id"],
        instance_id=row["instance_id"],
        route=row["route"],
        webhook=VerifiedWebhook(
            event_id=row["event_id"], route=row["route"], body=body, signed_at=row["signed_at"]
        ),
    )
