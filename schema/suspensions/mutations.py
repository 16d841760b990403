"""What staff decide about suspensions, and the appeal of the member."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.suspensions import operations
from domain.suspensions.rules import Work
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.payloads import MoneyPayload, Payload
from schema.prices import Cost
from schema.suspensions.types import Suspension, given_suspension, suspension_of

MISSING: Final[Paths] = {"": ["suspensionId"]}
STAFF: Final = [Auth(scopes=["suspensions:decide"]), Cost(weight=10)]
TEXT: Final = "Why, in 20 to 4,096 characters; the member reads it."
WORK: Final = "Work of the member, done or offered; with `campaignIds` 1 to 100."


@strawberry.input(description="Asks colleagues to look at a member.")
class SuspensionProposeInput:
    member_id: strawberry.ID = strawberry.field(description="Whom.")
    text: str = strawberry.field(description=TEXT)
    assignment_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description=WORK)
    campaign_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Campaigns of the member."
    )


@strawberry.input(description="The work that a suspension would be about.")
class SuspensionWorkInput:
    assignment_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description=WORK)
    campaign_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Campaigns of the member."
    )


@strawberry.input(description="Suspends a member until a date.")
class SuspensionImposeInput:
    suspension_id: strawberry.ID = strawberry.field(description="Which waits for a person.")
    text: str = strawberry.field(description=TEXT)
    assignment_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description=WORK)
    campaign_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Campaigns of the member."
    )
    happened_from: date = strawberry.field(description="First day of what happened.")
    happened_until: date = strawberry.field(description="Last day of it.")
    ends_at: datetime = strawberry.field(description="Within a year.")


@strawberry.input(description="Lets a member go on.")
class SuspensionDismissInput:
    suspension_id: strawberry.ID = strawberry.field(description="Which waits for a person.")
    text: str = strawberry.field(description=TEXT)


@strawberry.input(description="Appeals against a suspension.")
class SuspensionAppealInput:
    suspension_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")
    text: str = strawberry.field(description="Why, in 20 to 4,096 characters; staff read it.")


@strawberry.input(description="Decides an appeal.")
class SuspensionRuleInput(Wish):
    suspension_id: strawberry.ID = strawberry.field(description="From `suspensionQueue`.")
    is_reversed: bool = strawberry.field(
        description="Whether the member is freed, and paid what was lost."
    )
    text: str = strawberry.field(description=TEXT)


@strawberry.type(description="Outcome of `suspensionPropose`.")
class SuspensionProposePayload(Payload):
    suspension: Suspension | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `suspensionImpose`.")
class SuspensionImposePayload(Payload):
    suspension: Suspension | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `suspensionDismiss`.")
class SuspensionDismissPayload(Payload):
    suspension: Suspension | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `suspensionAppeal`.")
class SuspensionAppealPayload(Payload):
    suspension: Suspension | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `suspensionRule`.")
class SuspensionRulePayload(MoneyPayload):
    suspension: Suspension | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class SuspensionMutations:
    @strawberry.mutation(
        description="Staff propose to suspend a member, who claims and publishes nothing new "
        "until another person decides, 48 hours at most. Needs suspensions:decide.",
        directives=STAFF,
    )
    async def suspension_propose(
        self, info: Info, input: In[SuspensionProposeInput]
    ) -> SuspensionProposePayload | None:
        context = info.context
        try:
            key = await operations.propose_suspension(
                staff_id=context.signed_in().member_id,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                text=input.text,
                work=work_of(context, input),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return SuspensionProposePayload(errors=[user_error(refusal, {"": ["memberId"]})])
        return SuspensionProposePayload(suspension=await given_suspension(context, key))

    @strawberry.mutation(
        description="A person who did not propose it suspends the member, with reasons and an "
        "end. Needs suspensions:decide.",
        directives=STAFF,
    )
    async def suspension_impose(
        self, info: Info, input: In[SuspensionImposeInput]
    ) -> SuspensionImposePayload | None:
        context = info.context
        try:
            key = _key(context, input.suspension_id)
            await operations.impose_suspension(
                staff_id=context.signed_in().member_id,
                suspension_id=key,
                text=input.text,
                work=work_of(context, input),
                from_on=input.happened_from,
                to_on=input.happened_until,
                ends_at=input.ends_at,
                now=context.now,
            )
        except Refused as refusal:
            paths = {**MISSING, "from_on": ["happenedFrom"]}
            return SuspensionImposePayload(errors=[user_error(refusal, paths)])
        return SuspensionImposePayload(suspension=await given_suspension(context, key))

    @strawberry.mutation(
        description="A person finds that nothing is to be done. Needs suspensions:decide.",
        directives=STAFF,
    )
    async def suspension_dismiss(
        self, info: Info, input: In[SuspensionDismissInput]
    ) -> SuspensionDismissPayload | None:
        context = info.context
        try:
            key = _key(context, input.suspension_id)
            await operations.dismiss_suspension(
                staff_id=context.signed_in().member_id,
                suspension_id=key,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return SuspensionDismissPayload(errors=[user_error(refusal, MISSING)])
        return SuspensionDismissPayload(suspension=await given_suspension(context, key))

    @strawberry.mutation(
        description="Ask, once and until `appealUntil`, that somebody else looks at it; also when "
        "it is over. Needs suspensions:write.",
        directives=[Auth(scopes=["suspensions:write"]), Cost(weight=10)],
    )
    async def suspension_appeal(
        self, info: Info, input: In[SuspensionAppealInput]
    ) -> SuspensionAppealPayload | None:
        context = info.context
        try:
            key = _key(context, input.suspension_id)
            await operations.appeal_suspension(
                member_id=context.signed_in().member_id,
                suspension_id=key,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return SuspensionAppealPayload(errors=[user_error(refusal, MISSING)])
        return SuspensionAppealPayload(suspension=await suspension_of(context.renewed(), key))

    @strawberry.mutation(
        description="Who neither proposed nor imposed it decides an appeal, for good. "
        "Needs suspensions:decide.",
        directives=STAFF,
    )
    async def suspension_rule(
        self, info: Info, input: In[SuspensionRuleInput]
    ) -> SuspensionRulePayload | None:
        context = info.context
        try:
            viewer, key = context.signed_in(), _key(context, input.suspension_id)
            replayed = await operations.rule_suspension(
                staff_id=viewer.member_id,
                suspension_id=key,
                is_reversed=input.is_reversed,
                text=input.text,
                key=key_of("suspensionRule", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return SuspensionRulePayload(errors=[user_error(refusal, MISSING)])
        found = await given_suspension(context, key)
        return SuspensionRulePayload(suspension=found, replayed=replayed)


def _key(context: Context, suspension_id: strawberry.ID) -> UUID:
    return context.ids.decode(Tag.SUSPENSION, suspension_id, "suspension_id")


def work_of(
    context: Context,
    input: SuspensionProposeInput | SuspensionImposeInput | SuspensionWorkInput,
) -> Work:
    """Refuses with `InvalidId`."""
    decode = context.ids.decode
    return Work(
        assignment_ids=tuple(
            decode(Tag.ASSIGNMENT, each, "assignment_ids") for each in input.assignment_ids
        ),
        campaign_ids=tuple(
            decode(Tag.CAMPAIGN, each, "campaign_ids") for each in input.campaign_ids
        ),
    )
