"""Reads of requests that were answered before."""

from __future__ import annotations

from domain.database import fetch_value
from domain.idempotency.rules import IdempotencyKey


async def answer_to(*, key: IdempotencyKey) -> str | None:
    """For what must be looked at outside of the transaction that claims the key.

    None also for a key that was used for something else: claiming it refuses that.
    """
    found = await fetch_value(
        "select result from idempotent_request"
        " where actor_id = $1 and key = $2 and operation = $3 and request_digest = $4",
        key.actor_id,
        key.key,
        key.operation,
        key.digest,
    )
    return None if found is None else str(found)
