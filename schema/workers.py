"""A worker's own record: points, level, and how the latest work was judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Self
from uuid import UUID

import strawberry

from domain.assignments import queries as assignments
from domain.assignments.queries import EffectiveWageRecord, Success
from domain.campaigns.rules import Category
from domain.reputation.queries import reputation_of
from domain.reputation.rules import canonical, signed_text
from domain.workers import queries
from domain.workers.queries import StandingRecord
from domain.workers.rules import LevelBand
from schema.auth import Auth
from schema.campaigns import enums as _shown  # noqa: F401  # the categories used below
from schema.context import Context, Info
from schema.enums import show_enum
from schema.ids import Tag
from schema.money import Money
from schema.prices import Cost

show_enum(
    LevelBand,
    description="The name of some levels.",
    values={
        LevelBand.STARTER: "Levels 0 to 3: one assignment per campaign that has a limit.",
        LevelBand.ADVANCED: "Levels 4 to 7: as many per campaign as its limit says.",
        LevelBand.EXPERT: "Levels 8 to 10.",
    },
)


@strawberry.type(description="What a worker's record is worth. Points and level never fall.")
class WorkerStanding:
    level: int = strawberry.field(description="0 to 10.")
    band: LevelBand = strawberry.field(description="The name of the level.")
    points: int = strawberry.field(
        description="10 per approved assignment, 100 per dollar earned, 5 per final rating "
        "of five stars."
    )
    next_level_points: int | None = strawberry.field(
        description="Points of the next level, 1000 times n to the power of 1.5; "
        "null on the last one."
    )
    satisfied_count: int = strawberry.field(description="Assignments approved as a whole.")
    five_star_count: int = strawberry.field(description="Final ratings of five stars.")
    success_rate: Decimal = strawberry.field(
        description="Estimated share of good work, 0 to 1, from the last 100 decisions; "
        "0.9 before the first."
    )
    success_rate_at_least: Decimal = strawberry.field(
        description="The share is above this with a chance of nine in ten."
    )
    decided_count: int = strawberry.field(description="How many decisions it is made of.")

    @classmethod
    def of(cls, standing: StandingRecord, success: Success) -> Self:
        return cls(
            level=standing.level,
            band=standing.band,
            points=standing.points,
            next_level_points=standing.next_level_points,
            satisfied_count=standing.satisfied_count,
            five_star_count=standing.five_star_count,
            success_rate=_share(success.rate),
            success_rate_at_least=_share(success.careful_rate),
            decided_count=success.good + success.bad,
        )


@strawberry.type(
    description="What an hour of the viewer's work really paid: time of work that was rejected, "
    "withdrawn or not handed in counts too. What is not decided yet is left out, and so are "
    "bonuses. Time runs from the claim to the first hand-in."
)
class EffectiveWage:
    week: date = strawberry.field(description="Its Monday (UTC); work counts where it was claimed.")
    category: Category = strawberry.field(description="Kind of work.")
    hourly: Money = strawberry.field(description="What was paid, by the time that it took.")
    paid: Money = strawberry.field(description="Rewards of approved work, and shares of splits.")
    seconds: int = strawberry.field(description="All the time, paid or not.")
    work_count: int = strawberry.field(description="How many pieces of work.")
    unpaid_count: int = strawberry.field(description="Of those: paid nothing.")

    @classmethod
    def of(cls, record: EffectiveWageRecord) -> Self:
        return cls(
            week=record.week,
            category=record.category,
            hourly=Money.of(record.hourly),
            paid=Money.of(record.paid),
            seconds=record.seconds,
            work_count=record.work_count,
            unpaid_count=record.unpaid_count,
        )


@strawberry.type(description="The viewer as worker.")
class ViewerStanding:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The viewer's points, level and success; employers see the level alone.",
        directives=[Cost(weight=10)],
    )
    async def worker_standing(self, info: Info) -> WorkerStanding | None:
        standing = await info.context.load(standings, self.key)
        success = (await assignments.success_of(ids=[self.key]))[self.key]
        return None if standing is None else WorkerStanding.of(standing, success)

    @strawberry.field(
        description="What an hour of the viewer's work really paid, by week, category and "
        "currency, of the last eight weeks; the latest first, at most 100. Needs assignments:read.",
        directives=[
            Auth(scopes=["assignments:read"]),
            Cost(weight=10, list_size=assignments.WAGE_COUNT_MAX),
        ],
    )
    async def effective_wages(self, info: Info) -> list[EffectiveWage] | None:
        found = await assignments.effective_wages_of(worker_id=self.key, now=info.context.now)
        return [EffectiveWage.of(each) for each in found]

    @strawberry.field(
        description="The viewer's record as a worker, signed for taking along: JSON, to be kept "
        "byte for byte. Anybody can check it by the keys at /reputation/keys.json. It names no "
        "employer, and the viewer by the public id alone.",
        directives=[Cost(weight=20)],
    )
    async def signed_reputation(self, info: Info) -> str | None:
        context = info.context
        signer = context.services.signer
        found = await reputation_of(
            worker_id=self.key,
            public_id=context.ids.encode(Tag.MEMBER, self.key),
            issuer=context.services.url,
            now=context.now,
        )
        record = canonical(found)
        return signed_text(record, key_id=signer.key_id, signature=signer.sign(record))


async def standings(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, StandingRecord]:
    """Ask for the viewer, or for workers of the viewer's campaigns."""
    return await queries.standings_of(ids=keys)


def _share(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.001"))
