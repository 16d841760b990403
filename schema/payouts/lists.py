"""The viewer's payouts and destinations."""

from __future__ import annotations

from uuid import UUID

import strawberry

from domain.payouts import queries
from schema.auth import Auth
from schema.context import Info
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    connection,
    counter,
    instant_keys,
    window,
)
from schema.payouts.types import Destination, Payout
from schema.prices import Cost


@strawberry.type(description="The viewer's money out.")
class ViewerPayouts:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The viewer's payouts, newest first. Needs payouts:read.",
        directives=[Auth(scopes=["payouts:read"]), Cost(weight=5)],
    )
    async def payouts(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Payout] | None:
        context = info.context
        at = window(context, "payouts:requestedAt.desc", first, after, last, before)
        return connection(
            context,
            window=at,
            records=await queries.payouts_of(worker_id=self.key, page=at.page()),
            keys_of=lambda record: instant_keys(record.requested_at, record.id),
            node_of=lambda record: Payout.of(record, context),
            counted=counter(context, queries.count_payouts_of, self.key),
        )

    @strawberry.field(
        description="Where the viewer can be paid, newest first. Needs payouts:read.",
        directives=[Auth(scopes=["payouts:read"]), Cost(weight=5)],
    )
    async def destinations(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Destination] | None:
        context = info.context
        at = window(context, "destinations:createdAt.desc", first, after, last, before)
        return connection(
            context,
            window=at,
            records=await queries.destinations_of(member_id=self.key, page=at.page()),
            keys_of=lambda record: instant_keys(record.created_at, record.id),
            node_of=lambda record: Destination.of(record, context),
            counted=counter(context, queries.count_destinations_of, self.key),
        )
