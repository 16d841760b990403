"""Deposits by Checkout: each status of a page, delayed methods, refunds, disputes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from domain.deposits.provider import (
    DepositObservation,
    DepositRequest,
    ObservedDeposit,
    ObservedRefund,
    RefundRequest,
)
from domain.money import Money
from domain.provider import ConfigError, Declined, NotSent, OutcomeUnknown, Unsupported
from plugins.payments.stripe.deposits import StripeDeposits
from plugins.simulation import Fault
from tests.plugins.stripe.make import Stripe, deposit_of

DEPOSIT = deposit_of()


async def started(provider: StripeDeposits, side: Stripe) -> DepositRequest:
    start = await provider.create(DEPOSIT, side.context())
    return replace(DEPOSIT, provider_ref=start.provider_ref)


async def seen(
    provider: StripeDeposits, side: Stripe, request: DepositRequest
) -> DepositObservation:
    found = await provider.look_up(request, side.context())
    assert found is not None
    return found


def refund_of(request: DepositRequest, ref: str, micros: int) -> RefundRequest:
    return RefundRequest(refund_ref=ref, deposit=request, amount=Money(micros, "USD"))


@pytest.mark.asyncio
async def test_the_page_takes_the_money(stripe_side: Stripe) -> None:
    """A person clicks; gross, fee and the payment's own name come back."""
    async with stripe_side.opened(StripeDeposits) as provider:
        start = await provider.create(DEPOSIT, stripe_side.context())
        request = replace(DEPOSIT, provider_ref=start.provider_ref)
        waiting = await seen(provider, stripe_side, request)
        page = await asyncio.to_thread(requests.get, str(start.redirect_url), timeout=5)
        await asyncio.to_thread(
            requests.post, f"{start.redirect_url}/card", timeout=5, allow_redirects=False
        )
        settled = await seen(provider, stripe_side, request)
        by_payment = await seen(
            provider, stripe_side, replace(DEPOSIT, provider_ref=settled.provider_ref)
        )
        by_ours_alone = await seen(provider, stripe_side, DEPOSIT)

    assert "Pay 5000 USD" in page.text
    assert (waiting.state, waiting.amount) == (ObservedDeposit.PENDING, None)
    assert settled.state is ObservedDeposit.SETTLED
    assert settled.amount == DEPOSIT.amount
    assert settled.fee == Money(1_750_000, "USD")
    assert settled.provider_ref is not None and settled.provider_ref.startswith("pi_")
    assert by_payment == by_ours_alone == settled


@pytest.mark.asyncio
async def test_the_same_start_hours_later_and_after_a_lost_answer(stripe_side: Stripe) -> None:
    """No time stands among the values, or the key would refuse the second call."""
    stripe_side.simulator.script(Fault.DROP_AFTER)
    async with stripe_side.opened(StripeDeposits) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.create(DEPOSIT, stripe_side.context())
        first = await provider.create(DEPOSIT, stripe_side.context(send_no=2))
        stripe_side.simulator.clock.advance(timedelta(hours=5))
        second = await provider.create(DEPOSIT, stripe_side.context(send_no=3))

    assert first == second
    assert len(stripe_side.simulator.books.kinds["session"]) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("is_paid", "state"), [(True, ObservedDeposit.SETTLED), (False, ObservedDeposit.FAILED)]
)
async def test_a_delayed_method(
    stripe_side: Stripe,
    is_paid: bool,  # noqa: FBT001  # one of two cases
    state: ObservedDeposit,
) -> None:
    """A page that is complete is not paid: bank debits take days, and may fail."""
    async with stripe_side.opened(StripeDeposits) as provider:
        request = await started(provider, stripe_side)
        stripe_side.simulator.checkout.pay(str(request.provider_ref), method="bank")
        before = await seen(provider, stripe_side, request)
        stripe_side.simulator.checkout.settle_delayed(str(request.provider_ref), is_paid=is_paid)
        after = await seen(provider, stripe_side, request)

    assert (before.state, before.amount) == (ObservedDeposit.PENDING, None)
    assert after.state is state


@pytest.mark.asyncio
async def test_nobody_paid(stripe_side: Stripe) -> None:
    """The page closes after a day."""
    async with stripe_side.opened(StripeDeposits) as provider:
        request = await started(provider, stripe_side)
        stripe_side.simulator.clock.advance(timedelta(hours=25))
        expired = await seen(provider, stripe_side, request)
        never = await provider.look_up(deposit_of("DZZ000000000009"), stripe_side.context())
        unknown = replace(DEPOSIT, provider_ref="cs_test_unknown")
        gone = await provider.look_up(unknown, stripe_side.context())

    assert expired.state is ObservedDeposit.EXPIRED
    assert never is gone is None


@pytest.mark.asyncio
async def test_refunds_once_each_and_by_our_reference(stripe_side: Stripe) -> None:
    """A part, then the rest; a repeated one is the same, also when the key is forgotten."""
    async with stripe_side.opened(StripeDeposits) as provider:
        request = await started(provider, stripe_side)
        stripe_side.simulator.checkout.pay(str(request.provider_ref))
        part = refund_of(request, "RZZ000000000001", 20_000_000)
        assert await provider.look_up_refund(part, stripe_side.context()) is None
        stripe_side.simulator.script(Fault.DROP_AFTER)
        with pytest.raises(OutcomeUnknown):
            await provider.refund(part, stripe_side.context())
        found = await provider.look_up_refund(part, stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(days=2))
        again = await provider.refund(part, stripe_side.context(send_no=2))
        partly = await seen(provider, stripe_side, request)
        rest = refund_of(request, "RZZ000000000002", 30_000_000)
        await provider.refund(rest, stripe_side.context())
        whole = await seen(provider, stripe_side, request)
        with pytest.raises(Declined):
            await provider.refund(
                refund_of(request, "RZZ000000000003", 1_000_000), stripe_side.context()
            )

    assert found is not None and found.state is again.state is ObservedRefund.DONE
    assert found.provider_ref == again.provider_ref
    assert (partly.state, partly.refunded) == (
        ObservedDeposit.PARTLY_REFUNDED,
        Money(20_000_000, "USD"),
    )
    assert (whole.state, whole.refunded) == (ObservedDeposit.REFUNDED, DEPOSIT.amount)
    assert len(stripe_side.simulator.books.kinds["refund"]) == 2


@pytest.mark.asyncio
async def test_more_than_was_paid_is_refused_for_good(stripe_side: Stripe) -> None:
    """No other item could be tried without it: it is over."""
    async with stripe_side.opened(StripeDeposits) as provider:
        request = await started(provider, stripe_side)
        with pytest.raises(NotSent):
            await provider.refund(refund_of(request, "R1", 1_000_000), stripe_side.context())
        stripe_side.simulator.checkout.pay(str(request.provider_ref))
        with pytest.raises(Declined):
            await provider.refund(refund_of(request, "R2", 60_000_000), stripe_side.context())
        with pytest.raises(Unsupported):
            await provider.refund(refund_of(request, "R3", 1), stripe_side.context())


@pytest.mark.asyncio
async def test_a_refund_that_fails_later(stripe_side: Stripe) -> None:
    """The card is gone: the money is back with us, and the deposit is whole again."""
    async with stripe_side.opened(StripeDeposits) as provider:
        request = await started(provider, stripe_side)
        stripe_side.simulator.checkout.pay(str(request.provider_ref))
        refund = refund_of(request, "RZZ000000000001", 50_000_000)
        made = await provider.refund(refund, stripe_side.context())
        stripe_side.simulator.checkout.fail_refund(str(made.provider_ref))
        failed = await provider.look_up_refund(refund, stripe_side.context())
        deposit = await seen(provider, stripe_side, request)

    assert failed is not None and failed.state is ObservedRefund.FAILED
    assert failed.provider_code == "failed:expired_or_canceled_card"
    assert deposit.state is ObservedDeposit.SETTLED


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (["needs_response"], ObservedDeposit.DISPUTED),
        (["under_review"], ObservedDeposit.DISPUTED),
        (["won"], ObservedDeposit.WON),
        (["lost"], ObservedDeposit.LOST),
        (["won", "needs_response"], ObservedDeposit.DISPUTED),
        (["lost", "needs_response"], ObservedDeposit.LOST),
        (["warning_needs_response"], ObservedDeposit.SETTLED),  # a question, no money taken
        (["prevented"], None),  # nobody has said what it means for the money
    ],
)
async def test_disputes(
    stripe_side: Stripe, statuses: list[str], state: ObservedDeposit | None
) -> None:
    """The gravest of several counts; a word that nobody knows is told as such."""
    async with stripe_side.opened(StripeDeposits) as provider:
        request = await started(provider, stripe_side)
        stripe_side.simulator.checkout.pay(str(request.provider_ref))
        for status in statuses:
            stripe_side.simulator.checkout.dispute(str(request.provider_ref), status=status)
        found = await seen(provider, stripe_side, request)

    assert found.state is state
    assert found.amount == DEPOSIT.amount


@pytest.mark.asyncio
async def test_what_cannot_be_asked_for(stripe_side: Stripe) -> None:
    """A fraction that Stripe cannot take, and a page that leads nowhere."""
    async with stripe_side.opened(StripeDeposits) as provider:
        with pytest.raises(Unsupported):
            await provider.create(
                replace(DEPOSIT, amount=Money(1_000_001, "USD")), stripe_side.context()
            )
        with pytest.raises(ConfigError):
            await provider.create(replace(DEPOSIT, return_url=""), stripe_side.context())

    assert stripe_side.simulator.calls == []


@pytest.mark.asyncio
async def test_our_reference_goes_everywhere(stripe_side: Stripe) -> None:
    """Onto the page, the payment and the charge: whatever Stripe tells us of names it."""
    async with stripe_side.opened(StripeDeposits) as provider:
        request = await started(provider, stripe_side)
        stripe_side.simulator.checkout.pay(str(request.provider_ref))

    books = stripe_side.simulator.books
    assert [each["client_reference_id"] for each in books.all("session")] == [DEPOSIT.deposit_ref]
    for kind in ("session", "payment_intent", "charge"):
        noted = [each["metadata"] for each in books.all(kind)]
        assert noted == [{"deposit_ref": DEPOSIT.deposit_ref}]
