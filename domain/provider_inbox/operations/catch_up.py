"""Asks providers for the webhooks that never reached us; what is here already stays as it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from domain.database import execute, fetch_value, one_transaction
from domain.given import Clock, NewId, Vault
from domain.jobs import JobRequest, enqueue
from domain.provider import CallContext, ProviderError
from domain.provider_inbox.operations.take_webhook import take_webhook
from domain.provider_inbox.provider import NewsDirectory

WEBHOOKS: Final = "webhooks"
FIRST_SPAN: Final = timedelta(days=3)  # of an instance that was never asked
OVERLAP: Final = timedelta(hours=2)  # a provider gives up on a delivery later than it happened
SPAN_MAX: Final = timedelta(days=30)  # longer than that nobody keeps events

_ASKED: Final = "select read_until from provider_cursor where instance_id = $1 and kind = $2"
_MOVE: Final = """
    insert into provider_cursor (id, instance_id, kind, cursor, read_until, read_at)
    values ($1, $2, $3, '', $4, $4)
    on conflict (instance_id, kind) do update
    set read_until = greatest(provider_cursor.read_until, excluded.read_until),
        read_at = excluded.read_at
"""


@one_transaction
async def ask_for_missed(*, news: NewsDirectory) -> int:
    """A job per instance that can tell; how many there are."""
    instances = news.missed_readers()
    if instances:
        await enqueue([catch_up_job(each) for each in instances])
    return len(instances)


async def catch_up(
    *, instance_id: str, news: NewsDirectory, vault: Vault, clock: Clock, new_id: NewId
) -> int:
    """How many are new: each is kept as if it had come, once, and then handled like the others.

    The mark moves when all were kept, so what fails is asked for again.
    """
    now = clock()
    asked = await fetch_value(_ASKED, instance_id, WEBHOOKS)
    since = now - FIRST_SPAN if asked is None else max(asked - OVERLAP, now - SPAN_MAX)
    context = CallContext(now=now, send_no=1, correlation_id=f"missed:{instance_id}")
    count = 0
    with suppress(ProviderError):  # the next job asks for the same again
        for reader in news.missed_of(instance_id=instance_id):
            for webhook in await reader.missed_webhooks(since, context):
                count += await take_webhook(
                    instance_id=instance_id,
                    webhook=webhook,
                    received_at=clock(),
                    vault=vault,
                    new_id=new_id,
                )
        await _move(instance_id, new_id=new_id, now=now)
    return count


def catch_up_job(instance_id: str) -> JobRequest:
    return JobRequest(
        name="provider_catch_up", arguments={"instance_id": instance_id}, once_key=instance_id
    )


@one_transaction
async def _move(instance_id: str, *, new_id: NewId, now: datetime) -> None:
    await execute(_MOVE, new_id(), instance_id, WEBHOOKS, now)
