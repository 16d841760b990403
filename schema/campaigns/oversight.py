"""What staff decide about campaigns, and how their owners answer."""

from __future__ import annotations

from typing import Final

import strawberry

from domain.campaigns import operations
from domain.errors import Refused
from schema.auth import Auth
from schema.campaigns.inputs import CampaignAcknowledgeInput, CampaignClearInput
from schema.campaigns.mutations import MISSING, WRITE
from schema.campaigns.payloads import CampaignAcknowledgePayload, CampaignClearPayload
from schema.campaigns.types import campaign_of
from schema.context import Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.prices import Cost

OVERSEE: Final = [Auth(scopes=["campaigns:oversee"]), Cost(weight=10)]


@strawberry.type(description="Changes.")
class CampaignOversightMutations:
    @strawberry.mutation(
        description="Say what was put right, and take claims again after a pause by a rule of "
        "ours. Some pauses need staff. Needs campaigns:write.",
        directives=WRITE,
    )
    async def campaign_acknowledge(
        self, info: Info, input: In[CampaignAcknowledgeInput]
    ) -> CampaignAcknowledgePayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.acknowledge_pause(
                employer_id=context.signed_in().member_id,
                campaign_id=key,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignAcknowledgePayload(errors=[user_error(refusal, MISSING)])
        return CampaignAcknowledgePayload(campaign=await campaign_of(context.renewed(), key))

    @strawberry.mutation(
        description="Staff let claims in again after a pause by a rule of ours. "
        "Needs campaigns:oversee.",
        directives=OVERSEE,
    )
    async def campaign_clear(
        self, info: Info, input: In[CampaignClearInput]
    ) -> CampaignClearPayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.clear_campaign(
                staff_id=context.signed_in().member_id,
                campaign_id=key,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignClearPayload(errors=[user_error(refusal, MISSING)])
        return CampaignClearPayload(campaign=await campaign_of(context.renewed(), key))
