"""Sources of data besides the member: the member agrees to each, or there is nothing of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.supplements import operations, queries
from domain.supplements.queries import SupplementRecord
from domain.supplements.rules import DataSource
from schema.auth import Auth
from schema.context import Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost

LISTED_MAX: Final = 20
WRITE: Final = [Auth(scopes=["profile:write"]), Cost(weight=10)]
STAFF: Final = [Auth(scopes=["members:oversee"]), Cost(weight=10)]

show_enum(
    DataSource,
    description="Where data of a member may come from besides the member.",
    values={
        DataSource.NEWSPAPER: "What newspapers say.",
        DataSource.BLOG: "What blogs say.",
        DataSource.MESSENGER: "What is public at a messaging service.",
    },
)


@strawberry.type(description="What another source says of a member; nobody else reads it.")
class ProfileSupplement:
    source: DataSource = strawberry.field(description="Of which kind the source is.")
    text: str = strawberry.field(description="What it says.")
    found_in: str = strawberry.field(description="Where it was read.")
    added_at: datetime = strawberry.field(description="When staff added it.")

    @classmethod
    def of(cls, record: SupplementRecord) -> Self:
        return cls(
            source=record.source,
            text=record.text,
            found_in=record.found_in,
            added_at=record.added_at,
        )


@strawberry.type(description="What other sources may say of the viewer, and what they do.")
class ViewerSupplements:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Which sources the viewer agrees to; none by default, at most 3.",
        directives=[Cost(weight=5, list_size=len(DataSource))],
    )
    async def agreed_sources(self, info: Info) -> list[DataSource] | None:  # noqa: ARG002  # a resolver's signature
        return await queries.sources_of(member_id=self.key)

    @strawberry.field(
        description="What other sources say of the viewer, newest first; at most 20.",
        directives=[Cost(weight=5, list_size=LISTED_MAX)],
    )
    async def profile_supplements(self, info: Info) -> list[ProfileSupplement] | None:  # noqa: ARG002  # a resolver's signature
        found = await queries.supplements_of(member_id=self.key, limit=LISTED_MAX)
        return [ProfileSupplement.of(each) for each in found]


@strawberry.input(description="Agrees to a source of data, or stops.")
class ConsentSourceSetInput:
    source: DataSource = strawberry.field(description="Which one.")
    is_agreed: bool = strawberry.field(description="When false, what came from it is deleted.")


@strawberry.type(description="Outcome of `consentSourceSet`.")
class ConsentSourceSetPayload(Payload):
    agreed_sources: list[DataSource] | None = strawberry.field(
        default=None, description="All that the viewer agrees to, at most 3; null on refusal."
    )


@strawberry.input(description="Adds what a source says of a member who agrees to it.")
class ProfileSupplementAddInput:
    member_id: strawberry.ID = strawberry.field(description="Of whom.")
    source: DataSource = strawberry.field(description="Of which kind the source is.")
    text: str = strawberry.field(description="What it says, in at most 500 characters.")
    found_in: str = strawberry.field(description="Where, in one line of at most 300 characters.")


@strawberry.type(description="Outcome of `profileSupplementAdd`.")
class ProfileSupplementAddPayload(Payload):
    supplement: ProfileSupplement | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Changes.")
class SupplementMutations:
    @strawberry.mutation(
        description="Let a source supplement the viewer's profile, or not any more. "
        "Needs profile:write.",
        directives=WRITE,
    )
    async def consent_source_set(
        self, info: Info, input: In[ConsentSourceSetInput]
    ) -> ConsentSourceSetPayload | None:
        context, source = info.context, input.source
        try:
            viewer_id = context.signed_in().member_id
            if input.is_agreed:
                await operations.agree_to_source(
                    member_id=viewer_id,
                    source=source,
                    new_id=context.services.new_id,
                    now=context.now,
                )
            else:
                await operations.withdraw_from_source(
                    member_id=viewer_id, source=source, now=context.now
                )
        except Refused as refusal:
            return ConsentSourceSetPayload(errors=[user_error(refusal)])
        agreed = await queries.sources_of(member_id=viewer_id)
        return ConsentSourceSetPayload(agreed_sources=agreed)

    @strawberry.mutation(
        description="Add what another source says of a member, where the member agrees to that "
        "source. Needs members:oversee.",
        directives=STAFF,
    )
    async def profile_supplement_add(
        self, info: Info, input: In[ProfileSupplementAddInput]
    ) -> ProfileSupplementAddPayload | None:
        context = info.context
        try:
            member_id = context.ids.decode(Tag.MEMBER, input.member_id, "member_id")
            await operations.add_supplement(
                staff_id=context.signed_in().member_id,
                member_id=member_id,
                source=input.source,
                text=input.text,
                found_in=input.found_in,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return ProfileSupplementAddPayload(errors=[user_error(refusal, {"": ["memberId"]})])
        (newest,) = await queries.supplements_of(member_id=member_id, limit=1)
        return ProfileSupplementAddPayload(supplement=ProfileSupplement.of(newest))
