"""Endpoints and deliveries as their owner sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.events.rules import EventKind
from domain.filters import Condition
from domain.webhooks import queries
from domain.webhooks.queries import DeliveryRecord, EndpointRecord
from domain.webhooks.rules import event_type
from schema.context import Context, Info
from schema.errors import InvalidId
from schema.events.types import Event
from schema.filters import (
    DateTimeFilter,
    Filter,
    condition_of,
    every_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.node import Node, node_kind, object_of
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    Window,
    counter,
    load_pages,
    page_of,
    window,
)
from schema.prices import Cost
from schema.read_model import Mapped, read_as
from schema.scalars import URL
from schema.webhooks.enums import DeliveryProblem, DeliveryState, DisabledReason, EndpointState


@strawberry.input(description="Which deliveries. What is given must all hold.")
class WebhookDeliveryWhere:
    state: Filter[DeliveryState] | None = strawberry.field(
        default=None, description="In which state."
    )
    created_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was made."
    )
    and_: list[WebhookDeliveryWhere] | None = every_field()
    or_: list[WebhookDeliveryWhere] | None = some_field()
    not_: WebhookDeliveryWhere | None = not_field()


WhichDeliveries: TypeAlias = Annotated[
    WebhookDeliveryWhere | None, strawberry.argument(description="Which ones; all by default.")
]
ENDPOINT_PATH: Final = ("endpoint_id",)
DELIVERY_ORDER: Final[Order[DeliveryRecord]] = Order(
    name="webhookDeliveries:createdAt", keys_of=lambda record: (record.created_at, record.id)
)


@strawberry.type(description="One event on its way to one endpoint. Kept for 30 days.")
class WebhookDelivery(Node):
    endpoint_key: strawberry.Private[UUID]
    event_key: strawberry.Private[UUID | None]
    type: str = strawberry.field(
        description="As the payload says it, such as `payout.paid`; `test` for a test."
    )
    state: DeliveryState = strawberry.field(description="Where it stands.")
    attempt_count: int = strawberry.field(description="Attempts, since it was last begun.")
    next_attempt_at: datetime | None = strawberry.field(
        description="Not before this the next attempt is made; null when there will be none."
    )
    last_status: int | None = strawberry.field(
        description="HTTP status of the last attempt; null when there was none."
    )
    last_problem: DeliveryProblem | None = strawberry.field(
        description="What was wrong with the last attempt."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    delivered_at: datetime | None = strawberry.field(description="When it arrived.")

    @classmethod
    def of(cls, record: DeliveryRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.WEBHOOK_DELIVERY, record.id),
            endpoint_key=record.endpoint_id,
            event_key=record.event_id,
            type=event_type(record.event_kind),
            state=record.state,
            attempt_count=record.attempt_count,
            next_attempt_at=record.next_at,
            last_status=record.last_status,
            last_problem=record.last_error,
            created_at=record.created_at,
            delivered_at=record.delivered_at,
        )

    @strawberry.field(description="Where it goes.", directives=[Cost(weight=5)])
    async def endpoint(self, info: Info) -> WebhookEndpoint | None:
        found: WebhookEndpoint | None = await object_of(
            info.context, Tag.WEBHOOK_ENDPOINT, self.endpoint_key
        )
        return found

    @strawberry.field(
        description="What it tells; null for a test, and when the event is over 30 days old.",
        directives=[Cost(weight=5)],
    )
    async def event(self, info: Info) -> Event | None:
        found: Event | None = await object_of(info.context, Tag.EVENT, self.event_key)
        return found


@strawberry.type(description="Where the viewer's events are sent. Its secret is told only once.")
class WebhookEndpoint(Node):
    key: strawberry.Private[UUID]
    url: URL = strawberry.field(description="The address that is called.")
    kinds: list[EventKind] = strawberry.field(
        description="Events that are sent, at most one of each; empty means all of them."
    )
    document: str | None = strawberry.field(
        description="The query that writes `data`; null means the built-in ones."
    )
    state: EndpointState = strawberry.field(description="Whether events are sent.")
    disabled_reason: DisabledReason | None = strawberry.field(description="Why not.")
    failing_since: datetime | None = strawberry.field(
        description="Since when everything fails; after 5 days it is disabled."
    )
    previous_secret_until: datetime | None = strawberry.field(
        description="Until when the secret before the newest signs as well."
    )
    created_at: datetime = strawberry.field(description="Only later events are sent.")

    @classmethod
    def of(cls, record: EndpointRecord, context: Context) -> Self:
        until = record.previous_until
        return cls(
            id=context.ids.encode(Tag.WEBHOOK_ENDPOINT, record.id),
            key=record.id,
            url=URL(record.url),
            kinds=list(record.kinds),
            document=record.document,
            state=record.state,
            disabled_reason=record.disabled_reason,
            failing_since=record.failing_since,
            previous_secret_until=None if until is None or until <= context.now else until,
            created_at=record.created_at,
        )

    @strawberry.field(
        description="What was sent, or will be, newest first.", directives=[Cost(weight=5)]
    )
    async def deliveries(
        self,
        info: Info,
        *,
        where: WhichDeliveries = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookDelivery] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        at = window(context, DELIVERY_ORDER, first, after, last, before)
        found: Connection[WebhookDelivery] = await page_of(
            context,
            target="WebhookDelivery",
            listing=queries.DELIVERIES,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: context.load(delivery_pages, (self.key, at, condition)),
            node_of=lambda record: WebhookDelivery.of(record, context),
            counted=counter(context, queries.count_deliveries_of, self.key, where=condition),
        )
        return found


DeliveryPage: TypeAlias = tuple[UUID, Window, Condition | None]


async def delivery_pages(
    _: Context, keys: Sequence[DeliveryPage]
) -> Mapping[DeliveryPage, list[DeliveryRecord]]:
    async def fetch(
        endpoint_ids: list[UUID], window: Window, where: Condition | None
    ) -> Mapping[UUID, list[DeliveryRecord]]:
        return await queries.deliveries_of(
            endpoint_ids=endpoint_ids, page=window.page(), where=where
        )

    return await load_pages(keys, fetch)


async def endpoints_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, EndpointRecord]:
    """Their owner's alone."""
    found = await queries.endpoints_by_id(ids=keys)
    return {key: each for key, each in found.items() if each.member_id == context.viewer_id}


async def deliveries_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, DeliveryRecord]:
    """The endpoint owner's alone."""
    found = await queries.deliveries_by_id(ids=keys)
    return {key: each for key, each in found.items() if each.member_id == context.viewer_id}


node_kind(Tag.WEBHOOK_ENDPOINT, load=endpoints_seen, show=WebhookEndpoint.of)
node_kind(Tag.WEBHOOK_DELIVERY, load=deliveries_seen, show=WebhookDelivery.of)
read_as("WebhookDelivery", Mapped(entity="WebhookDelivery", tag=Tag.WEBHOOK_DELIVERY))
read_as(
    "WebhookEndpoint",
    Mapped(
        entity="WebhookEndpoint",
        tag=Tag.WEBHOOK_ENDPOINT,
        orders={"deliveries": {None: DELIVERY_ORDER}},
    ),
)


async def own_endpoint(context: Context, id_: str, *path: str) -> EndpointRecord:
    """Refuses with `SignInRequired` or `InvalidId`."""
    owner_id, key = context.signed_in().member_id, endpoint_key(context, id_, *path)
    found = (await queries.endpoints_by_id(ids=[key])).get(key)
    if found is None or found.member_id != owner_id:
        raise InvalidId(*(path or ENDPOINT_PATH))
    return found


def endpoint_key(context: Context, id_: str, *path: str) -> UUID:
    """Refuses with `InvalidId`."""
    return context.ids.decode(Tag.WEBHOOK_ENDPOINT, id_, *(path or ENDPOINT_PATH))
