"""Claims a member's key in the transaction of its effect: both commit, or neither."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import asyncpg

from domain.database import execute, fetch_row, fetch_value, in_transaction
from domain.errors import Refused
from domain.idempotency.rules import IdempotencyKey


class IdempotencyMismatch(Refused):
    """The same key came with another input or for another mutation."""

    code = "IDEMPOTENCY_MISMATCH"
    argument = "idempotency_key"


class IdempotencyInProgress(Refused):
    """The first request with this key is still running; ask again in a moment."""

    code = "IDEMPOTENCY_IN_PROGRESS"
    argument = "idempotency_key"


_CLAIM: Final = """
    insert into idempotent_request (actor_id, key, operation, request_digest, result, created_at)
    values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning true
"""


async def claim(*, key: IdempotencyKey, result: str | None = None, now: datetime) -> str | None:
    """None: go on. Text: the first request's result.

    `result` is what will have come out. Where it is not known yet, call `answer` before the end.

    A refusal of the operation rolls the claim back, so the key may be tried again.
    Refuses with `IdempotencyMismatch` or `IdempotencyInProgress`.
    """
    assert in_transaction()
    try:
        fresh = await fetch_value(
            _CLAIM, key.actor_id, key.key, key.operation, key.digest, result, now
        )
    except asyncpg.LockNotAvailableError as error:
        raise IdempotencyInProgress("the first request is still running") from error
    if fresh:
        return None
    row = await fetch_row(
        "select operation, request_digest, result from idempotent_request"
        " where actor_id = $1 and key = $2",
        key.actor_id,
        key.key,
    )
    assert row is not None  # it just conflicted, and rows are never deleted
    if (row["operation"], row["request_digest"]) != (key.operation, key.digest):
        raise IdempotencyMismatch("this key was used before for something else")
    assert row["result"] is not None  # committed rows have been answered
    return str(row["result"])


async def answer(*, key: IdempotencyKey, result: str) -> None:
    """Ids of what came out, not the answer itself: the client may select other fields."""
    assert in_transaction()
    await execute(
        "update idempotent_request set result = $3 where actor_id = $1 and key = $2",
        key.actor_id,
        key.key,
        result,
    )
