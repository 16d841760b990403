"""How the answers of a draft's tasks shall be weighed."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.campaigns.operations.rows import lock_own_campaign
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import CampaignState, ConsensusPlan, SkillTest, plan_problem
from domain.database import execute, one_transaction
from domain.errors import InvalidInput, InvalidTransition
from domain.skills import operations as skills

_PLAN: Final = """
    insert into consensus_plan
        (campaign_id, labels, answer_count_min, confidence_percent, gold_percent,
         skill_id, skill_answer_count)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (campaign_id) do update
    set labels = $2, answer_count_min = $3, confidence_percent = $4, gold_percent = $5,
        skill_id = $6, skill_answer_count = $7
"""


@one_transaction
async def plan_consensus(*, employer_id: UUID, campaign_id: UUID, plan: ConsensusPlan) -> None:
    """Before the tasks are added: their places and gold are held against it.

    Refuses with `NotFound`, `InvalidTransition`, `InvalidInput` or `NotAllowed`.
    """
    problem = plan_problem(plan)
    if problem is not None:
        raise InvalidInput(problem.message, path=problem.path)
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.state is not CampaignState.DRAFT or campaign.place_count:
        state = campaign.state if not campaign.place_count else "not without tasks"
        raise InvalidTransition(subject="the campaign", state=state, event="plan consensus")
    if plan.test is not None:
        await _require_test(campaign, plan.test)
    await execute(
        _PLAN,
        campaign_id,
        list(plan.labels),
        plan.answer_count_min,
        plan.confidence_percent,
        plan.gold_percent,
        None if plan.test is None else plan.test.skill_id,
        None if plan.test is None else plan.test.answer_count,
    )


async def _require_test(campaign: CampaignRecord, test: SkillTest) -> None:
    if campaign.per_worker_max is not None:
        raise InvalidInput("a test has no limit per worker", path=("campaign_id",))
    await skills.require_grantable(employer_id=campaign.employer_id, skill_id=test.skill_id)
