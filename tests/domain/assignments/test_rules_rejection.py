"""The pure rules of rejections, with the figures of the specification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assignments.rules.rejection import (
    ReviewCounts,
    breaker_trips,
    is_too_fast,
    rejections_allowed,
)


@pytest.mark.parametrize(("reviewed", "allowed"), [(100, 30), (10, 3), (3, 3), (0, 3), (11, 3)])
def test_the_vector_of_the_cap(reviewed: int, allowed: int) -> None:
    """A5, R7."""
    assert rejections_allowed(reviewed_count=reviewed) == allowed


@pytest.mark.parametrize(
    ("in_day", "of_last", "trips"), [(20, 20, True), (19, 50, False), (500, 19, False)]
)
def test_the_breaker_needs_many_and_much(in_day: int, of_last: int, *, trips: bool) -> None:
    """R8: at least 20 in a day, and 40 % of the last 50."""
    assert breaker_trips(rejections_in_day=in_day, rejected_of_last_50=of_last) is trips


@given(reviewed=st.integers(0, 10_000), rejected=st.integers(0, 10_000), is_waived=st.booleans())
def test_what_is_allowed_is_never_more_than_the_share(
    reviewed: int, rejected: int, *, is_waived: bool
) -> None:
    """R7: an employer who takes all that is allowed stays at three, or at 30 %."""
    counts = ReviewCounts(
        reviewed=reviewed,
        rejected=rejected,
        rejected_in_day=0,
        rejected_of_last_49=0,
        is_waived=is_waived,
    )
    is_fine = rejected + 1 <= 3 or (rejected + 1) * 100 <= (reviewed + 1) * 30
    assert counts.is_used_up == (not is_waived and not is_fine)


@given(st.lists(st.floats(0, 100_000), max_size=29), st.floats(0, 100_000))
def test_too_few_others_prove_nothing(others: list[float], seconds: float) -> None:
    """R10: n is at least 30."""
    assert not is_too_fast(seconds, others)


@given(st.lists(st.floats(1, 100_000), min_size=30, max_size=60))
def test_nobody_in_the_crowd_is_too_fast_beside_itself(others: list[float]) -> None:
    """R10: who takes as long as the fastest half is never too fast."""
    assert not is_too_fast(sorted(others)[len(others) // 2], others)


def test_far_below_the_others_is_too_fast() -> None:
    """R10: below three standard deviations of the logarithms."""
    others = [float(50 + each) for each in range(30)]
    assert is_too_fast(5.0, others)
    assert not is_too_fast(45.0, others)
