"""What staff see of a campaign that waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry

from domain.campaigns import queries
from domain.campaigns.queries import REPORT_COUNT_MAX, CampaignRecord
from domain.campaigns.rules import ReportReason
from domain.tasks.queries import SAMPLE_MAX, samples_of
from schema.campaigns.loads import instructions
from schema.campaigns.terms import CampaignDecision, Instructions
from schema.campaigns.types import Campaign, given_campaign
from schema.context import Context
from schema.prices import Cost
from schema.tasks import TaskContent, content_of


@strawberry.type(description="What a member said of a campaign; who it was is not told.")
class CampaignReport:
    reason: ReportReason = strawberry.field(description="What is wrong.")
    text: str = strawberry.field(description="In the member's words.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="A campaign that waits for staff, with what is needed to decide.")
class CampaignCase:
    campaign: Campaign = strawberry.field(description="What is offered.")
    instructions: Instructions = strawberry.field(description="What workers must do.")
    samples: list[TaskContent] = strawberry.field(
        description="Its first tasks, at most 3.", directives=[Cost(list_size=SAMPLE_MAX)]
    )
    reports: list[CampaignReport] = strawberry.field(
        description="What members said of it, newest first, at most 10.",
        directives=[Cost(list_size=REPORT_COUNT_MAX)],
    )
    decisions: list[CampaignDecision] = strawberry.field(
        description="What was decided and answered before, newest first, at most 10.",
        directives=[Cost(list_size=queries.DECISION_COUNT_MAX)],
    )


async def cases_of(records: Sequence[CampaignRecord], context: Context) -> list[CampaignCase]:
    """All of them by one statement per kind of evidence."""
    keys = [record.id for record in records]
    texts = await instructions(context, [(each.id, each.instruction_version) for each in records])
    samples = await samples_of(campaign_ids=keys)
    reports = await queries.reports_of(campaign_ids=keys)
    decided = await queries.decisions_of(campaign_ids=keys)
    return [
        CampaignCase(
            campaign=await given_campaign(context, record),
            instructions=Instructions.of(texts[record.id, record.instruction_version], context),
            samples=[content_of(task) for task in samples[record.id]],
            reports=[
                CampaignReport(reason=each.reason, text=each.text, at=each.at)
                for each in reports[record.id]
            ],
            decisions=[CampaignDecision.of(each) for each in decided[record.id]],
        )
        for record in records
    ]
