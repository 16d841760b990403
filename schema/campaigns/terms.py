"""What a campaign asks of workers and of their work, what it pays and costs."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from domain.campaigns.queries import CampaignRecord, InstructionRecord, WageRecord
from domain.campaigns.rules import Comparator, Target, TargetField, WageBasis
from domain.money import Money as Amount
from schema.campaigns import enums as _shown  # noqa: F401  # the enums used below
from schema.money import Money


@strawberry.type(description="A numbered demand of the instructions, which a rejection can cite.")
class Clause:
    id: strawberry.ID = strawberry.field(description="Unique in its instructions.")
    text: str = strawberry.field(description="The demand.")


@strawberry.type(description="One version of what workers must do; versions never change.")
class Instructions:
    version: int = strawberry.field(description="Counts from 1.")
    text: str = strawberry.field(description="The instructions.")
    clauses: list[Clause] = strawberry.field(description="Their demands, at most 50.")
    created_at: datetime = strawberry.field(description="When this version was written.")

    @classmethod
    def of(cls, record: InstructionRecord) -> Self:
        return cls(
            version=record.version,
            text=record.text,
            clauses=[Clause(id=strawberry.ID(each.id), text=each.text) for each in record.clauses],
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

    @classmethod
    def of(cls, target: Target) -> Self:
        return cls(
            field=target.field,
            comparator=target.comparator,
            numbers=list(target.numbers),
            codes=list(target.codes),
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
    total: Money = strawberry.field(description="What funding sets aside for all places.")

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
