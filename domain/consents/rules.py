"""When a version of a policy may take effect, and where it stands. Pure functions only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.members.rules import LANGUAGES, Problem
from domain.texts import text_problem

MATERIAL_NOTICE: Final = timedelta(days=30)  # R33
TEXT_LENGTH_MAX: Final = 100_000
TEXTS_MAX: Final = 20
NOTE_LENGTH_MAX: Final = 1_000
FALLBACK_LANGUAGE: Final = "en"


class PolicyKind(StrEnum):
    TERMS = "terms"
    PRIVACY = "privacy"


class DataRegion(StrEnum):
    """Where personal data are processed under a version (P15)."""

    EU = "eu"
    US = "us"


class PolicyState(StrEnum):
    DRAFT = "draft"  # waits for a second person
    POSTED = "posted"
    EFFECTIVE = "effective"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class PolicyText:
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """`note` says what is new; after a `is_material` change members agree anew."""

    texts: tuple[PolicyText, ...]
    note: str
    is_material: bool
    data_regions: frozenset[DataRegion]
    effective_at: datetime


def policy_state(
    *,
    posted_at: datetime | None,
    effective_at: datetime,
    next_effective_at: datetime | None,
    now: datetime,
) -> PolicyState:
    """`next_effective_at`: of the first version after it, if that is posted."""
    if posted_at is None:
        return PolicyState.DRAFT
    if effective_at > now:
        return PolicyState.POSTED
    is_over = next_effective_at is not None and next_effective_at <= now
    return PolicyState.SUPERSEDED if is_over else PolicyState.EFFECTIVE


def is_too_soon(
    *, is_first: bool, is_material: bool, posted_at: datetime, effective_at: datetime
) -> bool:
    """A material change is posted 30 days ahead, any other takes effect at once or later (P29).

    Nobody has agreed to anything before a first version, so it changes nothing.
    """
    notice = MATERIAL_NOTICE if is_material and not is_first else timedelta(0)
    return effective_at - posted_at < notice


def draft_problem(draft: PolicyDraft) -> Problem | None:
    languages = [each.language for each in draft.texts]
    if not 1 <= len(languages) <= TEXTS_MAX or len(set(languages)) < len(languages):
        return Problem("texts", f"1 to {TEXTS_MAX} texts, each in another language")
    if not LANGUAGES.issuperset(languages):
        return Problem("texts", "a language is an ISO 639-1 code of two small letters")
    for each in draft.texts:
        problem = text_problem(each.text, most=TEXT_LENGTH_MAX)
        if problem is not None:
            return Problem("texts", problem)
    problem = text_problem(draft.note, most=NOTE_LENGTH_MAX)
    if problem is not None:
        return Problem("note", problem)
    if not draft.data_regions:
        return Problem("data_regions", "say where data are processed")
    return None


def text_in(language: str, texts: Sequence[PolicyText]) -> PolicyText:
    """In the language if there is one, otherwise in English, otherwise the first."""
    by_language = {each.language: each for each in texts}
    return by_language.get(language) or by_language.get(FALLBACK_LANGUAGE) or texts[0]
