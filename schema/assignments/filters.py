"""Which assignments a list shows, and their states as the SDL describes them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

import strawberry

from domain.assignments.queries import AssignmentRecord
from domain.assignments.rules import (
    AssignmentEvent,
    AssignmentState,
    DecidedBy,
    Decision,
    ItemRole,
    ReasonCode,
    RequestState,
)
from schema.enums import show_enum
from schema.filters import (
    DateTimeFilter,
    Filter,
    IdFilter,
    IntFilter,
    MoneyFilter,
    every_field,
    id_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.paging import Order, OrderDirection

show_enum(
    AssignmentState,
    description="State of an assignment.",
    values={
        AssignmentState.CLAIMED: "The place is held until `deadlineAt`.",
        AssignmentState.SUBMITTED: "Handed in; the reward is set aside for the worker.",
        AssignmentState.RETURNED: "Given back by the worker.",
        AssignmentState.EXPIRED: "Nothing was handed in in time.",
        AssignmentState.REVOKED: "Staff blocked the campaign. Handed in before the deadline it is "
        "paid.",
        AssignmentState.REVISION_REQUESTED: "The employer wants a better version.",
        AssignmentState.WITHDRAWN: "The worker declined to revise.",
        AssignmentState.APPROVED: "Paid.",
        AssignmentState.PARTLY_APPROVED: "A ruling gave the worker a share; `awarded` says what.",
        AssignmentState.REJECTED: "Not paid for now; can still be contested.",
        AssignmentState.DISPUTED: "The worker contests the rejection; the reward stays set aside.",
        AssignmentState.CLOSED_REJECTED: "Finally not paid.",
    },
)
show_enum(
    AssignmentEvent,
    name="AssignmentTransition",
    description="A step of an assignment's state machine.",
    values={
        AssignmentEvent.SUBMIT: "`assignmentSubmit`.",
        AssignmentEvent.RETURN: "`assignmentReturn`.",
        AssignmentEvent.EXPIRE: "The deadline passed.",
        AssignmentEvent.REVOKE: "Staff blocked the campaign.",
        AssignmentEvent.APPROVE: "`assignmentApprove`, or the review time passed.",
        AssignmentEvent.REJECT: "`assignmentReject`.",
        AssignmentEvent.ASK_REVISION: "`assignmentAskRevision`.",
        AssignmentEvent.LAPSE_REVISION: "No revision came: the last submission counts.",
        AssignmentEvent.WITHDRAW: "`assignmentWithdraw`.",
        AssignmentEvent.REVERSE: "`assignmentReverse`.",
        AssignmentEvent.CLOSE: "The time to contest a rejection passed.",
        AssignmentEvent.DISPUTE: "`disputeOpen`.",
        AssignmentEvent.RULE_FOR_WORKER: "A dispute ended for the worker.",
        AssignmentEvent.RULE_SPLIT: "A dispute ended in between.",
        AssignmentEvent.RULE_AGAINST_WORKER: "A dispute ended against the worker.",
    },
)
show_enum(
    DecidedBy,
    name="DecisionMaker",
    description="Who or what decided.",
    values={
        DecidedBy.EMPLOYER: "The employer.",
        DecidedBy.TIME: "The review time passed.",
        DecidedBy.CODE: "Its control answers were right.",
        DecidedBy.CONSENSUS: "Agreement with other workers.",
        DecidedBy.STAFF: "Staff of the platform.",
        DecidedBy.RULING: "The ruling of a dispute.",
        DecidedBy.PLATFORM: "Nobody in time, by the platform's own delay.",
    },
)
show_enum(
    Decision,
    name="ReviewDecision",
    description="What a review says.",
    values={
        Decision.APPROVE: "The work is paid.",
        Decision.REJECT: "The work is not paid.",
        Decision.ASK_REVISION: "A better version is wanted.",
    },
)
show_enum(
    ReasonCode,
    name="RejectionReason",
    description="The only valid reasons to refuse to pay.",
    values={
        ReasonCode.TOO_FAST: "Done faster than anybody could do it.",
        ReasonCode.FAILED_CHECKS: "Wrong where the right answer is known.",
        ReasonCode.SKIPPED_REQUIRED: "Something required is missing.",
        ReasonCode.NOT_PER_INSTRUCTION: "A clause of the instructions was not followed.",
        ReasonCode.DUPLICATE: "Handed in before.",
        ReasonCode.SPAM: "No attempt at the work.",
    },
)
show_enum(
    RequestState,
    name="RejectionRequestState",
    description="State of a rejection beyond the campaign's limit.",
    values={
        RequestState.WAITING: "Staff have not decided; the review time goes on.",
        RequestState.ACKNOWLEDGED: "Staff agreed: the work is rejected.",
        RequestState.DECLINED: "Staff did not agree.",
    },
)
show_enum(
    ItemRole,
    name="SubmissionItemRole",
    description="What an item is for.",
    values={ItemRole.ANSWER: "The work itself.", ItemRole.PROOF: "Shows that it was done."},
)


@strawberry.input(description="Which assignments; all conditions must hold.")
class AssignmentWhere:
    state: Filter[AssignmentState] | None = strawberry.field(
        default=None, description="In which state."
    )
    decided_by: Filter[DecidedBy] | None = strawberry.field(
        default=None, description="Who or what decided."
    )
    campaign_id: IdFilter | None = id_field(Tag.CAMPAIGN, "Of which campaign.")
    task_id: IdFilter | None = id_field(Tag.TASK, "Of which task.")
    worker_id: IdFilter | None = id_field(Tag.MEMBER, "Whose work.")
    claimed_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was claimed."
    )
    deadline_at: DateTimeFilter | None = strawberry.field(
        default=None, description="Until when something may be handed in."
    )
    submitted_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was last handed in."
    )
    decided_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was last decided."
    )
    revision_count: IntFilter | None = strawberry.field(
        default=None, description="How often a revision was asked."
    )
    reward: MoneyFilter | None = strawberry.field(default=None, description="What it pays.")
    and_: list[AssignmentWhere] | None = every_field()
    or_: list[AssignmentWhere] | None = some_field()
    not_: AssignmentWhere | None = not_field()


class AssignmentOrderField(StrEnum):
    CLAIMED_AT = "claimed_at"


show_enum(
    AssignmentOrderField,
    description="What assignments are ordered by.",
    values={AssignmentOrderField.CLAIMED_AT: "When they were claimed."},
)


@strawberry.input(description="How assignments are ordered.")
class AssignmentOrder:
    field: AssignmentOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Which way."
    )


WhichAssignments: TypeAlias = Annotated[
    AssignmentWhere | None, strawberry.argument(description="Which ones; all by default.")
]
AssignmentsBy: TypeAlias = Annotated[
    list[AssignmentOrder] | None,
    strawberry.argument(description="At most one entry; newest claim first by default."),
]


def assignment_orders(name: str) -> dict[AssignmentOrderField, Order[AssignmentRecord]]:
    return {
        AssignmentOrderField.CLAIMED_AT: Order(
            name=f"{name}:claimedAt", keys_of=lambda record: (record.claimed_at, record.id)
        )
    }


CAMPAIGN_ASSIGNMENT_ORDERS: Final = assignment_orders("assignments")
VIEWER_ASSIGNMENT_ORDERS: Final = assignment_orders("viewer.assignments")
