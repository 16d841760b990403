"""What members say of themselves, and requests about what they cannot change alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.members import operations, queries
from domain.members.queries import ProfileChangeRecord, ShownProfile
from domain.members.rules import (
    AgeBand,
    ChangeableField,
    ChangeState,
    Device,
    Gender,
    ProfileField,
    Role,
)
from domain.members.rules import Profile as ProfileRecord
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost

CHANGES_MAX: Final = 10
QUEUE_MAX: Final = 20
WRITE: Final = [Auth(scopes=["profile:write"]), Cost(weight=10)]
STAFF: Final = Auth(scopes=["members:oversee"])

show_enum(
    ProfileField,
    description="What a member may show to others; all of it is hidden at first.",
    values={
        ProfileField.CITY: "Where the member lives.",
        ProfileField.AGE_BAND: "The age in steps of ten years; never the day of birth.",
        ProfileField.GENDER: "As the member says.",
        ProfileField.LANGUAGES: "Those of the work preferences.",
        ProfileField.INTERESTS: "What the member likes to work on.",
        ProfileField.DEVICES: "Those of the work preferences.",
    },
)
show_enum(
    Gender,
    description="As a member says.",
    values={Gender.WOMAN: "A woman.", Gender.MAN: "A man.", Gender.OTHER: "Another."},
)
show_enum(
    Device,
    description="What a worker has at hand.",
    values={
        Device.PHONE: "A phone.",
        Device.TABLET: "A tablet.",
        Device.COMPUTER: "A computer.",
    },
)
show_enum(
    AgeBand,
    description="Roughly how old a member is.",
    values={
        AgeBand.FROM_18: "18 to 24.",
        AgeBand.FROM_25: "25 to 34.",
        AgeBand.FROM_35: "35 to 44.",
        AgeBand.FROM_45: "45 to 54.",
        AgeBand.FROM_55: "55 to 64.",
        AgeBand.FROM_65: "65 and more.",
    },
)
show_enum(
    ChangeableField,
    name="ProfileChangeField",
    description="What staff must agree to.",
    values={
        ChangeableField.NAME: "The full name.",
        ChangeableField.BORN_ON: "The day of birth, such as `1990-05-17`.",
        ChangeableField.EMAIL: "The address one signs in with.",
    },
)
show_enum(
    ChangeState,
    name="ProfileChangeState",
    description="Where a request stands.",
    values={
        ChangeState.WAITING: "Staff have not decided.",
        ChangeState.APPROVED: "It took effect.",
        ChangeState.DECLINED: "Nothing changed.",
    },
)


@strawberry.type(description="What the viewer says of themselves, all of it by choice.")
class Profile:
    city: str | None = strawberry.field(description="Where the viewer lives.")
    gender: Gender | None = strawberry.field(description="As the viewer says.")
    interests: list[str] = strawberry.field(description="In the viewer's words.")
    shown: list[ProfileField] = strawberry.field(
        description="What everybody sees of it, and of the work preferences."
    )

    @classmethod
    def of(cls, record: ProfileRecord) -> Self:
        return cls(
            city=record.city,
            gender=record.gender,
            interests=list(record.interests),
            shown=sorted(record.shown),
        )


@strawberry.type(description="A request to change what a member cannot change alone.")
class ProfileChange:
    field: ChangeableField = strawberry.field(description="What is to change.")
    value: str | None = strawberry.field(description="Into what; null once it is decided.")
    reason: str = strawberry.field(description="In the member's words.")
    state: ChangeState = strawberry.field(description="Where it stands.")
    asked_at: datetime = strawberry.field(description="When.")
    decided_at: datetime | None = strawberry.field(description="When staff decided.")
    answer: str | None = strawberry.field(description="What staff say to it.")

    @classmethod
    def of(cls, record: ProfileChangeRecord) -> Self:
        return cls(
            field=record.about,
            value=record.wanted,
            reason=record.reason,
            state=record.state,
            asked_at=record.asked_at,
            decided_at=record.decided_at,
            answer=record.answer,
        )


@strawberry.type(description="A change that waits. It reveals nothing of the member.")
class ProfileChangeCase:
    member_id: strawberry.ID = strawberry.field(description="Whose; `memberReveal` shows more.")
    field: ChangeableField = strawberry.field(description="What is to change.")
    asked_at: datetime = strawberry.field(description="Since when it waits.")


@strawberry.type(description="The viewer's own words.")
class ViewerProfile:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="What the viewer says of themselves.", directives=[Cost(weight=5)]
    )
    async def profile(self, info: Info) -> Profile | None:  # noqa: ARG002  # a resolver's signature
        return Profile.of(await queries.profile_of(member_id=self.key))

    @strawberry.field(
        description="The viewer's latest requests to staff, newest first; at most 10.",
        directives=[Cost(weight=5, list_size=CHANGES_MAX)],
    )
    async def profile_changes(self, info: Info) -> list[ProfileChange] | None:  # noqa: ARG002  # a resolver's signature
        found = await queries.profile_changes_of(member_id=self.key, limit=CHANGES_MAX)
        return [ProfileChange.of(each) for each in found]


@strawberry.input(description="Sets the whole profile; what is left out is forgotten.")
class ProfileSetInput:
    city: str | None = strawberry.field(default=None, description="At most 100 letters, no digits.")
    gender: Gender | None = strawberry.field(default=None, description="As the viewer says.")
    interests: list[str] = strawberry.field(
        default_factory=list, description="At most 20, of at most 40 letters each."
    )
    shown: list[ProfileField] = strawberry.field(
        default_factory=list, description="What everybody may see; nothing by default."
    )


@strawberry.type(description="Outcome of `profileSet`.")
class ProfileSetPayload(Payload):
    profile: Profile | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Asks staff for a change.")
class ProfileChangeAskInput:
    field: ChangeableField = strawberry.field(description="What is to change.")
    value: str = strawberry.field(description="Into what.")
    reason: str = strawberry.field(description="Why, in at most 1,000 characters.")


@strawberry.type(description="Outcome of `profileChangeAsk`.")
class ProfileChangeAskPayload(Payload):
    change: ProfileChange | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Decides about a request that waits.")
class ProfileChangeDecideInput:
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    field: ChangeableField = strawberry.field(description="What is to change.")
    is_approved: bool = strawberry.field(description="Whether it takes effect.")
    answer: str = strawberry.field(
        description="What the member reads, in at most 1,000 characters."
    )


@strawberry.type(description="Outcome of `profileChangeDecide`.")
class ProfileChangeDecidePayload(Payload):
    is_approved: bool | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class ProfileMutations:
    @strawberry.mutation(
        description="Say something of oneself, and choose what others see. Needs profile:write.",
        directives=WRITE,
    )
    async def profile_set(self, info: Info, input: In[ProfileSetInput]) -> ProfileSetPayload | None:
        context = info.context
        try:
            viewer_id = context.signed_in().member_id
            wanted = ProfileRecord(
                city=input.city,
                gender=input.gender,
                interests=tuple(input.interests),
                shown=frozenset(input.shown),
            )
            await operations.set_profile(member_id=viewer_id, profile=wanted)
        except Refused as refusal:
            return ProfileSetPayload(errors=[user_error(refusal)])
        return ProfileSetPayload(profile=Profile.of(await queries.profile_of(member_id=viewer_id)))

    @strawberry.mutation(
        description="Ask staff for another name, day of birth or address. It has no effect "
        "until they agree. Needs profile:write.",
        directives=WRITE,
    )
    async def profile_change_ask(
        self, info: Info, input: In[ProfileChangeAskInput]
    ) -> ProfileChangeAskPayload | None:
        context = info.context
        try:
            viewer_id = context.signed_in().member_id
            await operations.ask_profile_change(
                member_id=viewer_id,
                field=input.field,
                wanted=input.value,
                reason=input.reason,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return ProfileChangeAskPayload(errors=[user_error(refusal, {"wanted": ["value"]})])
        (latest,) = await queries.profile_changes_of(member_id=viewer_id, limit=1)
        return ProfileChangeAskPayload(change=ProfileChange.of(latest))

    @strawberry.mutation(
        description="Staff agree to a change, or not. A day of birth under 18 years ago freezes "
        "the member. Needs members:oversee.",
        directives=[STAFF, Cost(weight=10)],
    )
    async def profile_change_decide(
        self, info: Info, input: In[ProfileChangeDecideInput]
    ) -> ProfileChangeDecidePayload | None:
        context = info.context
        try:
            await operations.decide_profile_change(
                staff_id=context.signed_in().member_id,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                field=input.field,
                is_approved=input.is_approved,
                answer=input.answer,
                now=context.now,
            )
        except Refused as refusal:
            return ProfileChangeDecidePayload(errors=[user_error(refusal, {"": ["memberId"]})])
        return ProfileChangeDecidePayload(is_approved=input.is_approved)


@strawberry.type(description="Reads.")
class ProfileQueries:
    @strawberry.field(
        description="Changes that wait for staff, the oldest first; at most 20. "
        "Needs the role staff.",
        directives=[STAFF, Cost(weight=50, list_size=QUEUE_MAX)],
    )
    async def profile_change_queue(self, info: Info) -> list[ProfileChangeCase] | None:
        context = info.context
        if context.viewer is None or Role.STAFF not in context.viewer.roles:
            raise Forbidden(Role.STAFF)
        records = await queries.profile_change_queue(limit=QUEUE_MAX)
        return [
            ProfileChangeCase(
                member_id=context.ids.encode(Tag.MEMBER, each.member_id),
                field=each.about,
                asked_at=each.asked_at,
            )
            for each in records
        ]


async def shown_profiles(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, ShownProfile]:
    return await queries.shown_profiles(ids=keys)
