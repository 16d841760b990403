"""What an hour really paid. Pure."""

from __future__ import annotations

from typing import Final

SECONDS_PER_HOUR: Final = 3_600


def hourly_effective(*, paid_micros: int, seconds: int) -> int:
    """Micros per hour, rounded down: time that was rejected or expired counts too (R18)."""
    assert paid_micros >= 0
    assert seconds > 0
    return paid_micros * SECONDS_PER_HOUR // seconds
