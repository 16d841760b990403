"""Stars both ways, hidden until both have rated or a week has passed (R40)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from domain.assignments.rules import AssignmentState
from domain.texts import passed_on, text_problem


class RatingState(StrEnum):
    HIDDEN = "hidden"  # seen by its author alone, so that nobody answers stars with stars
    VISIBLE = "visible"
    AMENDED = "amended"  # changed once, which is as often as it may
    FROZEN = "frozen"  # for good, and counted


STARS_MIN: Final = 1
STARS_MAX: Final = 5
COMMENT_LENGTH_MAX: Final = 1000
HIDDEN_FOR: Final = timedelta(days=7)
AMENDABLE_FOR: Final = timedelta(hours=48)  # from the moment it is visible

# Assignments whose outcome is final; the money has gone where it belongs.
SETTLED_STATES: Final = frozenset(
    {
        AssignmentState.APPROVED,
        AssignmentState.PARTLY_APPROVED,
        AssignmentState.CLOSED_REJECTED,
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    field: str
    message: str


def rating_problem(*, stars: int, comment: str | None) -> Problem | None:
    if not STARS_MIN <= stars <= STARS_MAX:
        return Problem("stars", f"{STARS_MIN} to {STARS_MAX} stars")
    problem = text_problem(comment or "", least=0, most=COMMENT_LENGTH_MAX)
    return None if problem is None else Problem("comment", problem)


def clean_comment(comment: str | None) -> str | None:
    """Nothing but spaces is no comment."""
    return passed_on(comment or "") or None
