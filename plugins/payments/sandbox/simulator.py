"""The sandbox's file as the books of a service: what moved, and how a payment is moved on.

The sandbox asks nobody over a network, so no address answers for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

from domain.deposits.provider import ObservedDeposit
from domain.money import Money
from domain.payouts.provider import ObservedState
from plugins.payments.sandbox.memory import Kept, SandboxMemory
from plugins.payments.sandbox.scenarios import (
    RETURN_AFTER,
    Scenario,
    deposit_state_after,
    moved_amount,
    state_after,
)
from plugins.payments.sandbox.settings import CURRENCIES, SandboxConfig
from plugins.simulation import Effect, Simulator

NOW: Final = timedelta(0)
# The scenario that shows a state, and for how long it has been settled.
PASTS: Final[Mapping[ObservedState, tuple[Scenario, timedelta]]] = {
    ObservedState.ON_HOLD: (Scenario.HOLD, NOW),
    ObservedState.UNCLAIMED: (Scenario.UNCLAIMED, NOW),
    ObservedState.PAID: (Scenario.OK, NOW),
    ObservedState.FAILED: (Scenario.FAIL, NOW),
    ObservedState.RETURNED: (Scenario.RETURNED, RETURN_AFTER),
}


class SandboxSimulator(Simulator):
    name: ClassVar[str] = "sandbox"

    def __init__(self, path: Path, **options: Any) -> None:
        super().__init__(**options)
        self._delay = timedelta(seconds=SandboxConfig(path=str(path)).settle_seconds)
        self._memory = SandboxMemory(path)
        self._memory.prepare()

    def handlers(self) -> Sequence[Any]:
        return []

    def effects(self) -> list[Effect]:
        """Payouts unless they failed, deposits that settled, and refunds below zero."""
        payouts = (self._paid(each) for each in self._memory.items())
        deposits = (self._settled(each) for each in self._memory.deposits())
        refunds = (_effect(each, -each.amount, "done") for each in self._memory.refunds())
        return [each for each in (*payouts, *deposits, *refunds) if each is not None]

    def bring(self, item_ref: str, state: ObservedState) -> None:
        """Gives an accepted payment the past that leads to `state` now. `KeyError`: none does."""
        now = self.clock.now()
        if state is ObservedState.ACCEPTED:
            scenario, accepted_at = Scenario.OK, now
        else:
            scenario, settled_for = PASTS[state]
            accepted_at = now - self._delay - settled_for
        self._memory.rewrite(item_ref, scenario=scenario.value, accepted_at=accepted_at)

    def _paid(self, kept: Kept) -> Effect | None:
        scenario = Scenario(kept.scenario)
        elapsed = self.clock.now() - kept.accepted_at
        state = state_after(scenario=scenario, elapsed=elapsed, delay=self._delay)
        return None if state is ObservedState.FAILED else _effect(kept, _moved(kept), state)

    def _settled(self, kept: Kept) -> Effect | None:
        scenario = Scenario(kept.scenario)
        elapsed = self.clock.now() - kept.accepted_at
        state = deposit_state_after(scenario=scenario, elapsed=elapsed, delay=self._delay)
        return _effect(kept, _moved(kept), state) if state is ObservedDeposit.SETTLED else None


def _moved(kept: Kept) -> Money:
    exponent = CURRENCIES[kept.amount.currency].exponent
    return moved_amount(scenario=Scenario(kept.scenario), amount=kept.amount, exponent=exponent)


def _effect(kept: Kept, amount: Money, state: str) -> Effect:
    return Effect(
        ref=kept.ref,
        amount_micros=amount.micros,
        currency=amount.currency,
        state=state,
        provider_ref=f"sandbox-{kept.ref}",
    )
