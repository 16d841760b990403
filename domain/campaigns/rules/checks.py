"""What a worker must prove, and questions whose right answers we know. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from unicodedata import normalize

from domain.campaigns.rules.problem import Problem
from domain.campaigns.rules.survey import SurveyQuestion, survey_problem
from domain.texts import text_problem

PROOF_COUNT_MAX: Final = 4  # R30
QUESTION_COUNT_MAX: Final = 3  # R30
ANSWER_COUNT_MAX: Final = 10
DEMAND_LENGTH_MAX: Final = 500
ANSWER_LENGTH_MAX: Final = 200
ID_LENGTH_MAX: Final = 50
SHORT_WORK_SECONDS: Final = 300  # R10
CLAIM_TIME_FACTOR: Final = 1.5  # R1: of the time that the work takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What shows that the work was done; a required one must be handed in."""

    id: str
    text: str
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckQuestion:
    """As workers read it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedQuestion:
    """As the employer gives it. Nobody can read `answers` any more once they are stored."""

    id: str
    text: str
    answers: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What a version of the instructions asks for by name. The survey is the work, or a part."""

    proofs: tuple[Proof, ...] = ()
    questions: tuple[KeyedQuestion, ...] = ()
    survey: tuple[SurveyQuestion, ...] = ()


NO_CHECKS: Final = Checks()


def checks_problem(checks: Checks) -> Problem | None:
    """The first rule they break (R30)."""
    return (
        _demands_problem(checks.proofs, "proofs", PROOF_COUNT_MAX)
        or _demands_problem(checks.questions, "questions", QUESTION_COUNT_MAX)
        or _answers_problem(checks.questions)
        or survey_problem(checks.survey)
    )


def _demands_problem(
    demands: Sequence[Proof | KeyedQuestion], name: str, most: int
) -> Problem | None:
    if len(demands) > most:
        return Problem(f"at most {most} {name}", (name,))
    if len({each.id for each in demands}) != len(demands):
        return Problem(f"{name}: each needs an id of its own", (name,))
    for index, each in enumerate(demands):
        if not _fits(each.id, ID_LENGTH_MAX) or not _fits(each.text, DEMAND_LENGTH_MAX):
            message = "an id has 1 to 50 characters, a text 1 to 500, all of which can be shown"
            return Problem(message, (name, str(index)))
    return None


def _answers_problem(questions: Sequence[KeyedQuestion]) -> Problem | None:
    for index, question in enumerate(questions):
        path = ("questions", str(index), "answers")
        if not 1 <= len(question.answers) <= ANSWER_COUNT_MAX:
            return Problem("1 to 10 right answers", path)
        if not all(_fits(answer, ANSWER_LENGTH_MAX) for answer in question.answers):
            return Problem("an answer has 1 to 200 characters, all of which can be shown", path)
    return None


def failed_checks(keys: Mapping[str, Sequence[str]], said: Mapping[str, str]) -> int:
    """How many questions were answered wrongly, or not at all.

    Upper case, width of characters and space around and between words do not matter.
    """
    return sum(
        comparable(said.get(question_id, "")) not in map(comparable, answers)
        for question_id, answers in keys.items()
    )


def failures_to_reject(*, claim_minutes: int, estimated_seconds: int | None) -> int:
    """How many wrong answers a rejection needs (R10). Without an estimate, the time of a claim
    says how long the work takes (R1).
    """
    estimate = estimated_seconds or claim_minutes * 60 / CLAIM_TIME_FACTOR
    return 1 if estimate < SHORT_WORK_SECONDS else 2


def comparable(text: str) -> str:
    return " ".join(normalize("NFKC", text).casefold().split())


def _fits(text: str, most: int) -> bool:
    return text_problem(text, most=most) is None
