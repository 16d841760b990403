"""Decisions of people about payments that no machine may decide; for finance."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.payouts import operations, queries
from domain.payouts.rules import Verdict
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.payloads import MoneyPayload, Payload
from schema.payouts.doubts import PayoutResolution
from schema.prices import Cost

FINANCE: Final = [Auth(scopes=["finance:write"]), Cost(weight=20)]
RESOLUTION: Final[Paths] = {"": ["resolutionId"]}


@strawberry.input(description="Says what became of a payment, and how one knows.")
class PayoutResolutionProposeInput:
    attempt_id: strawberry.ID = strawberry.field(description="Of `payoutDoubts`.")
    verdict: Verdict = strawberry.field(description="What was found out.")
    reason: str = strawberry.field(description="How one knows, 1 to 500 characters.")
    evidence: str = strawberry.field(
        default="", description="Such as the bank's own reference, at most 1000 characters."
    )


@strawberry.input(description="Agrees to a proposal of another person.")
class PayoutResolutionApproveInput(Wish):
    resolution_id: strawberry.ID = strawberry.field(description="Of `payoutDoubts`.")


@strawberry.input(description="Takes a proposal back, or says no to it.")
class PayoutResolutionDeclineInput:
    resolution_id: strawberry.ID = strawberry.field(description="Of `payoutDoubts`.")


@strawberry.input(description="Takes the next step of a payout now.")
class PayoutRetryInput:
    payout_id: strawberry.ID = strawberry.field(description="Not ended yet.")


@strawberry.input(description="Lets new sends through an instance again.")
class ProviderQuarantineLiftInput:
    instance: str = strawberry.field(description="Its id in the configuration.")


@strawberry.type(description="Outcome of `payoutResolutionPropose`.")
class PayoutResolutionProposePayload(Payload):
    resolution: PayoutResolution | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Outcome of `payoutResolutionApprove`.")
class PayoutResolutionApprovePayload(MoneyPayload):
    resolution: PayoutResolution | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Outcome of `payoutResolutionDecline`.")
class PayoutResolutionDeclinePayload(Payload):
    resolution: PayoutResolution | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Outcome of `payoutRetry`.")
class PayoutRetryPayload(Payload):
    is_begun: bool | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `providerQuarantineLift`.")
class ProviderQuarantineLiftPayload(Payload):
    is_lifted: bool | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class PayoutResolutionMutations:
    @strawberry.mutation(
        description="Say what became of a payment in doubt; nothing moves until another person "
        "agrees. Needs finance:write.",
        directives=FINANCE,
    )
    async def payout_resolution_propose(
        self, info: Info, input: In[PayoutResolutionProposeInput]
    ) -> PayoutResolutionProposePayload | None:
        context = info.context
        try:
            done = await operations.propose_resolution(
                attempt_id=context.ids.decode(Tag.PAYOUT_ATTEMPT, input.attempt_id, "attempt_id"),
                verdict=input.verdict,
                reason=input.reason,
                evidence=input.evidence,
                member_id=context.signed_in().member_id,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            errors = [user_error(refusal, {"": ["attemptId"]})]
            return PayoutResolutionProposePayload(errors=errors)
        return PayoutResolutionProposePayload(resolution=await shown(context, done.resolution_id))

    @strawberry.mutation(
        description="Agree to what another person found out: the money moves once. "
        "Needs finance:write.",
        directives=FINANCE,
    )
    async def payout_resolution_approve(
        self, info: Info, input: In[PayoutResolutionApproveInput]
    ) -> PayoutResolutionApprovePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            resolution_id = context.ids.decode(
                Tag.PAYOUT_RESOLUTION, input.resolution_id, "resolution_id"
            )
            done = await operations.approve_resolution(
                resolution_id=resolution_id,
                member_id=viewer.member_id,
                key=key_of("payoutResolutionApprove", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return PayoutResolutionApprovePayload(errors=[user_error(refusal, RESOLUTION)])
        return PayoutResolutionApprovePayload(
            resolution=await shown(context, resolution_id), replayed=done.replayed
        )

    @strawberry.mutation(
        description="Take a proposal back, or say no to it; nothing moves. Needs finance:write.",
        directives=FINANCE,
    )
    async def payout_resolution_decline(
        self, info: Info, input: In[PayoutResolutionDeclineInput]
    ) -> PayoutResolutionDeclinePayload | None:
        context = info.context
        try:
            resolution_id = context.ids.decode(
                Tag.PAYOUT_RESOLUTION, input.resolution_id, "resolution_id"
            )
            await operations.decline_resolution(
                resolution_id=resolution_id,
                member_id=context.signed_in().member_id,
                now=context.now,
            )
        except Refused as refusal:
            return PayoutResolutionDeclinePayload(errors=[user_error(refusal, RESOLUTION)])
        return PayoutResolutionDeclinePayload(resolution=await shown(context, resolution_id))

    @strawberry.mutation(
        description="Route, send or look up a payout now instead of later. Needs finance:write.",
        directives=FINANCE,
    )
    async def payout_retry(
        self, info: Info, input: In[PayoutRetryInput]
    ) -> PayoutRetryPayload | None:
        context = info.context
        try:
            await operations.retry_payout(
                payout_id=context.ids.decode(Tag.PAYOUT, input.payout_id, "payout_id"),
                member_id=context.signed_in().member_id,
                now=context.now,
            )
        except Refused as refusal:
            return PayoutRetryPayload(errors=[user_error(refusal, {"": ["payoutId"]})])
        return PayoutRetryPayload(is_begun=True)

    @strawberry.mutation(
        description="Let new sends through an instance again, after it was set up anew. "
        "Needs finance:write.",
        directives=FINANCE,
    )
    async def provider_quarantine_lift(
        self, info: Info, input: In[ProviderQuarantineLiftInput]
    ) -> ProviderQuarantineLiftPayload | None:
        context = info.context
        try:
            await operations.lift_quarantine(
                instance_id=input.instance,
                member_id=context.signed_in().member_id,
                now=context.now,
            )
        except Refused as refusal:
            return ProviderQuarantineLiftPayload(errors=[user_error(refusal)])
        return ProviderQuarantineLiftPayload(is_lifted=True)


async def shown(context: Context, resolution_id: UUID) -> PayoutResolution | None:
    record = await queries.resolution_by_id(resolution_id)
    return None if record is None else PayoutResolution.of(record, context)
