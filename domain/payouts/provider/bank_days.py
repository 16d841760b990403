"""On which days the two clearings settle. Pure; the rules are public and change rarely.

TARGET: closed on Saturdays, Sundays and six days of the year. The Federal Reserve: eleven
holidays; one that falls on a Sunday is kept on the Monday after, on a Saturday not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

IsClosed: TypeAlias = Callable[[date], bool]


class BankDays(StrEnum):
    """On which days a provider moves money."""

    EVERY_DAY = "every_day"
    TARGET = "target"
    FEDWIRE = "fedwire"


MONDAY: Final = 0
THURSDAY: Final = 3
SATURDAY: Final = 5
SUNDAY: Final = 6
_TARGET_CLOSED: Final = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})
_FED_FIXED: Final = frozenset({(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)})


def bank_day_after(start: date, *, days: int, is_closed: IsClosed) -> date:
    """`days` bank days after `start`; with 0 the first bank day that is not before it."""
    day = start
    while is_closed(day):
        day += timedelta(days=1)
    for _ in range(days):
        day += timedelta(days=1)
        while is_closed(day):
            day += timedelta(days=1)
    return day


def first_bank_day(start: date, *, bank_days: BankDays) -> date:
    """`start`, or the first day after it on which money moves."""
    is_closed = _CLOSED.get(bank_days)
    return start if is_closed is None else bank_day_after(start, days=0, is_closed=is_closed)


def target_is_closed(day: date) -> bool:
    easter = _easter(day.year)
    return (
        day.weekday() >= SATURDAY
        or (day.month, day.day) in _TARGET_CLOSED
        or day in (easter - timedelta(days=2), easter + timedelta(days=1))
    )


def fed_is_closed(day: date) -> bool:
    if day.weekday() >= SATURDAY or (day.month, day.day) in _FED_FIXED:
        return True
    eve = day - timedelta(days=1)
    if eve.weekday() == SUNDAY and (eve.month, eve.day) in _FED_FIXED:
        return True
    nth = (day.day - 1) // 7 + 1
    if day.weekday() == MONDAY:
        is_last = (day + timedelta(days=7)).month != day.month
        return (day.month, nth) in {(1, 3), (2, 3), (9, 1), (10, 2)} or (day.month == 5 and is_last)  # noqa: PLR2004  # May, for Memorial Day
    return day.weekday() == THURSDAY and (day.month, nth) == (11, 4)


def _easter(year: int) -> date:
    """By the anonymous Gregorian rule."""
    century, rest = divmod(year, 100)
    golden = year % 19
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - shift + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


_CLOSED: Final[Mapping[BankDays, IsClosed]] = {
    BankDays.TARGET: target_is_closed,
    BankDays.FEDWIRE: fed_is_closed,
}
