"""On which days payouts are collected, and when their money leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from domain.payouts.provider import BankDays, first_bank_day
from domain.routing.rules import Schedule

RUN_HOUR: Final = 6  # of the day in UTC, from which the day's runs are collected
WEEKLY_ON: Final = 3  # Thursday: banks work on the day after
SEMIMONTHLY_ON: Final = (1, 15)
DAYS_BETWEEN_MAX: Final = 17  # of two runs: from the fifteenth to the first


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDay:
    """`leaves_on`: the first day from the run on that the provider's clearing works."""

    run_on: date
    leaves_on: date


def schedules_due(day: date) -> tuple[Schedule, ...]:
    """Which runs a day of the calendar has."""
    is_due = {
        Schedule.DAILY: True,
        Schedule.WEEKLY: day.weekday() == WEEKLY_ON,
        Schedule.SEMIMONTHLY: day.day in SEMIMONTHLY_ON,
    }
    return tuple(schedule for schedule, is_today in is_due.items() if is_today)


def run_days(
    schedule: Schedule, *, now: datetime, bank_days: BankDays, count: int
) -> tuple[RunDay, ...]:
    """The next runs for what is asked for now, and when their money leaves; one where none wait.

    From `RUN_HOUR` on the day's run may be collected already, so the next one counts.
    """
    if schedule is Schedule.AT_ONCE:
        days = [now.date()]
    else:
        first = now.date() + timedelta(days=now.hour >= RUN_HOUR)
        coming = (first + timedelta(days=each) for each in range(DAYS_BETWEEN_MAX * count))
        days = [day for day in coming if schedule in schedules_due(day)][:count]
    return tuple(
        RunDay(run_on=day, leaves_on=first_bank_day(day, bank_days=bank_days)) for day in days
    )
