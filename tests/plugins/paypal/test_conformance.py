"""PayPal against its simulator, by the suite that every provider has to pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.deposits.provider import DepositRequest, DepositStart
from domain.payouts.provider import ObservedState
from piecerate.conformance import (
    Bench,
    DepositConformance,
    PayoutConformance,
    does_not_apply,
)
from plugins.payments.paypal.deposits import PayPalDeposits
from plugins.payments.paypal.payouts import PayPalPayouts
from plugins.payments.paypal.simulator import PayPalSimulator, config_of

SECRETS = {"client_id": "canary-client-7f3a", "client_secret": "canary-secret-91bc"}
DESTINATIONS = {
    "paypal": {"email": "canary.worker@example.com"},
    "paypal_id": {"payer_id": "CANARY2345678"},
    "paypal_phone": {"phone": "+639171234567"},
}
STATUSES = {
    ObservedState.PENDING: "PENDING",
    ObservedState.ON_HOLD: "ONHOLD",
    ObservedState.UNCLAIMED: "UNCLAIMED",
    ObservedState.PAID: "SUCCESS",
    ObservedState.FAILED: "FAILED",
    ObservedState.RETURNED: "RETURNED",
    ObservedState.REFUNDED: "REFUNDED",
    ObservedState.REVERSED: "REVERSED",
}


class TestPayPalPayouts(PayoutConformance):
    provider = PayPalPayouts
    simulator = PayPalSimulator
    secrets: Mapping[str, str | Sequence[str]] = SECRETS  # type: ignore[misc]  # of the class
    webhook_event_field = "event_type"
    status_field = "transaction_status"
    items_field = "items"
    amount_field = "value"
    currency_field = "currency"

    def config(self, url: str) -> Mapping[str, object]:
        return config_of(url)

    def destination(self, kind: str) -> Mapping[str, str]:
        return DESTINATIONS[kind]

    def earlier_states(self) -> Sequence[Mapping[str, str]]:
        return ({},)

    def bring(self, bench: Bench, item_ref: str, state: ObservedState) -> None:
        if state not in STATUSES:
            does_not_apply(f"PayPal has no word for {state.value}")
        simulator: Any = bench.simulator
        simulator.decide(item_ref, STATUSES[state])


class TestPayPalDeposits(DepositConformance):
    provider = PayPalDeposits
    simulator = PayPalSimulator
    secrets: Mapping[str, str | Sequence[str]] = SECRETS  # type: ignore[misc]  # of the class
    status_field = "status"

    def config(self, url: str) -> Mapping[str, object]:
        return config_of(url)

    def pay(self, bench: Bench, request: DepositRequest, start: DepositStart) -> None:
        assert start.redirect_url and request.provider_ref == start.provider_ref
        simulator: Any = bench.simulator
        simulator.orders.approve(start.provider_ref)
