"""How many answers a task of a campaign needs, and how they are weighed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.campaigns.rules.problem import Problem
from domain.texts import text_problem

LABEL_COUNT_MIN: Final = 2
LABEL_COUNT_MAX: Final = 50
LABEL_LENGTH_MAX: Final = 100
ANSWER_COUNT_MIN: Final = 2  # R25
ANSWER_COUNT_MAX: Final = 100
CONFIDENCE_PERCENT_MIN: Final = 50
CONFIDENCE_PERCENT_MAX: Final = 99
CONFIDENCE_PERCENT_DEFAULT: Final = 90  # R25
GOLD_PERCENT_MAX: Final = 50
GOLD_PERCENT_DEFAULT: Final = 5  # R24
TEST_ANSWERS_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillTest:
    """The campaign is a test: `answer_count` answers of a worker make a value of the skill."""

    skill_id: UUID
    answer_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusPlan:
    """A task has at least `answer_count_min` answers and at most its places, all of `labels`.

    `gold_percent` of the claims get a task whose answer is known, as long as there are such.
    """

    labels: tuple[str, ...]
    answer_count_min: int = ANSWER_COUNT_MIN
    confidence_percent: int = CONFIDENCE_PERCENT_DEFAULT
    gold_percent: int = GOLD_PERCENT_DEFAULT
    test: SkillTest | None = None  # then whoever works gets what has a known answer first


def plan_problem(plan: ConsensusPlan) -> Problem | None:
    """The first rule it breaks."""
    checks = (
        (LABEL_COUNT_MIN <= len(plan.labels) <= LABEL_COUNT_MAX, "labels", "2 to 50 labels"),
        (len(set(plan.labels)) == len(plan.labels), "labels", "each label once"),
        (all(map(_is_label, plan.labels)), "labels", "a label has 1 to 100 characters"),
        (
            ANSWER_COUNT_MIN <= plan.answer_count_min <= ANSWER_COUNT_MAX,
            "answer_count_min",
            "2 to 100 answers",
        ),
        (
            CONFIDENCE_PERCENT_MIN <= plan.confidence_percent <= CONFIDENCE_PERCENT_MAX,
            "confidence_percent",
            "50 to 99 percent",
        ),
        (0 <= plan.gold_percent <= GOLD_PERCENT_MAX, "gold_percent", "0 to 50 percent"),
        (
            plan.test is None or 1 <= plan.test.answer_count <= TEST_ANSWERS_MAX,
            "test_answer_count",
            "1 to 100 answers",
        ),
    )
    return next((Problem(what, (field,)) for is_right, field, what in checks if not is_right), None)


def _is_label(label: str) -> bool:
    problem = text_problem(label, most=LABEL_LENGTH_MAX, is_line=True)
    return label == label.strip() and problem is None
