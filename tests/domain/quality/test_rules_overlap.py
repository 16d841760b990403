"""Buying answers one by one, and judging workers by few of them."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quality.rules import (
    Answer,
    KnownWorkers,
    OverlapPlan,
    chance_below,
    lower_bound,
    majority,
    needs_another,
    propose_suspension,
    success_rate,
)
from domain.quality.rules.reliability import beta_cdf
from gateway.quality.trial import try_overlap
from tests.domain.quality.crowds import yes_no_crowd

PLAN = OverlapPlan()
counts = st.integers(0, 100)


@given(st.floats(0, 1), st.integers(0, 20))
def test_the_bounds_hold_whatever_is_believed(share: float, answer_count: int) -> None:
    """Never fewer than two answers are enough, and never more than seven are bought."""
    another = needs_another([share, 1 - share], answer_count=answer_count, plan=PLAN)
    if answer_count < PLAN.place_count_min:
        assert another
    if answer_count >= PLAN.place_count_max:
        assert not another


def test_buying_stops_when_it_is_clear() -> None:
    """Two fifths of the answers are saved, and the labels are no worse than the vote's."""
    answers, truth = yes_no_crowd(1, tasks=600)
    votes = majority(answers)
    share_of_votes = sum(votes[task].label == label for task, label in truth.items()) / len(truth)
    tries = try_overlap(answers, truth, place_count_max=5, seed=1)
    bought = {each.confidence: each for each in tries}
    assert bought[0.9].saved >= 0.4
    assert bought[0.9].accuracy >= share_of_votes - 0.005


def test_a_worker_who_is_always_wrong_says_much() -> None:
    """Gold tells what an answer means; a worker who swaps the labels is as good as any."""
    gold = {f"g{n}": "yes" if n % 2 else "no" for n in range(20)}
    swapped = {"yes": "no", "no": "yes"}
    known = KnownWorkers(gold, [Answer("w", task, swapped[true]) for task, true in gold.items()])
    belief = known.belief([Answer("w", "new", "no")])
    assert belief[known.labels.index("yes")] > 0.8


def test_an_unknown_label_says_nothing() -> None:
    """A label that gold never met changes no belief, and breaks nothing."""
    known = KnownWorkers({"g": "yes"}, [Answer("w", "g", "no")])
    assert known.belief([Answer("w", "new", "maybe")]) == known.belief([])


@given(st.floats(0.01, 0.99), st.integers(1, 60), st.integers(1, 60))
def test_the_tail_is_a_distribution(x: float, alpha: int, beta: int) -> None:
    """It mirrors itself and grows with x."""
    assert isclose(
        beta_cdf(x, alpha=alpha, beta=beta) + beta_cdf(1 - x, alpha=beta, beta=alpha),
        1,
        abs_tol=1e-9,
    )
    assert beta_cdf(x / 2, alpha=alpha, beta=beta) <= beta_cdf(x, alpha=alpha, beta=beta) + 1e-12


@given(counts, counts)
def test_one_more_right_answer_never_harms(right: int, wrong: int) -> None:
    """A good answer raises the careful rate and lowers the suspicion."""
    better = lower_bound(good=right + 1, bad=wrong)
    assert better >= lower_bound(good=right, bad=wrong) - 1e-9
    assert success_rate(good=right + 1, bad=wrong) >= success_rate(good=right, bad=wrong)
    after = chance_below(0.6, right=right + 1, wrong=wrong)
    assert after <= chance_below(0.6, right=right, wrong=wrong) + 1e-12


def test_a_newcomer_begins_at_ninety_percent() -> None:
    """One early rejection must not close the door (R14)."""
    assert success_rate(good=0, bad=0) == 0.9
    assert success_rate(good=0, bad=1) > 0.75


@pytest.mark.parametrize(
    ("right", "wrong", "reliability", "proposed"),
    [
        (5, 15, 0.4, True),
        (5, 14, 0.4, False),  # too little gold
        (5, 15, 0.7, False),  # the crowd disagrees
        (12, 8, 0.4, False),  # not sure enough
    ],
)
def test_a_suspension_needs_gold_and_crowd(
    *, right: int, wrong: int, reliability: float, proposed: bool
) -> None:
    """Each alone names good workers; both together are shown to a person."""
    found = propose_suspension(right=right, wrong=wrong, reliability=reliability, threshold=0.6)
    assert found is proposed
