"""Stars that worker and employer give each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.ratings import operations, queries
from domain.ratings.queries import RatingRecord
from domain.ratings.rules import RatingState
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.members import Member, member_of
from schema.node import Node, node_kind, object_of
from schema.payloads import Payload
from schema.prices import Cost
from schema.read_model import Mapped, read_as

show_enum(
    RatingState,
    description="Who may see a rating.",
    values={
        RatingState.HIDDEN: "Its author alone, until both have rated or a week has passed.",
        RatingState.VISIBLE: "Everybody; its author may change it once within 48 hours.",
        RatingState.AMENDED: "Everybody; it was changed, and may not be changed again.",
        RatingState.FROZEN: "Everybody; it stays as it is.",
    },
)


@strawberry.type(description="What one party of an assignment thinks of the other.")
class Rating(Node):
    author_key: strawberry.Private[UUID]
    subject_key: strawberry.Private[UUID]
    stars: int = strawberry.field(description="1 to 5.")
    comment: str | None = strawberry.field(description="In the author's words.")
    state: RatingState = strawberry.field(description="Who may see it.")
    given_at: datetime = strawberry.field(description="When it was given.")

    @classmethod
    def of(cls, record: RatingRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.RATING, record.id),
            author_key=record.author_id,
            subject_key=record.subject_id,
            stars=record.stars,
            comment=record.comment,
            state=record.state,
            given_at=record.given_at,
        )

    @strawberry.field(description="Who gave it.")
    async def author(self, info: Info) -> Member | None:
        return await member_of(info.context, self.author_key)

    @strawberry.field(description="Whom it is about.")
    async def subject(self, info: Info) -> Member | None:
        return await member_of(info.context, self.subject_key)


@strawberry.input(description="Rates the other party of a settled assignment.")
class RatingGiveInput:
    assignment_id: strawberry.ID = strawberry.field(description="Approved or finally rejected.")
    stars: int = strawberry.field(description="1 to 5.")
    comment: str | None = strawberry.field(default=None, description="At most 1,000 characters.")


@strawberry.type(description="Outcome of `ratingGive`.")
class RatingGivePayload(Payload):
    rating: Rating | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Changes a rating of one's own, once.")
class RatingAmendInput:
    rating_id: strawberry.ID = strawberry.field(
        description="Visible for less than 48 hours, and not amended yet."
    )
    stars: int = strawberry.field(description="1 to 5.")
    comment: str | None = strawberry.field(
        default=None, description="At most 1,000 characters; absent means none."
    )


@strawberry.type(description="Outcome of `ratingAmend`.")
class RatingAmendPayload(Payload):
    rating: Rating | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class RatingMutations:
    @strawberry.mutation(
        description="Rate the other party of an assignment, once. Needs ratings:write.",
        directives=[Auth(scopes=["ratings:write"]), Cost(weight=10)],
    )
    async def rating_give(self, info: Info, input: In[RatingGiveInput]) -> RatingGivePayload | None:
        context = info.context
        try:
            rating_id = await operations.give_rating(
                author_id=context.signed_in().member_id,
                assignment_id=context.ids.decode(
                    Tag.ASSIGNMENT, input.assignment_id, "assignment_id"
                ),
                stars=input.stars,
                comment=input.comment,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return RatingGivePayload(errors=[user_error(refusal, {"": ["assignmentId"]})])
        return RatingGivePayload(rating=await object_of(context.renewed(), Tag.RATING, rating_id))

    @strawberry.mutation(
        description="Change a rating that has become visible, once and within 48 hours. "
        "Needs ratings:write.",
        directives=[Auth(scopes=["ratings:write"]), Cost(weight=10)],
    )
    async def rating_amend(
        self, info: Info, input: In[RatingAmendInput]
    ) -> RatingAmendPayload | None:
        context = info.context
        try:
            rating_id = context.ids.decode(Tag.RATING, input.rating_id, "rating_id")
            await operations.amend_rating(
                author_id=context.signed_in().member_id,
                rating_id=rating_id,
                stars=input.stars,
                comment=input.comment,
                now=context.now,
            )
        except Refused as refusal:
            return RatingAmendPayload(errors=[user_error(refusal, {"": ["ratingId"]})])
        return RatingAmendPayload(rating=await object_of(context.renewed(), Tag.RATING, rating_id))


async def ratings_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, RatingRecord]:
    return await queries.ratings_by_id(ids=keys, viewer_id=context.viewer_id)


async def ratings_of(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[RatingRecord]]:
    """By assignment, as far as the viewer may see them."""
    if context.viewer_id is None:
        return {}
    return await queries.ratings_of_assignments(ids=keys, viewer_id=context.viewer_id)


node_kind(Tag.RATING, load=ratings_seen, show=Rating.of)
read_as("Rating", Mapped(entity="Rating", tag=Tag.RATING))
