"""The score of a risk case, and how far a soft measure goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.risk.rules import (
    ALLOWANCE_TIME_MAX,
    Allowance,
    SignalKind,
    allowance_problem,
    score_of,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FOUND = st.lists(st.tuples(st.sampled_from(SignalKind), st.integers(1, 100)))


@given(found=FOUND, more=st.tuples(st.sampled_from(SignalKind), st.integers(1, 100)))
def test_a_score_has_a_range_and_only_rises(
    found: list[tuple[SignalKind, int]], more: tuple[SignalKind, int]
) -> None:
    """R27: 0 to 100; each kind counts once, in whatever order it was found."""
    score = score_of(found)
    assert 0 <= score <= 100
    assert score_of([*found, more]) >= score
    assert score_of([*found, *found]) == score == score_of(found[::-1])


def test_an_allowance_ends() -> None:
    """Nobody is limited for good, nor to nothing."""
    day = timedelta(days=1)
    assert allowance_problem(Allowance(claims_per_day=1, ends_at=NOW + day), now=NOW) is None
    for count, ends_at in (
        (0, NOW + day),
        (101, NOW + day),
        (1, NOW),
        (1, NOW + ALLOWANCE_TIME_MAX + day),
    ):
        assert allowance_problem(Allowance(claims_per_day=count, ends_at=ends_at), now=NOW)
