"""The score: what raises it, what it is made of, and that it never changes within a day (P42)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.matching.rules import (
    MILLION,
    NEWCOMER_COUNT,
    WEIGHTS,
    MatchTerm,
    Offer,
    Profile,
    Standing,
    affinity,
    branches_of,
    careful_share,
    explores,
    freshness,
    score,
    terms_of,
    tie,
    wage,
)

ON = date(2026, 3, 29)
MORNING = datetime(2026, 3, 29, tzinfo=UTC)
TERM = st.integers(0, MILLION)
TERMS = st.fixed_dictionaries(dict.fromkeys(MatchTerm, TERM))
COUNT = st.integers(0, 100)


@given(terms=TERMS, which=st.sampled_from(MatchTerm), more=TERM)
def test_no_term_that_grows_lowers_a_score(
    terms: dict[MatchTerm, int], which: MatchTerm, more: int
) -> None:
    """P42: whatever a worker or an employer does better moves nobody down."""
    better = terms | {which: min(MILLION, terms[which] + more)}
    assert 0 <= score(terms) <= score(better) <= 200 * MILLION
    assert sum(WEIGHTS.values()) - WEIGHTS[MatchTerm.INVITATION] == 100


@given(good=COUNT, bad=COUNT)
def test_a_better_outcome_is_never_worse(good: int, bad: int) -> None:
    """P42: one more good star helps, one more bad one does not, and nobody begins at nothing."""
    here = careful_share(Standing(good, bad))
    assert careful_share(Standing(good, bad + 1)) <= here <= careful_share(Standing(good + 1, bad))
    assert 0 < here < MILLION


@given(paid=st.integers(0, 10**9), more=st.integers(0, 10**9), age=st.integers(0, 10**7))
def test_more_pay_and_fewer_hours_are_better(paid: int, more: int, age: int) -> None:
    """Within their bounds, also for what is paid nothing and what opens tomorrow."""
    least = 8 * MILLION
    less = wage(hourly_micros=paid, minimum_micros=least)
    assert less <= wage(hourly_micros=paid + more, minimum_micros=least) <= MILLION
    opened = MORNING - timedelta(seconds=age)
    assert 0 <= freshness(opened, on=ON) <= freshness(opened + timedelta(hours=1), on=ON)
    assert freshness(MORNING + timedelta(days=1), on=ON) == MILLION


def test_the_terms_of_the_specification() -> None:
    """7.1, by hand: 20 of 30 approved, the minimum paid, a day old, one taste of four."""
    offer = Offer(
        campaign_id=UUID(int=1),
        category="survey",
        branches=branches_of("survey.opinion"),
        languages=frozenset({"de", "fr", "en"}),
        hourly_micros=8 * MILLION,
        minimum_micros=8 * MILLION,
        employer=Standing(),
        published_at=MORNING - timedelta(days=1),
    )
    profile = Profile(
        worker_id=UUID(int=2),
        decided_count=30,
        standings={"survey": Standing(good=20, bad=10)},
        words=frozenset({"labeling", "fr"}),
    )

    terms = terms_of(offer, profile, on=ON)

    # The lower tenths of Beta(29, 11) and of Beta(9, 1): the second is 0.1 ** (1 / 9).
    assert terms[MatchTerm.QUALITY] == pytest.approx(634_000, abs=5_000)
    assert terms[MatchTerm.EMPLOYER_RATING] == pytest.approx(0.1 ** (1 / 9) * MILLION, abs=2)
    assert terms[MatchTerm.SKILL_FIT] == MILLION
    assert terms[MatchTerm.WAGE] == terms[MatchTerm.FRESHNESS] == MILLION // 2
    assert terms[MatchTerm.AFFINITY] == MILLION // 4  # French, of a survey in one of three
    assert list(terms) == sorted(terms, key=lambda term: -WEIGHTS[term])

    for named, fits in (("survey", 2), ("survey.opinion", 2), ("survey.market", 1)):
        fond = replace(profile, interests=frozenset({named}))
        assert terms_of(offer, fond, on=ON) == terms | {MatchTerm.AFFINITY: fits * MILLION // 4}


def test_a_taste_and_a_currency_without_minimum_are_known() -> None:
    """Neither helps nor hurts where nobody decided; a share of what it is about counts."""
    assert wage(hourly_micros=1, minimum_micros=None) == MILLION // 2
    assert wage(hourly_micros=None, minimum_micros=1) == MILLION // 2
    assert affinity({"survey", "de"}, {"de", "fr"}) == MILLION // 2
    assert affinity((), {"de"}) == 0


def test_a_day_and_a_worker_have_one_order() -> None:
    """A page can be asked for again; another day, worker or campaign is another draw."""
    workers = [UUID(int=number) for number in range(2_000)]
    draws = {tie(worker_id=each, campaign_id=UUID(int=7), on=ON) for each in workers}
    again = {tie(worker_id=each, campaign_id=UUID(int=7), on=ON) for each in workers}
    assert draws == again and len(draws) == len(workers)

    days = [ON + timedelta(days=number) for number in range(10)]
    chosen = [explores(worker_id=each, decided_count=0, on=on) for each in workers for on in days]
    assert 0.08 < sum(chosen) / len(chosen) < 0.12
    old = [explores(worker_id=each, decided_count=NEWCOMER_COUNT, on=ON) for each in workers]
    assert not any(old)
