"""Many decisions in one mutation."""

from __future__ import annotations

import strawberry

from domain.assignments import operations
from domain.assignments.operations import Verdict, VerdictOutcome
from domain.assignments.rules import ReasonCode, Rejection
from domain.errors import InvalidInput, Refused
from schema.assignments import filters as _shown  # noqa: F401  # the enum used below
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import UserError, user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.payloads import MoneyPayload
from schema.prices import Cost


@strawberry.input(description="Why one of many is not paid.")
class AssignmentVerdictRejectionInput:
    reason_code: ReasonCode = strawberry.field(description="Why.")
    text: str = strawberry.field(description="What was wrong, in 20 to 4,096 characters.")
    clause_id: strawberry.ID | None = strawberry.field(
        default=None, description="The clause that was not followed."
    )
    ask_staff: bool = strawberry.field(
        default=False, description="As in `assignmentReject`, when rejections are used up."
    )


@strawberry.input(description="One decision of many.")
class AssignmentVerdictInput:
    assignment_id: strawberry.ID = strawberry.field(description="Handed in.")
    comment: str | None = strawberry.field(
        default=None, description="With an approval; at most 4,096 characters."
    )
    rejection: AssignmentVerdictRejectionInput | None = strawberry.field(
        default=None, description="Null approves and pays."
    )

    def to_verdict(self, context: Context) -> Verdict:
        """Refuses with `InvalidId`."""
        given = self.rejection
        return Verdict(
            assignment_id=context.ids.decode(Tag.ASSIGNMENT, self.assignment_id, "assignment_id"),
            comment=self.comment,
            rejection=None
            if given is None
            else Rejection(
                reason_code=given.reason_code, text=given.text, clause_id=given.clause_id
            ),
            asks_staff=given is not None and given.ask_staff,
        )


@strawberry.input(description="Decides about many at once.")
class AssignmentReviewAllInput(Wish):
    verdicts: list[AssignmentVerdictInput] = strawberry.field(
        description="1 to 1,000, each about another assignment."
    )


@strawberry.type(description="What became of one decision of many.")
class AssignmentVerdictOutcome:
    is_done: bool = strawberry.field(description="False where `errors` says why not.")
    awaits_staff: bool = strawberry.field(
        description="Nothing is rejected yet: staff were asked, and the review time goes on."
    )
    is_replayed: bool = strawberry.field(description="It was done before, by the same key.")
    errors: list[UserError] = strawberry.field(
        description="Why this one changed nothing; at most 1.", directives=[Cost(list_size=1)]
    )


@strawberry.type(description="Outcome of `assignmentReviewAll`.")
class AssignmentReviewAllPayload(MoneyPayload):
    outcomes: list[AssignmentVerdictOutcome] | None = strawberry.field(
        default=None,
        description="In the order of the verdicts; null on refusal of the whole.",
        directives=[Cost(list_size=100)],
    )


@strawberry.type(description="Changes.")
class AssignmentBulkMutations:
    @strawberry.mutation(
        description="Decide about up to 1,000 assignments. Each decision is its own: one that is "
        "refused leaves the others, and the same key goes on where it was cut off. "
        "Needs reviews:write.",
        directives=[Auth(scopes=["reviews:write"]), Cost(weight=100)],
    )
    async def assignment_review_all(
        self, info: Info, input: In[AssignmentReviewAllInput]
    ) -> AssignmentReviewAllPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            outcomes = await operations.review_assignments(
                employer_id=viewer.member_id,
                verdicts=[
                    decoded(each, index, context) for index, each in enumerate(input.verdicts)
                ],
                key=key_of("assignmentReviewAll", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return AssignmentReviewAllPayload(errors=[user_error(refusal)])
        context.renewed()
        return AssignmentReviewAllPayload(
            outcomes=[outcome_of(each, index) for index, each in enumerate(outcomes)],
            replayed=all(each.replayed for each in outcomes),
        )


def decoded(given: AssignmentVerdictInput, index: int, context: Context) -> Verdict:
    """An id that is nobody's is a mistake of the client: the whole wish is refused."""
    try:
        return given.to_verdict(context)
    except Refused as refusal:
        raise InvalidInput(
            str(refusal), path=("verdicts", str(index), "assignment_id")
        ) from refusal


def outcome_of(outcome: VerdictOutcome, index: int) -> AssignmentVerdictOutcome:
    at = ["verdicts", str(index)]
    paths = {
        "": [*at, "assignmentId"],
        "assignment_id": [*at, "assignmentId"],
        "comment": [*at, "comment"],
        "text": [*at, "rejection", "text"],
        "clause_id": [*at, "rejection", "clauseId"],
        "reason_code": [*at, "rejection", "reasonCode"],
        "idempotency_key": ["idempotencyKey"],
    }
    refusal = outcome.refusal
    return AssignmentVerdictOutcome(
        is_done=refusal is None,
        awaits_staff=outcome.awaits_staff,
        is_replayed=outcome.replayed,
        errors=[] if refusal is None else [user_error(refusal, paths)],
    )
