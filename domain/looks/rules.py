"""What staff can look at, and how much of a reason they give. Pure data only."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

REASON_LENGTH_MIN: Final = 10
REASON_LENGTH_MAX: Final = 500


class LookedAt(StrEnum):
    PERSON = "person"  # name, address, day of birth, profile, changes that wait
    TAX_NUMBER = "tax_number"
    IDENTITY = "identity"  # what a check was given
