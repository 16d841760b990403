"""The conformance suite over Payoneer and its simulator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from domain.payouts.provider import ObservedState
from piecerate.conformance import Bench, PayoutConformance
from plugins.payments.payoneer.payouts import PayoneerPayouts
from plugins.payments.payoneer.simulator import PayoneerSimulator
from tests.plugins.payoneer.make import SECRETS, config_of

WORDS = {
    ObservedState.ACCEPTED: "PaymentRequestAccepted",
    ObservedState.PENDING: "PayoutSentToBank",
    ObservedState.PAID: "AccountCardLoaded",
    ObservedState.CANCELLED: "CancelPayout",
    # These are taught by the configuration: nobody has seen their words yet.
    ObservedState.FAILED: "SimulatedFailure",
    ObservedState.RETURNED: "SimulatedReturn",
    ObservedState.ON_HOLD: "SimulatedHold",
}


class TestPayoneer(PayoutConformance):
    provider = PayoneerPayouts
    simulator = PayoneerSimulator
    secrets = SECRETS
    webhook_secrets = ("ipcn_secret",)
    status_field = "status"
    no_reason = {  # noqa: RUF012  # as the suite declares it
        "C11": "an answer to a send names no payments, and each is looked up alone",
    }

    def config(self, url: str) -> Mapping[str, object]:
        taught = {
            WORDS[state]: state.value
            for state in (ObservedState.FAILED, ObservedState.RETURNED, ObservedState.ON_HOLD)
        }
        return config_of(url, statuses=taught)

    def destination(self, kind: str) -> Mapping[str, str]:
        assert kind == "payoneer_payee"
        return {"payee_id": "canary-payee-4711"}

    def settle(self, bench: Bench) -> None:
        bench.wait(timedelta(days=1))
        assert isinstance(bench.simulator, PayoneerSimulator)
        bench.simulator.settle()

    def bring(self, bench: Bench, item_ref: str, state: ObservedState) -> None:
        if state not in WORDS:
            super().bring(bench, item_ref, state)
        assert isinstance(bench.simulator, PayoneerSimulator)
        bench.simulator.bring(item_ref, WORDS[state])
