"""What staff decide about campaigns, and how their owners answer."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import strawberry

from domain.assignments import operations as assignments
from domain.campaigns import operations, queries
from domain.errors import Refused
from domain.members.rules import Role
from schema.auth import Auth
from schema.campaigns.cases import CampaignCase, cases_of
from schema.campaigns.inputs import (
    CampaignAcknowledgeInput,
    CampaignApproveInput,
    CampaignBlockInput,
    CampaignClearInput,
    CampaignDeclineInput,
    CampaignReportInput,
    CampaignSuspendInput,
)
from schema.campaigns.mutations import MISSING, WRITE
from schema.campaigns.payloads import (
    CampaignAcknowledgePayload,
    CampaignApprovePayload,
    CampaignBlockPayload,
    CampaignClearPayload,
    CampaignDeclinePayload,
    CampaignReportPayload,
    CampaignSuspendPayload,
)
from schema.campaigns.types import Campaign, campaign_of, given_campaign
from schema.context import Context, Forbidden, Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In, key_of
from schema.prices import Cost

REPORT: Final = [Auth(scopes=["campaigns:report"]), Cost(weight=10)]
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
        description="Staff let claims in again after a pause that was not "
        "its employer's. Needs campaigns:oversee.",
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
        return CampaignClearPayload(campaign=await staff_campaign(context, key))

    @strawberry.mutation(
        description="Staff let a campaign out: workers may claim. Needs campaigns:oversee.",
        directives=OVERSEE,
    )
    async def campaign_approve(
        self, info: Info, input: In[CampaignApproveInput]
    ) -> CampaignApprovePayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.approve_campaign(
                staff_id=context.signed_in().member_id,
                campaign_id=key,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignApprovePayload(errors=[user_error(refusal, MISSING)])
        return CampaignApprovePayload(campaign=await staff_campaign(context, key))

    @strawberry.mutation(
        description="Staff do not let a campaign out as it is, and say why. "
        "Needs campaigns:oversee.",
        directives=OVERSEE,
    )
    async def campaign_decline(
        self, info: Info, input: In[CampaignDeclineInput]
    ) -> CampaignDeclinePayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.decline_campaign(
                staff_id=context.signed_in().member_id,
                campaign_id=key,
                reason=input.reason,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignDeclinePayload(errors=[user_error(refusal, MISSING)])
        return CampaignDeclinePayload(campaign=await staff_campaign(context, key))

    @strawberry.mutation(
        description="Staff stop new claims until `campaignClear`, and say why. "
        "Needs campaigns:oversee.",
        directives=OVERSEE,
    )
    async def campaign_suspend(
        self, info: Info, input: In[CampaignSuspendInput]
    ) -> CampaignSuspendPayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.suspend_campaign(
                staff_id=context.signed_in().member_id,
                campaign_id=key,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignSuspendPayload(errors=[user_error(refusal, MISSING)])
        return CampaignSuspendPayload(campaign=await staff_campaign(context, key))

    @strawberry.mutation(
        description="Tell staff what is wrong with a campaign; a member's first report counts. "
        "Needs campaigns:report.",
        directives=REPORT,
    )
    async def campaign_report(
        self, info: Info, input: In[CampaignReportInput]
    ) -> CampaignReportPayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.report_campaign(
                reporter_id=context.signed_in().member_id,
                campaign_id=key,
                reason=input.reason,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignReportPayload(errors=[user_error(refusal, MISSING)])
        return CampaignReportPayload(campaign=await campaign_of(context.renewed(), key))

    @strawberry.mutation(
        description="Staff end a suspended campaign for good: open places are paid back, what was "
        "handed in is paid. Needs campaigns:oversee.",
        directives=OVERSEE,
    )
    async def campaign_block(
        self, info: Info, input: In[CampaignBlockInput]
    ) -> CampaignBlockPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            key = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            replayed = await assignments.block_campaign(
                staff_id=viewer.member_id,
                campaign_id=key,
                text=input.text,
                key=key_of("campaignBlock", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignBlockPayload(errors=[user_error(refusal, MISSING)])
        campaign = await staff_campaign(context, key)
        return CampaignBlockPayload(campaign=campaign, replayed=replayed)


@strawberry.type(description="Reads.")
class CampaignOversightQueries:
    @strawberry.field(
        description="Campaigns that wait for staff: to be let out, reported, or paused by a rule; "
        "the first funded first, at most 20. Needs the role staff.",
        directives=[
            Auth(scopes=["campaigns:oversee"]),
            Cost(weight=100, list_size=queries.QUEUE_MAX),
        ],
    )
    async def campaign_queue(self, info: Info) -> list[CampaignCase] | None:
        viewer = info.context.viewer
        if viewer is None or Role.STAFF not in viewer.roles:
            raise Forbidden(Role.STAFF)
        return await cases_of(await queries.campaign_queue(), info.context)


async def staff_campaign(context: Context, key: UUID) -> Campaign | None:
    """After staff have changed it, whatever its state."""
    found = await queries.campaigns_for_staff(ids=[key])
    return await given_campaign(context.renewed(), found[key])
