"""Acme Pay's plugin under the conformance suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from piecerate_acme.provider import STATES, AcmePayouts
from piecerate_acme.simulator import KEY, WEBHOOK_SECRET, AcmeSimulator

from piecerate.conformance import Bench, ObservedState, PayoutConformance, does_not_apply

STATUSES: Final = {state: status for status, state in STATES.items()}


class TestAcme(PayoutConformance):
    """What the suite must know about Acme Pay."""

    provider = AcmePayouts
    simulator = AcmeSimulator
    secrets: ClassVar = {"api_key": KEY, "webhook_secret": WEBHOOK_SECRET}
    webhook_secrets = ("webhook_secret",)
    webhook_event_field = "type"
    status_field = "status"
    items_field = "payments"
    amount_field = "minor"
    currency_field = "currency"

    def destination(self, kind: str) -> Mapping[str, str]:
        assert kind == "acme"
        return {"phone": "+639170000001"}

    def bring(self, bench: Bench, item_ref: str, state: ObservedState) -> None:
        if state not in STATUSES:
            does_not_apply(f"Acme Pay has no status for {state.value}")
        assert isinstance(bench.simulator, AcmeSimulator)
        bench.simulator.effects()
        bench.simulator.bring(item_ref, STATUSES[state])
