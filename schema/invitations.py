"""Invitations: friends whom the viewer asks to join, and the friends' no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.invitations import operations, queries
from domain.invitations.queries import InvitationRecord
from domain.invitations.rules import InvitationState
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.filters import (
    DateTimeFilter,
    Filter,
    condition_of,
    every_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.inputs import In
from schema.node import Node, node_kind, object_of
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    counter,
    page_of,
    window,
)
from schema.payloads import Payload
from schema.prices import Cost
from schema.read_model import Mapped, read_as
from schema.scalars import EmailAddress

show_enum(
    InvitationState,
    description="State of an invitation.",
    values={
        InvitationState.CREATED: "The first letter is about to go out.",
        InvitationState.SENT: "The first letter went out. As in the next two states, none "
        "does where the friend is here or wants none, and nobody is told.",
        InvitationState.REMINDED_1: "The first reminder went out, at least 72 hours later.",
        InvitationState.REMINDED_2: "The second and last reminder went out.",
        InvitationState.ACCEPTED: "The friend joined by the viewer's link.",
        InvitationState.OPTED_OUT: "The friend answered this letter with a no.",
        InvitationState.BOUNCED: "The address takes no letters.",
        InvitationState.EXPIRED: "30 days have passed.",
    },
)


@strawberry.type(description="A friend whom the viewer asks to join.")
class Invitation(Node):
    state: InvitationState = strawberry.field(description="How far it went.")
    label: str | None = strawberry.field(description="What the viewer calls the friend.")
    letter_count: int = strawberry.field(description="Letters so far; at most 3.")
    created_at: datetime = strawberry.field(description="When the viewer asked for it.")
    ended_at: datetime | None = strawberry.field(description="When it was over.")

    @classmethod
    def of(cls, record: InvitationRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.INVITATION, record.id),
            state=record.state,
            label=record.label,
            letter_count=record.letter_count,
            created_at=record.created_at,
            ended_at=record.ended_at,
        )


@strawberry.type(description="How many invitations stand in one state.")
class InvitationCount:
    state: InvitationState = strawberry.field(description="Which state.")
    count: int = strawberry.field(description="How many.")


@strawberry.input(description="Which invitations; all conditions must hold.")
class InvitationWhere:
    state: Filter[InvitationState] | None = strawberry.field(
        default=None, description="In which state."
    )
    created_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When they were asked for."
    )
    and_: list[InvitationWhere] | None = every_field()
    or_: list[InvitationWhere] | None = some_field()
    not_: InvitationWhere | None = not_field()


WhichInvitations: TypeAlias = Annotated[
    InvitationWhere | None, strawberry.argument(description="Which ones; all by default.")
]
INVITATION_ORDER: Final[Order[InvitationRecord]] = Order(
    name="invitations:createdAt", keys_of=lambda record: (record.created_at, record.id)
)


@strawberry.type(description="The viewer as somebody who invites.")
class ViewerInvitations:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Whom the viewer invited, newest first. Needs referrals:read.",
        directives=[Auth(scopes=["referrals:read"]), Cost(weight=5)],
    )
    async def invitations(
        self,
        info: Info,
        *,
        where: WhichInvitations = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Invitation] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        at = window(context, INVITATION_ORDER, first, after, last, before)
        found: Connection[Invitation] = await page_of(
            context,
            target="Invitation",
            listing=queries.OF_INVITER,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: queries.invitations_of(
                inviter_id=self.key, page=at.page(), where=condition
            ),
            node_of=lambda record: Invitation.of(record, context),
            counted=counter(context, queries.count_invitations, self.key, where=condition),
        )
        return found

    @strawberry.field(
        description="How many of the viewer's invitations stand in which state; at most 8. "
        "Needs referrals:read.",
        directives=[Auth(scopes=["referrals:read"]), Cost(weight=5, list_size=8)],
    )
    async def invitation_counts(self, info: Info) -> list[InvitationCount] | None:  # noqa: ARG002  # a resolver's signature
        found = await queries.state_counts(inviter_id=self.key)
        return [
            InvitationCount(state=state, count=found[state])
            for state in InvitationState
            if state in found
        ]


@strawberry.input(description="Invites a friend.")
class InvitationCreateInput:
    email: EmailAddress = strawberry.field(
        description="Of somebody who knows the viewer. It is not shown again."
    )
    label: str | None = strawberry.field(
        default=None,
        description="What the viewer calls the friend, in the viewer's list alone; 1 to 60 "
        "characters, no address.",
    )


@strawberry.type(description="Outcome of `invitationCreate`.")
class InvitationCreatePayload(Payload):
    invitation: Invitation | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Wants no more invitations.")
class InvitationOptOutInput:
    token: str = strawberry.field(description="From the letter.")


@strawberry.type(description="Outcome of `invitationOptOut`.")
class InvitationOptOutPayload(Payload):
    is_accepted: bool | None = strawberry.field(
        default=True, description="Also for a token that nobody knows."
    )


@strawberry.type(description="Changes.")
class InvitationMutations:
    @strawberry.mutation(
        description="Invite a friend by letter, in the viewer's name, with at most two reminders. "
        "The answer is the same for whoever is here or wants no letters. At most 20 at once, then "
        "one an hour. Needs referrals:write.",
        directives=[Auth(scopes=["referrals:write"]), Cost(weight=10)],
    )
    async def invitation_create(
        self, info: Info, input: In[InvitationCreateInput]
    ) -> InvitationCreatePayload | None:
        context = info.context
        try:
            key = await operations.create_invitation(
                inviter_id=context.signed_in().member_id,
                email=input.email,
                label=input.label,
                vault=context.services.vault,
                new_token=context.services.new_token,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return InvitationCreatePayload(errors=[user_error(refusal)])
        return InvitationCreatePayload(
            invitation=await object_of(context.renewed(), Tag.INVITATION, key)
        )

    @strawberry.mutation(
        description="No more invitations to this address, from nobody; nobody needs to sign in "
        "for it. The address is erased.",
        directives=[Cost(weight=10)],
    )
    async def invitation_opt_out(
        self, info: Info, input: In[InvitationOptOutInput]
    ) -> InvitationOptOutPayload | None:
        await operations.opt_out(token=input.token, now=info.context.now)
        return InvitationOptOutPayload()


async def invitations_seen(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, InvitationRecord]:
    """The viewer's own."""
    if context.viewer_id is None:
        return {}
    return await queries.invitations_by_id(ids=keys, inviter_id=context.viewer_id)


node_kind(Tag.INVITATION, load=invitations_seen, show=Invitation.of)
read_as("Invitation", Mapped(entity="Invitation", tag=Tag.INVITATION))
