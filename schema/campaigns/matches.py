"""What the viewer is offered first, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import strawberry

from domain.matching import queries
from domain.matching.queries import MatchRecord
from schema.auth import Auth
from schema.campaigns.filters import WhichCampaigns
from schema.campaigns.loads import campaigns_seen
from schema.campaigns.types import Campaign, given_campaign
from schema.context import Context, Info
from schema.filters import condition_of
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    connection,
    counter,
    window,
)
from schema.prices import Cost

MATCH_ORDER: Final[Order[MatchRecord]] = Order(
    name="viewer.campaignMatches:score",
    keys_of=lambda record: record.keys,
    kinds=(int, int, int, UUID),
)


@strawberry.type(description="The viewer as somebody who looks for work.")
class ViewerMatches:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Campaigns of which a claim of the viewer would be taken, the best match "
        "first; `matchReasons` says why. The order is of one day (UTC), and pages keep the day of "
        "the first one. Needs assignments:read.",
        directives=[Auth(scopes=["assignments:read"]), Cost(weight=20)],
    )
    async def campaign_matches(
        self,
        info: Info,
        *,
        where: WhichCampaigns = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Campaign] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        at = window(context, MATCH_ORDER, first, after, last, before)
        records = await queries.matches_of(
            worker_id=self.key, now=context.now, page=at.page(), where=condition
        )
        nodes = await _campaigns(context, [each.campaign_id for each in records])
        return connection(
            context,
            window=at,
            records=[each for each in records if each.campaign_id in nodes],
            node_of=lambda record: nodes[record.campaign_id],
            counted=counter(
                context, queries.count_matches, self.key, now=context.now, where=condition
            ),
        )


async def _campaigns(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Campaign]:
    records = await asyncio.gather(*(context.load(campaigns_seen, key) for key in keys))
    return {each.id: await given_campaign(context, each) for each in records if each is not None}
