"""B-notices: which one it is, and by when the letter and the withholding are due."""

from __future__ import annotations

from datetime import date

import pytest

from domain.taxes.rules.b_notices import Notice, Received, business_day, notice_of


def received(on: str, *, year: int) -> Received:
    return Received(on=date.fromisoformat(on), tax_year=year)


FIRST = received("2024-10-14", year=2023)


@pytest.mark.parametrize(
    ("earlier", "notice"),
    [
        ([], Notice.FIRST),
        ([FIRST], Notice.SECOND),
        ([received("2023-12-31", year=2022)], Notice.FIRST),
        ([received("2026-04-14", year=2024)], Notice.REPEATED),
        ([received("2025-10-14", year=2025)], Notice.REPEATED),
        ([received("2027-01-01", year=2026)], Notice.FIRST),
        ([received("2022-10-14", year=2021), FIRST], Notice.SECOND),
    ],
    ids=["none", "two years ago", "four years", "this year", "same tax year", "later", "several"],
)
def test_which_notice_it_is(earlier: list[Received], notice: Notice) -> None:
    """The second within three calendar years needs a letter of the SSA or the IRS."""
    due = notice_of(received("2026-10-13", year=2025), earlier=earlier)

    assert due.notice is notice
    assert (due.letter_by is None) is (notice is Notice.REPEATED)


def test_the_days_are_business_days() -> None:
    """Fifteen for the letter, thirty until money is withheld; holidays count for nobody."""
    thanksgiving = date(2026, 11, 26)

    due = notice_of(received("2026-11-13", year=2025), earlier=[], holidays={thanksgiving})

    assert due.letter_by == date(2026, 12, 7)
    assert due.withhold_from == date(2026, 12, 28)
    assert business_day(date(2026, 11, 20), 1) == date(2026, 11, 23)
