"""The root of live updates, over server-sent events and graphql-transport-ws."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from domain.events import queries
from domain.events.rules import MARKET, TAKEN_DOWN
from schema.context import Context, Info
from schema.errors import InvalidId
from schema.events.streams import Read, follow, require_viewer, start_of
from schema.events.types import AssignmentEvent, CampaignEvent, DepositEvent, Event, PayoutEvent
from schema.ids import Tag
from schema.node import seen_object
from schema.prices import Cost
from schema.scalars import Cursor

if TYPE_CHECKING:
    from schema.campaigns.types import Campaign

After: TypeAlias = Annotated[
    Cursor | None,
    strawberry.argument(
        description="Begin after this event; without it, with the next one. The cursor of any "
        "event of the last 30 days will do."
    ),
]
Watched: TypeAlias = Annotated[
    strawberry.ID, strawberry.argument(description="What to watch; the viewer must see it.")
]


@strawberry.type(
    description="Live updates. Every event comes once and in order; after a lost connection, "
    "subscribe again with the last cursor."
)
class Subscription:
    @strawberry.subscription(
        description="Everything that concerns the viewer, as worker and as employer.",
        directives=[Cost(weight=10)],
    )
    async def viewer_changed(self, info: Info, after: After = None) -> AsyncGenerator[Event, None]:
        context = info.context
        viewer_id = require_viewer(context)
        read = partial(queries.events_of_member, member_id=viewer_id)
        return follow(context, topic=viewer_id, read=read, at=await start_of(context, after))

    @strawberry.subscription(
        description="What happens to one campaign; its employer also hears of its assignments.",
        directives=[Cost(weight=10)],
    )
    async def campaign_changed(
        self, info: Info, id: Watched, after: After = None
    ) -> AsyncGenerator[Event, None]:
        context = info.context
        key = await watched(context, Tag.CAMPAIGN, id)
        campaign: Campaign = await seen_object(context, Tag.CAMPAIGN, key)
        read: Read = partial(queries.events_of_subject, subject_id=key)
        if campaign.record.employer_id == context.viewer_id:
            read = partial(queries.events_of_campaign, campaign_id=key)
        return follow(context, topic=key, read=read, at=await start_of(context, after))

    @strawberry.subscription(
        description="Campaigns that open, have places again, pause, run out or end, as far as the "
        "viewer sees them; and all that are taken down, without the campaign: whoever showed one "
        "forgets it by its `campaignId`.",
        directives=[Cost(weight=10)],
    )
    async def market_changed(
        self, info: Info, after: After = None
    ) -> AsyncGenerator[CampaignEvent, None]:
        context = info.context
        require_viewer(context)
        return follow(
            context,
            topic=MARKET,
            read=queries.events_of_market,
            at=await start_of(context, after),
            told_to_all=TAKEN_DOWN,
        )

    @strawberry.subscription(
        description="What happens to one assignment.", directives=[Cost(weight=10)]
    )
    async def assignment_changed(
        self, info: Info, id: Watched, after: After = None
    ) -> AsyncGenerator[AssignmentEvent, None]:
        return await follow_subject(info.context, Tag.ASSIGNMENT, id, after)

    @strawberry.subscription(
        description="What happens to one deposit.", directives=[Cost(weight=10)]
    )
    async def deposit_changed(
        self, info: Info, id: Watched, after: After = None
    ) -> AsyncGenerator[DepositEvent, None]:
        return await follow_subject(info.context, Tag.DEPOSIT, id, after)

    @strawberry.subscription(
        description="What happens to one payout, until long after it is paid.",
        directives=[Cost(weight=10)],
    )
    async def payout_changed(
        self, info: Info, id: Watched, after: After = None
    ) -> AsyncGenerator[PayoutEvent, None]:
        return await follow_subject(info.context, Tag.PAYOUT, id, after)


async def follow_subject(
    context: Context, tag: Tag, text: str, after: str | None
) -> AsyncGenerator[Any, None]:
    key = await watched(context, tag, text)
    read = partial(queries.events_of_subject, subject_id=key)
    return follow(context, topic=key, read=read, at=await start_of(context, after))


async def watched(context: Context, tag: Tag, text: str) -> UUID:
    """Refuses before anything is streamed; what is hidden looks like what is not there."""
    require_viewer(context)
    key = context.ids.decode(tag, text, "id")
    if await seen_object(context, tag, key) is None:
        raise InvalidId("id")
    return key
