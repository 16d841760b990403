"""What a category may be called, and which floor counts. Pure functions only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from domain.members.rules import has_unprintable

ALL: Final = "*"  # every zone, or every currency without a row of its own
CATEGORY_COUNT_MAX: Final = 100
NAME_COUNT_MAX: Final = 6
NAME_LENGTH_MAX: Final = 60
REASON_LENGTH_MAX: Final = 500
FLOOR_MICROS_MAX: Final = 10_000_000_000
LANGUAGE: Final = re.compile(r"[a-z]{2}", re.ASCII)
FALLBACK: Final = "en"
_WORD: Final = r"[a-z][a-z0-9_]{0,39}"
ZONE: Final = re.compile(_WORD, re.ASCII)
SLUG: Final = re.compile(rf"{_WORD}(\.{_WORD}){{0,2}}", re.ASCII)


def parent_of(slug: str) -> str | None:
    """None for a kind of work: those come with the software."""
    above, point, _ = slug.rpartition(".")
    return above if point else None


def is_within(slug: str, above: str) -> bool:
    """A category holds itself, and all below it."""
    return f"{slug}.".startswith(f"{above}.")


def name_in(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or names[FALLBACK]


def names_problem(names: Mapping[str, str]) -> str | None:
    if FALLBACK not in names:
        return "a category has an English name"
    if len(names) > NAME_COUNT_MAX:
        return f"a category has names in at most {NAME_COUNT_MAX} languages"
    for language, name in names.items():
        if not LANGUAGE.fullmatch(language):
            return "a language has two small letters"
        if not 1 <= len(name.strip()) <= NAME_LENGTH_MAX or has_unprintable(name):
            return f"a name has 1 to {NAME_LENGTH_MAX} characters"
    return None


def reason_problem(reason: str) -> str | None:
    if not 1 <= len(reason.strip()) <= REASON_LENGTH_MAX or has_unprintable(reason):
        return f"a reason has 1 to {REASON_LENGTH_MAX} characters"
    return None
