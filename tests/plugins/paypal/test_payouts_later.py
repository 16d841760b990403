"""Payouts after they were accepted: looked up, cancelled, given back; quotes and health."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.money import Money
from domain.payouts.provider import FeePayer, ObservedState, PayoutBatch, QuoteRequest
from domain.provider import (
    ConfigError,
    HealthStatus,
    OutcomeUnknown,
    Unsupported,
)
from plugins.conformance.bench import Bench, Opened, kept
from plugins.payments.paypal.payouts import PayPalPayouts
from plugins.payments.paypal.simulator.payouts import Item
from tests.plugins.paypal.bench import CONTEXT, env_at, on_paypal, paypal, to, usd
from tests.plugins.paypal.server import Say, always, serving


def sent(bench: Bench, opened: Opened, batch: PayoutBatch) -> PayoutBatch:
    return kept(batch, bench.send(opened, batch))


def test_a_denied_batch_fails_item_by_item() -> None:
    """The batch's own status is copied to nobody."""
    with on_paypal() as bench:
        opened = bench.open()
        batch = sent(bench, opened, to(bench.batch(count=2), "denied"))

        answer = bench.look_up(opened, batch)

        assert [each.state for each in answer.found] == [ObservedState.FAILED] * 2
        assert bench.simulator.effects() == []


def test_the_unclaimed_goes_back_after_thirty_days() -> None:
    """By PayPal's clock, whether anybody looks or not."""
    with on_paypal() as bench:
        opened = bench.open()
        batch = sent(bench, opened, to(bench.batch(), "unclaimed"))
        bench.wait(timedelta(days=29))
        (before,) = bench.look_up(opened, batch).found
        bench.wait(timedelta(days=1))
        (after,) = bench.look_up(opened, batch).found

    assert (before.state, after.state) == (ObservedState.UNCLAIMED, ObservedState.RETURNED)


def test_only_the_unclaimed_can_be_cancelled() -> None:
    """What it became is what PayPal says, also where it refuses."""
    with on_paypal() as bench:
        opened = bench.open()
        batch = sent(bench, opened, to(bench.batch(count=2), "unclaimed"))
        batch = kept(batch, bench.look_up(opened, batch))
        open_, paid = batch.items

        states = [
            bench.run(opened.guarded.cancel(each, bench.context())).state for each in (open_, paid)
        ]
        again = bench.run(opened.guarded.cancel(open_, bench.context()))
        nameless = replace(paid, provider_ref=None)
        with pytest.raises(Unsupported):
            bench.run(opened.raw.cancel(nameless, bench.context()))
        swapped = replace(paid, provider_ref=open_.provider_ref)
        with pytest.raises(OutcomeUnknown):
            bench.run(opened.raw.cancel(swapped, bench.context()))

    assert states == [ObservedState.RETURNED, ObservedState.PAID]
    assert again.state is ObservedState.RETURNED


def test_one_item_under_two_ids_is_not_believed() -> None:
    """It may have been paid twice: no state, and people look."""
    with on_paypal() as bench:
        simulator, opened = paypal(bench), bench.open()
        batch = sent(bench, opened, bench.batch())
        (booked,) = simulator.payouts.batches.values()
        booked.items.append(_copied(booked.items[0], name="I-other"))

        (seen,) = bench.look_up(opened, batch).found

    assert seen.state is None and seen.provider_code == "LISTED_TWICE"


def _copied(item: Item, *, name: str) -> Item:
    return replace(item, name=name)


def test_an_exchange_is_told() -> None:
    """Where PayPal changed money, the rate is part of what is known."""
    with on_paypal() as bench:
        opened = bench.open()
        batch = sent(bench, opened, bench.batch())
        changed = {
            "from_amount": {"currency": "USD", "value": "1.10"},
            "to_amount": {"currency": "EUR", "value": "1.00"},
            "exchange_rate": "0.909",
        }

        def rewrite(said: Any) -> Any:
            items = [{**each, "currency_conversion": changed} for each in said.get("items", [])]
            return {**said, "items": items}

        bench.wire.rewrite = rewrite
        (seen,) = bench.look_up(opened, batch).found

    assert seen.exchange is not None and str(seen.exchange.rate) == "0.909"
    assert seen.exchange.target == Money(1_000_000, "EUR")


def test_a_quote_is_two_percent_up_to_a_dollar() -> None:
    """PayPal tells its fee afterwards; the configuration says what to expect."""
    with on_paypal() as bench:
        opened = bench.open()

        def quoted(amount: Money) -> Any:
            request = QuoteRequest(
                amount=amount,
                destination=bench.destination(currency=amount.currency),
                fee_payer=FeePayer.PLATFORM,
            )
            return bench.run(opened.guarded.quote(request, bench.context()))

        small, large = quoted(usd(10_005_000)), quoted(usd(500_000_000))
        yen = quoted(Money(1_500_000, "JPY"))

    assert small.payable == usd(10_000_000) and small.remainder == usd(5_000)
    assert small.provider_fee == usd(200_000) and large.provider_fee == usd(1_000_000)
    assert yen.payable == Money(1_000_000, "JPY") and yen.remainder == Money(500_000, "JPY")


def test_health_tells_the_balances() -> None:
    """What can be paid out, per currency."""
    with on_paypal() as bench:
        opened = bench.open()
        batch = sent(bench, opened, bench.batch(amounts=[usd(10_000_000)]))
        bench.look_up(opened, batch)
        health = bench.run(opened.guarded.health(bench.context()))

    assert health.status is HealthStatus.OK
    assert usd(1_000_000_000_000 - 10_000_000 - 200_000) in health.balances


def test_without_permission_for_balances_it_still_works() -> None:
    """A missing permission for a report is no reason to stop paying."""
    with serving(always(Say(status=403, body={"name": "NOT_AUTHORIZED"}))) as server:
        payouts = PayPalPayouts()
        with on_paypal() as bench:
            bench.run(payouts.open(env_at(server.url)))
            health = bench.run(payouts.health(CONTEXT))

    assert health.status is HealthStatus.DEGRADED and health.balances == ()


def test_a_foreign_authority_is_for_simulators_only() -> None:
    """Its key is no secret: a live account must never trust it."""
    with on_paypal() as bench:
        payouts = PayPalPayouts()
        env = env_at("https://api-m.paypal.com", certificate_roots="-----BEGIN CERTIFICATE-----")
        with pytest.raises(ConfigError):
            bench.run(payouts.open(env))
