"""What the mutations of campaigns answer."""

from __future__ import annotations

import strawberry

from domain.campaigns.rules import CampaignWarning
from schema.campaigns.types import Campaign
from schema.payloads import MoneyPayload, Payload
from schema.prices import Cost
from schema.tasks import Task


@strawberry.type(description="Outcome of `campaignAcknowledge`.")
class CampaignAcknowledgePayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignAddTasks`.")
class CampaignAddTasksPayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")
    tasks: list[Task] | None = strawberry.field(
        default=None,
        description="The new tasks, in the order given; null on refusal.",
        directives=[Cost(list_size=100)],
    )


@strawberry.type(description="Outcome of `campaignApprove`.")
class CampaignApprovePayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignBlock`.")
class CampaignBlockPayload(MoneyPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignClear`.")
class CampaignClearPayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignCreate`.")
class CampaignCreatePayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignDecline`.")
class CampaignDeclinePayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignExtend`.")
class CampaignExtendPayload(MoneyPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignRestart`.")
class CampaignRestartPayload(MoneyPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignFund`.")
class CampaignFundPayload(MoneyPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignPause`.")
class CampaignPausePayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignPublish`.")
class CampaignPublishPayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")
    warnings: list[CampaignWarning] | None = strawberry.field(
        default=None,
        description="What may keep workers away, though it is published; null on refusal.",
    )


@strawberry.type(description="Outcome of `campaignResume`.")
class CampaignResumePayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignReport`.")
class CampaignReportPayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignPlanConsensus`.")
class CampaignPlanConsensusPayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignReviseInstructions`.")
class CampaignReviseInstructionsPayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignStop`.")
class CampaignStopPayload(MoneyPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignSuspend`.")
class CampaignSuspendPayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `campaignUpdate`.")
class CampaignUpdatePayload(Payload):
    campaign: Campaign | None = strawberry.field(default=None, description="Null on refusal.")
