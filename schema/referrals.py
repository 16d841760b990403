"""Referrals: whom a member brought, and what their work earned the referrer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.money import EXPONENTS
from domain.money import Money as Amount
from domain.referrals import operations, queries
from domain.referrals.queries import ReferralRecord
from domain.referrals.rules import ReferralRejectReason, ReferralState
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.filters import (
    DateTimeFilter,
    Filter,
    IdFilter,
    condition_of,
    every_field,
    id_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.inputs import In
from schema.members import Member, member_of
from schema.money import Money
from schema.node import Node, node_kind
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    OrderDirection,
    chosen,
    counter,
    page_of,
    window,
)
from schema.payloads import Payload
from schema.prices import Cost
from schema.read_model import Mapped, read_as

show_enum(
    ReferralState,
    description="State of a referral.",
    values={
        ReferralState.SIGNED_UP: "Joined; no work is paid yet.",
        ReferralState.EARNING: "Each paid work earns the referrer a share.",
        ReferralState.ENDED: "A year has passed, or the most that can be earned is reached.",
        ReferralState.REJECTED: "It earns nothing; `rejectReason` says why.",
        ReferralState.CLAWED_BACK: "Fraud, as staff found: what it earned was taken back.",
    },
)
show_enum(
    ReferralRejectReason,
    description="What a member and the one they brought have in common.",
    values={
        ReferralRejectReason.SELF: "Name and day of birth.",
        ReferralRejectReason.PAYOUT_LINK: "The account to which they are paid.",
    },
)


@strawberry.type(description="The viewer's invitation to others.")
class ReferralLink:
    code: str = strawberry.field(description="Give it to `memberRegister` as `referralCode`.")


@strawberry.type(description="A member whom the viewer brought.")
class Referral(Node):
    key: strawberry.Private[UUID]
    referee_key: strawberry.Private[UUID]
    state: ReferralState = strawberry.field(description="Whether it still earns.")
    signed_up_at: datetime = strawberry.field(description="When the member joined.")
    ends_at: datetime = strawberry.field(description="Work approved later earns nothing.")
    reject_reason: ReferralRejectReason | None = strawberry.field(
        description="Why it earns nothing, in the state REJECTED."
    )
    claw_back_text: str | None = strawberry.field(
        description="What staff say about it, in the state CLAWED_BACK."
    )

    @classmethod
    def of(cls, record: ReferralRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.REFERRAL, record.id),
            key=record.id,
            referee_key=record.referee_id,
            state=record.state,
            signed_up_at=record.signed_up_at,
            ends_at=record.ends_at,
            reject_reason=record.reject_reason,
            claw_back_text=record.claw_back_text,
        )

    @strawberry.field(description="Who joined.")
    async def referee(self, info: Info) -> Member | None:
        return await member_of(info.context, self.referee_key)

    @strawberry.field(
        description="What it has earned the viewer, one amount per currency; at most 9.",
        directives=[Cost(weight=5, list_size=len(EXPONENTS))],
    )
    async def rewards(self, info: Info) -> list[Money] | None:
        return [Money.of(each) for each in await info.context.load(reward_sums, self.key) or []]


@strawberry.input(description="Makes the viewer's link, or finds the one there is.")
class ReferralLinkCreateInput:
    confirm: bool = strawberry.field(default=True, description="Inputs cannot be empty.")


@strawberry.type(description="Outcome of `referralLinkCreate`.")
class ReferralLinkCreatePayload(Payload):
    referral_link: ReferralLink | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Changes.")
class ReferralMutations:
    @strawberry.mutation(
        description="Get a link to invite others by; there is one per member. "
        "Needs referrals:write.",
        directives=[Auth(scopes=["referrals:write"]), Cost(weight=10)],
    )
    async def referral_link_create(
        self,
        info: Info,
        input: In[ReferralLinkCreateInput],  # noqa: ARG002  # every mutation takes one
    ) -> ReferralLinkCreatePayload | None:
        context = info.context
        try:
            code = await operations.open_link(
                member_id=context.signed_in().member_id,
                new_token=context.services.new_token,
                now=context.now,
            )
        except Refused as refusal:
            return ReferralLinkCreatePayload(errors=[user_error(refusal)])
        return ReferralLinkCreatePayload(referral_link=ReferralLink(code=code))


@strawberry.input(description="Which referrals; all conditions must hold.")
class ReferralWhere:
    state: Filter[ReferralState] | None = strawberry.field(
        default=None, description="In which state."
    )
    referee_id: IdFilter | None = id_field(Tag.MEMBER, "Who joined.")
    signed_up_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When the member joined."
    )
    ends_at: DateTimeFilter | None = strawberry.field(
        default=None, description="After which it earns nothing."
    )
    and_: list[ReferralWhere] | None = every_field()
    or_: list[ReferralWhere] | None = some_field()
    not_: ReferralWhere | None = not_field()


class ReferralOrderField(StrEnum):
    SIGNED_UP_AT = "signed_up_at"


show_enum(
    ReferralOrderField,
    description="What referrals are ordered by.",
    values={ReferralOrderField.SIGNED_UP_AT: "When the members joined."},
)


@strawberry.input(description="How referrals are ordered.")
class ReferralOrder:
    field: ReferralOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Which way."
    )


WhichReferrals: TypeAlias = Annotated[
    ReferralWhere | None, strawberry.argument(description="Which ones; all by default.")
]
ReferralsBy: TypeAlias = Annotated[
    list[ReferralOrder] | None,
    strawberry.argument(description="At most one entry; newest first by default."),
]
REFERRAL_ORDERS: Final[dict[ReferralOrderField, Order[ReferralRecord]]] = {
    ReferralOrderField.SIGNED_UP_AT: Order(
        name="referrals:signedUpAt", keys_of=lambda record: (record.signed_up_at, record.id)
    ),
}


@strawberry.type(description="The viewer as referrer.")
class ViewerReferrals:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The viewer's link; null before `referralLinkCreate`.",
        directives=[Cost(weight=5)],
    )
    async def referral_link(self, info: Info) -> ReferralLink | None:  # noqa: ARG002  # a resolver's signature
        code = await queries.link_code_of(member_id=self.key)
        return None if code is None else ReferralLink(code=code)

    @strawberry.field(
        description="Whom the viewer brought, newest first. Needs referrals:read.",
        directives=[Auth(scopes=["referrals:read"]), Cost(weight=5)],
    )
    async def referrals(
        self,
        info: Info,
        *,
        where: WhichReferrals = None,
        order_by: ReferralsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Referral] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        at = window(context, chosen(REFERRAL_ORDERS, order_by), first, after, last, before)
        found: Connection[Referral] = await page_of(
            context,
            target="Referral",
            listing=queries.OF_REFERRER,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: queries.referrals_of(
                referrer_id=self.key, page=at.page(), where=condition
            ),
            node_of=lambda record: Referral.of(record, context),
            counted=counter(context, queries.count_referrals_of, self.key, where=condition),
        )
        return found


async def referrals_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, ReferralRecord]:
    if context.viewer_id is None:
        return {}
    return await queries.referrals_by_id(ids=keys, referrer_id=context.viewer_id)


async def reward_sums(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[Amount]]:
    if context.viewer_id is None:
        return {}
    return await queries.reward_sums(ids=keys, referrer_id=context.viewer_id)


node_kind(Tag.REFERRAL, load=referrals_seen, show=Referral.of)
read_as("Referral", Mapped(entity="Referral", tag=Tag.REFERRAL))
