"""What staff see and decide about referrals."""

from __future__ import annotations

from typing import Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.members.rules import Role
from domain.money import EXPONENTS
from domain.referrals import operations, queries
from domain.referrals.rules import ReferralRejectReason, ReferralState
from schema import referrals as _shown  # noqa: F401  # the enums used below
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.members import Member, member_of
from schema.money import Money
from schema.payloads import MoneyPayload
from schema.prices import Cost


@strawberry.type(description="A referral as staff see it.")
class ReferralCase:
    referrer_key: strawberry.Private[UUID]
    referee_key: strawberry.Private[UUID]
    referral_id: strawberry.ID = strawberry.field(description="For `referralClawBack`.")
    state: ReferralState = strawberry.field(description="Whether it still earns.")
    link: ReferralRejectReason | None = strawberry.field(
        description="What the two members have in common; null when nothing is known."
    )
    rewards: list[Money] = strawberry.field(
        description="What it earned the referrer, one amount per currency; at most 9.",
        directives=[Cost(list_size=len(EXPONENTS))],
    )

    @classmethod
    def of(cls, case: queries.ReferralCase, context: Context) -> Self:
        return cls(
            referrer_key=case.referral.referrer_id,
            referee_key=case.referral.referee_id,
            referral_id=context.ids.encode(Tag.REFERRAL, case.referral.id),
            state=case.referral.state,
            link=case.link,
            rewards=[Money.of(each) for each in case.rewards],
        )

    @strawberry.field(description="Whose link it was.")
    async def referrer(self, info: Info) -> Member | None:
        return await member_of(info.context, self.referrer_key)

    @strawberry.field(description="Who joined.")
    async def referee(self, info: Info) -> Member | None:
        return await member_of(info.context, self.referee_key)


@strawberry.input(description="Takes back what a referral earned by fraud.")
class ReferralClawBackInput(Wish):
    referral_id: strawberry.ID = strawberry.field(
        description="One in the state EARNING or ENDED, from `referralQueue`."
    )
    text: str = strawberry.field(description="In 20 to 4,096 characters; the referrer reads it.")


@strawberry.type(description="Outcome of `referralClawBack`.")
class ReferralClawBackPayload(MoneyPayload):
    referral_case: ReferralCase | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Changes.")
class ReferralOversightMutations:
    @strawberry.mutation(
        description="Staff have found fraud behind a referral: what it earned is taken back, as "
        "far as the referrer still has it. Needs referrals:oversee.",
        directives=[Auth(scopes=["referrals:oversee"]), Cost(weight=10)],
    )
    async def referral_claw_back(
        self, info: Info, input: In[ReferralClawBackInput]
    ) -> ReferralClawBackPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            key = context.ids.decode(Tag.REFERRAL, input.referral_id, "referral_id")
            replayed = await operations.claw_back_referral(
                staff_id=viewer.member_id,
                referral_id=key,
                text=input.text,
                key=key_of("referralClawBack", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return ReferralClawBackPayload(errors=[user_error(refusal)])
        case = await queries.case_of(referral_id=key)
        assert case is not None
        return ReferralClawBackPayload(
            referral_case=ReferralCase.of(case, context.renewed()), replayed=replayed
        )


@strawberry.type(description="Reads.")
class ReferralOversightQueries:
    @strawberry.field(
        description="Referrals that earned something and whose two members turned out to be "
        "linked, newest first, at most 20. Needs the role staff.",
        directives=[
            Auth(scopes=["referrals:oversee"]),
            Cost(weight=100, list_size=queries.QUEUE_MAX),
        ],
    )
    async def referral_queue(self, info: Info) -> list[ReferralCase] | None:
        context = info.context
        viewer = context.viewer
        if viewer is None or Role.STAFF not in viewer.roles:
            raise Forbidden(Role.STAFF)
        return [ReferralCase.of(case, context) for case in await queries.referral_queue()]
