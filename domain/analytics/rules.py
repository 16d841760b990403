"""What is counted and what for. Pure data and functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.events.rules import EventKind


class Purpose(StrEnum):
    """Why something is counted; a member has another pseudonym for each."""

    FRAUD = "fraud"
    FAULTS = "faults"
    VARIETY = "variety"  # what people come for, and where they stop


# What the platform cannot be run without; all else is counted of those who allow it.
ESSENTIAL: Final = frozenset({Purpose.FRAUD, Purpose.FAULTS})
PURPOSE_OF: Final[Mapping[EventKind, Purpose]] = MappingProxyType(
    {
        EventKind.DEPOSIT_DISPUTED: Purpose.FRAUD,
        EventKind.DEPOSIT_MISMATCHED: Purpose.FRAUD,
        EventKind.PAYOUT_REVERSED: Purpose.FRAUD,
        EventKind.DEPOSIT_FAILED: Purpose.FAULTS,
        EventKind.PAYOUT_FAILED: Purpose.FAULTS,
        EventKind.PAYOUT_UNKNOWN: Purpose.FAULTS,
        EventKind.SESSION_BEGUN: Purpose.VARIETY,
        EventKind.ASSIGNMENT_CLAIMED: Purpose.VARIETY,
        EventKind.ASSIGNMENT_APPROVED: Purpose.VARIETY,
        EventKind.PAYOUT_PAID: Purpose.VARIETY,
        EventKind.DEPOSIT_SETTLED: Purpose.VARIETY,
        EventKind.CAMPAIGN_RUNNING: Purpose.VARIETY,
    }
)


class PurposeMissing(ValueError):
    """Nobody has said what this would be counted for."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A kind of event with what it is counted for: there is none without."""

    kind: EventKind
    purpose: Purpose

    @classmethod
    def of(cls, kind: EventKind) -> Counted:
        """Raises `PurposeMissing`."""
        purpose = PURPOSE_OF.get(kind)
        if purpose is None:
            raise PurposeMissing(kind.value)
        return cls(kind, purpose)


def day_of(instant: datetime) -> datetime:
    """Its midnight in UTC: the time of day would tell more than is needed."""
    return datetime.combine(instant.astimezone(UTC).date(), time(), UTC)
