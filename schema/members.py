"""Members as everybody sees them; what is personal stands on `Viewer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.filters import Condition
from domain.members import queries
from domain.members.queries import MemberRecord, PersonRecord
from domain.members.reads import band
from domain.members.rules import AgeBand, Device, Gender, Mark, MemberState, ProfileField, Role
from domain.ratings import queries as ratings
from domain.ratings.queries import RatingRecord
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import InvalidId
from schema.filters import (
    DateTimeFilter,
    IdFilter,
    IntFilter,
    StringFilter,
    condition_of,
    every_field,
    id_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.node import Node, node_kind, object_of, shown
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    OrderDirection,
    Window,
    chosen,
    counter,
    load_pages,
    page_of,
    window,
)
from schema.prices import Cost
from schema.profiles import shown_profiles
from schema.read_model import Mapped, read_as
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


show_enum(
    Mark,
    name="MemberMark",
    description="What the viewer has noted about another member, who is not told.",
    values={
        Mark.FAVOURITE: "Campaigns may be for favourites alone.",
        Mark.BLOCKED: "Neither works for the other.",
    },
)


@strawberry.type(description="Visible ratings in one number.")
class RatingSummary:
    average: Decimal | None = strawberry.field(
        description="Stars with two decimals; null before the first rating."
    )
    count: int = strawberry.field(description="How many ratings it is made of.")
    star_counts: list[int] = strawberry.field(
        description="How many of one, two, three, four and five stars; always five numbers."
    )


@strawberry.input(description="Which ratings; all conditions must hold.")
class RatingWhere:
    stars: IntFilter | None = strawberry.field(default=None, description="1 to 5.")
    author_id: IdFilter | None = id_field(Tag.MEMBER, "Who gave it.")
    comment: StringFilter | None = strawberry.field(
        default=None, description="In the author's words."
    )
    given_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was given."
    )
    and_: list[RatingWhere] | None = every_field()
    or_: list[RatingWhere] | None = some_field()
    not_: RatingWhere | None = not_field()


class RatingOrderField(StrEnum):
    VISIBLE_AT = "visible_at"
    STARS = "stars"


show_enum(
    RatingOrderField,
    description="What ratings are ordered by.",
    values={
        RatingOrderField.VISIBLE_AT: "When everybody could see them.",
        RatingOrderField.STARS: "How many stars.",
    },
)


@strawberry.input(description="How ratings are ordered.")
class RatingOrder:
    field: RatingOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Which way."
    )


WhichRatings: TypeAlias = Annotated[
    RatingWhere | None, strawberry.argument(description="Which ones; all by default.")
]
RatingsBy: TypeAlias = Annotated[
    list[RatingOrder] | None,
    strawberry.argument(description="At most one entry; newest first by default."),
]
RATING_ORDERS: Final[dict[RatingOrderField, Order[RatingRecord]]] = {
    RatingOrderField.VISIBLE_AT: Order(
        name="ratings:visibleAt", keys_of=lambda record: (record.visible_at, record.id)
    ),
    RatingOrderField.STARS: Order(
        name="ratings:stars",
        keys_of=lambda record: (record.stars, record.id),
        kinds=(int, UUID),
        by="stars",
    ),
}


@strawberry.type(description="A person or company with a login; may work and employ.")
class Member(Node):
    key: strawberry.Private[UUID]
    country: CountryCode = strawberry.field(description="Where the member lives.")
    registered_at: datetime = strawberry.field(description="When the member joined.")
    is_erased: bool = strawberry.field(
        description="Whether the member has left: show what they wrote as of `deleted-member`."
    )

    @classmethod
    def of(cls, record: MemberRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.MEMBER, record.id),
            key=record.id,
            country=CountryCode(record.country),
            registered_at=record.registered_at,
            is_erased=record.state is MemberState.ERASED,
        )

    @strawberry.field(description="The town; null unless the member shows it.")
    async def city(self, info: Info) -> str | None:
        found = await info.context.load(shown_profiles, self.key)
        return None if found is None else found.profile.city

    @strawberry.field(description="Roughly how old; null unless the member shows it.")
    async def age_band(self, info: Info) -> AgeBand | None:
        found = await info.context.load(shown_profiles, self.key)
        return None if found is None else band(found.born_on, info.context.now)

    @strawberry.field(description="Null unless the member shows it.")
    async def gender(self, info: Info) -> Gender | None:
        found = await info.context.load(shown_profiles, self.key)
        return None if found is None else found.profile.gender

    @strawberry.field(
        description="Codes of ISO 639; at most 20. Null unless the member shows them."
    )
    async def languages(self, info: Info) -> list[str] | None:
        found = await info.context.load(shown_profiles, self.key)
        return None if found is None or found.languages is None else list(found.languages)

    @strawberry.field(
        description="What the member likes to work on; at most 20. Null unless shown."
    )
    async def interests(self, info: Info) -> list[str] | None:
        found = await info.context.load(shown_profiles, self.key)
        if found is None or ProfileField.INTERESTS not in found.profile.shown:
            return None
        return list(found.profile.interests)

    @strawberry.field(description="What the member works with. Null unless shown.")
    async def devices(self, info: Info) -> list[Device] | None:
        found = await info.context.load(shown_profiles, self.key)
        return None if found is None or found.devices is None else list(found.devices)

    @strawberry.field(
        description="What the viewer has noted about the member; nobody else sees it."
    )
    async def viewer_mark(self, info: Info) -> Mark | None:
        return await info.context.load(marks_of_viewer, self.key)

    @strawberry.field(
        description="What others think of the member, of ratings that are visible.",
        directives=[Cost(weight=5)],
    )
    async def rating_summary(self, info: Info) -> RatingSummary | None:
        found = await info.context.load(rating_summaries, self.key)
        return None if found is None else summary_of(found)

    @strawberry.field(
        description="Visible ratings about the member, newest first.", directives=[Cost(weight=5)]
    )
    async def ratings(
        self,
        info: Info,
        *,
        where: WhichRatings = None,
        order_by: RatingsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated[Rating, strawberry.lazy("schema.ratings")]] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        at = window(context, chosen(RATING_ORDERS, order_by), first, after, last, before)
        found: Connection[Any] = await page_of(
            context,
            target="Rating",
            listing=ratings.VISIBLE_OF_MEMBER,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: context.load(rating_pages, (self.key, at, condition)),
            node_of=lambda record: shown(context, Tag.RATING, record),
            counted=counter(context, ratings.count_ratings, self.key, where=condition),
        )
        return found


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


def summary_of(found: ratings.RatingSummary) -> RatingSummary:
    return RatingSummary(average=found.average, count=found.count, star_counts=list(found.counts))


async def members_seen(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, MemberRecord]:
    return await queries.members_by_id(ids=keys)


async def persons_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, PersonRecord]:
    """Nobody but the viewer."""
    return await queries.persons_by_id(ids=[key for key in keys if key == context.viewer_id])


async def marks_of_viewer(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Mark]:
    if context.viewer_id is None:
        return {}
    return await queries.marks_of(owner_id=context.viewer_id, member_ids=keys)


async def rating_summaries(
    _: Context, keys: Sequence[UUID]
) -> Mapping[UUID, ratings.RatingSummary]:
    return await ratings.rating_summaries(ids=keys)


async def rating_pages(
    _: Context, keys: Sequence[tuple[UUID, Window, Condition | None]]
) -> Mapping[tuple[UUID, Window, Condition | None], list[RatingRecord]]:
    async def fetch(
        member_ids: list[UUID], window: Window, where: Condition | None
    ) -> Mapping[UUID, list[RatingRecord]]:
        return await ratings.rating_pages(member_ids=member_ids, page=window.page(), where=where)

    return await load_pages(keys, fetch)


async def member_of(context: Context, key: UUID) -> Member | None:
    found: Member | None = await object_of(context, Tag.MEMBER, key)
    return found


node_kind(Tag.MEMBER, load=members_seen, show=Member.of)
read_as("Member", Mapped(entity="Member", tag=Tag.MEMBER, orders={"ratings": RATING_ORDERS}))
