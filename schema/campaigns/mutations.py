"""What an employer does with a campaign."""

from __future__ import annotations

from typing import Final

import strawberry

from domain.campaigns import operations
from domain.campaigns.queries import campaign_of as own_campaign
from domain.campaigns.queries import targets_of
from domain.errors import Refused
from domain.tasks import operations as tasks
from schema.auth import Auth
from schema.campaigns.consensus import CampaignPlanConsensusInput
from schema.campaigns.inputs import (
    CampaignCreateInput,
    CampaignExtendInput,
    CampaignFundInput,
    CampaignPauseInput,
    CampaignPublishInput,
    CampaignRestartInput,
    CampaignResumeInput,
    CampaignReviseInstructionsInput,
    CampaignStopInput,
    CampaignUpdateInput,
)
from schema.campaigns.loads import warnings
from schema.campaigns.payloads import (
    CampaignAddTasksPayload,
    CampaignCreatePayload,
    CampaignExtendPayload,
    CampaignFundPayload,
    CampaignPausePayload,
    CampaignPlanConsensusPayload,
    CampaignPublishPayload,
    CampaignRestartPayload,
    CampaignResumePayload,
    CampaignReviseInstructionsPayload,
    CampaignStopPayload,
    CampaignUpdatePayload,
)
from schema.campaigns.task_inputs import CampaignAddTasksInput
from schema.campaigns.types import campaign_of
from schema.context import Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In, key_of
from schema.node import objects_of
from schema.prices import Cost

MISSING: Final[Paths] = {"": ["campaignId"]}
SCHEDULE_PATHS: Final[Paths] = {
    each: ["schedule", shown]
    for each, shown in (
        ("daily_from_hour", "dailyFromHour"),
        ("daily_to_hour", "dailyToHour"),
        ("day_claim_max", "dayClaimMax"),
        ("hour_claim_max", "hourClaimMax"),
        ("country_share_max", "countryShareMax"),
    )
}
INSTRUCTION_PATHS: Final[Paths] = {
    "instructions": ["instructions", "text"],
    "clauses": ["instructions", "clauses"],
    "proofs": ["instructions", "proofs"],
    "questions": ["instructions", "questions"],
    "survey": ["instructions", "survey"],
}
WRITE: Final = [Auth(scopes=["campaigns:write"]), Cost(weight=10)]


@strawberry.type(description="Changes.")
class CampaignMutations:
    @strawberry.mutation(
        description="Draft a campaign; nothing is set aside yet. Needs campaigns:write.",
        directives=WRITE,
    )
    async def campaign_create(
        self, info: Info, input: In[CampaignCreateInput]
    ) -> CampaignCreatePayload | None:
        context = info.context
        try:
            campaign_id = await operations.create_campaign(
                employer_id=context.signed_in().member_id,
                terms=input.terms(context.ids),
                instructions=input.instructions.text,
                clauses=input.instructions.to_clauses(),
                checks=input.instructions.to_checks(),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignCreatePayload(
                errors=[user_error(refusal, {**INSTRUCTION_PATHS, **SCHEDULE_PATHS})]
            )
        return CampaignCreatePayload(campaign=await campaign_of(context.renewed(), campaign_id))

    @strawberry.mutation(
        description="Change the terms of a draft. Needs campaigns:write.", directives=WRITE
    )
    async def campaign_update(
        self, info: Info, input: In[CampaignUpdateInput]
    ) -> CampaignUpdatePayload | None:
        context = info.context
        try:
            campaign_id = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            employer_id = context.signed_in().member_id
            before = await own_campaign(campaign_id=campaign_id, employer_id=employer_id)
            asked = await targets_of(campaign_ids=[campaign_id])
            await operations.change_campaign(
                employer_id=employer_id,
                campaign_id=campaign_id,
                terms=input.changed(before, targets=asked[campaign_id], ids=context.ids),
                now=context.now,
            )
        except Refused as refusal:
            return CampaignUpdatePayload(
                errors=[user_error(refusal, {**MISSING, **SCHEDULE_PATHS})]
            )
        return CampaignUpdatePayload(campaign=await campaign_of(context.renewed(), campaign_id))

    @strawberry.mutation(
        description="Write a new version of the instructions. Work already claimed is judged by "
        "its own version. Needs campaigns:write.",
        directives=WRITE,
    )
    async def campaign_revise_instructions(
        self, info: Info, input: In[CampaignReviseInstructionsInput]
    ) -> CampaignReviseInstructionsPayload | None:
        context = info.context
        try:
            campaign_id = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.revise_instructions(
                employer_id=context.signed_in().member_id,
                campaign_id=campaign_id,
                instructions=input.instructions.text,
                clauses=input.instructions.to_clauses(),
                checks=input.instructions.to_checks(),
                now=context.now,
            )
        except Refused as refusal:
            paths = {**MISSING, **INSTRUCTION_PATHS}
            return CampaignReviseInstructionsPayload(errors=[user_error(refusal, paths)])
        campaign = await campaign_of(context.renewed(), campaign_id)
        return CampaignReviseInstructionsPayload(campaign=campaign)

    @strawberry.mutation(
        description="Say how the answers of a draft will be weighed, before it has tasks: then "
        "more answers are asked for only where they disagree. Needs campaigns:write.",
        directives=WRITE,
    )
    async def campaign_plan_consensus(
        self, info: Info, input: In[CampaignPlanConsensusInput]
    ) -> CampaignPlanConsensusPayload | None:
        context = info.context
        try:
            campaign_id = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.plan_consensus(
                employer_id=context.signed_in().member_id,
                campaign_id=campaign_id,
                plan=input.to_plan(context.ids),
            )
        except Refused as refusal:
            return CampaignPlanConsensusPayload(errors=[user_error(refusal, MISSING)])
        campaign = await campaign_of(context.renewed(), campaign_id)
        return CampaignPlanConsensusPayload(campaign=campaign)

    @strawberry.mutation(
        description="Append tasks to a draft, at most 100 at once; all of them or none. "
        "Needs campaigns:write.",
        directives=WRITE,
    )
    async def campaign_add_tasks(
        self, info: Info, input: In[CampaignAddTasksInput]
    ) -> CampaignAddTasksPayload | None:
        context = info.context
        try:
            campaign_id = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            task_ids = await tasks.add_tasks(
                employer_id=context.signed_in().member_id,
                campaign_id=campaign_id,
                tasks=input.to_tasks(),
                new_id=context.services.new_id,
            )
        except Refused as refusal:
            return CampaignAddTasksPayload(errors=[user_error(refusal, MISSING)])
        context.renewed()
        return CampaignAddTasksPayload(
            campaign=await campaign_of(context, campaign_id),
            tasks=await objects_of(context, Tag.TASK, task_ids),
        )

    @strawberry.mutation(
        description="Set the whole price of every place aside, from the viewer's spendable "
        "balance. Needs campaigns:write.",
        directives=WRITE,
    )
    async def campaign_fund(
        self, info: Info, input: In[CampaignFundInput]
    ) -> CampaignFundPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.fund_campaign(
                employer_id=viewer.member_id,
                campaign_id=context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id"),
                key=key_of("campaignFund", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignFundPayload(errors=[user_error(refusal, MISSING)])
        campaign = await campaign_of(context.renewed(), done.campaign_id)
        return CampaignFundPayload(campaign=campaign, replayed=done.replayed)

    @strawberry.mutation(
        description="Open a funded campaign to workers. Needs campaigns:write.", directives=WRITE
    )
    async def campaign_publish(
        self, info: Info, input: In[CampaignPublishInput]
    ) -> CampaignPublishPayload | None:
        context = info.context
        try:
            campaign_id = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.publish_campaign(
                employer_id=context.signed_in().member_id,
                campaign_id=campaign_id,
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignPublishPayload(errors=[user_error(refusal, MISSING)])
        context.renewed()
        return CampaignPublishPayload(
            campaign=await campaign_of(context, campaign_id),
            warnings=list(await context.load(warnings, campaign_id) or ()),
        )

    @strawberry.mutation(
        description="Take no new claims for now. Needs campaigns:write.", directives=WRITE
    )
    async def campaign_pause(
        self, info: Info, input: In[CampaignPauseInput]
    ) -> CampaignPausePayload | None:
        context = info.context
        try:
            campaign_id = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            employer_id = context.signed_in().member_id
            await operations.pause_campaign(employer_id=employer_id, campaign_id=campaign_id)
        except Refused as refusal:
            return CampaignPausePayload(errors=[user_error(refusal, MISSING)])
        return CampaignPausePayload(campaign=await campaign_of(context.renewed(), campaign_id))

    @strawberry.mutation(description="Take claims again. Needs campaigns:write.", directives=WRITE)
    async def campaign_resume(
        self, info: Info, input: In[CampaignResumeInput]
    ) -> CampaignResumePayload | None:
        context = info.context
        try:
            campaign_id = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            employer_id = context.signed_in().member_id
            await operations.resume_campaign(employer_id=employer_id, campaign_id=campaign_id)
        except Refused as refusal:
            return CampaignResumePayload(errors=[user_error(refusal, MISSING)])
        return CampaignResumePayload(campaign=await campaign_of(context.renewed(), campaign_id))

    @strawberry.mutation(
        description="End a campaign for good; the money of open places goes back at once. "
        "Needs campaigns:write.",
        directives=WRITE,
    )
    async def campaign_stop(
        self, info: Info, input: In[CampaignStopInput]
    ) -> CampaignStopPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await tasks.stop_campaign(
                employer_id=viewer.member_id,
                campaign_id=context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id"),
                key=key_of("campaignStop", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignStopPayload(errors=[user_error(refusal, MISSING)])
        campaign = await campaign_of(context.renewed(), done.campaign_id)
        return CampaignStopPayload(campaign=campaign, replayed=done.replayed)

    @strawberry.mutation(
        description="Add places to a task, at the price of the campaign or a new one, from the "
        "viewer's spendable balance. Needs campaigns:write.",
        directives=WRITE,
    )
    async def campaign_extend(
        self, info: Info, input: In[CampaignExtendInput]
    ) -> CampaignExtendPayload | None:
        context = info.context
        try:
            viewer, task_id = context.signed_in(), input.task_id
            done = await tasks.extend_campaign(
                employer_id=viewer.member_id,
                campaign_id=context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id"),
                task_id=context.ids.decode(Tag.TASK, task_id, "task_id") if task_id else None,
                place_count=input.place_count,
                reward=None if input.reward is None else input.reward.positive("reward"),
                key=key_of("campaignExtend", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignExtendPayload(errors=[user_error(refusal, MISSING)])
        campaign = await campaign_of(context.renewed(), done.campaign_id)
        return CampaignExtendPayload(campaign=campaign, replayed=done.replayed)

    @strawberry.mutation(
        description="Let a finished campaign run again with more places, paid for at once at its "
        "own price; staff may look at it first. Needs campaigns:write.",
        directives=WRITE,
    )
    async def campaign_restart(
        self, info: Info, input: In[CampaignRestartInput]
    ) -> CampaignRestartPayload | None:
        context = info.context
        try:
            viewer, task_id = context.signed_in(), input.task_id
            done = await tasks.restart_campaign(
                employer_id=viewer.member_id,
                campaign_id=context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id"),
                task_id=context.ids.decode(Tag.TASK, task_id, "task_id") if task_id else None,
                place_count=input.place_count,
                ends_at=input.ends_at,
                key=key_of("campaignRestart", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignRestartPayload(errors=[user_error(refusal, MISSING)])
        campaign = await campaign_of(context.renewed(), done.campaign_id)
        return CampaignRestartPayload(campaign=campaign, replayed=done.replayed)
