"""What a deposit may become, and what is booked when it settles. Pure functions only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.deposits.provider import DepositObservation, ObservedDeposit
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.money import Money, minor_step
from domain.provider import CurrencyLimits

REFERENCE_LENGTH_MAX: Final = 140
URL_LENGTH_MAX: Final = 2_000
# Between tries to announce a deposit to a provider that does not answer; the last one repeats.
CREATE_DELAYS: Final = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 3600))
OVERDUE_AFTER: Final = timedelta(minutes=1)


class DepositState(StrEnum):
    INITIATED = "initiated"  # committed here, perhaps not known to the provider
    PENDING = "pending"
    SETTLED = "settled"  # the only state that books
    FAILED = "failed"
    MISMATCHED = "mismatched"  # another amount arrived: staff decide


_S = DepositState
MOVES: Final[Mapping[DepositState, frozenset[DepositState]]] = {
    _S.INITIATED: frozenset({_S.PENDING, _S.SETTLED, _S.FAILED, _S.MISMATCHED}),
    _S.PENDING: frozenset({_S.SETTLED, _S.FAILED, _S.MISMATCHED}),
    _S.SETTLED: frozenset(),
    _S.FAILED: frozenset(),
    _S.MISMATCHED: frozenset(),
}
OPEN: Final = frozenset({_S.INITIATED, _S.PENDING})


def may_move(*, source: DepositState, target: DepositState) -> bool:
    """The same state again is fine: providers repeat themselves."""
    return source is target or target in MOVES[source]


def after_observation(
    *, current: DepositState, observation: DepositObservation | None, asked: Money
) -> DepositState:
    """A status nobody knows changes nothing; nor does anything after the end."""
    if current not in OPEN or observation is None or observation.state is None:
        return current
    if observation.state is ObservedDeposit.SETTLED:
        return DepositState.SETTLED if _is_what_was_asked(observation, asked) else _S.MISMATCHED
    return DepositState(observation.state.value)


def amount_fault(*, amount: Money, limits: CurrencyLimits) -> str | None:
    """Why this provider does not take the amount; None when it does."""
    if amount.micros % minor_step(limits.exponent):
        return f"at most {limits.exponent} decimals"
    if amount < limits.minimum:
        return f"at least {limits.minimum}"
    if amount > limits.maximum:
        return f"at most {limits.maximum} at once"
    return None


def delay_of(*, count: int, delays: Sequence[timedelta]) -> timedelta:
    """The wait after `count` tries; the last one repeats."""
    assert delays
    return delays[min(count, len(delays) - 1)]


def settled(
    *,
    deposit_id: UUID,
    deposit_ref: str,
    employer_id: UUID,
    amount: Money,
    cost: Money,
    instance_id: str,
) -> Transfer:
    """E1: the employer may spend the whole amount; what the provider kept is our expense."""
    clearing = Account(AccountKind.PROVIDER_CLEARING, instance_id)
    return Transfer(
        event="E1",
        kind="deposit.settled",
        key=f"deposit:{deposit_ref}:settled",
        correlation_id=deposit_id,
        actor_id=None,
        legs=legs(
            debit(clearing, amount - cost),
            debit(Account(AccountKind.EXPENSE_PROVIDER_FEES), cost),
            credit(Account(AccountKind.EMPLOYER_AVAILABLE, employer_id), amount),
        ),
    )


def _is_what_was_asked(observation: DepositObservation, asked: Money) -> bool:
    """Without an amount from the provider nobody has confirmed anything."""
    fee = observation.fee
    is_plausible = fee is None or (
        fee.currency == asked.currency and 0 <= fee.micros < asked.micros
    )
    return observation.amount == asked and is_plausible
