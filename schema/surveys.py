"""Questions that the work consists of, and what workers answer."""

from __future__ import annotations

from typing import Self

import strawberry

from domain.campaigns import rules
from domain.campaigns.rules import QuestionKind
from schema.enums import show_enum

show_enum(
    QuestionKind,
    name="SurveyQuestionKind",
    description="How a question of a survey is answered.",
    values={
        QuestionKind.SINGLE: "By one of its options.",
        QuestionKind.MULTIPLE: "By one or more of its options.",
        QuestionKind.SCALE: "By a whole number from one end of a scale to the other.",
        QuestionKind.TEXT: "In the worker's own words.",
    },
)


@strawberry.type(description="A question that the work consists of.")
class SurveyQuestion:
    id: strawberry.ID = strawberry.field(description="Unique in its survey.")
    text: str = strawberry.field(description="The question.")
    kind: QuestionKind = strawberry.field(description="How it is answered.")
    options: list[str] = strawberry.field(
        description="What one chooses among, at most 50; empty where nothing is chosen."
    )
    scale_min: int | None = strawberry.field(description="The lower end of a scale.")
    scale_max: int | None = strawberry.field(description="The upper end of a scale.")
    is_required: bool = strawberry.field(description="Nothing can be handed in without an answer.")

    @classmethod
    def of(cls, question: rules.SurveyQuestion) -> Self:
        return cls(
            id=strawberry.ID(question.id),
            text=question.text,
            kind=question.kind,
            options=list(question.options),
            scale_min=question.scale_min,
            scale_max=question.scale_max,
            is_required=question.is_required,
        )


@strawberry.type(description="An answer to a question of a survey; what its kind wants is there.")
class SurveyAnswer:
    question_id: strawberry.ID = strawberry.field(description="Of the question.")
    options: list[str] = strawberry.field(description="What was chosen.")
    number: int | None = strawberry.field(description="Where it is on the scale.")
    text: str | None = strawberry.field(description="In the worker's own words.")

    @classmethod
    def of(cls, answer: rules.SurveyAnswer) -> Self:
        return cls(
            question_id=strawberry.ID(answer.question_id),
            options=list(answer.options),
            number=answer.number,
            text=answer.text,
        )


@strawberry.input(description="A question that the work consists of.")
class SurveyQuestionInput:
    id: strawberry.ID = strawberry.field(description="Unique in this survey.")
    text: str = strawberry.field(description="The question; at most 500 characters.")
    kind: QuestionKind = strawberry.field(description="How it is answered.")
    options: list[str] = strawberry.field(
        default_factory=list,
        description="Of SINGLE and MULTIPLE: 2 to 50, each of at most 200 characters.",
    )
    scale_min: int | None = strawberry.field(
        default=None, description="Of SCALE: the lower end, from -1,000 on."
    )
    scale_max: int | None = strawberry.field(
        default=None, description="Of SCALE: the upper end, up to 1,000."
    )
    is_required: bool = strawberry.field(
        default=True, description="Nothing can be handed in without an answer."
    )

    def to_question(self) -> rules.SurveyQuestion:
        return rules.SurveyQuestion(
            id=self.id,
            text=self.text,
            kind=self.kind,
            options=tuple(self.options),
            scale_min=self.scale_min,
            scale_max=self.scale_max,
            is_required=self.is_required,
        )


@strawberry.input(description="An answer to a question of a survey; give what its kind wants.")
class SurveyAnswerInput:
    question_id: strawberry.ID = strawberry.field(description="Of `instructions.survey`.")
    options: list[str] = strawberry.field(
        default_factory=list, description="Of SINGLE one, of MULTIPLE one or more."
    )
    number: int | None = strawberry.field(default=None, description="Of SCALE.")
    text: str | None = strawberry.field(
        default=None, description="Of TEXT; at most 4,096 characters."
    )

    def to_answer(self) -> rules.SurveyAnswer:
        return rules.SurveyAnswer(
            question_id=self.question_id,
            options=tuple(self.options),
            number=self.number,
            text=self.text,
        )
