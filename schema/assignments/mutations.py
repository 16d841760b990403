"""What worker and employer do with an assignment."""

from __future__ import annotations

from typing import Final

import strawberry

from domain.assignments import operations
from domain.errors import Refused
from schema.assignments.inputs import (
    AssignmentApproveInput,
    AssignmentAskRevisionInput,
    AssignmentClaimInput,
    AssignmentRejectInput,
    AssignmentReturnInput,
    AssignmentReverseInput,
    AssignmentSubmitInput,
    AssignmentWithdrawInput,
)
from schema.assignments.payloads import (
    AssignmentApprovePayload,
    AssignmentAskRevisionPayload,
    AssignmentClaimPayload,
    AssignmentRejectPayload,
    AssignmentReturnPayload,
    AssignmentReversePayload,
    AssignmentSubmitPayload,
    AssignmentWithdrawPayload,
)
from schema.assignments.types import Submission, assignment_of
from schema.auth import Auth
from schema.campaigns.types import campaign_of
from schema.context import Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In, key_of
from schema.node import object_of
from schema.prices import Cost

MISSING: Final[Paths] = {"": ["assignmentId"]}
WRITE: Final = [Auth(scopes=["assignments:write"]), Cost(weight=10)]


@strawberry.type(description="Changes.")
class AssignmentMutations:
    @strawberry.mutation(
        description="Take a place in a running campaign: of the named task, or of the next one "
        "the viewer has not done. Needs assignments:write.",
        directives=WRITE,
    )
    async def assignment_claim(
        self, info: Info, input: In[AssignmentClaimInput]
    ) -> AssignmentClaimPayload | None:
        context = info.context
        try:
            campaign_id = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            task_id = None
            if input.task_id is not None:
                task_id = context.ids.decode(Tag.TASK, input.task_id, "task_id")
            assignment_id = await operations.claim_assignment(
                worker_id=context.signed_in().member_id,
                campaign_id=campaign_id,
                task_id=task_id,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return AssignmentClaimPayload(errors=[user_error(refusal, {"": ["campaignId"]})])
        return AssignmentClaimPayload(
            assignment=await assignment_of(context.renewed(), assignment_id),
            campaign=await campaign_of(context, campaign_id),
        )

    @strawberry.mutation(
        description="Hand in the work, or a better version that was asked for. "
        "Needs assignments:write.",
        directives=WRITE,
    )
    async def assignment_submit(
        self, info: Info, input: In[AssignmentSubmitInput]
    ) -> AssignmentSubmitPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            assignment_id = context.ids.decode(Tag.ASSIGNMENT, input.assignment_id, "assignment_id")
            done = await operations.submit_assignment(
                worker_id=viewer.member_id,
                assignment_id=assignment_id,
                items=[each.to_item(context.ids, index) for index, each in enumerate(input.items)],
                check_answers=[each.to_answer() for each in input.check_answers],
                key=key_of("assignmentSubmit", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return AssignmentSubmitPayload(errors=[user_error(refusal, MISSING)])
        submission: Submission | None = await object_of(
            context.renewed(), Tag.SUBMISSION, done.submission_id
        )
        assignment = await assignment_of(context, assignment_id)
        return AssignmentSubmitPayload(
            assignment=assignment, submission=submission, replayed=done.replayed
        )

    @strawberry.mutation(
        description="Give a claimed place back unused; whoever gives three places of one campaign "
        "back within 24 hours waits before the next claim of it. Needs assignments:write.",
        directives=WRITE,
    )
    async def assignment_return(
        self, info: Info, input: In[AssignmentReturnInput]
    ) -> AssignmentReturnPayload | None:
        context = info.context
        try:
            assignment_id = context.ids.decode(Tag.ASSIGNMENT, input.assignment_id, "assignment_id")
            await operations.return_assignment(
                worker_id=context.signed_in().member_id,
                assignment_id=assignment_id,
                now=context.now,
            )
        except Refused as refusal:
            return AssignmentReturnPayload(errors=[user_error(refusal, MISSING)])
        assignment = await assignment_of(context.renewed(), assignment_id)
        return AssignmentReturnPayload(assignment=assignment)

    @strawberry.mutation(
        description="Decline to revise; the place and its reward go back. Needs assignments:write.",
        directives=WRITE,
    )
    async def assignment_withdraw(
        self, info: Info, input: In[AssignmentWithdrawInput]
    ) -> AssignmentWithdrawPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.withdraw_assignment(
                worker_id=viewer.member_id,
                assignment_id=context.ids.decode(
                    Tag.ASSIGNMENT, input.assignment_id, "assignment_id"
                ),
                key=key_of("assignmentWithdraw", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return AssignmentWithdrawPayload(errors=[user_error(refusal, MISSING)])
        assignment = await assignment_of(context.renewed(), done.assignment_id)
        return AssignmentWithdrawPayload(assignment=assignment, replayed=done.replayed)

    @strawberry.mutation(
        description="Accept the work and pay for it. Needs reviews:write.",
        directives=[Auth(scopes=["reviews:write"]), Cost(weight=10)],
    )
    async def assignment_approve(
        self, info: Info, input: In[AssignmentApproveInput]
    ) -> AssignmentApprovePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.approve_assignment(
                employer_id=viewer.member_id,
                assignment_id=context.ids.decode(
                    Tag.ASSIGNMENT, input.assignment_id, "assignment_id"
                ),
                comment=input.comment,
                key=key_of("assignmentApprove", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return AssignmentApprovePayload(errors=[user_error(refusal, MISSING)])
        assignment = await assignment_of(context.renewed(), done.assignment_id)
        return AssignmentApprovePayload(assignment=assignment, replayed=done.replayed)

    @strawberry.mutation(
        description="Refuse to pay, with a reason. The reward stays set aside until the time to "
        "contest it is over. A campaign may reject 3 or 30 %, whatever is more; beyond that "
        "each needs staff. Needs reviews:write.",
        directives=[Auth(scopes=["reviews:write"]), Cost(weight=10)],
    )
    async def assignment_reject(
        self, info: Info, input: In[AssignmentRejectInput]
    ) -> AssignmentRejectPayload | None:
        context = info.context
        try:
            assignment_id = context.ids.decode(Tag.ASSIGNMENT, input.assignment_id, "assignment_id")
            done = await operations.reject_assignment(
                employer_id=context.signed_in().member_id,
                assignment_id=assignment_id,
                rejection=input.to_rejection(),
                asks_staff=input.ask_staff,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return AssignmentRejectPayload(errors=[user_error(refusal, MISSING)])
        assignment = await assignment_of(context.renewed(), assignment_id)
        return AssignmentRejectPayload(assignment=assignment, awaits_staff=done.awaits_staff)

    @strawberry.mutation(
        description="Ask for a better version within 24 hours. Needs reviews:write.",
        directives=[Auth(scopes=["reviews:write"]), Cost(weight=10)],
    )
    async def assignment_ask_revision(
        self, info: Info, input: In[AssignmentAskRevisionInput]
    ) -> AssignmentAskRevisionPayload | None:
        context = info.context
        try:
            assignment_id = context.ids.decode(Tag.ASSIGNMENT, input.assignment_id, "assignment_id")
            await operations.ask_revision(
                employer_id=context.signed_in().member_id,
                assignment_id=assignment_id,
                text=input.text,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return AssignmentAskRevisionPayload(errors=[user_error(refusal, MISSING)])
        assignment = await assignment_of(context.renewed(), assignment_id)
        return AssignmentAskRevisionPayload(assignment=assignment)

    @strawberry.mutation(
        description="Take a rejection back within 30 days and pay after all. Needs reviews:write.",
        directives=[Auth(scopes=["reviews:write"]), Cost(weight=10)],
    )
    async def assignment_reverse(
        self, info: Info, input: In[AssignmentReverseInput]
    ) -> AssignmentReversePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.reverse_rejection(
                employer_id=viewer.member_id,
                assignment_id=context.ids.decode(
                    Tag.ASSIGNMENT, input.assignment_id, "assignment_id"
                ),
                key=key_of("assignmentReverse", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            paths = {**MISSING, "amount": ["assignmentId"]}
            return AssignmentReversePayload(errors=[user_error(refusal, paths)])
        assignment = await assignment_of(context.renewed(), done.assignment_id)
        return AssignmentReversePayload(assignment=assignment, replayed=done.replayed)
