"""What a deposit becomes by what a provider says."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.deposits.provider import DepositObservation, ObservedDeposit
from domain.deposits.rules import MOVES, OPEN, DepositState, after_observation, may_move, settled
from domain.ledger.rules import is_balanced
from domain.money import Money

ASKED = Money(100_000_000, "EUR")
SETTLED = ObservedDeposit.SETTLED


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        (None, DepositState.PENDING),
        (DepositObservation(state=None), DepositState.PENDING),
        (DepositObservation(state=ObservedDeposit.PENDING), DepositState.PENDING),
        (DepositObservation(state=ObservedDeposit.FAILED), DepositState.FAILED),
        (DepositObservation(state=SETTLED, amount=ASKED), DepositState.SETTLED),
        (DepositObservation(state=SETTLED), DepositState.MISMATCHED),
        (
            DepositObservation(state=SETTLED, amount=Money(100_000_000, "USD")),
            DepositState.MISMATCHED,
        ),
        (
            DepositObservation(state=SETTLED, amount=ASKED, fee=Money(1, "USD")),
            DepositState.MISMATCHED,
        ),
        (DepositObservation(state=SETTLED, amount=ASKED, fee=ASKED), DepositState.MISMATCHED),
        (
            DepositObservation(state=SETTLED, amount=ASKED, fee=Money(350_000, "EUR")),
            DepositState.SETTLED,
        ),
    ],
)
def test_only_exactly_what_was_asked_settles(
    observation: DepositObservation | None, expected: DepositState
) -> None:
    """Everything else that claims to be settled is for people."""
    current = DepositState.PENDING

    assert after_observation(current=current, observation=observation, asked=ASKED) is expected


@pytest.mark.parametrize("current", sorted(set(DepositState) - OPEN))
def test_nothing_follows_the_end(current: DepositState) -> None:
    """A late "settled" after "failed" must not book by itself."""
    observation = DepositObservation(state=SETTLED, amount=ASKED)

    assert after_observation(current=current, observation=observation, asked=ASKED) is current
    assert MOVES[current] == frozenset()
    assert may_move(source=current, target=current)


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
