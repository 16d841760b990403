"""What the log of disclosures takes. Pure functions only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

RECIPIENT_LENGTH_MAX: Final = 200
BASIS_LENGTH_MAX: Final = 500
REFERENCE_LENGTH_MAX: Final = 100
FIELD_COUNT_MAX: Final = 50
_FIELD: Final = re.compile(r"[a-z][a-z_]{0,49}")


def fields_problem(fields: Sequence[str]) -> str | None:
    """Names of what was told, such as `tax_number`; never a value."""
    if not 1 <= len(fields) <= FIELD_COUNT_MAX or len(set(fields)) < len(fields):
        return f"1 to {FIELD_COUNT_MAX} names of fields, each once"
    if not all(_FIELD.fullmatch(each) for each in fields):
        return "a name of a field, in small letters and underscores, such as `tax_number`"
    return None


def day_problem(*, disclosed_on: date, today: date) -> str | None:
    return None if disclosed_on <= today else "this day is still to come"
