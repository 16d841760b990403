"""Points and levels by the published formula."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.workers.rules import (
    LEVEL_MAX,
    LevelBand,
    band_of,
    level_for,
    points_needed,
    points_of,
)

THRESHOLDS = [0, 1000, 2828, 5196, 8000, 11180, 14697, 18520, 22627, 27000, 31623]


def test_the_levels_begin_at_the_published_points() -> None:
    """A4, and P37: one point less is the level below."""
    assert [points_needed(level) for level in range(LEVEL_MAX + 1)] == THRESHOLDS
    assert [level_for(points) for points in THRESHOLDS] == list(range(LEVEL_MAX + 1))
    assert [level_for(points - 1) for points in THRESHOLDS[1:]] == list(range(LEVEL_MAX))
    assert level_for(10**9) == LEVEL_MAX


def test_bands_have_the_published_levels() -> None:
    """R13."""
    bands = [band_of(level) for level in range(LEVEL_MAX + 1)]
    assert bands == [LevelBand.STARTER] * 4 + [LevelBand.ADVANCED] * 4 + [LevelBand.EXPERT] * 3


def test_points_of_many_small_rewards_are_rounded_once() -> None:
    """Ten per assignment, a hundred per dollar, five per five stars: 0.004 dollars count too."""
    assert points_of(satisfied_count=3, usd_micros=2_509_999, five_star_count=2) == 30 + 250 + 10
    assert points_of(satisfied_count=0, usd_micros=4_000 * 5, five_star_count=0) == 2


@given(st.integers(0, 10**6), st.integers(0, 10**13), st.integers(0, 10**6))
def test_more_of_anything_never_lowers_the_level(work: int, usd: int, stars: int) -> None:
    """P37: levels rise with successful tasks."""

    def level(work: int, usd: int, stars: int) -> int:
        return level_for(points_of(satisfied_count=work, usd_micros=usd, five_star_count=stars))

    before = level(work, usd, stars)
    assert before <= level(work + 1, usd, stars)
    assert before <= level(work, usd + 10_000, stars)
    assert before <= level(work, usd, stars + 1)
