"""How old somebody is on a day, where documents say when they were born."""

from __future__ import annotations

from datetime import date
from typing import Final

ADULT_YEARS: Final = 18
YEARS_MAX: Final = 130


def age_on(born_on: date, on: date) -> int:
    """Born on a 29 February, a year older on 1 March where there is no 29th: the later of both.

    Some laws take 28 February; being a day late harms nobody whom an age protects.
    """
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def is_possible_birth(born_on: date, on: date) -> bool:
    return born_on <= on and age_on(born_on, on) <= YEARS_MAX
