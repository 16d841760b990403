"""What staff and owners say when a campaign is stopped from outside, or goes on."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

LEVEL_WITHOUT_CAP: Final = 2  # R42


class ReportReason(StrEnum):
    """What a member finds wrong with a campaign."""

    PERSONAL_DATA = "personal_data"  # it asks for them
    CARD_DATA = "card_data"
    FRAUD = "fraud"
    OFFENSIVE = "offensive"
    UNMARKED_ADULT = "unmarked_adult"
    OTHER = "other"


# Enough of these stop a campaign until staff have looked (P4); the others wait for staff.
PAUSING_REPORTS: Final = frozenset({ReportReason.PERSONAL_DATA, ReportReason.CARD_DATA})


class DeclineReason(StrEnum):
    """Why staff do not let a campaign out as it is."""

    UNCLEAR = "unclear"
    UNFAIR_PAY = "unfair_pay"
    PERSONAL_DATA = "personal_data"
    CARD_DATA = "card_data"
    FORBIDDEN = "forbidden"
    OTHER = "other"
