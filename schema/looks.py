"""Staff look at the person behind a member, for a reason; the member sees that they did."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.looks import operations, queries
from domain.looks.operations import Looked
from domain.looks.queries import LookRecord
from domain.looks.rules import LookedAt
from domain.members.rules import Role
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.enums import show_enum
from schema.errors import InvalidId, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost
from schema.profiles import Profile, ProfileChange
from schema.scalars import EmailAddress
from schema.supplements import ProfileSupplement

OWN_MAX: Final = 50
LIST_MAX: Final = 100
STAFF: Final = Auth(scopes=["members:oversee"])

show_enum(
    LookedAt,
    name="StaffLookAbout",
    description="What staff looked at.",
    values={
        LookedAt.PERSON: "Name, address, day of birth, profile and changes that wait.",
        LookedAt.TAX_NUMBER: "A whole tax number.",
        LookedAt.IDENTITY: "What was given for a check of who the member is.",
    },
)


@strawberry.type(description="That staff looked at personal data of the viewer.")
class StaffLook:
    about: LookedAt = strawberry.field(description="What they looked at.")
    looked_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: LookRecord) -> Self:
        return cls(about=record.about, looked_at=record.looked_at)


@strawberry.type(description="Who of the staff looked at personal data of a member. For staff.")
class StaffLookCase:
    staff_id: strawberry.ID = strawberry.field(description="Who looked.")
    member_id: strawberry.ID = strawberry.field(description="At whose data.")
    about: LookedAt = strawberry.field(description="What they looked at.")
    reason: str = strawberry.field(description="In their words; the member does not read them.")
    looked_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: LookRecord, context: Context) -> Self:
        return cls(
            staff_id=context.ids.encode(Tag.MEMBER, record.staff_id),
            member_id=context.ids.encode(Tag.MEMBER, record.member_id),
            about=record.about,
            reason=record.reason,
            looked_at=record.looked_at,
        )


@strawberry.type(description="When staff looked at data of the viewer.")
class ViewerLooks:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="When staff looked at personal data of the viewer, newest first; at most 50.",
        directives=[Cost(weight=5, list_size=OWN_MAX)],
    )
    async def staff_looks(self, info: Info) -> list[StaffLook] | None:  # noqa: ARG002  # a resolver's signature
        found = await queries.looks_at(member_id=self.key, with_secret=False, limit=OWN_MAX)
        return [StaffLook.of(each) for each in found]


@strawberry.type(description="The person behind a member.")
class RevealedPerson:
    name: str = strawberry.field(description="The full name.")
    email: EmailAddress = strawberry.field(description="The address one signs in with.")
    born_on: date = strawberry.field(description="The day of birth.")
    profile: Profile = strawberry.field(description="What the member says of themselves.")
    changes: list[ProfileChange] = strawberry.field(
        description="What the member asked staff to change, newest first; at most 10."
    )
    supplements: list[ProfileSupplement] = strawberry.field(
        description="What other sources say of the member, newest first; at most 20."
    )

    @classmethod
    def of(cls, looked: Looked) -> Self:
        return cls(
            name=looked.person.name,
            email=EmailAddress(looked.person.email),
            born_on=looked.person.born_on,
            profile=Profile.of(looked.profile),
            changes=[ProfileChange.of(each) for each in looked.changes],
            supplements=[ProfileSupplement.of(each) for each in looked.supplements],
        )


@strawberry.input(description="Shows the person behind a member to staff.")
class MemberRevealInput:
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    reason: str = strawberry.field(
        description="Why, in 10 to 500 characters. It is kept for ever; the member sees that "
        "somebody looked, not who and why."
    )


@strawberry.type(description="Outcome of `memberReveal`.")
class MemberRevealPayload(Payload):
    person: RevealedPerson | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class LookMutations:
    @strawberry.mutation(
        description="Show staff the person behind a member; who, when and why is kept for ever. "
        "Needs members:oversee.",
        directives=[STAFF, Cost(weight=50)],
    )
    async def member_reveal(
        self, info: Info, input: In[MemberRevealInput]
    ) -> MemberRevealPayload | None:
        context = info.context
        try:
            looked = await operations.look_at_person(
                staff_id=context.signed_in().member_id,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                reason=input.reason,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return MemberRevealPayload(errors=[user_error(refusal, {"": ["memberId"]})])
        return MemberRevealPayload(person=RevealedPerson.of(looked))


OfMember = Annotated[strawberry.ID, strawberry.argument(description="At whose data.")]


@strawberry.type(description="Reads.")
class LookQueries:
    @strawberry.field(
        description="Who of the staff looked at personal data of a member, and why, newest first; "
        "at most 100. Needs the role staff.",
        directives=[STAFF, Cost(weight=50, list_size=LIST_MAX)],
    )
    async def staff_looks(self, info: Info, *, member_id: OfMember) -> list[StaffLookCase] | None:
        context = info.context
        if context.viewer is None or Role.STAFF not in context.viewer.roles:
            raise Forbidden(Role.STAFF)
        try:
            whose = context.ids.decode(Tag.MEMBER, member_id)
        except InvalidId:
            return []
        found = await queries.looks_at(member_id=whose, with_secret=True, limit=LIST_MAX)
        return [StaffLookCase.of(each, context) for each in found]
