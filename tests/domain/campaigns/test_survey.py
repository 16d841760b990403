"""Which questions a survey may have, and what is an answer to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.campaigns.rules import (
    Checks,
    QuestionKind,
    SurveyAnswer,
    SurveyQuestion,
    answers_problem,
    checks_problem,
)

SINGLE: Final = SurveyQuestion(
    id="one", text="Which?", kind=QuestionKind.SINGLE, options=("red", "blue")
)
MULTIPLE: Final = replace(SINGLE, id="many", kind=QuestionKind.MULTIPLE)
SCALE: Final = SurveyQuestion(
    id="much", text="How much?", kind=QuestionKind.SCALE, scale_min=-2, scale_max=2
)
WRITTEN: Final = SurveyQuestion(id="why", text="Why?", kind=QuestionKind.TEXT, is_required=False)
QUESTIONS: Final = (SINGLE, MULTIPLE, SCALE, WRITTEN)
RIGHT: Final = (
    SurveyAnswer(question_id="one", options=("red",)),
    SurveyAnswer(question_id="many", options=("blue", "red")),
    SurveyAnswer(question_id="much", number=-2),
    SurveyAnswer(question_id="why", text="Because."),
)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SINGLE, options=("red",)),
        replace(SINGLE, options=("red", "red")),
        replace(SINGLE, options=("red", "x" * 201)),
        replace(SINGLE, scale_min=1, scale_max=2),
        replace(SCALE, scale_max=None),
        replace(SCALE, scale_min=2),
        replace(SCALE, scale_max=1_001),
        replace(SCALE, options=("red", "blue")),
        replace(WRITTEN, text="\u202e?"),
        replace(WRITTEN, id=""),
    ],
)
def test_a_question_that_nobody_can_answer_is_refused(wrong: SurveyQuestion) -> None:
    """Each kind has what it needs and nothing else, in sizes that fit a screen."""
    assert checks_problem(Checks(survey=QUESTIONS)) is None
    problem = checks_problem(Checks(survey=(replace(MULTIPLE, id="first"), wrong)))
    assert problem is not None and problem.path == ("survey", "1")


def test_a_survey_has_an_end_and_distinct_ids() -> None:
    """At most 50 questions, and an id means one of them."""
    many = tuple(replace(WRITTEN, id=str(number)) for number in range(51))
    assert checks_problem(Checks(survey=many[:50])) is None
    for wrong in (many, (WRITTEN, WRITTEN)):
        problem = checks_problem(Checks(survey=wrong))
        assert problem is not None and problem.path == ("survey",)


@pytest.mark.parametrize(
    "wrong",
    [
        SurveyAnswer(question_id="one", options=("red", "blue")),
        SurveyAnswer(question_id="one", options=("green",)),
        SurveyAnswer(question_id="one", text="red"),
        SurveyAnswer(question_id="one"),
        SurveyAnswer(question_id="many", options=("red", "red")),
        SurveyAnswer(question_id="much", number=3),
        SurveyAnswer(question_id="much", number=1, text="one"),
        SurveyAnswer(question_id="why", text="x" * 4_097),
        SurveyAnswer(question_id="why", text="\x00"),
        SurveyAnswer(question_id="unknown", text="x"),
    ],
)
def test_what_is_no_answer_to_its_question_is_refused(wrong: SurveyAnswer) -> None:
    """Each answer is held against its own question, and the first wrong one is named."""
    others = [each for each in RIGHT if each.question_id != wrong.question_id]
    found = answers_problem([*others, wrong], questions=QUESTIONS)
    assert found is not None and found[1] == (str(len(others)),)


@given(st.lists(st.sampled_from(RIGHT), max_size=6))
def test_each_required_question_is_answered_once(answers: list[SurveyAnswer]) -> None:
    """In any order; what is optional may be left out, nothing may come twice."""
    ids = [each.question_id for each in answers]
    is_right = len(set(ids)) == len(ids) and {"one", "many", "much"} <= set(ids)
    assert (answers_problem(answers, questions=QUESTIONS) is None) is is_right
