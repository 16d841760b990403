"""What parties and staff do in a dispute."""

from __future__ import annotations

from functools import partial
from typing import Final

import strawberry

from domain.disputes import operations
from domain.disputes.queries import disputes_by_id
from domain.disputes.rules import DisputeKind, Ruling
from domain.errors import InvalidInput, Refused
from schema.auth import Auth
from schema.context import Info
from schema.disputes.types import Dispute, dispute_of, given_dispute
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.payloads import MoneyPayload, Payload
from schema.prices import Cost

MISSING: Final[Paths] = {"": ["disputeId"]}
WRITE: Final = [Auth(scopes=["disputes:write"]), Cost(weight=10)]
TEXT: Final = "In 20 to 4,096 characters; the other side and staff read it."


@strawberry.input(description="Contests a rejection, or approved work for fraud.")
class DisputeOpenInput:
    assignment_id: strawberry.ID = strawberry.field(
        description="Rejected less than a week ago, or approved less than 30 days ago."
    )
    text: str = strawberry.field(description=TEXT)
    kind: DisputeKind = strawberry.field(
        default=DisputeKind.REJECTION, description="Workers contest rejections, employers fraud."
    )


@strawberry.input(description="Answers a dispute.")
class DisputeAnswerInput:
    dispute_id: strawberry.ID = strawberry.field(description="Which awaits an answer.")
    text: str = strawberry.field(description=TEXT)


@strawberry.input(description="Gives in.")
class DisputeConcedeInput(Wish):
    dispute_id: strawberry.ID = strawberry.field(description="Not decided yet.")


@strawberry.input(description="Offers a split.")
class DisputeOfferInput(Wish):
    dispute_id: strawberry.ID = strawberry.field(description="In mediation.")
    worker_percent: int = strawberry.field(
        description="What the worker is to get of the reward, 1 to 99."
    )


@strawberry.input(description="Asks for a decision.")
class DisputeEscalateInput:
    dispute_id: strawberry.ID = strawberry.field(description="In mediation.")


@strawberry.input(description="Appeals against a decision.")
class DisputeAppealInput:
    dispute_id: strawberry.ID = strawberry.field(description="Decided less than a week ago.")
    text: str = strawberry.field(description=TEXT)


@strawberry.input(description="Accepts a decision.")
class DisputeAcceptInput(Wish):
    dispute_id: strawberry.ID = strawberry.field(description="Decided.")


@strawberry.input(description="Decides a dispute.")
class DisputeRuleInput(Wish):
    dispute_id: strawberry.ID = strawberry.field(description="From `disputeQueue`.")
    ruling: Ruling = strawberry.field(description="`WORKER`, `EMPLOYER` or `SPLIT`.")
    worker_percent: int | None = strawberry.field(
        default=None, description="Of the reward, 1 to 99: with `SPLIT`, and only then."
    )
    text: str = strawberry.field(description="Why, in 20 to 4,096 characters; both sides read it.")


@strawberry.type(description="Outcome of `disputeOpen`.")
class DisputeOpenPayload(Payload):
    dispute: Dispute | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `disputeAnswer`.")
class DisputeAnswerPayload(Payload):
    dispute: Dispute | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `disputeConcede`.")
class DisputeConcedePayload(MoneyPayload):
    dispute: Dispute | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `disputeOffer`.")
class DisputeOfferPayload(MoneyPayload):
    dispute: Dispute | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `disputeEscalate`.")
class DisputeEscalatePayload(Payload):
    dispute: Dispute | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `disputeAppeal`.")
class DisputeAppealPayload(Payload):
    dispute: Dispute | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `disputeAccept`.")
class DisputeAcceptPayload(MoneyPayload):
    dispute: Dispute | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `disputeRule`.")
class DisputeRulePayload(MoneyPayload):
    dispute: Dispute | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class DisputeMutations:
    @strawberry.mutation(
        description="Contest a rejection within seven days, as its worker, or approved work for "
        "fraud within 30 days, as its employer; money moves when the dispute is final. Needs "
        "disputes:write.",
        directives=WRITE,
    )
    async def dispute_open(
        self, info: Info, input: In[DisputeOpenInput]
    ) -> DisputeOpenPayload | None:
        context = info.context
        try:
            viewer_id = context.signed_in().member_id
            about = context.ids.decode(Tag.ASSIGNMENT, input.assignment_id, "assignment_id")
            opened = (
                partial(operations.open_fraud_dispute, employer_id=viewer_id)
                if input.kind is DisputeKind.FRAUD
                else partial(operations.open_dispute, worker_id=viewer_id)
            )
            key = await opened(
                assignment_id=about,
                text=input.text,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DisputeOpenPayload(errors=[user_error(refusal, {"": ["assignmentId"]})])
        return DisputeOpenPayload(dispute=await dispute_of(context.renewed(), key))

    @strawberry.mutation(
        description="What the side says that did not open it. Needs disputes:write.",
        directives=WRITE,
    )
    async def dispute_answer(
        self, info: Info, input: In[DisputeAnswerInput]
    ) -> DisputeAnswerPayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.DISPUTE, input.dispute_id, "dispute_id")
            await operations.answer_dispute(
                member_id=context.signed_in().member_id,
                dispute_id=key,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return DisputeAnswerPayload(errors=[user_error(refusal, MISSING)])
        return DisputeAnswerPayload(dispute=await dispute_of(context.renewed(), key))

    @strawberry.mutation(
        description="The side that did not open it gives in: the worker is paid, or gives back "
        "what was fraud. Where some of that is paid out already, staff decide. Needs "
        "disputes:write.",
        directives=WRITE,
    )
    async def dispute_concede(
        self, info: Info, input: In[DisputeConcedeInput]
    ) -> DisputeConcedePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            key = context.ids.decode(Tag.DISPUTE, input.dispute_id, "dispute_id")
            replayed = await operations.concede_dispute(
                member_id=viewer.member_id,
                dispute_id=key,
                key=key_of("disputeConcede", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DisputeConcedePayload(errors=[user_error(refusal, MISSING)])
        dispute = await dispute_of(context.renewed(), key)
        return DisputeConcedePayload(dispute=dispute, replayed=replayed)

    @strawberry.mutation(
        description="Either side offers a share, at most three times; once both offer the same, "
        "the worker is paid that share, for good. Needs disputes:write.",
        directives=WRITE,
    )
    async def dispute_offer(
        self, info: Info, input: In[DisputeOfferInput]
    ) -> DisputeOfferPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            key = context.ids.decode(Tag.DISPUTE, input.dispute_id, "dispute_id")
            replayed = await operations.offer_share(
                member_id=viewer.member_id,
                dispute_id=key,
                percent=input.worker_percent,
                key=key_of("disputeOffer", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DisputeOfferPayload(errors=[user_error(refusal, MISSING)])
        dispute = await dispute_of(context.renewed(), key)
        return DisputeOfferPayload(dispute=dispute, replayed=replayed)

    @strawberry.mutation(
        description="Either side asks for a decision by staff. Needs disputes:write.",
        directives=WRITE,
    )
    async def dispute_escalate(
        self, info: Info, input: In[DisputeEscalateInput]
    ) -> DisputeEscalatePayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.DISPUTE, input.dispute_id, "dispute_id")
            await operations.escalate_dispute(
                member_id=context.signed_in().member_id, dispute_id=key, now=context.now
            )
        except Refused as refusal:
            return DisputeEscalatePayload(errors=[user_error(refusal, MISSING)])
        return DisputeEscalatePayload(dispute=await dispute_of(context.renewed(), key))

    @strawberry.mutation(
        description="Either side appeals, once, within seven days of the decision. Needs "
        "disputes:write.",
        directives=WRITE,
    )
    async def dispute_appeal(
        self, info: Info, input: In[DisputeAppealInput]
    ) -> DisputeAppealPayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.DISPUTE, input.dispute_id, "dispute_id")
            await operations.appeal_dispute(
                member_id=context.signed_in().member_id,
                dispute_id=key,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return DisputeAppealPayload(errors=[user_error(refusal, MISSING)])
        return DisputeAppealPayload(dispute=await dispute_of(context.renewed(), key))

    @strawberry.mutation(
        description="A side will not appeal; once both said so the money moves. Needs "
        "disputes:write.",
        directives=WRITE,
    )
    async def dispute_accept(
        self, info: Info, input: In[DisputeAcceptInput]
    ) -> DisputeAcceptPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            key = context.ids.decode(Tag.DISPUTE, input.dispute_id, "dispute_id")
            replayed = await operations.accept_ruling(
                member_id=viewer.member_id,
                dispute_id=key,
                key=key_of("disputeAccept", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DisputeAcceptPayload(errors=[user_error(refusal, MISSING)])
        dispute = await dispute_of(context.renewed(), key)
        return DisputeAcceptPayload(dispute=dispute, replayed=replayed)

    @strawberry.mutation(
        description="Staff decide, and say why; of an appeal, somebody else, and for good. "
        "Needs disputes:rule.",
        directives=[Auth(scopes=["disputes:rule"]), Cost(weight=10)],
    )
    async def dispute_rule(
        self, info: Info, input: In[DisputeRuleInput]
    ) -> DisputeRulePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            if input.ruling is Ruling.PLATFORM:
                raise InvalidInput(
                    "staff decide for the worker, the employer, or in between", path=("ruling",)
                )
            if (input.ruling is Ruling.SPLIT) != (input.worker_percent is not None):
                raise InvalidInput("a share, and only with a split", path=("worker_percent",))
            key = context.ids.decode(Tag.DISPUTE, input.dispute_id, "dispute_id")
            replayed = await operations.rule_dispute(
                staff_id=viewer.member_id,
                dispute_id=key,
                is_for_worker=input.ruling is Ruling.WORKER,
                percent=input.worker_percent,
                text=input.text,
                key=key_of("disputeRule", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DisputeRulePayload(errors=[user_error(refusal, MISSING)])
        records = await disputes_by_id(ids=[key], viewer_id=viewer.member_id, as_staff=True)
        dispute = await given_dispute(context.renewed(), records[key])
        return DisputeRulePayload(dispute=dispute, replayed=replayed)
