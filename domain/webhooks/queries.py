"""Reads of endpoints and deliveries; secrets never leave through here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from domain.database import fetch
from domain.events.rules import EventKind
from domain.filters import Column, Condition, Kind
from domain.paging import Count, Listing, Page, count_rows, read_pages
from domain.retention import Ended
from domain.webhooks.provider import DeliveryProblem
from domain.webhooks.rules import DeliveryState, DisabledReason, EndpointState


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRecord:
    id: UUID
    member_id: UUID
    url: str
    kinds: tuple[EventKind, ...]
    document: str | None
    state: EndpointState
    disabled_reason: DisabledReason | None
    previous_until: datetime | None
    failing_since: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    id: UUID
    endpoint_id: UUID
    member_id: UUID
    event_id: UUID | None
    event_kind: str
    state: DeliveryState
    attempt_count: int
    next_at: datetime | None
    last_status: int | None
    last_error: DeliveryProblem | None
    created_at: datetime
    delivered_at: datetime | None


_ENDPOINT: Final = """
    id, member_id, url, kinds, document, state, disabled_reason, previous_until, failing_since,
    created_at
"""
_ENDPOINTS_BY_ID: Final = f"select {_ENDPOINT} from webhook_endpoint where id = any($1)"  # noqa: S608  # our own columns
ENDPOINTS: Final = Listing(
    columns=_ENDPOINT,
    source="from webhook_endpoint where member_id = parent.id",
    orders={"created_at": ("created_at", "id")},
    filters={"state": Column("state")},
    row="webhook_endpoint",
)
_DELIVERY: Final = """
    d.id, d.endpoint_id, e.member_id, d.event_id, d.event_kind, d.state, d.attempt_count,
    d.next_at, d.last_status, d.last_error, d.created_at, d.delivered_at
"""
DELIVERY_SOURCE: Final = "from webhook_delivery d join webhook_endpoint e on e.id = d.endpoint_id"
_DELIVERIES_BY_ID: Final = f"select {_DELIVERY} {DELIVERY_SOURCE} where d.id = any($1)"
DELIVERIES: Final = Listing(
    columns=_DELIVERY,
    source=f"{DELIVERY_SOURCE} where d.endpoint_id = parent.id",
    orders={"created_at": ("d.created_at", "d.id")},
    filters={
        "state": Column("d.state"),
        "created_at": Column("d.created_at", Kind.INSTANT),
    },
    row="d",
)
ENDED: Final = Ended(
    table="webhook_delivery",
    ended_at="t.created_at",
    owner="(select e.member_id from webhook_endpoint e where e.id = t.endpoint_id)",
    is_over="(t.leased_until is null or t.leased_until < $1)",  # no attempt is under way
)


async def endpoints_by_id(*, ids: Sequence[UUID]) -> dict[UUID, EndpointRecord]:
    """Any member's: the caller compares `member_id` with the viewer."""
    rows = await fetch(_ENDPOINTS_BY_ID, list(ids))
    return {row["id"]: _endpoint(row) for row in rows}


async def endpoints_of(
    *, member_id: UUID, page: Page, where: Condition | None = None
) -> list[EndpointRecord]:
    """Newest first."""
    found = await read_pages(ENDPOINTS, parent_ids=[member_id], page=page, where=where)
    return [_endpoint(row) for row in found[member_id]]


async def count_endpoints_of(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """By member."""
    return await count_rows(ENDPOINTS, parent_ids=parent_ids, where=where)


async def deliveries_by_id(*, ids: Sequence[UUID]) -> dict[UUID, DeliveryRecord]:
    """Any member's: the caller compares `member_id` with the viewer."""
    rows = await fetch(_DELIVERIES_BY_ID, list(ids))
    return {row["id"]: _delivery(row) for row in rows}


async def deliveries_of(
    *, endpoint_ids: Sequence[UUID], page: Page, where: Condition | None = None
) -> dict[UUID, list[DeliveryRecord]]:
    """Newest first."""
    found = await read_pages(DELIVERIES, parent_ids=endpoint_ids, page=page, where=where)
    return {key: [_delivery(row) for row in rows] for key, rows in found.items()}


async def count_deliveries_of(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """By endpoint."""
    return await count_rows(DELIVERIES, parent_ids=parent_ids, where=where)


def _endpoint(row: asyncpg.Record) -> EndpointRecord:
    reason = row["disabled_reason"]
    return EndpointRecord(
        id=row["id"],
        member_id=row["member_id"],
        url=row["url"],
        kinds=tuple(EventKind(kind) for kind in row["kinds"]),
        document=row["document"],
        state=EndpointState(row["state"]),
        disabled_reason=None if reason is None else DisabledReason(reason),
        previous_until=row["previous_until"],
        failing_since=row["failing_since"],
        created_at=row["created_at"],
    )


def _delivery(row: asyncpg.Record) -> DeliveryRecord:
    error = row["last_error"]
    return DeliveryRecord(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        member_id=row["member_id"],
        event_id=row["event_id"],
        event_kind=row["event_kind"],
        state=DeliveryState(row["state"]),
        attempt_count=row["attempt_count"],
        next_at=row["next_at"],
        last_status=row["last_status"],
        last_error=None if error is None else DeliveryProblem(error),
        created_at=row["created_at"],
        delivered_at=row["delivered_at"],
    )
