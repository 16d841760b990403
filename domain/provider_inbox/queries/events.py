"""Reads of the inbox: whom news is about, what nobody was found for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.provider_inbox.rules import EventState
from domain.provider_news import ProviderEvent

LIST_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Match:
    batch_ids: tuple[UUID, ...]
    deposit_ids: tuple[UUID, ...]
    check_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """Without the body: nobody reads that but its provider."""

    id: UUID
    instance_id: str
    event_id: str
    route: str
    event_type: str | None
    state: EventState
    received_at: datetime
    handled_at: datetime | None
    try_count: int
    is_replayable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRecord:
    instance_id: str
    route: str
    count: int
    last_at: datetime


_BATCHES: Final = """
    select id from payout_batch where batch_ref = $2 and instance_id = $1
    union
    select b.id from payout_attempt a join payout_batch b on b.id = a.batch_id
    where a.item_ref = $3 and b.instance_id = $1
    union
    select id from payout_batch where provider_ref = $4 and instance_id = $1
    union
    select b.id from payout_attempt a join payout_batch b on b.id = a.batch_id
    where a.provider_ref = $4 and b.instance_id = $1
"""
_DEPOSITS: Final = """
    select id from deposit where deposit_ref = $2 and instance_id = $1
    union
    select id from deposit where provider_ref = $3 and instance_id = $1
    union
    select d.id from deposit_refund r join deposit d on d.id = r.deposit_id
    where (r.refund_ref = $2 or r.provider_ref = $3) and d.instance_id = $1
"""
_CHECKS: Final = """
    select id from verification_check where check_ref = $2 and instance_id = $1
    union
    select id from verification_check where provider_ref = $3 and instance_id = $1
"""
_EVENT_COLUMNS: Final = """
    id, instance_id, event_id, route, event_type, state, received_at, handled_at, try_count,
    body is not null as is_replayable
"""
_EVENTS_BY_ID: Final = f"select {_EVENT_COLUMNS} from provider_event where id = any($1)"  # noqa: S608  # our own column list
_OPEN_EVENTS: Final = f"""
    select {_EVENT_COLUMNS} from provider_event
    where state in ('received', 'unmatched', 'unreadable')
    order by received_at desc, id desc limit $1
"""  # noqa: S608  # as above
_REFUSED: Final = """
    select instance_id, route, sum(refused_count)::bigint as count, max(last_at) as last_at
    from provider_event_refused where refused_on >= $1::date
    group by 1, 2 order by 1, 2 limit $2
"""


async def match_of(*, instance_id: str, event: ProviderEvent) -> Match:
    """By our own reference or the provider's; never across instances."""
    batches = await fetch(
        _BATCHES, instance_id, event.batch_ref, event.item_ref, event.provider_ref
    )
    deposits = await fetch(_DEPOSITS, instance_id, event.deposit_ref, event.provider_ref)
    checks = await fetch(_CHECKS, instance_id, event.check_ref, event.provider_ref)
    return Match(*(tuple(row["id"] for row in rows) for rows in (batches, deposits, checks)))


async def events_by_id(*, ids: Sequence[UUID]) -> dict[UUID, EventRecord]:
    """For staff."""
    rows = await fetch(_EVENTS_BY_ID, list(ids))
    return {row["id"]: _event(row) for row in rows}


async def open_events() -> list[EventRecord]:
    """What no look-up was asked for yet, the newest first, at most `LIST_MAX`."""
    return [_event(row) for row in await fetch(_OPEN_EVENTS, LIST_MAX)]


async def refused_since(*, since: datetime) -> list[RefusedRecord]:
    """How often somebody knocked who could not prove anything."""
    return [RefusedRecord(**row) for row in await fetch(_REFUSED, since, LIST_MAX)]


def _event(row: Mapping[str, Any]) -> EventRecord:
    return EventRecord(**{**row, "state": EventState(row["state"])})
