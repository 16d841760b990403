"""Lists of campaigns: the open market, and the viewer's own."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from domain.campaigns import queries
from domain.campaigns.rules import DataPurpose
from domain.paging import NO_PARENT
from schema.auth import Auth
from schema.campaigns.filters import (
    CAMPAIGN_ORDERS,
    OWN_CAMPAIGN_ORDERS,
    CampaignsBy,
    OwnCampaignsBy,
    WhichCampaigns,
    WhichOwnCampaigns,
)
from schema.campaigns.loads import campaigns_seen
from schema.campaigns.purpose import PurposeDiffers
from schema.campaigns.types import Campaign, campaign_of
from schema.context import Info
from schema.errors import InvalidId
from schema.filters import condition_of
from schema.ids import Tag
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
from schema.prices import Cost


@strawberry.type(description="Reads.")
class CampaignQueries:
    @strawberry.field(
        description="A campaign; null when the viewer may not see it. Drafts are their "
        "employer's alone. With another purpose than its own it is refused as `PURPOSE_DIFFERS`.",
        directives=[Cost(weight=5)],
    )
    async def campaign(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of a campaign.")],
        purpose: Annotated[
            DataPurpose | None,
            strawberry.argument(description="What its data is read for; null says nothing."),
        ] = None,
    ) -> Campaign | None:
        try:
            key = info.context.ids.decode(Tag.CAMPAIGN, id)
        except InvalidId:
            return None
        if purpose is not None:
            seen = await info.context.load(campaigns_seen, key)
            if seen is not None and seen.data_use.purpose is not purpose:
                raise PurposeDiffers
        return await campaign_of(info.context, key)

    @strawberry.field(
        description="Running campaigns, newest publication first. Anybody may read them, but "
        "those that only let themselves be found by whom they are for.",
        directives=[Cost(weight=5)],
    )
    async def campaigns(
        self,
        info: Info,
        *,
        where: WhichCampaigns = None,
        order_by: CampaignsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Campaign] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        order = chosen(CAMPAIGN_ORDERS, order_by)
        at = window(context, order, first, after, last, before)
        found: Connection[Campaign] = await page_of(
            context,
            target="Campaign",
            listing=queries.OPEN,
            parent_id=NO_PARENT,
            arguments=(context.viewer_id, context.now),
            window=at,
            where=condition,
            records=lambda: queries.open_campaigns(
                viewer_id=context.viewer_id, now=context.now, page=at.page(), where=condition
            ),
            node_of=lambda record: Campaign.of(record, context),
            counted=counter(
                context,
                queries.count_open_campaigns,
                NO_PARENT,
                viewer_id=context.viewer_id,
                now=context.now,
                where=condition,
            ),
        )
        return found


@strawberry.type(description="The viewer as employer.")
class ViewerCampaigns:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Campaigns the viewer offers, drafts too, newest first. Needs campaigns:read.",
        directives=[Auth(scopes=["campaigns:read"]), Cost(weight=5)],
    )
    async def campaigns(
        self,
        info: Info,
        *,
        where: WhichOwnCampaigns = None,
        order_by: OwnCampaignsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Campaign] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        order = chosen(OWN_CAMPAIGN_ORDERS, order_by)
        at = window(context, order, first, after, last, before)
        found: Connection[Campaign] = await page_of(
            context,
            target="Campaign",
            listing=queries.OF_EMPLOYER,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: queries.campaigns_of(
                employer_id=self.key, page=at.page(), where=condition
            ),
            node_of=lambda record: Campaign.of(record, context),
            counted=counter(context, queries.count_campaigns_of, self.key, where=condition),
        )
        return found
