"""What a category may be called, and which floor counts. Pure functions only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from domain.texts import text_problem

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
    if not all(LANGUAGE.fullmatch(language) for language in names):
        return "a language has two small letters"
    problems = (text_problem(name, most=NAME_LENGTH_MAX, is_line=True) for name in names.values())
    return next(filter(None, problems), None)
