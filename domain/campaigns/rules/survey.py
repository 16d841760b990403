"""Questions that the work consists of, and whether something is an answer to them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.campaigns.rules.problem import Problem
from domain.texts import text_problem

QUESTION_COUNT_MAX: Final = 50
QUESTION_LENGTH_MAX: Final = 500
ID_LENGTH_MAX: Final = 50
OPTION_COUNT_MAX: Final = 50
OPTION_LENGTH_MAX: Final = 200
SCALE_MAX: Final = 1_000  # at either end
WRITTEN_LENGTH_MAX: Final = 4_096


class QuestionKind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    SCALE = "scale"
    TEXT = "text"


CHOOSING: Final = frozenset({QuestionKind.SINGLE, QuestionKind.MULTIPLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyQuestion:
    """`options` where one chooses among them; a scale has both its ends."""

    id: str
    text: str
    kind: QuestionKind
    options: tuple[str, ...] = ()
    scale_min: int | None = None
    scale_max: int | None = None
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswer:
    """Exactly what the kind of the question wants is set."""

    question_id: str
    options: tuple[str, ...] = ()
    number: int | None = None
    text: str | None = None


def survey_problem(questions: Sequence[SurveyQuestion]) -> Problem | None:
    """The first rule that they break."""
    if len(questions) > QUESTION_COUNT_MAX:
        return Problem(f"at most {QUESTION_COUNT_MAX} questions", ("survey",))
    if len({each.id for each in questions}) != len(questions):
        return Problem("survey: each question needs an id of its own", ("survey",))
    for index, question in enumerate(questions):
        demand = _question_demand(question)
        if demand is not None:
            return Problem(demand, ("survey", str(index)))
    return None


def _question_demand(question: SurveyQuestion) -> str | None:
    problem = text_problem(question.id, most=ID_LENGTH_MAX, is_line=True)
    if problem is not None:
        return f"a question's id: {problem}"
    problem = text_problem(question.text, most=QUESTION_LENGTH_MAX)
    if problem is not None:
        return f"a question: {problem}"
    return _options_demand(question) or _scale_demand(question)


def _options_demand(question: SurveyQuestion) -> str | None:
    options = question.options
    if question.kind not in CHOOSING:
        return "only a question to choose at has options" if options else None
    if not 2 <= len(options) <= OPTION_COUNT_MAX or len(set(options)) != len(options):  # noqa: PLR2004  # else nothing is chosen
        return f"2 to {OPTION_COUNT_MAX} options, each once"
    problems = (text_problem(each, most=OPTION_LENGTH_MAX, is_line=True) for each in options)
    problem = next(filter(None, problems), None)
    return None if problem is None else f"an option: {problem}"


def _scale_demand(question: SurveyQuestion) -> str | None:
    least, most = question.scale_min, question.scale_max
    if question.kind is not QuestionKind.SCALE:
        return None if least is None and most is None else "only a scale has ends"
    if least is None or most is None or not -SCALE_MAX <= least < most <= SCALE_MAX:
        return f"a scale has two ends between -{SCALE_MAX:,} and {SCALE_MAX:,}, the lower one first"
    return None


def answers_problem(
    answers: Sequence[SurveyAnswer], *, questions: Sequence[SurveyQuestion]
) -> tuple[str, tuple[str, ...]] | None:
    """The first answer that is none to its question, and which it is; or what is missing."""
    asked = {each.id: each for each in questions}
    given: set[str] = set()
    for index, answer in enumerate(answers):
        question = asked.get(answer.question_id)
        if question is None or answer.question_id in given:
            return "one answer to a question of the survey", (str(index),)
        given.add(answer.question_id)
        demand = _answer_demand(answer, question)
        if demand is not None:
            return demand, (str(index),)
    missing = [each.id for each in questions if each.is_required and each.id not in given]
    return (f"the question {missing[0]} has no answer", ()) if missing else None


def _answer_demand(answer: SurveyAnswer, question: SurveyQuestion) -> str | None:
    has = (bool(answer.options), answer.number is not None, answer.text is not None)
    kind = question.kind
    if has != (kind in CHOOSING, kind is QuestionKind.SCALE, kind is QuestionKind.TEXT):
        return "options, a number or a text, as the question asks"
    if answer.text is not None:
        problem = text_problem(answer.text, most=WRITTEN_LENGTH_MAX)
        return None if problem is None else f"an answer: {problem}"
    if answer.number is not None:
        return _number_demand(answer.number, question)
    return _choice_demand(answer.options, question)


def _number_demand(number: int, question: SurveyQuestion) -> str | None:
    assert question.scale_min is not None and question.scale_max is not None
    if question.scale_min <= number <= question.scale_max:
        return None
    return f"a number from {question.scale_min} to {question.scale_max}"


def _choice_demand(options: tuple[str, ...], question: SurveyQuestion) -> str | None:
    chosen = set(options)
    if len(chosen) != len(options) or not chosen <= set(question.options):
        return "options of the question, each once"
    if question.kind is QuestionKind.SINGLE and len(options) > 1:
        return "one of the options"
    return None
