"""One attempt to deliver: begun in one transaction, recorded in another, sent in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from domain.database import execute, fetch_row, fetch_value, in_transaction, one_transaction
from domain.given import Clock, Vault
from domain.webhooks import rules
from domain.webhooks.operations.endpoints import disable
from domain.webhooks.operations.fan_out import ask_for_due
from domain.webhooks.provider import (
    Answer,
    DeliveryProblem,
    DocumentFailed,
    Occasion,
    PayloadWriter,
    WebhookSender,
)
from domain.webhooks.rules import DeliveryState, Health, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    endpoint_id: UUID
    url: str
    secrets: list[str] = field(repr=False)
    occasion: Occasion
    attempt_count: int
    leased_until: datetime


_ENDPOINT_OF: Final = "select endpoint_id from webhook_delivery where id = $1"
_LOCK_ENDPOINT: Final = """
    select id, member_id, url, document, state, secret, previous_secret, previous_until,
           failing_since, failure_count, paused_until
    from webhook_endpoint where id = $1 for no key update
"""
_LOCK_DELIVERY: Final = """
    select id, event_id, event_kind, attempt_count, next_at, leased_until, created_at
    from webhook_delivery where id = $1 for update
"""
_BUSY: Final = """
    select count(*) from webhook_delivery where endpoint_id = $1 and leased_until > $2
"""
_LEASE: Final = """
    update webhook_delivery set attempt_count = attempt_count + 1, leased_until = $2 where id = $1
"""
_LOST: Final = """
    update webhook_delivery
    set state = $2, next_at = $3, last_error = $4, last_status = null, leased_until = null
    where id = $1
"""
# Only while the lease is ours: a lost attempt that comes back late must not undo a newer one.
_RECORD: Final = """
    update webhook_delivery
    set state = $3, next_at = $4, last_error = $5, last_status = $6, delivered_at = $7,
        leased_until = null
    where id = $1 and leased_until = $2
"""
_HEALTH: Final = """
    update webhook_endpoint set failing_since = $2, failure_count = $3, paused_until = $4
    where id = $1
"""


async def send_delivery(
    *,
    delivery_id: UUID,
    writer: PayloadWriter,
    sender: WebhookSender,
    vault: Vault,
    clock: Clock,
    chance: float,
) -> None:
    """One attempt, if one is due. `chance` in [0, 1) spreads the next one.

    A crash between the answer and its record sends again: receivers get every event at least
    once, with the same id.
    """
    assert not in_transaction()
    sending = await _begin(delivery_id=delivery_id, vault=vault, now=clock(), chance=chance)
    if sending is None:
        return
    answer: Answer | None
    try:
        message = await writer.write(sending.occasion)
    except DocumentFailed:
        answer = Answer(None, DeliveryProblem.DOCUMENT_FAILED)
    else:
        answer = None
        if message is not None:
            answer = await sender.send(
                url=sending.url, message=message, secrets=sending.secrets, now=clock()
            )
    await _record(sending=sending, answer=answer, now=clock(), chance=chance)


@one_transaction
async def _begin(
    *, delivery_id: UUID, vault: Vault, now: datetime, chance: float
) -> _Sending | None:
    endpoint_id = await fetch_value(_ENDPOINT_OF, delivery_id)
    endpoint = await fetch_row(_LOCK_ENDPOINT, endpoint_id)
    delivery = await fetch_row(_LOCK_DELIVERY, delivery_id)
    if endpoint is None or delivery is None or not _is_due(endpoint, delivery, now):
        return None
    if delivery["leased_until"] is not None:
        await _give_up(delivery, now=now, chance=chance)
        return None
    if await fetch_value(_BUSY, endpoint["id"], now) >= _health(endpoint).at_once_max:
        return None  # the next look at what is due brings it again
    leased_until = now + rules.LEASE
    await execute(_LEASE, delivery_id, leased_until)
    return _Sending(
        endpoint_id=endpoint["id"],
        url=endpoint["url"],
        secrets=_secrets(endpoint, vault=vault, now=now),
        occasion=Occasion(
            delivery_id=delivery_id,
            event_id=delivery["event_id"],
            kind=delivery["event_kind"],
            owner_id=endpoint["member_id"],
            document=endpoint["document"],
            created_at=delivery["created_at"],
        ),
        attempt_count=delivery["attempt_count"] + 1,
        leased_until=leased_until,
    )


def _is_due(endpoint: asyncpg.Record, delivery: asyncpg.Record, now: datetime) -> bool:
    """A second job for the same delivery finds nothing to do."""
    paused, leased = endpoint["paused_until"], delivery["leased_until"]
    return (
        endpoint["state"] == rules.EndpointState.ACTIVE
        and (paused is None or paused <= now)
        and delivery["next_at"] is not None
        and delivery["next_at"] <= now
        and (leased is None or leased <= now)
    )


async def _give_up(delivery: asyncpg.Record, *, now: datetime, chance: float) -> None:
    """An attempt that never came back, such as when its job worker was killed."""
    verdict = rules.after_failure(attempt_count=delivery["attempt_count"], now=now, chance=chance)
    await execute(
        _LOST, delivery["id"], verdict.state.value, verdict.next_at, DeliveryProblem.LOST.value
    )


def _secrets(endpoint: asyncpg.Record, *, vault: Vault, now: datetime) -> list[str]:
    """The newest first; the one before it while it is still valid."""
    context = rules.secret_context(endpoint["id"])
    found = [vault.unseal(endpoint["secret"], context=context)]
    if endpoint["previous_until"] is not None and endpoint["previous_until"] > now:
        context = rules.previous_secret_context(endpoint["id"])
        found.append(vault.unseal(endpoint["previous_secret"], context=context))
    return [secret.decode() for secret in found]


@one_transaction
async def _record(
    *, sending: _Sending, answer: Answer | None, now: datetime, chance: float
) -> None:
    """`answer` None: there was nothing to tell."""
    endpoint = await fetch_row(_LOCK_ENDPOINT, sending.endpoint_id)
    if endpoint is None:
        return  # removed meanwhile, with its deliveries
    verdict = _verdict(endpoint, sending, answer, now=now, chance=chance)
    recorded = await execute(
        _RECORD,
        sending.occasion.delivery_id,
        sending.leased_until,
        verdict.state.value,
        verdict.next_at,
        None if answer is None or answer.problem is None else answer.problem.value,
        None if answer is None else answer.status,
        now if verdict.state is DeliveryState.DELIVERED else None,
    )
    if recorded == 0:
        return  # our lease has ended, and somebody else goes on
    if answer is not None:
        await _note_health(endpoint, answer, now=now)
    await ask_for_due(now=now, endpoint_id=sending.endpoint_id)


def _verdict(
    endpoint: asyncpg.Record,
    sending: _Sending,
    answer: Answer | None,
    *,
    now: datetime,
    chance: float,
) -> Verdict:
    if answer is None:
        return Verdict(DeliveryState.DISCARDED, None)
    if answer.problem is None:
        return Verdict(DeliveryState.DELIVERED, None)
    if endpoint["state"] != rules.EndpointState.ACTIVE:
        return Verdict(DeliveryState.DEAD, None)  # switched off meanwhile
    return rules.after_failure(attempt_count=sending.attempt_count, now=now, chance=chance)


async def _note_health(endpoint: asyncpg.Record, answer: Answer, *, now: datetime) -> None:
    before = _health(endpoint)
    health = rules.WELL if answer.problem is None else rules.worse(before, now=now)
    if health != before:
        await execute(
            _HEALTH,
            endpoint["id"],
            health.failing_since,
            health.failure_count,
            health.paused_until,
        )
    reason = rules.must_disable(health, status=answer.status, now=now)
    if reason is not None and endpoint["state"] == rules.EndpointState.ACTIVE:
        await disable(endpoint["id"], reason)


def _health(endpoint: asyncpg.Record) -> Health:
    return Health(
        failing_since=endpoint["failing_since"],
        failure_count=endpoint["failure_count"],
        paused_until=endpoint["paused_until"],
    )
