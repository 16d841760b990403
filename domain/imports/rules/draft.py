"""What comes out of a document of another marketplace. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.campaigns.rules import Checks, Terms
from domain.tasks.rules import NewTask


class Source(StrEnum):
    """Whose document it is."""

    MTURK = "mturk"  # the request of CreateHIT
    SPROUTGIGS = "sproutgigs"  # the body of its job post


class Change(StrEnum):
    """What became of a field."""

    CAPPED = "capped"
    DROPPED = "dropped"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`field` is a name of the document, `text` says what is different now."""

    field: str
    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class AgreedAnswer:
    """What more than one gave, so that it is nobody's own."""

    question: str
    answer: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`estimated_seconds`: the median time, None where nothing was handed in."""

    work_count: int
    approved_count: int
    rejected_count: int
    estimated_seconds: int | None
    answers: tuple[AgreedAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that a draft needs. `token` makes the same document one wish; `lifetime_seconds` is
    how long it was to be open, which is said when it is published. `history` is told, not kept.
    """

    terms: Terms
    instructions: str
    checks: Checks
    tasks: tuple[NewTask, ...]
    warnings: tuple[Difference, ...]
    token: str | None = None
    lifetime_seconds: int | None = None
    history: History | None = None
