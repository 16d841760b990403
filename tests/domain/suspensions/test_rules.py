"""What a suspension may be about, how long it lasts, and what its reversal pays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.database import fetch
from domain.money import Money
from domain.suspensions.rules import (
    APPEAL_TIME,
    EARNINGS_TIME,
    LENGTH_MAX,
    MOVES,
    SuspensionEvent,
    SuspensionState,
    appeal_until,
    available_events,
    compensations,
    days_problem,
    end_problem,
)
from tests.make.world import World

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)


@given(micros=st.integers(0, 2**50), days=st.integers(0, 400))
def test_what_was_lost_is_counted_by_the_days(micros: int, days: int) -> None:
    """A thirtieth of what was earned for each day, never more, and less than a millionth short."""
    paid = compensations(earned=[Money(micros, "EUR")], kept_from=NOW, kept_until=NOW + days * DAY)
    exact = micros * days / EARNINGS_TIME.days
    total = sum(each.micros for each in paid)
    assert total <= exact + 1e-6 * exact and exact - total < 1 + 1e-6 * exact
    assert all(each.micros > 0 for each in paid)


def test_every_currency_is_paid_by_itself() -> None:
    """Nothing is exchanged, and a currency without earnings has no line."""
    earned = [Money(30, "EUR"), Money(60, "USD"), Money(0, "INR")]
    paid = compensations(earned=earned, kept_from=NOW, kept_until=NOW + DAY)
    assert paid == [Money(1, "EUR"), Money(2, "USD")]


def test_days_and_end_have_an_order() -> None:
    """What happened lies in the past, first day first; the end lies ahead, within a year."""
    assert days_problem(from_on=TODAY, to_on=TODAY, today=TODAY) is None
    assert days_problem(from_on=TODAY, to_on=date(2026, 4, 30), today=TODAY)
    assert days_problem(from_on=TODAY, to_on=date(2026, 5, 2), today=TODAY)
    assert end_problem(ends_at=NOW + LENGTH_MAX, now=NOW) is None
    assert end_problem(ends_at=NOW, now=NOW)
    assert end_problem(ends_at=NOW + LENGTH_MAX + DAY, now=NOW)


def test_the_member_may_appeal_as_long_as_it_lasts_and_for_half_a_year() -> None:
    """What is offered and what is refused end in the same second."""
    short = appeal_until(imposed_at=NOW, ends_at=NOW + DAY)
    long = appeal_until(imposed_at=NOW, ends_at=NOW + LENGTH_MAX)
    assert (short, long) == (NOW + APPEAL_TIME, NOW + LENGTH_MAX)
    second = timedelta(seconds=1)
    for state in SuspensionState:
        offered = available_events(state, until=short, now=short - second)
        assert offered == ((SuspensionEvent.APPEAL,) if state is SuspensionState.IMPOSED else ())
        assert available_events(state, until=short, now=short) == ()


@pytest.mark.asyncio
async def test_the_database_allows_the_same_moves(world: World) -> None:
    """Its own table of moves, for whoever writes past the operations."""
    assert world
    rows = await fetch("select from_state, to_state from suspension_move")
    allowed = {(state.value, target.value) for (state, _), target in MOVES.items()}
    assert {(row["from_state"], row["to_state"]) for row in rows} == allowed
