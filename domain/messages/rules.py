"""What a message may say. Pure functions only."""

from __future__ import annotations

from typing import Final

from domain.access.rules import Limit

TEXT_LENGTH_MAX: Final = 4_096  # R28
SUBJECT_LENGTH_MAX: Final = 200
NOTICE_COUNT_MAX: Final = 100


def message_limits(author: str) -> tuple[Limit, ...]:
    return (Limit(f"message:{author}", capacity=60, per_second=1 / 10),)
