"""Paid placement: campaigns that are shown first because their employers pay for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import strawberry

from domain.campaigns import operations, queries
from domain.campaigns.queries import CampaignRecord
from domain.errors import Refused
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.money import MoneyInput
from schema.node import object_of, objects_of
from schema.payloads import MoneyPayload
from schema.prices import Cost

if TYPE_CHECKING:
    from schema.campaigns.types import Campaign

FEATURED_MAX: Final = 10
MISSING: Final[Paths] = {"": ["campaignId"]}


@strawberry.type(description="Whether a campaign is shown first.")
class CampaignFeature:
    record: strawberry.Private[CampaignRecord]

    @strawberry.field(
        description="Until when its employer pays for it to be shown first; null: not now. It is "
        "paid placement: say so wherever it is shown first.",
        directives=[Cost(weight=0)],
    )
    async def featured_until(self, info: Info) -> datetime | None:
        return await info.context.load(features_of, self.record.id)


@strawberry.type(description="Reads.")
class FeatureQueries:
    @strawberry.field(
        description="Paid placement: running campaigns whose employers pay for them to be shown "
        "first, the highest payment first, at most 10. Show them apart, and say that they are "
        "paid for; `campaigns` lists them among all others.",
        directives=[Cost(weight=5, list_size=FEATURED_MAX)],
    )
    async def featured_campaigns(
        self, info: Info
    ) -> list[Annotated[Campaign, strawberry.lazy("schema.campaigns.types")]] | None:
        context = info.context
        found = await queries.featured_campaigns(
            viewer_id=context.viewer_id, now=context.now, limit=FEATURED_MAX
        )
        return await objects_of(context, Tag.CAMPAIGN, found)


@strawberry.input(description="Pays for a campaign to be shown first for 24 hours, from now on.")
class CampaignFeatureInput(Wish):
    campaign_id: strawberry.ID = strawberry.field(description="A running one of the viewer's.")
    amount: MoneyInput = strawberry.field(
        description="From 2 to 50 units unless the operator decided otherwise; VAT comes on top. "
        "Who pays more stands higher; payments that overlap add up."
    )


@strawberry.type(description="Outcome of `campaignFeature`.")
class CampaignFeaturePayload(MoneyPayload):
    campaign: Annotated[Campaign, strawberry.lazy("schema.campaigns.types")] | None = (
        strawberry.field(default=None, description="Null on refusal.")
    )


@strawberry.type(description="Changes.")
class CampaignFeatureMutations:
    @strawberry.mutation(
        description="Pay for a campaign to be shown first, from the viewer's spendable balance. It "
        "begins at once, and nothing of it is given back. Needs campaigns:write.",
        directives=[Auth(scopes=["campaigns:write"]), Cost(weight=10)],
    )
    async def campaign_feature(
        self, info: Info, input: In[CampaignFeatureInput]
    ) -> CampaignFeaturePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.feature_campaign(
                employer_id=viewer.member_id,
                campaign_id=context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id"),
                amount=input.amount.positive("amount"),
                key=key_of("campaignFeature", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignFeaturePayload(errors=[user_error(refusal, MISSING)])
        campaign = await object_of(context.renewed(), Tag.CAMPAIGN, done.campaign_id)
        return CampaignFeaturePayload(campaign=campaign, replayed=done.replayed)


async def features_of(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """Until when, by campaign; ask for those that the viewer sees."""
    return await queries.featured_until(ids=keys, now=context.now)
