"""The cap is exact and the year is a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.referrals.rules import CAP_MICROS, Work, end_of, plan_rewards

REFERRER = UUID(int=99)


def works_of(values: list[tuple[int, str, int, int]]) -> list[Work]:
    return [
        Work(
            referral_id=UUID(int=referral),
            referrer_id=REFERRER,
            assignment_id=UUID(int=number),
            reward=Money(micros, currency),
            basis_points=basis_points,
        )
        for number, (referral, currency, micros, basis_points) in enumerate(values)
    ]


WORKS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(["USD", "EUR"]),
        st.integers(1, 2 * 10**9),
        st.sampled_from([0, 1, 500, 10_000]),
    ),
    max_size=30,
)


@given(values=WORKS, before=st.integers(0, CAP_MICROS))
def test_a_referral_never_earns_more_than_its_cap(
    values: list[tuple[int, str, int, int]], before: int
) -> None:
    """Per currency, together with what it earned before; an ended one has reached it exactly."""
    earned = {(UUID(int=1), "USD"): before}
    plan = plan_rewards(works=works_of(values), earned=earned)

    sums: dict[tuple[UUID, str], int] = dict(earned)
    for reward in plan.rewards:
        key = (reward.referral_id, reward.amount.currency)
        sums[key] = sums.get(key, 0) + reward.amount.micros
        assert reward.amount.micros > 0
    assert all(total <= CAP_MICROS for total in sums.values())
    for referral_id in plan.capped_ids:
        assert CAP_MICROS in [total for (id_, _), total in sums.items() if id_ == referral_id]


@given(values=WORKS)
def test_what_is_left_out_is_worth_nothing_or_above_the_cap(
    values: list[tuple[int, str, int, int]],
) -> None:
    """Below the cap, every piece of work earns its share, rounded half up."""
    works = works_of(values)
    plan = plan_rewards(works=works, earned={})
    paid = {reward.assignment_id: reward.amount.micros for reward in plan.rewards}
    for work in works:
        share = (work.reward.micros * work.basis_points + 5_000) // 10_000
        got = paid.get(work.assignment_id, 0)
        assert got == share or (got < share and work.referral_id in plan.capped_ids)


def test_the_last_reward_is_cut_to_what_is_left() -> None:
    """To the micro: 49.999999 earned, 0.05 due, 0.000001 paid."""
    earned = {(UUID(int=1), "USD"): CAP_MICROS - 1}
    plan = plan_rewards(
        works=works_of([(1, "USD", 1_000_000, 500), (1, "USD", 1_000_000, 500)]), earned=earned
    )
    assert [reward.amount for reward in plan.rewards] == [Money(1, "USD")]
    assert plan.capped_ids == {UUID(int=1)}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2027, 3, 29, 0, 59, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2029, 3, 1, tzinfo=UTC)),
        (datetime(2027, 3, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_twelve_months_end_on_the_same_day(start: datetime, end: datetime) -> None:
    """A leap day's year ends on 1 March, never a day short."""
    assert end_of(start) == end
    assert end - start >= timedelta(days=365)
