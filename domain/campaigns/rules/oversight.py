"""What staff and owners say when a campaign is stopped from outside, or goes on."""

from __future__ import annotations

from typing import Final

from domain.campaigns.rules.terms import Problem

TEXT_LENGTH_MIN: Final = 20
TEXT_LENGTH_MAX: Final = 4_096


def text_problem(text: str) -> Problem | None:
    """Whoever is concerned must be able to understand it."""
    if not TEXT_LENGTH_MIN <= len(text.strip()) <= TEXT_LENGTH_MAX or "\0" in text:
        return Problem("say it in 20 to 4,096 characters, none NUL", ("text",))
    return None
