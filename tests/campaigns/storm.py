"""Three simulators in bad weather: what goes wrong with which call, and who is killed when."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final

from litestar import Response

from plugins.payments.payoneer.simulator import PayoneerSimulator
from plugins.payments.paypal.simulator import PayPalSimulator
from plugins.payments.stripe.simulator import StripeSimulator
from plugins.simulation import Fault, Simulator

# Of calls that move money. A redirect is followed by nobody; a refused token once in a while.
MONEY_FAULTS: Final[Mapping[Fault, float]] = {
    Fault.DROP_AFTER: 0.08,
    Fault.DROP_BEFORE: 0.04,
    Fault.HTTP_500: 0.03,
    Fault.HTTP_500_AFTER: 0.05,
    Fault.HTTP_503: 0.03,
    Fault.HTML: 0.04,
    Fault.TRUNCATED: 0.04,
    Fault.RATE_LIMITED: 0.02,
    Fault.TIMEOUT_BEFORE: 0.02,
    Fault.REDIRECT: 0.01,
    Fault.UNAUTHORIZED: 0.02,
}
READ_FAULTS: Final[Mapping[Fault, float]] = {
    Fault.DROP_BEFORE: 0.006,
    Fault.DROP_AFTER: 0.006,
    Fault.HTTP_500: 0.006,
    Fault.HTTP_503: 0.004,
    Fault.HTML: 0.004,
    Fault.TRUNCATED: 0.004,
}
PAID_UNHEARD: Final = frozenset(
    {Fault.DROP_AFTER, Fault.HTTP_500_AFTER, Fault.HTML, Fault.TRUNCATED}
)
HANG_SECONDS: Final = 0.3
CALLS_PER_KILL: Final = (6, 16)  # calls that move money from one kill to the next
LOST_CALL: Final = 2  # of each simulator, whatever the chance: a short campaign has few


class Storm:
    """By its seed. `kill` is called in the middle of a call that moves money."""

    def __init__(self, *, seed: str, kill: Callable[[], None]) -> None:
        self.is_over = False
        self.faults: Counter[tuple[str, str]] = Counter()
        self.unheard: Counter[str] = Counter()  # paid, and nobody was told
        self._random = Random(seed)  # noqa: S311  # chance, not secrecy
        self._kill = kill
        self._until_kill = self._random.randint(*CALLS_PER_KILL)
        self._refused: set[str] = set()
        self._money_calls: Counter[str] = Counter()
        self._lock = threading.Lock()

    def next_round(self) -> None:
        """A token may be refused again: whoever was refused has asked for another by now."""
        with self._lock:
            self._refused.clear()

    def fault(self, simulator: Simulator, method: str, path: str) -> Fault | None:
        if self.is_over or "/_sim/" in path:
            return None
        is_money = simulator.is_money_call(method, path)
        if not is_money and method != "GET":
            return None
        with self._lock:
            fault = self._of_money(simulator.name) if is_money else self._drawn(READ_FAULTS)
            if fault is not None:
                self.faults[simulator.name, fault.value] += 1
                self.unheard[simulator.name] += is_money and fault in PAID_UNHEARD
        return fault

    def _of_money(self, name: str) -> Fault | None:
        self._maybe_kill(name)
        self._money_calls[name] += 1
        if self._money_calls[name] == LOST_CALL:
            return Fault.DROP_AFTER
        fault = self._drawn(MONEY_FAULTS)
        return None if fault is Fault.UNAUTHORIZED and not self._may_refuse(name) else fault

    def _maybe_kill(self, name: str) -> None:
        """The request has arrived: it is worked on, and nobody is there to hear the answer."""
        self._until_kill -= 1
        if self._until_kill <= 0:
            self._until_kill = self._random.randint(*CALLS_PER_KILL)
            self.faults[name, "killed"] += 1
            self._kill()

    def _drawn(self, faults: Mapping[Fault, float]) -> Fault | None:
        drawn = self._random.random()
        for fault, share in faults.items():
            drawn -= share
            if drawn < 0:
                return fault
        return None

    def _may_refuse(self, name: str) -> bool:
        """Once in a round. Stripe knows no tokens: a refused key stops its instance."""
        if name == StripeSimulator.name or name in self._refused:
            return False
        self._refused.add(name)
        return True


class Stormy(Simulator):
    storm: Storm

    def next_fault(self, method: str, path: str) -> Fault | None:
        return self.storm.fault(self, method, path)


class StormyPayPal(Stormy, PayPalSimulator):
    pass


class StormyStripe(Stormy, StripeSimulator):
    pass


class StormyPayoneer(Stormy, PayoneerSimulator):
    """Remembers whom it paid: its effects name references only."""

    def __init__(self) -> None:
        super().__init__()
        self.payee_of: dict[str, str] = {}

    def pay(self, payments: Sequence[Mapping[str, Any]]) -> Response[Any]:
        known = len(self.effects())
        answer = super().pay(payments)
        made = self.effects()[known:]
        for payment, effect in zip(payments, made, strict=False):
            self.payee_of[effect.provider_ref] = payment["payee_id"]
        return answer
