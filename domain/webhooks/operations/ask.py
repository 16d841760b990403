"""What an owner asks for: a test event, or a delivery once more."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.access.operations.limits import take
from domain.access.rules import Limit
from domain.database import execute, fetch_row, one_transaction
from domain.errors import InvalidTransition, NotFound
from domain.given import NewId
from domain.webhooks.operations.fan_out import ask_for_due
from domain.webhooks.rules import TEST_KIND, EndpointState

_LOCK_OWN: Final = """
    select id, state from webhook_endpoint where id = $1 and member_id = $2 for no key update
"""
_INSERT_TEST: Final = """
    insert into webhook_delivery (id, endpoint_id, event_kind, state, next_at, created_at)
    values ($1, $2, $3, 'pending', $4, $4)
"""
_OWN_DELIVERY: Final = """
    select d.endpoint_id, e.state from webhook_delivery d
    join webhook_endpoint e on e.id = d.endpoint_id
    where d.id = $1 and e.member_id = $2 for no key update of e
"""
_AGAIN: Final = """
    update webhook_delivery
    set state = 'pending', next_at = $2, attempt_count = 0, delivered_at = null
    where id = $1
"""


async def send_test(*, member_id: UUID, endpoint_id: UUID, new_id: NewId, now: datetime) -> UUID:
    """A delivery of kind `test`.

    Refuses with `NotFound`, `InvalidTransition` or `TooManyAttempts`.
    """
    await take(_limits(member_id))
    return await _send_test(
        member_id=member_id, endpoint_id=endpoint_id, delivery_id=new_id(), now=now
    )


async def deliver_again(*, member_id: UUID, delivery_id: UUID, now: datetime) -> None:
    """From the first attempt on, whatever became of it before.

    Refuses with `NotFound`, `InvalidTransition` or `TooManyAttempts`.
    """
    await take(_limits(member_id))
    await _deliver_again(member_id=member_id, delivery_id=delivery_id, now=now)


@one_transaction
async def _send_test(
    *, member_id: UUID, endpoint_id: UUID, delivery_id: UUID, now: datetime
) -> UUID:
    row = await fetch_row(_LOCK_OWN, endpoint_id, member_id)
    if row is None:
        raise NotFound("no such endpoint")
    _require_active(row["state"], event="test")
    await execute(_INSERT_TEST, delivery_id, endpoint_id, TEST_KIND, now)
    await ask_for_due(now=now, endpoint_id=endpoint_id)
    return delivery_id


@one_transaction
async def _deliver_again(*, member_id: UUID, delivery_id: UUID, now: datetime) -> None:
    row = await fetch_row(_OWN_DELIVERY, delivery_id, member_id)
    if row is None:
        raise NotFound("no such delivery")
    _require_active(row["state"], event="deliver")
    await execute(_AGAIN, delivery_id, now)
    await ask_for_due(now=now, endpoint_id=row["endpoint_id"])


def _require_active(state: str, *, event: str) -> None:
    if state != EndpointState.ACTIVE:
        raise InvalidTransition(subject="the endpoint", state=state, event=event)


def _limits(member_id: UUID) -> tuple[Limit, ...]:
    """Nobody makes us hammer a stranger's server."""
    return (Limit(f"webhook:{member_id.hex}", capacity=60, per_second=1 / 2),)
