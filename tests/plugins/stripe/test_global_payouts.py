"""Global Payouts: every status, every reason, the search by our reference, names, onboarding."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
import requests

from domain.money import Money
from domain.payouts.provider import (
    FeePayer,
    HolderMatch,
    LookupMode,
    ObservedState,
    OnboardingMember,
    OnboardingStatus,
    QuoteRequest,
)
from domain.provider import DestinationInvalid, NotSent, OutcomeUnknown, Unsupported
from plugins.payments.stripe.answers import OutboundPayment
from plugins.payments.stripe.destinations import BANK_KIND
from plugins.payments.stripe.global_payouts import StripePayouts, _observed
from plugins.payments.stripe.statuses import OUTBOUND_STATUSES, REASONS, StatusRow
from plugins.simulation import Fault
from tests.plugins.stripe.make import Stripe, item_of

MEMBER = OnboardingMember(
    onboarding_ref="OZZ000000000001",
    country="US",
    email="worker@piecerate.example",
    return_url="https://piecerate.example/back",
)
OUTBOUND = "outbound_payment"


def payment_of(status: str, *, reason: str = "", credited: str = "usd") -> OutboundPayment:
    amount = {"value": 1234, "currency": "usd"}
    return msgspec.convert(
        {
            "id": "obp_1",
            "amount": amount,
            "created": "2026-03-29T01:00:00.000Z",
            "status": status,
            "from": {"debited": amount, "financial_account": "fa_1"},
            "to": {"recipient": "acct_1", "credited": {"value": 1111, "currency": credited}},
            "status_details": {status: {"reason": reason}} if reason else None,
            "status_transitions": {"posted_at": "2026-03-29T02:00:00.000Z"},
        },
        type=OutboundPayment,
    )


@pytest.mark.parametrize("row", OUTBOUND_STATUSES, ids=lambda row: f"{row.status}-{row.reason}")
def test_each_status(row: StatusRow) -> None:
    """The table says it, and its first row that fits counts."""
    assert _observed(item_of(), [payment_of(row.status, reason=row.reason)]).state is row.state


def test_each_reason_has_a_word_for_the_member() -> None:
    """What went wrong is the member's business; the code is for staff."""
    for row in REASONS:
        seen = _observed(item_of(), [payment_of("returned", reason=row.reason)])
        assert seen.state is ObservedState.RETURNED
        assert seen.member_message == row.message
        assert seen.provider_code == f"returned:{row.reason}"


def test_a_status_or_a_reason_that_nobody_knows() -> None:
    """Never guessed; a new reason of a known status is no riddle."""
    assert _observed(item_of(), [payment_of("teleported")]).state is None
    seen = _observed(item_of(), [payment_of("failed", reason="brand_new")])
    assert (seen.state, seen.member_message) == (ObservedState.FAILED, None)


def test_what_was_exchanged_is_told() -> None:
    """Paid in another currency than debited: both amounts and the rate, as they were."""
    seen = _observed(item_of(), [payment_of("posted", credited="eur")])

    assert seen.exchange is not None
    assert seen.exchange.source == Money(12_340_000, "USD")
    assert seen.exchange.target == Money(11_110_000, "EUR")
    assert seen.amount == Money(12_340_000, "USD")


def test_two_payments_of_one_item_stop_it() -> None:
    """The worst news there is: the sum differs from what was sent, so the core freezes it."""
    seen = _observed(item_of(), [payment_of("posted"), payment_of("processing")])
    made_up = _observed(item_of(), [payment_of("failed"), payment_of("posted")])

    assert seen.amount == Money(24_680_000, "USD")
    assert (made_up.state, made_up.amount) == (ObservedState.PAID, Money(12_340_000, "USD"))


@pytest.mark.asyncio
async def test_it_searches_by_recipient_and_time_over_several_pages(stripe_side: Stripe) -> None:
    """Stripe cannot list by our reference; the one we look for is on the last page."""
    async with stripe_side.opened(StripePayouts) as provider:
        first = stripe_side.batch(item_of())
        stripe_side.simulator.script(Fault.DROP_AFTER)
        with pytest.raises(OutcomeUnknown):
            await provider.send(first, stripe_side.context())
        for number in range(120):
            body = stripe_side.simulator.payments(OUTBOUND, "PZZ000000000001")[0]
            stripe_side.simulator.books.add(
                OUTBOUND, {**body, "id": f"obp_other{number}", "metadata": {"item_ref": "other"}}
            )

        answer = await provider.look_up(first, stripe_side.context())
        never = await provider.look_up(
            stripe_side.batch(item_of("PZZ000000000009")), stripe_side.context()
        )

    assert provider.manifest.lookup.mode is LookupMode.SCAN
    assert [each.item_ref for each in answer.found] == ["PZZ000000000001"]
    assert never.missing == ("PZZ000000000009",)
    assert never.searched_from is not None and never.searched_until is not None
    assert never.searched_from < stripe_side.simulator.clock.now() == never.searched_until


@pytest.mark.asyncio
async def test_a_search_that_fails_never_says_missing(stripe_side: Stripe) -> None:
    """An error page is no empty list."""
    async with stripe_side.opened(StripePayouts) as provider:
        stripe_side.simulator.script(Fault.HTTP_500, path="outbound_payments")
        with pytest.raises(Exception, match="HTTP 500"):
            await provider.look_up(stripe_side.batch(item_of()), stripe_side.context())


@pytest.mark.asyncio
async def test_sent_again_after_a_day_it_is_paid_once(stripe_side: Stripe) -> None:
    """By then Stripe has forgotten the key."""
    batch = stripe_side.batch(item_of())
    async with stripe_side.opened(StripePayouts) as provider:
        first = await provider.send(batch, stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(hours=25))
        second = await provider.send(batch, stripe_side.context(send_no=2))
        stripe_side.simulator.script(Fault.HTTP_500, path="outbound_payments")
        with pytest.raises(NotSent):
            await provider.send(batch, stripe_side.context(send_no=3))

    assert second.provider_ref == first.provider_ref
    assert len(stripe_side.simulator.effects()) == 1


@pytest.mark.asyncio
async def test_the_same_reference_for_another_amount_is_no_second_payment(
    stripe_side: Stripe,
) -> None:
    """Another call with this key exists: nobody knows what became of this one."""
    async with stripe_side.opened(StripePayouts) as provider:
        await provider.send(stripe_side.batch(item_of()), stripe_side.context())
        with pytest.raises(OutcomeUnknown):
            await provider.send(
                stripe_side.batch(item_of(amount=Money(1_000_000, "USD"))), stripe_side.context()
            )

    assert len(stripe_side.simulator.effects()) == 1


@pytest.mark.asyncio
async def test_v2_does_failed_work_again_with_the_same_key(stripe_side: Stripe) -> None:
    """Unlike v1: a stored failure would block a payment for a day."""
    stripe_side.simulator.break_next("before")
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())
        await provider.send(stripe_side.batch(item_of()), stripe_side.context())

    assert len(stripe_side.simulator.effects()) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("number", "states"),
    [
        ("000123456789", [ObservedState.PENDING, ObservedState.PAID]),
        ("000111111113", [ObservedState.PENDING, ObservedState.RETURNED]),
        ("000333333335", [ObservedState.PENDING, ObservedState.FAILED]),
    ],
)
async def test_bank_details_become_a_payout_method(
    stripe_side: Stripe, number: str, states: list[ObservedState]
) -> None:
    """Through a setup intent in the recipient's name; then it is paid like any other."""
    batch = stripe_side.batch(item_of(kind=BANK_KIND, fields={"account_number": number}))
    async with stripe_side.opened(StripePayouts) as provider:
        sent = await provider.send(batch, stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(hours=2))
        seen = await provider.look_up(batch, stripe_side.context())

    assert [sent.items[0].state, seen.found[0].state] == states
    methods = stripe_side.simulator.books.kinds["payout_method"]
    assert len(methods) == 2  # the one of the simulator, and this one


@pytest.mark.asyncio
async def test_a_lost_answer_before_the_money_is_not_sent(stripe_side: Stripe) -> None:
    """Only the call that pays can leave a doubt; the one before it cannot."""
    stripe_side.simulator.script(Fault.DROP_AFTER, path="outbound_setup_intents")
    batch = stripe_side.batch(item_of(kind=BANK_KIND))
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(NotSent):
            await provider.send(batch, stripe_side.context())
        await provider.send(batch, stripe_side.context())

    assert len(stripe_side.simulator.effects()) == 1
    assert len(stripe_side.simulator.books.kinds["payout_method"]) == 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "fields", [{"recipient": "acct_unknown"}, {"payout_method": "usba_test_unknown"}]
)
async def test_a_destination_that_stripe_does_not_know(
    stripe_side: Stripe, fields: dict[str, str]
) -> None:
    """The member's matter, not ours: the instance goes on."""
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(DestinationInvalid):
            await provider.send(stripe_side.batch(item_of(fields=fields)), stripe_side.context())


@pytest.mark.asyncio
async def test_a_bank_account_that_stripe_does_not_take(stripe_side: Stripe) -> None:
    """Said before any money moves."""
    item = item_of(kind=BANK_KIND, fields={"account_number": "000000000000"})
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(DestinationInvalid):
            await provider.send(stripe_side.batch(item), stripe_side.context())

    assert stripe_side.simulator.effects() == []


@pytest.mark.asyncio
async def test_no_exchange_at_a_rate_that_nobody_has_seen(stripe_side: Stripe) -> None:
    """A destination in another currency is paid by somebody who quotes."""
    item = item_of()
    other = replace(item, destination=replace(item.destination, currency="EUR"))
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(Unsupported):
            await provider.send(stripe_side.batch(other), stripe_side.context())

    assert stripe_side.simulator.calls == []


@pytest.mark.asyncio
async def test_cancel_while_it_can_be_cancelled(stripe_side: Stripe) -> None:
    """What it became is what is told; too late is not an error."""
    early, late = item_of(), item_of("PZZ000000000002")
    async with stripe_side.opened(StripePayouts) as provider:
        await provider.send(stripe_side.batch(early), stripe_side.context())
        cancelled = await provider.cancel(early, stripe_side.context())
        again = await provider.cancel(early, stripe_side.context())
        await provider.send(stripe_side.batch(late), stripe_side.context())
        (payment,) = stripe_side.simulator.payments(OUTBOUND, late.item_ref)
        stripe_side.simulator.global_payouts.set_payment(payment, "posted")
        payment["cancelable"] = True  # as the list still says
        stripe_side.simulator.refuse_cancels("not_cancelable")
        too_late = await provider.cancel(late, stripe_side.context())
        with pytest.raises(OutcomeUnknown):
            await provider.cancel(item_of("PZZ000000000003"), stripe_side.context())

    assert cancelled.state is again.state is ObservedState.CANCELLED
    assert too_late.state is ObservedState.PAID


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", HolderMatch)
async def test_whose_name_it_is(stripe_side: Stripe, answer: HolderMatch) -> None:
    """Each answer of a recipient verification, and for an account that has none."""
    stripe_side.simulator.global_payouts.match_result = answer.value
    async with stripe_side.opened(StripePayouts) as provider:
        seen = await provider.match_holder(item_of().destination, stripe_side.context())
        unknown = await provider.match_holder(
            item_of(fields={"payout_method": "usba_test_unknown"}).destination,
            stripe_side.context(),
        )

    assert (seen, unknown) == (answer, HolderMatch.UNAVAILABLE)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "payments"),
    [("match", 1), ("unavailable", 1), ("close_match", 0), ("no_match", 0)],
)
async def test_where_names_must_be_checked_the_check_goes_with_the_payment(
    stripe_side: Stripe, answer: str, payments: int
) -> None:
    """And a wrong name is not paid."""
    stripe_side.simulator.global_payouts.match_result = answer
    async with stripe_side.opened(StripePayouts, checks_holder=True) as provider:
        if payments:
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())
        else:
            with pytest.raises(DestinationInvalid):
                await provider.send(stripe_side.batch(item_of()), stripe_side.context())

    made = stripe_side.simulator.payments(OUTBOUND, "PZZ000000000001")
    assert len([each for each in made if each["recipient_verification"]]) == payments


@pytest.mark.asyncio
async def test_onboarding_from_link_to_payment(stripe_side: Stripe) -> None:
    """The member clicks through Stripe's pages; what comes out can be paid to."""
    async with stripe_side.opened(StripePayouts) as provider:
        link = await provider.start_onboarding(MEMBER, stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(minutes=10))
        second = await provider.start_onboarding(MEMBER, stripe_side.context())
        before = await provider.onboarding_state(link.provider_ref, stripe_side.context())
        await asyncio.to_thread(requests.post, link.url, timeout=5)
        after = await provider.onboarding_state(link.provider_ref, stripe_side.context())
        await provider.send(stripe_side.batch(item_of(fields=after.fields)), stripe_side.context())
        gone = await provider.onboarding_state("acct_gone", stripe_side.context())

    assert second.provider_ref == link.provider_ref
    assert link.url not in repr(link)
    assert before.status is OnboardingStatus.PENDING
    assert after.status is OnboardingStatus.READY
    assert gone.status is OnboardingStatus.REFUSED
    assert len(stripe_side.simulator.effects()) == 1


@pytest.mark.asyncio
async def test_quote_and_health(stripe_side: Stripe) -> None:
    """By the contract's fees; what is no whole cent stays with the member."""
    async with stripe_side.opened(
        StripePayouts, fee_basis_points=100, fee_micros={"USD": 250_000}
    ) as provider:
        request = QuoteRequest(
            amount=Money(10_005_000, "USD"),
            destination=item_of().destination,
            fee_payer=FeePayer.PLATFORM,
        )
        quote = await provider.quote(request, stripe_side.context())
        health = await provider.health(stripe_side.context())

    assert quote.payable == Money(10_000_000, "USD")
    assert quote.remainder == Money(5_000, "USD")
    assert quote.provider_fee == Money(350_000, "USD")
    assert Money(100_000_000_000_000, "USD") in health.balances


@pytest.mark.asyncio
async def test_what_comes_back_weeks_later(stripe_side: Stripe) -> None:
    """Posted is not the end."""
    batch = stripe_side.batch(item_of())
    async with stripe_side.opened(StripePayouts) as provider:
        await provider.send(batch, stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(days=20))
        paid = await provider.look_up(batch, stripe_side.context())
        (payment,) = stripe_side.simulator.payments(OUTBOUND, "PZZ000000000001")
        stripe_side.simulator.global_payouts.set_payment(payment, "returned", reason="recalled")
        back = await provider.look_up(batch, stripe_side.context())

    assert (paid.found[0].state, back.found[0].state) == (
        ObservedState.PAID,
        ObservedState.RETURNED,
    )
    assert ObservedState.RETURNED in provider.manifest.after_paid
