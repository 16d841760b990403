"""The viewer's payouts and destinations."""

from __future__ import annotations

from uuid import UUID

import strawberry

from domain.payouts import queries
from schema.auth import Auth
from schema.context import Info
from schema.filters import condition_of
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    chosen,
    counter,
    page_of,
    window,
)
from schema.payouts.filters import (
    DESTINATION_ORDER,
    VIEWER_PAYOUT_ORDERS,
    PayoutsBy,
    WhichDestinations,
    WhichPayouts,
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
        where: WhichPayouts = None,
        order_by: PayoutsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Payout] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        order = chosen(VIEWER_PAYOUT_ORDERS, order_by)
        at = window(context, order, first, after, last, before)
        found: Connection[Payout] = await page_of(
            context,
            target="Payout",
            listing=queries.OF_WORKER,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: queries.payouts_of(worker_id=self.key, page=at.page(), where=condition),
            node_of=lambda record: Payout.of(record, context),
            counted=counter(context, queries.count_payouts_of, self.key, where=condition),
        )
        return found

    @strawberry.field(
        description="Where the viewer can be paid, newest first. Needs payouts:read.",
        directives=[Auth(scopes=["payouts:read"]), Cost(weight=5)],
    )
    async def destinations(
        self,
        info: Info,
        *,
        where: WhichDestinations = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Destination] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        at = window(context, DESTINATION_ORDER, first, after, last, before)
        found: Connection[Destination] = await page_of(
            context,
            target="Destination",
            listing=queries.DESTINATIONS,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: queries.destinations_of(
                member_id=self.key, page=at.page(), where=condition
            ),
            node_of=lambda record: Destination.of(record, context),
            counted=counter(context, queries.count_destinations_of, self.key, where=condition),
        )
        return found
