"""What may be said with stars."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ratings.queries import NO_RATINGS, RatingSummary
from domain.ratings.rules import clean_comment, rating_problem


@given(stars=st.integers(-10, 20))
def test_one_to_five_stars(stars: int) -> None:
    """Nothing below, nothing above."""
    found = rating_problem(stars=stars, comment=None)
    assert (found is None) == (stars in {1, 2, 3, 4, 5})
    assert found is None or found.field == "stars"


@pytest.mark.parametrize(
    ("comment", "is_fine"),
    [
        (None, True),
        ("", True),
        ("Clear task,\npaid in a day.", True),
        ("x" * 1000, True),
        ("x" * 1001, False),
        ("bad\x00sign", False),
        ("\ud800", False),
    ],
)
def test_comments(comment: str | None, *, is_fine: bool) -> None:
    """Anything readable and short that the database can store."""
    found = rating_problem(stars=5, comment=comment)
    assert (found is None) == is_fine
    assert found is None or found.field == "comment"


def test_blank_is_no_comment() -> None:
    """Otherwise a list shows empty quotation marks."""
    assert [clean_comment(text) for text in (None, "", " \n", " Fine. ")] == [
        None,
        None,
        None,
        "Fine.",
    ]


def test_an_average_has_two_decimals() -> None:
    """And nobody without ratings has zero stars."""
    assert RatingSummary((0, 0, 0, 1, 2)).average == Decimal("4.67")
    assert NO_RATINGS.average is None
