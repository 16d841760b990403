"""What the sandbox does with an item, by its scenario and the time since it was accepted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from domain.deposits.provider import ObservedDeposit
from domain.money import Money, minor_step
from domain.payouts.provider import ObservedState

HOLD_LENGTH: Final = timedelta(seconds=60)
RETURN_AFTER: Final = timedelta(seconds=60)
SLOW_AFTER: Final = timedelta(hours=2)
CLAIM_LENGTH: Final = timedelta(days=30)
REFERENCE_PREFIX: Final = "sandbox:"


class Scenario(StrEnum):
    OK = "ok"
    SLOW = "slow"  # paid after two hours
    UNCLAIMED = "unclaimed"  # returned after 30 days
    HOLD = "hold"  # kept back for a minute, then paid
    FAIL = "fail"
    INVALID = "invalid"  # the whole batch is refused because of it
    TIMEOUT_SENT = "timeout-sent"  # executed, but no answer arrives
    TIMEOUT_LOST = "timeout-lost"  # never arrived, and no answer either; the second send does
    RETURNED = "returned"  # paid, and a minute later sent back
    WRONG_AMOUNT = "wrong-amount"  # pays one smallest unit less
    BROKE = "broke"  # until the sandbox is topped up


_AFTER_DELAY: Final[Mapping[Scenario, ObservedState]] = {
    Scenario.UNCLAIMED: ObservedState.UNCLAIMED,
    Scenario.HOLD: ObservedState.ON_HOLD,
    Scenario.FAIL: ObservedState.FAILED,
}
# What follows, and how long after the delay.
_LATER: Final[Mapping[Scenario, tuple[timedelta, ObservedState]]] = {
    Scenario.UNCLAIMED: (CLAIM_LENGTH, ObservedState.RETURNED),
    Scenario.HOLD: (HOLD_LENGTH, ObservedState.PAID),
    Scenario.RETURNED: (RETURN_AFTER, ObservedState.RETURNED),
}


def state_after(*, scenario: Scenario, elapsed: timedelta, delay: timedelta) -> ObservedState:
    if elapsed < (SLOW_AFTER if scenario is Scenario.SLOW else delay):
        return ObservedState.ACCEPTED
    wait, later = _LATER.get(scenario, (timedelta.max, ObservedState.PAID))
    if elapsed - delay >= wait:
        return later
    return _AFTER_DELAY.get(scenario, ObservedState.PAID)


def moved_amount(*, scenario: Scenario, amount: Money, exponent: int) -> Money:
    """What the sandbox says it has moved."""
    if scenario is Scenario.WRONG_AMOUNT:
        return amount - Money(minor_step(exponent), amount.currency)
    return amount


def deposit_scenario(reference: str) -> Scenario:
    """Chosen by the employer's note, `sandbox:fail`; anything else goes well."""
    if reference.startswith(REFERENCE_PREFIX):
        name = reference.removeprefix(REFERENCE_PREFIX)
        if name in set(Scenario):
            return Scenario(name)
    return Scenario.OK


def deposit_state_after(
    *, scenario: Scenario, elapsed: timedelta, delay: timedelta
) -> ObservedDeposit:
    if elapsed < (SLOW_AFTER if scenario is Scenario.SLOW else delay):
        return ObservedDeposit.PENDING
    is_failed = scenario in (Scenario.FAIL, Scenario.INVALID)
    return ObservedDeposit.FAILED if is_failed else ObservedDeposit.SETTLED
