"""What the mutations of assignments answer."""

from __future__ import annotations

from datetime import datetime

import strawberry

from domain.assignments import operations
from domain.assignments.rules import ClaimReason
from schema.assignments.types import Assignment, Submission
from schema.campaigns.types import Campaign
from schema.errors import NO_PATHS, Paths, UserError, code_of, path_of, user_error
from schema.payloads import MoneyPayload, Payload


@strawberry.type(description="The claim was not taken.")
class NotEligibleError(UserError):
    reasons: list[ClaimReason] = strawberry.field(description="Everything in the way; at most 23.")


@user_error.register(operations.NotEligible)
def not_eligible_error(
    refusal: operations.NotEligible, paths: Paths = NO_PATHS
) -> NotEligibleError:
    return NotEligibleError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        reasons=list(refusal.reasons),
    )


@strawberry.type(description="The claim, or the time for the revision, is over.")
class DeadlinePassedError(UserError):
    deadline_at: datetime = strawberry.field(description="When it ended.")


@user_error.register(operations.DeadlinePassed)
def deadline_passed_error(
    refusal: operations.DeadlinePassed, paths: Paths = NO_PATHS
) -> DeadlinePassedError:
    return DeadlinePassedError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        deadline_at=refusal.deadline_at,
    )


@strawberry.type(description="The campaign may reject no more without staff.")
class RejectionsUsedUpError(UserError):
    allowed_count: int = strawberry.field(description="How many it may reject by now.")
    rejected_count: int = strawberry.field(description="How many it has rejected.")


@user_error.register(operations.RejectionsUsedUp)
def rejections_used_up_error(
    refusal: operations.RejectionsUsedUp, paths: Paths = NO_PATHS
) -> RejectionsUsedUpError:
    return RejectionsUsedUpError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        allowed_count=refusal.allowed,
        rejected_count=refusal.rejected,
    )


@strawberry.type(description="Outcome of `assignmentApprove`.")
class AssignmentApprovePayload(MoneyPayload):
    assignment: Assignment | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `assignmentAskRevision`.")
class AssignmentAskRevisionPayload(Payload):
    assignment: Assignment | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `assignmentClaim`.")
class AssignmentClaimPayload(Payload):
    assignment: Assignment | None = strawberry.field(default=None, description="Null on refusal.")
    campaign: Campaign | None = strawberry.field(
        default=None, description="With its new place counts; null on refusal."
    )


@strawberry.type(description="Outcome of `assignmentReject`.")
class AssignmentRejectPayload(Payload):
    assignment: Assignment | None = strawberry.field(default=None, description="Null on refusal.")
    awaits_staff: bool | None = strawberry.field(
        default=None,
        description="True: nothing is rejected yet, staff were asked, and the review time goes on.",
    )


@strawberry.type(description="Outcome of `assignmentReturn`.")
class AssignmentReturnPayload(Payload):
    assignment: Assignment | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `assignmentReverse`.")
class AssignmentReversePayload(MoneyPayload):
    assignment: Assignment | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `assignmentSubmit`.")
class AssignmentSubmitPayload(MoneyPayload):
    assignment: Assignment | None = strawberry.field(default=None, description="Null on refusal.")
    submission: Submission | None = strawberry.field(
        default=None, description="What was handed in; null on refusal."
    )


@strawberry.type(description="Outcome of `assignmentWithdraw`.")
class AssignmentWithdrawPayload(MoneyPayload):
    assignment: Assignment | None = strawberry.field(default=None, description="Null on refusal.")
