"""What goes once its time is over, and what a legal hold keeps beyond it; for staff."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Self

import strawberry

from domain.members.rules import Role
from domain.privacy import queries
from domain.privacy.queries import HeldRecord, PurgeRecord
from domain.privacy.rules import CLASS_OF
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.ids import Tag
from schema.prices import Cost

HOLDS_MAX: Final = 50


@strawberry.type(description="A store of data whose rows go some time after they have ended.")
class RetentionStore:
    name: str = strawberry.field(description="Which: the name of a table.")
    kept_days: int = strawberry.field(
        description="For how many days what has ended is kept; 0 where each row says itself until "
        "when it is kept."
    )
    purged_count: int = strawberry.field(description="How many rows went in the last 30 days.")
    last_purged_on: date | None = strawberry.field(
        description="The last day of these on which any went."
    )

    @classmethod
    def of(cls, record: PurgeRecord) -> Self:
        return cls(
            name=record.store,
            kept_days=record.kept_days,
            purged_count=record.row_count,
            last_purged_on=record.last_on,
        )


@strawberry.type(description="How much of a store a legal hold keeps beyond its time.")
class HeldStore:
    name: str = strawberry.field(description="Which: the name of a table.")
    row_count: int = strawberry.field(description="How many rows would be gone without the hold.")


@strawberry.type(description="What a legal hold keeps.")
class HeldData:
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    reason: str = strawberry.field(description="Why, in the words of whoever placed the hold.")
    placed_at: datetime = strawberry.field(description="Since when.")
    stores: list[HeldStore] = strawberry.field(
        description="What would be gone without the hold; empty where nothing is due yet."
    )

    @classmethod
    def of(cls, record: HeldRecord, context: Context) -> Self:
        return cls(
            member_id=context.ids.encode(Tag.MEMBER, record.member_id),
            reason=record.reason,
            placed_at=record.placed_at,
            stores=[
                HeldStore(name=store, row_count=count) for store, count in record.row_counts.items()
            ],
        )


@strawberry.type(description="How data ends, for staff.")
class RetentionReport:
    stores: list[RetentionStore] = strawberry.field(
        description="Every store whose rows end by themselves."
    )
    holds: list[HeldData] = strawberry.field(
        description=f"The legal holds that stand, the oldest first; at most {HOLDS_MAX}."
    )


@strawberry.type(description="Reads.")
class RetentionQueries:
    @strawberry.field(
        description="What went because its time was over, and what legal holds keep beyond it. "
        "Needs the role staff.",
        directives=[
            Auth(scopes=["members:oversee"]),
            Cost(weight=200, list_size=HOLDS_MAX + len(CLASS_OF)),
        ],
    )
    async def retention_report(self, info: Info) -> RetentionReport | None:
        context = info.context
        if context.viewer is None or Role.STAFF not in context.viewer.roles:
            raise Forbidden(Role.STAFF)
        held = await queries.held_back(limit=HOLDS_MAX, now=context.now)
        return RetentionReport(
            stores=[RetentionStore.of(each) for each in await queries.purges(now=context.now)],
            holds=[HeldData.of(each, context) for each in held],
        )
