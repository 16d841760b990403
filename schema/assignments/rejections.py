"""Rejections beyond a campaign's limit: what waits for staff, and what they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.assignments import operations, queries
from domain.assignments.queries import RejectionRequestRecord
from domain.assignments.rules import ReasonCode, RequestState
from domain.errors import Refused
from domain.members.rules import Role
from schema.assignments.types import (
    Assignment,
    Submission,
    assignment_of,
    given_submission,
)
from schema.auth import Auth
from schema.campaigns.loads import instructions
from schema.campaigns.terms import Instructions
from schema.context import Context, Forbidden, Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.money import Money
from schema.node import Node, given_object, node_kind
from schema.payloads import Payload
from schema.prices import Cost
from schema.read_model import Mapped, read_as

QUEUE_MAX: Final = 20
STAFF: Final = Auth(scopes=["disputes:rule"])


@strawberry.type(description="An employer wants to reject more than the campaign's limit allows.")
class RejectionRequest(Node):
    assignment_key: strawberry.Private[UUID]
    state: RequestState = strawberry.field(description="Where it stands.")
    reason_code: ReasonCode = strawberry.field(description="Why the work shall not be paid.")
    clause_id: strawberry.ID | None = strawberry.field(
        description="The clause of the instructions that was not followed."
    )
    text: str = strawberry.field(description="In the employer's words.")
    asked_at: datetime = strawberry.field(description="When.")
    decided_at: datetime | None = strawberry.field(description="When staff decided.")
    answer: str | None = strawberry.field(description="What staff say to it.")

    @classmethod
    def of(cls, record: RejectionRequestRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.REJECTION_REQUEST, record.id),
            assignment_key=record.assignment_id,
            state=record.state,
            reason_code=record.reason_code,
            clause_id=None if record.clause_id is None else strawberry.ID(record.clause_id),
            text=record.text,
            asked_at=record.asked_at,
            decided_at=record.decided_at,
            answer=record.answer,
        )

    @strawberry.field(description="The work it is about; null for staff.")
    async def assignment(self, info: Info) -> Assignment | None:
        return await assignment_of(info.context, self.assignment_key)


@strawberry.type(description="What staff need to decide it: no names, no ratings.")
class RejectionCase:
    request: RejectionRequest = strawberry.field(description="What the employer says.")
    reward: Money = strawberry.field(description="What it is about.")
    instructions: Instructions = strawberry.field(
        description="By which the work is judged: the version that it was claimed under."
    )
    submissions: list[Submission] = strawberry.field(
        description="What was handed in, first revision first; at most 4.",
        directives=[Cost(list_size=4)],
    )


@strawberry.input(description="Decides about a rejection beyond the limit.")
class RejectionDecideInput:
    request_id: strawberry.ID = strawberry.field(description="From `rejectionQueue`.")
    is_acknowledged: bool = strawberry.field(description="Whether the work may be rejected.")
    text: str = strawberry.field(description="Why, in 20 to 4,096 characters; the employer reads.")


@strawberry.type(description="Outcome of `rejectionDecide`.")
class RejectionDecidePayload(Payload):
    request: RejectionRequest | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.input(description="Frees a campaign of the limits of rejections.")
class RejectionLimitWaiveInput:
    campaign_id: strawberry.ID = strawberry.field(description="Whose rejections are not limited.")
    text: str = strawberry.field(description="Why, in 20 to 4,096 characters; staff read it.")


@strawberry.type(description="Outcome of `rejectionLimitWaive`.")
class RejectionLimitWaivePayload(Payload):
    is_waived: bool | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class RejectionMutations:
    @strawberry.mutation(
        description="Staff agree to a rejection beyond the campaign's limit, or not; then the "
        "review time goes on. Needs disputes:rule.",
        directives=[STAFF, Cost(weight=10)],
    )
    async def rejection_decide(
        self, info: Info, input: In[RejectionDecideInput]
    ) -> RejectionDecidePayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.REJECTION_REQUEST, input.request_id, "request_id")
            await operations.decide_rejection(
                staff_id=context.signed_in().member_id,
                request_id=key,
                is_acknowledged=input.is_acknowledged,
                text=input.text,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return RejectionDecidePayload(errors=[user_error(refusal, {"": ["requestId"]})])
        records = await queries.rejection_requests_by_id(
            ids=[key], viewer_id=context.viewer_id, as_staff=True
        )
        request = await given_request(context.renewed(), records[key])
        return RejectionDecidePayload(request=request)

    @strawberry.mutation(
        description="Staff free one campaign of the limits of rejections: a pilot, or answers "
        "that are known before. Needs disputes:rule.",
        directives=[STAFF, Cost(weight=10)],
    )
    async def rejection_limit_waive(
        self, info: Info, input: In[RejectionLimitWaiveInput]
    ) -> RejectionLimitWaivePayload | None:
        context = info.context
        try:
            await operations.waive_rejection_limits(
                staff_id=context.signed_in().member_id,
                campaign_id=context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id"),
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return RejectionLimitWaivePayload(errors=[user_error(refusal, {"": ["campaignId"]})])
        return RejectionLimitWaivePayload(is_waived=True)


@strawberry.type(description="Reads.")
class RejectionQueries:
    @strawberry.field(
        description="Rejections beyond a campaign's limit that wait for staff, the oldest first; "
        "at most 20. Needs the role staff.",
        directives=[STAFF, Cost(weight=100, list_size=QUEUE_MAX)],
    )
    async def rejection_queue(self, info: Info) -> list[RejectionCase] | None:
        context = info.context
        if context.viewer is None or Role.STAFF not in context.viewer.roles:
            raise Forbidden(Role.STAFF)
        records = await queries.rejection_queue(limit=QUEUE_MAX)
        keys = [record.assignment_id for record in records]
        evidence = await queries.evidence_of(ids=keys)
        versions = [(each.campaign_id, each.instruction_version) for each in evidence.values()]
        judged_by = await instructions(context, versions)
        handed_in = await queries.submissions_of(assignment_ids=keys)
        return [
            RejectionCase(
                request=await given_request(context, record),
                reward=Money.of(evidence[key].reward),
                instructions=Instructions.of(
                    judged_by[evidence[key].campaign_id, evidence[key].instruction_version],
                    context,
                ),
                submissions=[await given_submission(context, each) for each in handed_in[key]],
            )
            for record in records
            for key in (record.assignment_id,)
        ]


async def requests_seen(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, RejectionRequestRecord]:
    """The viewer's own."""
    return await queries.rejection_requests_by_id(ids=keys, viewer_id=context.viewer_id)


async def requests_of(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, RejectionRequestRecord]:
    """By assignment."""
    if context.viewer_id is None:
        return {}
    return await queries.rejection_requests_of_assignments(ids=keys, viewer_id=context.viewer_id)


async def given_request(context: Context, record: RejectionRequestRecord) -> RejectionRequest:
    """For staff, who did not ask."""

    async def made() -> RejectionRequest:
        return RejectionRequest.of(record, context)

    found: RejectionRequest = await given_object(context, Tag.REJECTION_REQUEST, record.id, made)
    return found


node_kind(Tag.REJECTION_REQUEST, load=requests_seen, show=RejectionRequest.of)
read_as("RejectionRequest", Mapped(entity="RejectionRequest", tag=Tag.REJECTION_REQUEST))
