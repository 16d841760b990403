"""The viewer's webhook endpoints."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import strawberry

from domain.webhooks import queries
from domain.webhooks.queries import EndpointRecord
from schema.auth import Auth
from schema.context import Info
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    counter,
    page_of,
    window,
)
from schema.prices import Cost
from schema.webhooks.types import WebhookEndpoint

ORDER: Final[Order[EndpointRecord]] = Order(
    name="webhookEndpoints:createdAt", keys_of=lambda record: (record.created_at, record.id)
)


@strawberry.type(description="Where the viewer's events are sent.")
class ViewerWebhooks:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The viewer's webhook endpoints, newest first; at most 10. "
        "Needs webhooks:read.",
        directives=[Auth(scopes=["webhooks:read"]), Cost(weight=5)],
    )
    async def webhook_endpoints(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookEndpoint] | None:
        context = info.context
        at = window(context, ORDER, first, after, last, before)
        found: Connection[WebhookEndpoint] = await page_of(
            context,
            target="WebhookEndpoint",
            listing=queries.ENDPOINTS,
            parent_id=self.key,
            window=at,
            where=None,
            records=lambda: queries.endpoints_of(member_id=self.key, page=at.page()),
            node_of=lambda record: WebhookEndpoint.of(record, context),
            counted=counter(context, queries.count_endpoints_of, self.key),
        )
        return found
