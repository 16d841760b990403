"""How fast one instance may be given work, over all nodes; and whether it may be given any."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidTransition
from domain.members import queries as members
from domain.members.rules import Role
from domain.provider import AuthError, ConfigError, RateLimited

QUARANTINE_DELAY: Final = timedelta(minutes=10)  # until the same batch is tried again

_TAKE: Final = """
    insert into provider_pace as p (instance_id, next_send_at)
    values ($1, $2::timestamptz + $3::interval)
    on conflict (instance_id) do update set next_send_at = $2::timestamptz + $3::interval
    where p.next_send_at <= $2
    returning true
"""
_NEXT: Final = "select next_send_at from provider_pace where instance_id = $1"
_HOLD: Final = """
    insert into provider_pace as p (instance_id, next_send_at) values ($1, $2)
    on conflict (instance_id) do update
    set next_send_at = greatest(p.next_send_at, excluded.next_send_at)
"""
_QUARANTINED: Final = """
    select reason from provider_quarantine where instance_id = $1 and lifted_at is null
"""
_QUARANTINE: Final = """
    insert into provider_quarantine as q (instance_id, reason, since) values ($1, $2, $3)
    on conflict (instance_id) do update
    set reason = excluded.reason, since = excluded.since, lifted_at = null, lifted_by = null
    where q.lifted_at is not null
"""
_LIFT: Final = """
    update provider_quarantine set lifted_at = $2, lifted_by = $3
    where instance_id = $1 and lifted_at is null
"""


async def wait_of(*, instance_id: str, per_second: float | None, now: datetime) -> timedelta:
    """Zero: one call that moves money may start now, and the next one is counted from here."""
    assert in_transaction()
    if await fetch_value(_QUARANTINED, instance_id) is not None:
        return QUARANTINE_DELAY
    if per_second is not None:
        gap = timedelta(seconds=1 / per_second)
        if await fetch_value(_TAKE, instance_id, now, gap):
            return timedelta(0)
    next_at = await fetch_value(_NEXT, instance_id)
    return timedelta(0) if next_at is None else max(timedelta(0), next_at - now)


async def slow_down(instance_id: str, outcome: object, *, now: datetime) -> None:
    """What the outcome of a call that moves money says of the instance itself."""
    if isinstance(outcome, RateLimited):
        until = now + timedelta(seconds=outcome.retry_after_seconds)
        await hold(instance_id=instance_id, until=until)
    elif isinstance(outcome, AuthError | ConfigError):
        reason = f"{type(outcome).__name__}: {outcome}"
        await quarantine(instance_id=instance_id, reason=reason, now=now)


async def hold(*, instance_id: str, until: datetime) -> None:
    """The provider wants to be left alone until then."""
    assert in_transaction()
    await execute(_HOLD, instance_id, until)


async def quarantine(*, instance_id: str, reason: str, now: datetime) -> None:
    """It is set up wrongly: nothing new goes out through it, on any node."""
    assert in_transaction()
    await execute(_QUARANTINE, instance_id, reason, now)


@one_transaction
async def lift_quarantine(*, instance_id: str, member_id: UUID, now: datetime) -> None:
    """It is set up anew. Refuses with `NotAllowed`, or `InvalidTransition` with nothing to lift."""
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    if "\0" in instance_id or not await execute(_LIFT, instance_id, now, member_id):
        raise InvalidTransition(subject="the instance", state="not in quarantine", event="lift")
