"""Leaving: what is in the way, what becomes of the data, and what staff see and decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.members.rules import Role
from domain.privacy import operations, queries
from domain.privacy.queries import ErasureRecord, WaitingErasure
from domain.privacy.rules import ErasureReason, Obstacle
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.enums import show_enum
from schema.errors import NO_PATHS, Paths, UserError, code_of, path_of, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.payouts.claims import claim_of
from schema.prices import Cost
from schema.scalars import URL

QUEUE_MAX: Final = 20
OBSTACLES_MAX: Final = len(Obstacle)
RECEIPT_LIVES: Final = timedelta(days=400)  # longer than any wait and any backup
RECEIPT_PATH: Final = "/erasures/{id}"
STAFF: Final = Auth(scopes=["members:oversee"])

show_enum(
    Obstacle,
    name="ClosingObstacleKind",
    description="What has to end before a member can leave.",
    values={
        Obstacle.BALANCE: "Money on an account: pay it out, or have it refunded.",
        Obstacle.PAYOUT: "A payout is under way.",
        Obstacle.DEPOSIT: "A deposit or its refund is under way.",
        Obstacle.WORK: "Work is claimed, not decided, or can still be contested.",
        Obstacle.CAMPAIGN: "A campaign has not ended: stop it.",
        Obstacle.DISPUTE: "A dispute is not final.",
        Obstacle.APPEAL: "An appeal against a suspension is not decided.",
        Obstacle.DOCUMENT: "Work that no document shows yet; the next run writes it.",
    },
)
show_enum(
    ErasureReason,
    description="Why somebody's data goes.",
    values={
        ErasureReason.CLOSED: "The member left.",
        ErasureReason.UNDER_AGE: "The member was found under age.",
    },
)


@strawberry.type(description="Something that has to end before the viewer can leave.")
class ClosingObstacle:
    kind: Obstacle = strawberry.field(description="What it is.")
    count: int = strawberry.field(description="How many there are.")

    @classmethod
    def all(cls, found: Mapping[Obstacle, int]) -> list[Self]:
        return [cls(kind=kind, count=count) for kind, count in found.items()]


@strawberry.type(description="How and when a member's data goes.")
class Erasure:
    reason: ErasureReason = strawberry.field(description="Why.")
    asked_at: datetime = strawberry.field(description="When it was planned.")
    due_at: datetime = strawberry.field(
        description="Not earlier: until then a payout may come back, or a decision be reversed."
    )
    erased_at: datetime | None = strawberry.field(description="When it was done.")
    backups_until: datetime | None = strawberry.field(
        description="When the last backup with the data is gone."
    )
    receipt_url: URL = strawberry.field(
        description="The receipt as JSON, for whoever has this address: each store, what happened "
        "to it and why. It holds no personal data. Keep it: nobody signs in any more."
    )

    @classmethod
    def of(cls, record: ErasureRecord, context: Context) -> Self:
        path = RECEIPT_PATH.format(id=record.id.hex)
        services = context.services
        signed = services.links.signed(path, now=context.now, lives=RECEIPT_LIVES)
        return cls(
            reason=record.reason,
            asked_at=record.asked_at,
            due_at=record.due_at,
            erased_at=record.erased_at,
            backups_until=record.backups_until,
            receipt_url=URL(services.url + signed),
        )


@strawberry.type(description="An erasure that waits, for staff.")
class ErasureCase:
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    erasure: Erasure = strawberry.field(description="What is planned.")
    obstacles: list[ClosingObstacle] = strawberry.field(description="What keeps it waiting.")
    is_held: bool = strawberry.field(description="Whether a legal hold stands.")

    @classmethod
    def of(cls, record: WaitingErasure, context: Context) -> Self:
        return cls(
            member_id=context.ids.encode(Tag.MEMBER, record.erasure.member_id),
            erasure=Erasure.of(record.erasure, context),
            obstacles=ClosingObstacle.all(record.obstacles),
            is_held=record.is_held,
        )


@strawberry.type(description="First something has to end.")
class ClosingHinderedError(UserError):
    obstacles: list[Obstacle] = strawberry.field(description="What it is.")


@user_error.register(operations.ClosingHindered)
def closing_hindered_error(
    refusal: operations.ClosingHindered, paths: Paths = NO_PATHS
) -> ClosingHinderedError:
    return ClosingHinderedError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        obstacles=sorted(refusal.obstacles),
    )


@strawberry.type(description="The viewer may leave.")
class ViewerClosing:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="What has to end before the viewer can leave by `memberClose`.",
        directives=[Cost(weight=50, list_size=OBSTACLES_MAX)],
    )
    async def closing_obstacles(self, info: Info) -> list[ClosingObstacle] | None:  # noqa: ARG002  # a resolver's signature
        return ClosingObstacle.all(await queries.obstacles_of(member_id=self.key))


@strawberry.input(description="Leaves for good.")
class MemberCloseInput:
    step_up_id: strawberry.ID = strawberry.field(
        description="A step-up for `memberClose`, begun with `stepUpBegin`."
    )


@strawberry.type(description="Outcome of `memberClose`.")
class MemberClosePayload(Payload):
    erasure: Erasure | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Ends the membership of somebody under age.")
class MemberFreezeInput:
    member_id: strawberry.ID = strawberry.field(description="Whose.")


@strawberry.type(description="Outcome of `memberFreeze`.")
class MemberFreezePayload(Payload):
    erasure: Erasure | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Keeps a member's data from being erased.")
class LegalHoldPlaceInput:
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    reason: str = strawberry.field(description="Why, in at most 1,000 characters.")


@strawberry.type(description="Outcome of `legalHoldPlace`.")
class LegalHoldPlacePayload(Payload):
    is_held: bool | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Lets a member's data go.")
class LegalHoldLiftInput:
    member_id: strawberry.ID = strawberry.field(description="Whose.")


@strawberry.type(description="Outcome of `legalHoldLift`.")
class LegalHoldLiftPayload(Payload):
    is_held: bool | None = strawberry.field(default=None, description="Null on refusal.")


MEMBER_PATHS: Final[Paths] = {"": ["memberId"]}


@strawberry.type(description="Changes.")
class PrivacyMutations:
    @strawberry.mutation(
        description="Leave for good: the viewer signs in no more, and is erased as soon as no "
        "money can come back. Refused while something is open. Needs profile:write.",
        directives=[Auth(scopes=["profile:write"]), Cost(weight=50)],
    )
    async def member_close(
        self, info: Info, input: In[MemberCloseInput]
    ) -> MemberClosePayload | None:
        context = info.context
        try:
            erasure_id = await operations.close_member(
                member_id=context.signed_in().member_id,
                step_up=claim_of(context, input.step_up_id),
                vault=context.services.vault,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return MemberClosePayload(errors=[user_error(refusal, {})])
        return MemberClosePayload(erasure=await _erasure(context, erasure_id))

    @strawberry.mutation(
        description="End the membership of somebody under 18 and erase them at once; what is left "
        "on accounts is for finance to settle. Needs members:oversee.",
        directives=[STAFF, Cost(weight=50)],
    )
    async def member_freeze(
        self, info: Info, input: In[MemberFreezeInput]
    ) -> MemberFreezePayload | None:
        context = info.context
        try:
            erasure_id = await operations.freeze_under_age(
                staff_id=context.signed_in().member_id,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return MemberFreezePayload(errors=[user_error(refusal, MEMBER_PATHS)])
        return MemberFreezePayload(erasure=await _erasure(context, erasure_id))

    @strawberry.mutation(
        description="Keep all data of a member while a court or an authority may ask for it. "
        "Needs members:oversee.",
        directives=[STAFF, Cost(weight=10)],
    )
    async def legal_hold_place(
        self, info: Info, input: In[LegalHoldPlaceInput]
    ) -> LegalHoldPlacePayload | None:
        context = info.context
        try:
            await operations.place_hold(
                staff_id=context.signed_in().member_id,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                reason=input.reason,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return LegalHoldPlacePayload(errors=[user_error(refusal, MEMBER_PATHS)])
        return LegalHoldPlacePayload(is_held=True)

    @strawberry.mutation(
        description="Lift the hold: what waited for it goes. Needs members:oversee.",
        directives=[STAFF, Cost(weight=10)],
    )
    async def legal_hold_lift(
        self, info: Info, input: In[LegalHoldLiftInput]
    ) -> LegalHoldLiftPayload | None:
        context = info.context
        try:
            await operations.lift_hold(
                staff_id=context.signed_in().member_id,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                now=context.now,
            )
        except Refused as refusal:
            return LegalHoldLiftPayload(errors=[user_error(refusal, MEMBER_PATHS)])
        return LegalHoldLiftPayload(is_held=False)


@strawberry.type(description="Reads.")
class PrivacyQueries:
    @strawberry.field(
        description="Erasures that wait, the one that is due first on top; at most 20. "
        "Needs the role staff.",
        directives=[STAFF, Cost(weight=100, list_size=QUEUE_MAX)],
    )
    async def erasure_queue(self, info: Info) -> list[ErasureCase] | None:
        context = info.context
        if context.viewer is None or Role.STAFF not in context.viewer.roles:
            raise Forbidden(Role.STAFF)
        found = await queries.waiting_erasures(limit=QUEUE_MAX)
        return [ErasureCase.of(each, context) for each in found]


async def _erasure(context: Context, erasure_id: UUID) -> Erasure:
    return Erasure.of(await queries.erasure_of(erasure_id=erasure_id), context)
