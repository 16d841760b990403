"""How the answers of a campaign are weighed against each other."""

from __future__ import annotations

from typing import Self
from uuid import UUID

import strawberry

from domain.campaigns import rules
from domain.campaigns.rules import CONFIDENCE_PERCENT_DEFAULT, GOLD_PERCENT_DEFAULT
from schema.context import Info
from schema.ids import IdCodec, Tag
from schema.skills import Skill, skill_of

TEST_ANSWERS_DEFAULT = 10
ANSWER_COUNT_DEFAULT = rules.ConsensusPlan(labels=()).answer_count_min


@strawberry.type(description="How the answers of a campaign are weighed, and how many are asked.")
class ConsensusPlan:
    labels: list[str] = strawberry.field(description="The answers that may be given.")
    answer_count_min: int = strawberry.field(
        description="So many answers are asked for at first; the most is the places of a task."
    )
    confidence_percent: int = strawberry.field(
        description="From this confidence on no more answers are asked for."
    )
    gold_percent: int = strawberry.field(
        description="How many of a hundred claims get a task whose answer is known."
    )
    skill_key: strawberry.Private[UUID | None]
    test_answer_count: int | None = strawberry.field(
        description="So many answers of a worker make a result; null where it is no test."
    )

    @strawberry.field(description="What the campaign is a test of; null where it is none.")
    async def skill(self, info: Info) -> Skill | None:
        return await skill_of(info.context, self.skill_key)

    @classmethod
    def of(cls, plan: rules.ConsensusPlan) -> Self:
        return cls(
            labels=list(plan.labels),
            answer_count_min=plan.answer_count_min,
            confidence_percent=plan.confidence_percent,
            gold_percent=plan.gold_percent,
            skill_key=None if plan.test is None else plan.test.skill_id,
            test_answer_count=None if plan.test is None else plan.test.answer_count,
        )


@strawberry.input(description="Says how the answers of a draft will be weighed.")
class CampaignPlanConsensusInput:
    campaign_id: strawberry.ID = strawberry.field(
        description="A draft of the viewer's that has no tasks yet."
    )
    labels: list[str] = strawberry.field(
        description="The answers that may be given: 2 to 50, each of at most 100 characters."
    )
    answer_count_min: int = strawberry.field(
        default=ANSWER_COUNT_DEFAULT, description="Answers to ask for at first: 2 to 100."
    )
    confidence_percent: int = strawberry.field(
        default=CONFIDENCE_PERCENT_DEFAULT,
        description="From which no more answers are asked for: 50 to 99.",
    )
    gold_percent: int = strawberry.field(
        default=GOLD_PERCENT_DEFAULT,
        description="How many of a hundred claims get a task whose answer is known: 0 to 50.",
    )
    skill_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Makes the campaign a test of this skill of the viewer's, of the platform's "
        "for staff. Whoever works there gets tasks whose answer is known first.",
    )
    test_answer_count: int = strawberry.field(
        default=TEST_ANSWERS_DEFAULT,
        description="So many answers of a worker make a result, 1 to 100: add at least as many "
        "tasks. Nothing without `skillId`.",
    )

    def to_plan(self, ids: IdCodec) -> rules.ConsensusPlan:
        """Refuses with `InvalidId`."""
        return rules.ConsensusPlan(
            labels=tuple(self.labels),
            answer_count_min=self.answer_count_min,
            confidence_percent=self.confidence_percent,
            gold_percent=self.gold_percent,
            test=None
            if self.skill_id is None
            else rules.SkillTest(
                skill_id=ids.decode(Tag.SKILL, self.skill_id, "skill_id"),
                answer_count=self.test_answer_count,
            ),
        )
