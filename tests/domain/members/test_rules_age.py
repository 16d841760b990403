"""The age gate (R31): who is grown up, to the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.members.rules import age_on

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


@pytest.mark.parametrize(
    ("born_on", "on", "age"),
    [
        (date(2008, 3, 29), date(2026, 3, 28), 17),
        (date(2008, 3, 29), date(2026, 3, 29), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),  # no 29 February in 2026
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2008, 12, 31), date(2026, 1, 1), 17),
        (date(2026, 3, 29), date(2026, 3, 29), 0),
    ],
)
def test_a_birthday_is_reached_on_its_day(born_on: date, on: date, age: int) -> None:
    """17 years and 364 days are refused, the birthday is not; leap days wait for 1 March."""
    assert age_on(born_on=born_on, on=on) == age


@given(born_on=DAYS, on=DAYS)
def test_one_is_eighteen_exactly_from_the_eighteenth_birthday_on(born_on: date, on: date) -> None:
    """Against the calendar itself: the birthday of that year, or 1 March where it is missing."""
    assume(born_on <= on)
    try:
        birthday = born_on.replace(year=born_on.year + 18)
    except ValueError:
        birthday = date(born_on.year + 18, 3, 1)
    assert (age_on(born_on=born_on, on=on) >= 18) == (on >= birthday)


@given(born_on=DAYS, on=DAYS)
def test_age_grows_by_one_at_most_and_never_falls(born_on: date, on: date) -> None:
    """A day later one is as old as before, or one year older."""
    assume(born_on <= on)
    grown = age_on(born_on=born_on, on=on + timedelta(days=1)) - age_on(born_on=born_on, on=on)
    assert grown in {0, 1}
