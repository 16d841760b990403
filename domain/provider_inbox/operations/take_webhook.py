"""Keeps what a provider sent, once it is proven genuine; nothing else happens in the request."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_value, one_transaction
from domain.given import NewId, Vault
from domain.jobs import JobRequest, enqueue
from domain.provider_inbox.rules import EVENT_ID_LENGTH_MAX
from domain.provider_news import VerifiedWebhook

_INSERT: Final = """
    insert into provider_event
        (id, instance_id, event_id, route, body_digest, body, signed_at, received_at, state,
         matched_ids, try_count, due_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, 'received', '{}', 0, $8)
    on conflict (instance_id, event_id) do nothing
    returning id
"""
_REFUSED: Final = """
    insert into provider_event_refused
        (id, instance_id, route, refused_on, refused_count, last_digest, last_at)
    values ($1, $2, $3, $4, 1, $5, $6)
    on conflict (instance_id, route, refused_on) do update
    set refused_count = provider_event_refused.refused_count + 1,
        last_digest = excluded.last_digest, last_at = excluded.last_at
"""


@one_transaction
async def take_webhook(
    *,
    instance_id: str,
    webhook: VerifiedWebhook,
    received_at: datetime,
    vault: Vault,
    new_id: NewId,
) -> bool:
    """False when this event is here already: then nothing changes."""
    row_id = new_id()
    kept = await fetch_value(
        _INSERT,
        row_id,
        instance_id,
        event_id_of(webhook),
        webhook.route,
        hashlib.sha256(webhook.body).digest(),
        vault.seal(webhook.body, context=sealed_context(row_id)),
        webhook.signed_at,
        received_at,
    )
    if kept is None:
        return False
    await enqueue([event_job(row_id)])
    return True


@one_transaction
async def count_refused(
    *, instance_id: str, route: str, body: bytes, new_id: NewId, now: datetime
) -> None:
    """Of a webhook that nobody can prove, only this is kept."""
    digest = hashlib.sha256(body).digest()
    await execute(_REFUSED, new_id(), instance_id, route, now.date(), digest, now)


def event_job(event_id: UUID) -> JobRequest:
    return JobRequest(
        name="provider_event", arguments={"event_id": str(event_id)}, once_key=str(event_id)
    )


def sealed_context(event_id: UUID) -> bytes:
    return f"provider_event:{event_id}:body".encode()


def event_id_of(webhook: VerifiedWebhook) -> str:
    """A long or unprintable one is told apart by its digest."""
    text = webhook.event_id
    if 0 < len(text) <= EVENT_ID_LENGTH_MAX and text.isprintable():
        return text
    return "sha256:" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
