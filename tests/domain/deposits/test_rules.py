"""What a deposit becomes by what a provider says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from domain.deposits.operations.money import settled
from domain.deposits.provider import DepositObservation, ObservedDeposit
from domain.deposits.rules import (
    FROZEN,
    MOVES,
    OPEN,
    DepositState,
    look_up_delay,
    may_move,
    next_state,
    unknown_refund,
)
from domain.ledger.rules import is_balanced
from domain.money import Money
from plugins.payments.sandbox.deposits import SandboxDeposits

ASKED: Final = Money(100_000_000, "EUR")
NOTHING: Final = Money(0, "EUR")
O: Final = ObservedDeposit  # noqa: E741  # a table of observations
S: Final = DepositState


def saw(
    state: ObservedDeposit | None,
    *,
    amount: Money | None = None,
    fee: Money | None = None,
    refunded: Money | None = None,
) -> DepositObservation:
    return DepositObservation(state=state, amount=amount, fee=fee, refunded=refunded)


def ends_as(
    current: DepositState, observation: DepositObservation | None, *, refunded: Money = NOTHING
) -> list[DepositState]:
    """Every state on the way, as the operation takes it step by step."""
    path = [current]
    for _ in DepositState:
        state = next_state(
            current=path[-1],
            observation=observation,
            asked=ASKED,
            unknown_refund=refunded,
            was_disputed=S.DISPUTED in path,
        )
        if state is path[-1]:
            return path[1:]
        assert may_move(source=path[-1], target=state)
        path.append(state)
    raise AssertionError("in circles")


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        (None, []),
        (saw(None), []),
        (saw(O.PENDING), []),
        (saw(O.APPROVED), []),
        (saw(O.FAILED), [S.FAILED]),
        (saw(O.EXPIRED), [S.EXPIRED]),
        (saw(O.SETTLED, amount=ASKED), [S.SETTLED]),
        (saw(O.SETTLED), [S.MISMATCHED]),
        (saw(O.SETTLED, amount=Money(100_000_000, "USD")), [S.MISMATCHED]),
        (saw(O.SETTLED, amount=Money(99_990_000, "EUR")), [S.UNDERPAID]),
        (saw(O.SETTLED, amount=Money(100_010_000, "EUR")), [S.OVERPAID]),
        (saw(O.SETTLED, amount=ASKED, fee=Money(1, "USD")), [S.MISMATCHED]),
        (saw(O.SETTLED, amount=ASKED, fee=ASKED), [S.MISMATCHED]),
        (saw(O.SETTLED, amount=ASKED, fee=Money(350_000, "EUR")), [S.SETTLED]),
        (saw(O.DISPUTED, amount=ASKED), [S.SETTLED, S.DISPUTED]),
        (saw(O.WON, amount=ASKED), [S.SETTLED, S.DISPUTED, S.WON]),
        (saw(O.LOST, amount=ASKED), [S.SETTLED, S.DISPUTED, S.LOST]),
        (saw(O.DISPUTED), [S.MISMATCHED]),
    ],
)
def test_only_exactly_what_was_asked_settles(
    observation: DepositObservation | None, expected: list[DepositState]
) -> None:
    """Everything else that claims to be settled is for people; what was missed is made up for."""
    assert ends_as(S.PENDING, observation) == expected


@pytest.mark.parametrize("current", sorted(FROZEN | {S.LOST, S.REFUNDED}))
@pytest.mark.parametrize("seen", ObservedDeposit)
def test_nothing_that_is_observed_moves_what_ended_or_waits_for_people(
    current: DepositState, seen: ObservedDeposit
) -> None:
    """A late "settled" must not book by itself."""
    assert ends_as(current, saw(seen, amount=ASKED), refunded=ASKED) == []


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (60_000_000, S.UNDERPAID),  # the same again
        (90_000_000, S.UNDERPAID),
        (100_000_000, S.SETTLED),
        (110_000_000, S.OVERPAID),
    ],
)
def test_the_rest_of_an_underpaid_deposit_may_come(amount: int, expected: DepositState) -> None:
    """Exactly the rest settles it; anything else stays for people."""
    found = next_state(
        current=S.UNDERPAID,
        observation=saw(O.SETTLED, amount=Money(amount, "EUR")),
        asked=ASKED,
        unknown_refund=NOTHING,
        arrived=Money(60_000_000, "EUR"),
    )
    assert found is expected
    assert may_move(source=S.UNDERPAID, target=found)


@pytest.mark.parametrize("current", [S.FAILED, S.EXPIRED])
def test_money_that_comes_after_all_is_for_people(current: DepositState) -> None:
    """We have told the employer that it does not come."""
    assert ends_as(current, saw(O.SETTLED, amount=ASKED)) == [S.MISMATCHED]
    assert ends_as(current, saw(O.FAILED)) == []


@pytest.mark.parametrize(
    ("current", "seen", "expected"),
    [
        (S.SETTLED, O.SETTLED, []),
        (S.SETTLED, O.PENDING, []),
        (S.SETTLED, O.FAILED, []),
        (S.SETTLED, O.DISPUTED, [S.DISPUTED]),
        (S.SETTLED, O.REFUNDED, [S.REFUNDED]),
        (S.SETTLED, O.PARTLY_REFUNDED, [S.PARTLY_REFUNDED]),
        (S.DISPUTED, O.DISPUTED, []),
        (S.DISPUTED, O.SETTLED, []),
        (S.DISPUTED, O.WON, [S.WON]),
        (S.DISPUTED, O.LOST, [S.LOST]),
        (S.DISPUTED, O.REFUNDED, [S.LOST]),
    ],
)
def test_what_follows_a_settled_one(
    current: DepositState, seen: ObservedDeposit, expected: list[DepositState]
) -> None:
    """Disputes and refunds, and never back to open."""
    assert ends_as(current, saw(seen, amount=ASKED), refunded=Money(1, "EUR")) == expected


def test_a_won_dispute_is_not_opened_by_its_own_ruling() -> None:
    """A provider that says "won" for ever after would open and win it at every look-up."""
    states = [
        next_state(
            current=current,
            observation=saw(O.WON, amount=ASKED),
            asked=ASKED,
            unknown_refund=NOTHING,
            was_disputed=True,
        )
        for current in (S.WON, S.PARTLY_REFUNDED)
    ]

    assert states == [S.WON, S.PARTLY_REFUNDED]


@pytest.mark.parametrize(
    ("observation", "known", "expected"),
    [
        (saw(O.SETTLED), 0, 0),
        (saw(O.REFUNDED), 0, 100),
        (saw(O.REFUNDED), 40, 60),
        (saw(O.REFUNDED), 100, 0),
        (saw(O.PARTLY_REFUNDED), 0, 0),
        (saw(O.PARTLY_REFUNDED, refunded=Money(30_000_000, "EUR")), 0, 30),
        (saw(O.PARTLY_REFUNDED, refunded=Money(30_000_000, "EUR")), 30, 0),
        (saw(O.REFUNDED, refunded=Money(170_000_000, "EUR")), 0, 100),
        (saw(O.REFUNDED, refunded=Money(30_000_000, "USD")), 0, 0),
    ],
)
def test_only_refunds_that_are_not_ours_are_news(
    observation: DepositObservation, known: int, expected: int
) -> None:
    """What we asked for ourselves, also when still under way, must not be booked a second time."""
    found = unknown_refund(
        observation=observation, credited=ASKED, known=Money(known * 1_000_000, "EUR")
    )

    assert found == Money(expected * 1_000_000, "EUR")


def test_every_state_says_where_it_may_go() -> None:
    """And none of them back to open."""
    assert MOVES.keys() == set(DepositState)
    assert not any(targets & {S.INITIATED} for targets in MOVES.values())


def test_settled_ones_are_watched_and_then_left_alone() -> None:
    """Zero webhooks are enough to hear of a dispute; a thousand look-ups a year are not needed."""
    manifest = replace(SandboxDeposits.manifest, after_settled_delays=(timedelta(days=3),))

    def delay(state: DepositState, watch_count: int = 0) -> timedelta | None:
        return look_up_delay(
            state=state, look_up_count=4, watch_count=watch_count, manifest=manifest
        )

    assert [delay(S.SETTLED), delay(S.SETTLED, 1)] == [timedelta(days=3), None]
    assert delay(S.DISPUTED, 9) is not None
    assert delay(S.FAILED) is None
    assert all(delay(state) == manifest.look_up_delays[4] for state in OPEN)


def test_the_cost_comes_off_the_clearing_account() -> None:
    """E1: three legs that balance, the employer's whole."""
    transfer = settled(
        deposit_id=UUID(int=1),
        deposit_ref="DZZ000000000001",
        employer_id=UUID(int=2),
        amount=ASKED,
        cost=Money(350_000, "EUR"),
        instance_id="sandbox",
    )

    assert is_balanced(transfer.legs)
    assert [leg.amount.micros for leg in transfer.legs] == [99_650_000, 350_000, -100_000_000]
