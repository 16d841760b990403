"""What a campaign asks: of workers, and of their work."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from domain.campaigns.queries import InstructionRecord
from domain.campaigns.rules import Comparator, Target, TargetField
from schema.campaigns import enums as _shown  # noqa: F401  # the enums used below


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
