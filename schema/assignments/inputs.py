"""What the mutations of assignments take."""

from __future__ import annotations

import strawberry

from domain.assignments.rules import (
    CheckAnswer,
    ItemRole,
    ReasonCode,
    Rejection,
    SubmissionItem,
)
from schema.assignments import filters as _shown  # noqa: F401  # the enums used below
from schema.ids import IdCodec, Tag
from schema.inputs import Wish
from schema.scalars import URL
from schema.surveys import SurveyAnswerInput


@strawberry.input(description="Takes a place.")
class AssignmentClaimInput:
    campaign_id: strawberry.ID = strawberry.field(description="A running campaign.")
    task_id: strawberry.ID | None = strawberry.field(
        default=None, description="A certain task of it; null takes the next one."
    )


@strawberry.input(description="A text to hand in.")
class TextItemInput:
    text: str = strawberry.field(description="At most 20,000 characters.")


@strawberry.input(description="A number to hand in.")
class ScoreItemInput:
    score: int = strawberry.field(description="-1,000,000 to 1,000,000.")


@strawberry.input(description="A file to hand in.")
class FileItemInput:
    upload_id: strawberry.ID = strawberry.field(
        description="Sent for this assignment, and handed in nowhere yet."
    )


@strawberry.input(description="Answers to the survey of the instructions.")
class SurveyItemInput:
    answers: list[SurveyAnswerInput] = strawberry.field(
        description="One to each question that wants one; at most 50."
    )


@strawberry.input(description="An address to hand in.")
class LinkItemInput:
    url: URL = strawberry.field(description="By https or http; at most 2,000 characters.")


@strawberry.input(one_of=True, description="What an item holds; exactly one kind.")
class SubmissionItemContentInput:
    text: strawberry.Maybe[TextItemInput] = strawberry.field(description="A text.")
    score: strawberry.Maybe[ScoreItemInput] = strawberry.field(description="A number.")
    file: strawberry.Maybe[FileItemInput] = strawberry.field(
        description="A picture, a sound, a film or another file."
    )
    survey: strawberry.Maybe[SurveyItemInput] = strawberry.field(
        description="Answers to a survey; one item, where the instructions have one."
    )
    link: strawberry.Maybe[LinkItemInput] = strawberry.field(description="An address.")


@strawberry.input(description="One answer or proof.")
class SubmissionItemInput:
    content: SubmissionItemContentInput = strawberry.field(description="What it holds.")
    role: ItemRole = strawberry.field(default=ItemRole.ANSWER, description="What it is for.")
    proof_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which proof of the instructions it is."
    )

    def to_item(self, ids: IdCodec, index: int) -> SubmissionItem:
        """Refuses with `InvalidId`."""
        text, score, file = self.content.text, self.content.score, self.content.file
        survey, link = self.content.survey, self.content.link
        path = ("items", str(index), "content", "file", "upload_id")
        return SubmissionItem(
            role=self.role,
            text=None if text is None else text.value.text,
            score=None if score is None else score.value.score,
            answers=None
            if survey is None
            else tuple(each.to_answer() for each in survey.value.answers),
            url=None if link is None else str(link.value.url),
            upload_id=None if file is None else ids.decode(Tag.UPLOAD, file.value.upload_id, *path),
            proof_id=self.proof_id,
        )


@strawberry.input(description="What the worker says to a question of the instructions.")
class CheckAnswerInput:
    question_id: strawberry.ID = strawberry.field(description="Of `instructions.questions`.")
    text: str = strawberry.field(description="At most 200 characters.")

    def to_answer(self) -> CheckAnswer:
        return CheckAnswer(id=self.question_id, text=self.text)


@strawberry.input(description="Hands work in.")
class AssignmentSubmitInput(Wish):
    assignment_id: strawberry.ID = strawberry.field(description="A claim of the viewer's.")
    items: list[SubmissionItemInput] = strawberry.field(
        description="1 to 50, of them at most 4 proofs."
    )
    check_answers: list[CheckAnswerInput] = strawberry.field(
        default_factory=list,
        description="One to each of the questions of the instructions that it was claimed under.",
    )


@strawberry.input(description="Gives a claimed place back.")
class AssignmentReturnInput:
    assignment_id: strawberry.ID = strawberry.field(description="A claim of the viewer's.")


@strawberry.input(description="Declines to revise.")
class AssignmentWithdrawInput(Wish):
    assignment_id: strawberry.ID = strawberry.field(
        description="One of the viewer's that a revision was asked of."
    )


@strawberry.input(description="Accepts work and pays for it.")
class AssignmentApproveInput(Wish):
    assignment_id: strawberry.ID = strawberry.field(description="Handed in.")
    comment: str | None = strawberry.field(
        default=None, description="For the worker; at most 4,096 characters."
    )


@strawberry.input(description="Refuses to pay.")
class AssignmentRejectInput:
    assignment_id: strawberry.ID = strawberry.field(description="Handed in.")
    reason_code: ReasonCode = strawberry.field(description="Why.")
    text: str = strawberry.field(description="What was wrong, in 20 to 4,096 characters.")
    clause_id: strawberry.ID | None = strawberry.field(
        default=None, description="The clause that was not followed."
    )
    ask_staff: bool = strawberry.field(
        default=False,
        description="When the campaign's rejections are used up, ask staff to agree to this one.",
    )

    def to_rejection(self) -> Rejection:
        return Rejection(reason_code=self.reason_code, text=self.text, clause_id=self.clause_id)


@strawberry.input(description="Asks for a better version.")
class AssignmentAskRevisionInput:
    assignment_id: strawberry.ID = strawberry.field(description="Handed in.")
    text: str = strawberry.field(description="What to change, in 1 to 4,096 characters.")


@strawberry.input(description="Takes a rejection back.")
class AssignmentReverseInput(Wish):
    assignment_id: strawberry.ID = strawberry.field(description="Rejected less than 30 days ago.")
