"""Both of Stripe's payout providers in the suite that every provider must pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.deposits.provider import DepositRequest, DepositStart
from domain.payouts.provider import ObservedState
from piecerate.conformance import Bench, DepositConformance, PayoutConformance
from plugins.payments.stripe.connect import StripeConnect
from plugins.payments.stripe.deposits import StripeDeposits
from plugins.payments.stripe.destinations import ACCOUNT_KIND, BANK_KIND
from plugins.payments.stripe.global_payouts import StripePayouts
from plugins.payments.stripe.simulator import WEBHOOK_SECRET, StripeSimulator
from plugins.payments.stripe.simulator.connect import CONNECTED
from plugins.payments.stripe.simulator.global_payouts import (
    FINANCIAL_ACCOUNT,
    PAYOUT_METHOD,
    RECIPIENT,
)
from plugins.simulation import Effect, Simulator

SECRETS = {"api_key": "sk_test_canary_of_the_suite", "webhook_secret": WEBHOOK_SECRET}


def simulated(bench: Bench) -> StripeSimulator:
    assert isinstance(bench.simulator, StripeSimulator)
    return bench.simulator


class TestGlobalPayouts(PayoutConformance):
    provider = StripePayouts
    simulator = StripeSimulator
    secrets = SECRETS
    webhook_secrets = ("webhook_secret",)
    webhook_event_field = "type"
    status_field = "status"
    amount_field = "value"
    currency_field = "currency"

    def config(self, url: str) -> Mapping[str, object]:
        return {"endpoint": url, "financial_account": FINANCIAL_ACCOUNT}

    def destination(self, kind: str) -> Mapping[str, str]:
        if kind == BANK_KIND:
            return {"recipient": RECIPIENT, "account_number": "000123456789"}
        return {"recipient": RECIPIENT, "payout_method": PAYOUT_METHOD}

    def earlier_states(self) -> Sequence[Mapping[str, str]]:
        return ({},)

    def bring(self, bench: Bench, item_ref: str, state: ObservedState) -> None:
        """Each status of an outbound payment; the others no payment of Stripe's ever has."""
        ways = {
            ObservedState.PENDING: (),
            ObservedState.ON_HOLD: ("under_review",),
            ObservedState.PAID: ("posted",),
            ObservedState.CANCELLED: ("canceled",),
            ObservedState.FAILED: ("failed",),
            ObservedState.RETURNED: ("posted", "returned"),
        }
        if state not in ways:
            super().bring(bench, item_ref, state)
        (payment,) = simulated(bench).payments("outbound_payment", item_ref)
        for status in ways[state]:
            simulated(bench).global_payouts.set_payment(payment, status)


class TestConnect(PayoutConformance):
    provider = StripeConnect
    simulator = StripeSimulator
    secrets = SECRETS
    webhook_secrets = ("webhook_secret",)
    webhook_event_field = "type"
    amount_field = "amount"
    currency_field = "currency"

    def destination(self, kind: str) -> Mapping[str, str]:
        assert kind == ACCOUNT_KIND
        return {"account": CONNECTED}

    def effects(self, simulator: Simulator) -> Sequence[Effect]:
        """A payment is a transfer and its payout: more of either than one is one too many."""
        effects = simulator.effects()
        transfers = [each for each in effects if each.provider_ref.startswith("tr_")]
        payouts = [each for each in effects if each.provider_ref.startswith("po_")]
        return max(transfers, payouts, key=len)

    def earlier_states(self) -> Sequence[Mapping[str, str]]:
        return (
            {},
            {"transfer": "tr_sim000000000001"},
            {"transfer": "tr_sim000000000001", "payout": "po_sim000000000001"},
        )

    def bring(self, bench: Bench, item_ref: str, state: ObservedState) -> None:
        """By the payout, except that a reversal takes the transfer back."""
        (transfer,) = simulated(bench).payments("transfer", item_ref)
        if state is ObservedState.REVERSED:
            simulated(bench).connect.reverse(transfer, transfer["amount"])
            return
        ways = {
            ObservedState.PENDING: "in_transit",
            ObservedState.PAID: "paid",
            ObservedState.FAILED: "failed",
            ObservedState.CANCELLED: "canceled",
        }
        if state not in ways:
            super().bring(bench, item_ref, state)
        if not simulated(bench).payments("payout", item_ref):
            simulated(bench).connect.pay_out(transfer)
        (payout,) = simulated(bench).payments("payout", item_ref)
        simulated(bench).connect.set_payout(payout, ways[state])


class TestDeposits(DepositConformance):
    provider = StripeDeposits
    simulator = StripeSimulator
    secrets = SECRETS
    status_field = "payment_status"

    def pay(self, bench: Bench, request: DepositRequest, start: DepositStart) -> None:
        assert request.deposit_ref
        simulated(bench).checkout.pay(start.provider_ref)

    def deposit_effects(self, bench: Bench) -> Sequence[Effect]:
        return [
            replace(each, amount_micros=-each.amount_micros)
            if each.provider_ref.startswith("re_")
            else each
            for each in bench.simulator.effects()
        ]
