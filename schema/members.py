"""Members as everybody sees them; what is personal stands on `Viewer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from domain.members import queries
from domain.members.queries import MemberRecord, PersonRecord
from domain.members.rules import Role
from domain.ratings import queries as ratings
from domain.ratings.queries import RatingRecord
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import InvalidId
from schema.ids import Tag
from schema.node import Node, node_kind, object_of, shown
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Keys,
    Last,
    Window,
    connection,
    counter,
    instant_keys,
    load_pages,
    window,
)
from schema.prices import Cost
from schema.scalars import CountryCode

if TYPE_CHECKING:
    from schema.ratings import Rating

show_enum(
    Role,
    description="What a member may do. Everybody is worker and employer.",
    values={
        Role.WORKER: "Claims tasks and is paid.",
        Role.EMPLOYER: "Offers campaigns and reviews the work.",
        Role.INTEGRATOR: "Puts our challenges on a site.",
        Role.STAFF: "Works for the platform: disputes, support.",
        Role.FINANCE: "Works for the platform: documents, payouts, books.",
    },
)


@strawberry.type(description="Visible ratings in one number.")
class RatingSummary:
    average: Decimal | None = strawberry.field(
        description="Stars with two decimals; null before the first rating."
    )
    count: int = strawberry.field(description="How many ratings it is made of.")


@strawberry.type(description="A person or company with a login; may work and employ.")
class Member(Node):
    key: strawberry.Private[UUID]
    country: CountryCode = strawberry.field(description="Where the member lives.")
    registered_at: datetime = strawberry.field(description="When the member joined.")

    @classmethod
    def of(cls, record: MemberRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.MEMBER, record.id),
            key=record.id,
            country=CountryCode(record.country),
            registered_at=record.registered_at,
        )

    @strawberry.field(
        description="What others think of the member, of ratings that are visible.",
        directives=[Cost(weight=5)],
    )
    async def rating_summary(self, info: Info) -> RatingSummary | None:
        found = await info.context.load(rating_summaries, self.key)
        return None if found is None else RatingSummary(average=found.average, count=found.count)

    @strawberry.field(
        description="Visible ratings about the member, newest first.", directives=[Cost(weight=5)]
    )
    async def ratings(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated[Rating, strawberry.lazy("schema.ratings")]] | None:
        context = info.context
        at = window(context, "ratings:visibleAt.desc", first, after, last, before)
        return connection(
            context,
            window=at,
            records=await context.load(rating_pages, (self.key, at, None)) or [],
            keys_of=visible_keys,
            node_of=lambda record: shown(context, Tag.RATING, record),
            counted=counter(context, ratings.count_ratings, self.key),
        )


@strawberry.type(description="Reads.")
class MemberQueries:
    @strawberry.field(
        description="A member; null when there is none with this id.", directives=[Cost(weight=5)]
    )
    async def member(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of a member.")],
    ) -> Member | None:
        try:
            key = info.context.ids.decode(Tag.MEMBER, id)
        except InvalidId:
            return None
        return await member_of(info.context, key)


async def members_seen(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, MemberRecord]:
    return await queries.members_by_id(ids=keys)


async def persons_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, PersonRecord]:
    """Nobody but the viewer."""
    return await queries.persons_by_id(ids=[key for key in keys if key == context.viewer_id])


async def rating_summaries(
    _: Context, keys: Sequence[UUID]
) -> Mapping[UUID, ratings.RatingSummary]:
    return await ratings.rating_summaries(ids=keys)


async def rating_pages(
    _: Context, keys: Sequence[tuple[UUID, Window, None]]
) -> Mapping[tuple[UUID, Window, None], list[RatingRecord]]:
    async def fetch(
        member_ids: list[UUID], window: Window, _: None
    ) -> Mapping[UUID, list[RatingRecord]]:
        return await ratings.rating_pages(member_ids=member_ids, page=window.page())

    return await load_pages(keys, fetch)


def visible_keys(record: RatingRecord) -> Keys:
    assert record.visible_at is not None  # hidden ones are not in the list
    return instant_keys(record.visible_at, record.id)


async def member_of(context: Context, key: UUID) -> Member | None:
    found: Member | None = await object_of(context, Tag.MEMBER, key)
    return found


node_kind(Tag.MEMBER, load=members_seen, show=Member.of)
