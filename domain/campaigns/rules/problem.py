"""What is wrong with something that an employer or staff said of a campaign."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that breaks a rule, and where it stands in what was given."""

    message: str
    path: tuple[str, ...]
