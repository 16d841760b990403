"""What a skill is, and what a test of it is worth. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.texts import text_problem

SKILL_COUNT_MAX: Final = 100  # of one owner
NAME_LENGTH_MAX: Final = 100
DESCRIPTION_LENGTH_MAX: Final = 2_000
VALID_DAYS_MAX: Final = 3_650
RETAKE_DAYS_MAX: Final = 365
RETAKE_DAYS_DEFAULT: Final = 7
ATTEMPT_MAX: Final = 20
ATTEMPTS_DEFAULT: Final = 2
VALUE_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillTerms:
    """Fixed once it is written. The latest of at most `attempt_max` results counts, for
    `valid_days`; between two there are `retake_days`.
    """

    name: str
    description: str
    valid_days: int | None = None
    retake_days: int = RETAKE_DAYS_DEFAULT
    attempt_max: int = ATTEMPTS_DEFAULT


def skill_problem(terms: SkillTerms) -> tuple[str, str] | None:
    """The first rule it breaks, and the field that does."""
    texts = (
        (text_problem(terms.name, most=NAME_LENGTH_MAX, is_line=True), "name"),
        (text_problem(terms.description, most=DESCRIPTION_LENGTH_MAX), "description"),
    )
    for problem, field in texts:
        if problem is not None:
            return problem, field
    checks = (
        (
            terms.valid_days is None or 1 <= terms.valid_days <= VALID_DAYS_MAX,
            "valid_days",
            "1 to 3,650 days",
        ),
        (0 <= terms.retake_days <= RETAKE_DAYS_MAX, "retake_days", "0 to 365 days"),
        (1 <= terms.attempt_max <= ATTEMPT_MAX, "attempt_max", "1 to 20 times"),
    )
    return next(((what, field) for is_right, field, what in checks if not is_right), None)


def value_of(*, right_count: int, answer_count: int) -> int:
    """Whole per cent, rounded down: 100 is for who made no mistake."""
    return VALUE_MAX * right_count // answer_count
