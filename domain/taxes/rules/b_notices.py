"""B-notices: what follows when the IRS says that a name and a number do not belong together.

Pure rules of IRS Publication 1281.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

NOTICE_YEARS: Final = 3  # calendar years, the one of the first notice included
LETTER_DAYS: Final = 15  # business days to send the letter in
WITHHOLD_DAYS: Final = 30  # business days until withholding begins, without an answer
SATURDAY: Final = 5


class Notice(StrEnum):
    FIRST = "first"  # with a W-9: a signed one ends it
    SECOND = "second"  # without: only a letter of the SSA or the IRS ends it
    REPEATED = "repeated"  # the same error of the same year once more: nothing new is sent


class NoticeEnd(StrEnum):
    """What the payee answered."""

    W9 = "w9"  # a new one, signed
    LETTER = "letter"  # of the SSA about the number, or 147C of the IRS


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One entry of a CP2100 or CP2100A about one payee."""

    on: date
    tax_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    notice: Notice
    letter_by: date | None
    withhold_from: date | None  # unless the payee has answered before


def notice_of(
    received: Received, *, earlier: Sequence[Received], holidays: Collection[date] = ()
) -> Due:
    """`earlier` are those about the same payee and account; `holidays` those of the payer's bank.

    A second one in the same calendar year, or about the same tax year, is the first one again.
    """
    counted = [each for each in earlier if each.on <= received.on]
    if any(
        each.on.year == received.on.year or each.tax_year == received.tax_year for each in counted
    ):
        return Due(notice=Notice.REPEATED, letter_by=None, withhold_from=None)
    is_second = any(received.on.year - each.on.year < NOTICE_YEARS for each in counted)
    return Due(
        notice=Notice.SECOND if is_second else Notice.FIRST,
        letter_by=business_day(received.on, LETTER_DAYS, holidays=holidays),
        withhold_from=business_day(received.on, WITHHOLD_DAYS, holidays=holidays),
    )


def is_ended_by(notice: Notice, way: NoticeEnd) -> bool:
    """After the second one a form of the payee's own proves nothing more."""
    return way is NoticeEnd.LETTER or notice is Notice.FIRST


def business_day(start: date, count: int, *, holidays: Collection[date] = ()) -> date:
    """The day on which `count` business days after `start` have passed."""
    day = start
    for _ in range(count):
        day += timedelta(days=1)
        while day.weekday() >= SATURDAY or day in holidays:
            day += timedelta(days=1)
    return day
