"""How the answers of a campaign are weighed against each other."""

from __future__ import annotations

from typing import Self

import strawberry

from domain.campaigns import rules
from domain.campaigns.rules import CONFIDENCE_PERCENT_DEFAULT, GOLD_PERCENT_DEFAULT

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

    @classmethod
    def of(cls, plan: rules.ConsensusPlan) -> Self:
        return cls(
            labels=list(plan.labels),
            answer_count_min=plan.answer_count_min,
            confidence_percent=plan.confidence_percent,
            gold_percent=plan.gold_percent,
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

    def to_plan(self) -> rules.ConsensusPlan:
        return rules.ConsensusPlan(
            labels=tuple(self.labels),
            answer_count_min=self.answer_count_min,
            confidence_percent=self.confidence_percent,
            gold_percent=self.gold_percent,
        )
