"""For whom a campaign is and when it takes claims, as its employer says it."""

from __future__ import annotations

import strawberry

from domain.campaigns.rules import Comparator, Schedule, Target, TargetField
from schema.campaigns import enums as _shown  # noqa: F401  # the enums used below
from schema.ids import IdCodec, Tag


@strawberry.input(description="Something that a campaign asks of a worker.")
class CampaignTargetInput:
    field: TargetField = strawberry.field(description="What is asked about.")
    comparator: Comparator = strawberry.field(description="How it is compared.")
    numbers: list[int] = strawberry.field(
        default_factory=list,
        description="With what, where it is counted: one, or up to 15 for IN and NOT_IN.",
    )
    codes: list[str] = strawberry.field(
        default_factory=list,
        description="With what, for countries, languages and devices: up to 30.",
    )
    skill_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which skill: set exactly where the field is SKILL."
    )

    def to_target(self, ids: IdCodec, index: int) -> Target:
        """Refuses with `InvalidId`."""
        path = ("targets", str(index), "skill_id")
        return Target(
            field=self.field,
            comparator=self.comparator,
            numbers=tuple(self.numbers),
            codes=tuple(self.codes),
            skill_id=None if self.skill_id is None else ids.decode(Tag.SKILL, self.skill_id, *path),
        )


def to_targets(given: list[CampaignTargetInput], ids: IdCodec) -> tuple[Target, ...]:
    return tuple(each.to_target(ids, index) for index, each in enumerate(given))


@strawberry.input(description="When a campaign takes claims, and how many.")
class CampaignScheduleInput:
    daily_from_hour: int | None = strawberry.field(
        default=None, description="From this hour of UTC on: 0 to 23; with `dailyToHour`."
    )
    daily_to_hour: int | None = strawberry.field(
        default=None, description="Until this hour; one before the first is of the next day."
    )
    day_claim_max: int | None = strawberry.field(
        default=None, description="How many claims a day of UTC: 1 to 100,000."
    )
    hour_claim_max: int | None = strawberry.field(
        default=None, description="How many claims within any hour, not the clock's: 1 to 100,000."
    )
    country_share_max: int | None = strawberry.field(
        default=None, description="Per cent of the places for workers of one country: 25 to 100."
    )

    def to_schedule(self) -> Schedule:
        return Schedule(
            daily_from_hour=self.daily_from_hour,
            daily_to_hour=self.daily_to_hour,
            day_claim_max=self.day_claim_max,
            hour_claim_max=self.hour_claim_max,
            country_share_max=self.country_share_max,
        )
