"""What an employer gives as instructions, with what is asked besides the work."""

from __future__ import annotations

import strawberry

from domain.campaigns import rules
from schema.surveys import SurveyQuestionInput


@strawberry.input(description="A numbered demand that a rejection can cite.")
class ClauseInput:
    id: strawberry.ID = strawberry.field(description="Unique in these instructions, such as `1`.")
    text: str = strawberry.field(description="At most 500 characters.")


@strawberry.input(description="Something that workers must hand in besides, as proof.")
class ProofInput:
    id: strawberry.ID = strawberry.field(description="Unique in these instructions.")
    text: str = strawberry.field(description="What to hand in; at most 500 characters.")
    is_required: bool = strawberry.field(
        default=True, description="Nothing can be handed in without it."
    )


@strawberry.input(description="A question whose right answers you know.")
class CheckQuestionInput:
    id: strawberry.ID = strawberry.field(description="Unique in these instructions.")
    text: str = strawberry.field(description="The question; at most 500 characters.")
    answers: list[str] = strawberry.field(
        description="1 to 10 right answers of at most 200 characters; upper case and spaces do "
        "not matter. They are compared, and shown to nobody any more."
    )


@strawberry.input(description="What workers must do.")
class InstructionsInput:
    text: str = strawberry.field(description="At most 20,000 characters.")
    clauses: list[ClauseInput] = strawberry.field(
        default_factory=list, description="Its demands, at most 50."
    )
    proofs: list[ProofInput] = strawberry.field(
        default_factory=list, description="What shows that the work was done, at most 4."
    )
    questions: list[CheckQuestionInput] = strawberry.field(
        default_factory=list, description="What everybody is asked, at most 3."
    )

    survey: list[SurveyQuestionInput] = strawberry.field(
        default_factory=list,
        description="Questions that the work consists of, at most 50; one item answers them.",
    )

    def to_clauses(self) -> list[rules.Clause]:
        return [rules.Clause(id=each.id, text=each.text) for each in self.clauses]

    def to_checks(self) -> rules.Checks:
        return rules.Checks(
            proofs=tuple(
                rules.Proof(id=each.id, text=each.text, is_required=each.is_required)
                for each in self.proofs
            ),
            questions=tuple(
                rules.KeyedQuestion(id=each.id, text=each.text, answers=tuple(each.answers))
                for each in self.questions
            ),
            survey=tuple(each.to_question() for each in self.survey),
        )
