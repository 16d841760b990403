"""What a campaign asks of workers and of their work, what it pays and costs."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.campaigns.queries import CampaignRecord, DecisionRecord, InstructionRecord, WageRecord
from domain.campaigns.rules import (
    CampaignEvent,
    CampaignParty,
    Comparator,
    DeclineReason,
    PauseReason,
    Target,
    TargetField,
    WageBasis,
)
from domain.links import links_in
from domain.money import Money as Amount
from schema.campaigns import enums as _shown  # noqa: F401  # the enums used below
from schema.context import Context, Info
from schema.leads import Link
from schema.money import Money
from schema.prices import Cost
from schema.skills import Skill, skill_of
from schema.surveys import SurveyQuestion


@strawberry.type(description="A numbered demand of the instructions, which a rejection can cite.")
class Clause:
    id: strawberry.ID = strawberry.field(description="Unique in its instructions.")
    text: str = strawberry.field(description="The demand.")


@strawberry.type(description="Something to hand in besides the work, which shows that it was done.")
class Proof:
    id: strawberry.ID = strawberry.field(description="Unique in its instructions.")
    text: str = strawberry.field(description="What to hand in.")
    is_required: bool = strawberry.field(description="Nothing can be handed in without it.")


@strawberry.type(
    description="A question that everybody who does the work answers. The platform knows the "
    "right answers, and shows them to nobody."
)
class CheckQuestion:
    id: strawberry.ID = strawberry.field(description="Unique in its instructions.")
    text: str = strawberry.field(description="The question.")


@strawberry.type(description="One version of what workers must do; versions never change.")
class Instructions:
    version: int = strawberry.field(description="Counts from 1.")
    text: str = strawberry.field(description="The instructions.")
    clauses: list[Clause] = strawberry.field(description="Their demands, at most 50.")
    proofs: list[Proof] = strawberry.field(description="What else to hand in, at most 4.")
    questions: list[CheckQuestion] = strawberry.field(
        description="What else to answer, all of them; at most 3."
    )
    survey: list[SurveyQuestion] = strawberry.field(
        description="Questions that the work consists of, at most 50."
    )
    links: list[Link] = strawberry.field(description="Addresses in its text, at most 10.")
    created_at: datetime = strawberry.field(description="When this version was written.")

    @classmethod
    def of(cls, record: InstructionRecord, context: Context) -> Self:
        found = links_in(record.text, own_host=context.services.own_host)
        return cls(
            version=record.version,
            text=record.text,
            clauses=[Clause(id=strawberry.ID(each.id), text=each.text) for each in record.clauses],
            proofs=[
                Proof(id=strawberry.ID(each.id), text=each.text, is_required=each.is_required)
                for each in record.proofs
            ],
            questions=[
                CheckQuestion(id=strawberry.ID(each.id), text=each.text)
                for each in record.questions
            ],
            survey=[SurveyQuestion.of(each) for each in record.survey],
            links=[Link.of(each) for each in found],
            created_at=record.created_at,
        )


@strawberry.type(description="Something that a campaign asks of a worker.")
class CampaignTarget:
    field: TargetField = strawberry.field(description="What is asked about.")
    comparator: Comparator = strawberry.field(description="How it is compared.")
    numbers: list[int] = strawberry.field(description="With what, where it is counted.")
    codes: list[str] = strawberry.field(
        description="With what, for countries, languages and devices."
    )
    skill_key: strawberry.Private[UUID | None]

    @strawberry.field(description="Which skill, where one is asked about.")
    async def skill(self, info: Info) -> Skill | None:
        return await skill_of(info.context, self.skill_key)

    @classmethod
    def of(cls, target: Target) -> Self:
        return cls(
            field=target.field,
            comparator=target.comparator,
            numbers=list(target.numbers),
            codes=list(target.codes),
            skill_key=target.skill_id,
        )


@strawberry.type(description="What an hour of the work pays.")
class WageEstimate:
    hourly: Money = strawberry.field(description="By the median of the times.")
    basis: WageBasis = strawberry.field(description="Whose time it is reckoned by.")
    work_count: int = strawberry.field(
        description="How many pieces of work were handed in, of the latest 50 at most."
    )

    @classmethod
    def of(cls, record: WageRecord) -> Self:
        return cls(hourly=Money.of(record.hourly), basis=record.basis, work_count=record.work_count)


@strawberry.type(description="What a campaign costs its employer.")
class CampaignCost:
    place_count: int = strawberry.field(description="How many places were added.")
    fee: Money = strawberry.field(description="Our fee on one place.")
    vat: Money = strawberry.field(description="VAT on the fee of one place.")
    per_place: Money = strawberry.field(description="Reward, fee and VAT of one place.")
    total: Money = strawberry.field(
        description="All places at this price; what was claimed at an earlier one keeps it."
    )

    @classmethod
    def of(cls, record: CampaignRecord) -> Self:
        per_place = record.price.total
        return cls(
            place_count=record.place_count,
            fee=Money.of(record.price.fee),
            vat=Money.of(record.price.vat),
            per_place=Money.of(per_place),
            total=Money.of(Amount(per_place.micros * record.place_count, per_place.currency)),
        )


FREE: Final = [Cost(weight=0)]  # the line is what costs


@strawberry.type(description="What the platform decided about a campaign, or its owner answered.")
class CampaignDecision:
    event: CampaignEvent = strawberry.field(description="What was done.", directives=FREE)
    party: CampaignParty = strawberry.field(description="Who did it.", directives=FREE)
    pause_reason: PauseReason | None = strawberry.field(
        description="Why, where it is a pause.", directives=FREE
    )
    decline_reason: DeclineReason | None = strawberry.field(
        description="Why, where staff did not let it out.", directives=FREE
    )
    text: str | None = strawberry.field(description="What was said.", directives=FREE)
    at: datetime = strawberry.field(description="When.", directives=FREE)

    @classmethod
    def of(cls, record: DecisionRecord) -> Self:
        return cls(
            event=record.event,
            party=record.party,
            pause_reason=record.pause_reason,
            decline_reason=record.decline_reason,
            text=record.text,
            at=record.at,
        )
