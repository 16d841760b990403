"""Which work a member is offered: what they say of themselves, and whom they have marked."""

from __future__ import annotations

from typing import Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.members import operations, queries
from domain.members import rules as members
from domain.members.rules import Device, Mark
from schema.auth import Auth
from schema.context import Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.members import Member, member_of
from schema.payloads import Payload
from schema.prices import Cost


@strawberry.type(description="What the viewer says of the work that suits.")
class WorkPreferences:
    languages: list[str] = strawberry.field(
        description="What the viewer speaks, by codes of ISO 639-1; at most 20."
    )
    devices: list[Device] = strawberry.field(description="What the viewer has; at most 3.")
    wants_adult_content: bool = strawberry.field(
        description="Whether campaigns for grown-ups are offered, from 21 on."
    )

    @classmethod
    def of(cls, preferences: members.WorkPreferences) -> Self:
        return cls(
            languages=list(preferences.languages),
            devices=list(preferences.devices),
            wants_adult_content=preferences.wants_adult,
        )


@strawberry.type(description="The viewer as somebody to offer work to.")
class ViewerPreferences:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="What the viewer says of the work that suits.", directives=[Cost(weight=5)]
    )
    async def work_preferences(self, info: Info) -> WorkPreferences | None:  # noqa: ARG002  # a resolver's signature
        return WorkPreferences.of(await queries.work_preferences_of(member_id=self.key))


@strawberry.input(description="Says which work suits; all of it anew.")
class MemberPreferencesSetInput:
    languages: list[str] = strawberry.field(
        description="What you speak, by codes of ISO 639-1 such as `en`; at most 20."
    )
    devices: list[Device] = strawberry.field(description="What you have.")
    wants_adult_content: bool = strawberry.field(
        description="Whether to offer campaigns for grown-ups, once you are 21."
    )

    def preferences(self) -> members.WorkPreferences:
        return members.WorkPreferences(
            languages=tuple(self.languages),
            devices=tuple(self.devices),
            wants_adult=self.wants_adult_content,
        )


@strawberry.type(description="Outcome of `memberPreferencesSet`.")
class MemberPreferencesSetPayload(Payload):
    work_preferences: WorkPreferences | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.input(description="Marks another member.")
class MemberMarkInput:
    member_id: strawberry.ID = strawberry.field(description="Another member.")
    mark: Mark | None = strawberry.field(description="Null takes the mark away.")


@strawberry.type(description="Outcome of `memberMark`.")
class MemberMarkPayload(Payload):
    member: Member | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class PreferenceMutations:
    @strawberry.mutation(
        description="Say which work suits; campaigns are offered by it. Needs members:write.",
        directives=[Auth(scopes=["members:write"]), Cost(weight=10)],
    )
    async def member_preferences_set(
        self, info: Info, input: In[MemberPreferencesSetInput]
    ) -> MemberPreferencesSetPayload | None:
        try:
            viewer_id = info.context.signed_in().member_id
            preferences = input.preferences()
            await operations.set_work_preferences(member_id=viewer_id, preferences=preferences)
        except Refused as refusal:
            return MemberPreferencesSetPayload(errors=[user_error(refusal)])
        stored = await queries.work_preferences_of(member_id=viewer_id)
        return MemberPreferencesSetPayload(work_preferences=WorkPreferences.of(stored))

    @strawberry.mutation(
        description="Mark a member as favourite or as blocked; the other is not told. "
        "Needs members:write.",
        directives=[Auth(scopes=["members:write"]), Cost(weight=10)],
    )
    async def member_mark(self, info: Info, input: In[MemberMarkInput]) -> MemberMarkPayload | None:
        context = info.context
        try:
            member_id = context.ids.decode(Tag.MEMBER, input.member_id, "member_id")
            await operations.mark_member(
                owner_id=context.signed_in().member_id,
                member_id=member_id,
                mark=input.mark,
                now=context.now,
            )
        except Refused as refusal:
            return MemberMarkPayload(errors=[user_error(refusal, {"": ["memberId"]})])
        return MemberMarkPayload(member=await member_of(context.renewed(), member_id))
