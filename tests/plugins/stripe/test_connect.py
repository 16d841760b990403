"""Connect: two calls of one effect each, reversals, failures after paid, accounts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from domain.money import Money
from domain.payouts.provider import (
    FeePayer,
    Observation,
    ObservedState,
    OnboardingMember,
    OnboardingStatus,
    PayoutItem,
    QuoteRequest,
)
from domain.provider import (
    DestinationInvalid,
    InsufficientFunds,
    NotSent,
    OutcomeUnknown,
    Unsupported,
)
from plugins.payments.stripe.answers import Payout
from plugins.payments.stripe.connect import StripeConnect, _paid_out
from plugins.payments.stripe.destinations import ACCOUNT_KIND
from plugins.payments.stripe.simulator.connect import CONNECTED
from plugins.payments.stripe.statuses import PAYOUT_STATUSES, StatusRow
from plugins.simulation import Fault
from tests.plugins.stripe.make import Stripe, item_of

ITEM = item_of(kind=ACCOUNT_KIND)
MEMBER = OnboardingMember(
    onboarding_ref="OZZ000000000001", country="DE", email="w@piecerate.example"
)
CREATED = Observation(
    item_ref="P", state=ObservedState.PENDING, amount=Money(12_340_000, "USD"), next_step="payout"
)


async def seen(provider: StripeConnect, side: Stripe, item: PayoutItem = ITEM) -> Observation:
    (observation,) = (await provider.look_up(side.batch(item), side.context())).found
    return observation


async def paid_out(provider: StripeConnect, side: Stripe, item: PayoutItem = ITEM) -> None:
    await provider.send(side.batch(item), side.context())
    await provider.advance(item, "payout", side.context())


@pytest.mark.parametrize("row", PAYOUT_STATUSES, ids=lambda row: row.status)
def test_each_status(row: StatusRow) -> None:
    """And one that nobody knows is told as such."""
    payout = Payout(id="po", amount=1234, currency="usd", created=1, status=row.status)

    assert _paid_out(CREATED, [payout]).state is row.state
    assert _paid_out(CREATED, [replaced(payout, status="new")]).state is None


def replaced(payout: Payout, **changes: object) -> Payout:
    import msgspec.structs  # noqa: PLC0415  # only here

    return msgspec.structs.replace(payout, **changes)


def test_two_payouts_of_one_item_stop_it() -> None:
    """Unless one of them has failed, and the other took its place."""
    payout = Payout(id="po", amount=1234, currency="usd", created=1, status="paid")
    failed = replaced(payout, status="failed", failure_code="account_closed")

    assert _paid_out(CREATED, [payout, payout]).amount == Money(24_680_000, "USD")
    assert _paid_out(CREATED, [failed, payout]).amount == Money(12_340_000, "USD")
    assert _paid_out(CREATED, [failed]).provider_code == "payout:failed:account_closed"


@pytest.mark.asyncio
async def test_transfer_then_payout(stripe_side: Stripe) -> None:
    """Each step is told by the look-up; a step done twice is one payout."""
    async with stripe_side.opened(StripeConnect) as provider:
        sent = await provider.send(stripe_side.batch(ITEM), stripe_side.context())
        before = await seen(provider, stripe_side)
        first = await provider.advance(ITEM, "payout", stripe_side.context())
        second = await provider.advance(ITEM, "payout", stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(days=1))
        after = await seen(provider, stripe_side)

    assert sent.items[0].next_step == before.next_step == "payout"
    assert first == second
    assert (first.state, first.next_step) == (ObservedState.PENDING, None)
    assert (after.state, after.amount) == (ObservedState.PAID, ITEM.amount)
    assert [each.ref for each in stripe_side.simulator.effects()] == [ITEM.item_ref] * 2


@pytest.mark.asyncio
async def test_a_step_repeated_after_two_days_is_one_payout(stripe_side: Stripe) -> None:
    """Stripe has forgotten the key by then: only looking first protects."""
    async with stripe_side.opened(StripeConnect) as provider:
        await provider.send(stripe_side.batch(ITEM), stripe_side.context())
        stripe_side.simulator.script(Fault.DROP_AFTER, path="/v1/payouts")
        stripe_side.simulator.script(Fault.DROP_AFTER, path="/v1/payouts")
        with pytest.raises(NotSent):  # the search before the payment had no answer
            await provider.advance(ITEM, "payout", stripe_side.context())
        with pytest.raises(NotSent):
            await provider.advance(ITEM, "payout", stripe_side.context())
        await provider.advance(ITEM, "payout", stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(days=2))
        again = await provider.advance(ITEM, "payout", stripe_side.context())
        resent = await provider.send(stripe_side.batch(ITEM), stripe_side.context(send_no=2))

    assert again.state is resent.items[0].state is ObservedState.PAID
    assert len(stripe_side.simulator.books.kinds["payout"]) == 1
    assert len(stripe_side.simulator.books.kinds["transfer"]) == 1


@pytest.mark.asyncio
async def test_a_stored_500_is_repeated_and_hides_what_was_paid(stripe_side: Stripe) -> None:
    """v1 answers a key with its first answer, 500s included: only a look-up tells the truth."""
    stripe_side.simulator.break_next("after")
    batch = stripe_side.batch(ITEM)
    async with stripe_side.opened(StripeConnect) as provider:
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                await provider.send(batch, stripe_side.context())
        found = await seen(provider, stripe_side)

    assert found.state is ObservedState.PENDING
    assert stripe_side.simulator.idempotency.replayed == 1
    assert len(stripe_side.simulator.effects()) == 1


@pytest.mark.asyncio
async def test_a_stored_500_of_work_that_was_not_done(stripe_side: Stripe) -> None:
    """The same answer, and nothing there: missing, until the key is forgotten."""
    stripe_side.simulator.break_next("before")
    batch = stripe_side.batch(ITEM)
    async with stripe_side.opened(StripeConnect) as provider:
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                await provider.send(batch, stripe_side.context())
        answer = await provider.look_up(batch, stripe_side.context())

    assert answer.missing == (ITEM.item_ref,)
    assert stripe_side.simulator.effects() == []


@pytest.mark.asyncio
async def test_failed_after_paid(stripe_side: Stripe) -> None:
    """Stripe shows a payout as paid first: the core's join makes "returned" of the two."""
    async with stripe_side.opened(StripeConnect) as provider:
        await paid_out(provider, stripe_side)
        (payout,) = stripe_side.simulator.payments("payout", ITEM.item_ref)
        stripe_side.simulator.connect.set_payout(payout, "paid")
        before = await seen(provider, stripe_side)
        stripe_side.simulator.connect.set_payout(payout, "failed", failure_code="no_account")
        after = await seen(provider, stripe_side)

    assert (before.state, after.state) == (ObservedState.PAID, ObservedState.FAILED)
    assert after.provider_code == "payout:failed:no_account"
    assert ObservedState.FAILED in provider.manifest.after_paid


@pytest.mark.asyncio
@pytest.mark.parametrize("settle_on", ["payout", "transfer"])
async def test_a_transfer_taken_back(stripe_side: Stripe, settle_on: str) -> None:
    """Whole: reversed. In part: another amount than was sent, and no further step."""
    other = item_of("PZZ000000000002", kind=ACCOUNT_KIND)
    async with stripe_side.opened(StripeConnect, settle_on=settle_on) as provider:
        for item in (ITEM, other):
            await provider.send(stripe_side.batch(item), stripe_side.context())
        (whole,) = stripe_side.simulator.payments("transfer", ITEM.item_ref)
        (part,) = stripe_side.simulator.payments("transfer", other.item_ref)
        stripe_side.simulator.connect.reverse(whole, whole["amount"])
        stripe_side.simulator.connect.reverse(part, 100)
        taken = await seen(provider, stripe_side)
        partly = await seen(provider, stripe_side, other)
        await provider.advance(other, "payout", stripe_side.context())

    assert (taken.state, taken.amount) == (ObservedState.REVERSED, ITEM.amount)
    assert partly.amount == Money(11_340_000, "USD")
    assert taken.next_step is partly.next_step is None
    assert stripe_side.simulator.books.kinds["payout"] == []


@pytest.mark.asyncio
async def test_settled_by_the_transfer(stripe_side: Stripe) -> None:
    """Where Stripe's own schedule pays out, there is no second step."""
    async with stripe_side.opened(StripeConnect, settle_on="transfer") as provider:
        sent = await provider.send(stripe_side.batch(ITEM), stripe_side.context())

    assert (sent.items[0].state, sent.items[0].next_step) == (ObservedState.PAID, None)


@pytest.mark.asyncio
async def test_a_foreign_transfer_in_the_group_is_not_ours(stripe_side: Stripe) -> None:
    """Somebody may use our reference by hand; without our note in it, it proves nothing."""
    async with stripe_side.opened(StripeConnect) as provider:
        await provider.send(stripe_side.batch(ITEM), stripe_side.context())
        (transfer,) = stripe_side.simulator.payments("transfer", ITEM.item_ref)
        transfer["metadata"] = {}
        answer = await provider.look_up(stripe_side.batch(ITEM), stripe_side.context())

    assert answer.missing == (ITEM.item_ref,)


@pytest.mark.asyncio
async def test_what_stripe_refuses(stripe_side: Stripe) -> None:
    """No such account, no such step, no such amount: each is told apart."""
    async with stripe_side.opened(StripeConnect) as provider:
        unknown = item_of(kind=ACCOUNT_KIND, fields={"account": "acct_unknown"})
        with pytest.raises(DestinationInvalid):
            await provider.send(stripe_side.batch(unknown), stripe_side.context())
        with pytest.raises(Unsupported):
            await provider.advance(ITEM, "teleport", stripe_side.context())
        with pytest.raises(OutcomeUnknown):
            await provider.advance(ITEM, "payout", stripe_side.context())
        with pytest.raises(Unsupported):
            await provider.send(
                stripe_side.batch(replace(ITEM, amount=Money(1, "USD"))), stripe_side.context()
            )

    assert stripe_side.simulator.effects() == []


@pytest.mark.asyncio
async def test_after_a_top_up_the_same_key_pays(stripe_side: Stripe) -> None:
    """v1 would repeat its "not enough" for a day: so it is not asked before there is enough."""
    books = stripe_side.simulator.books
    books.balances[""]["usd"] = 0
    async with stripe_side.opened(StripeConnect) as provider:
        with pytest.raises(InsufficientFunds):
            await provider.send(stripe_side.batch(ITEM), stripe_side.context())
        books.move(1234, "usd")
        await provider.send(stripe_side.batch(ITEM), stripe_side.context(send_no=2))
        books.balances[CONNECTED]["usd"] = 0  # what was transferred is not available yet
        with pytest.raises(InsufficientFunds):
            await provider.advance(ITEM, "payout", stripe_side.context())
        books.move(1234, "usd", CONNECTED)
        done = await provider.advance(ITEM, "payout", stripe_side.context())

    assert done.provider_code == "payout:pending"
    assert stripe_side.simulator.idempotency.replayed == 0


@pytest.mark.asyncio
async def test_cancel_only_a_pending_payout(stripe_side: Stripe) -> None:
    """Later it is on its way, and before it there is nothing to cancel."""
    late = item_of("PZZ000000000002", kind=ACCOUNT_KIND)
    async with stripe_side.opened(StripeConnect) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.cancel(ITEM, stripe_side.context())
        await provider.send(stripe_side.batch(ITEM), stripe_side.context())
        before = await provider.cancel(ITEM, stripe_side.context())
        await provider.advance(ITEM, "payout", stripe_side.context())
        cancelled = await provider.cancel(ITEM, stripe_side.context())
        await paid_out(provider, stripe_side, late)
        stripe_side.simulator.refuse_cancels("invalid_request_error")
        refused = await provider.cancel(late, stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(hours=2))
        too_late = await provider.cancel(late, stripe_side.context())

    assert before.next_step == "payout"
    assert cancelled.state is ObservedState.CANCELLED
    assert refused.provider_code == "payout:pending"
    assert too_late.provider_code == "payout:in_transit"


@pytest.mark.asyncio
async def test_onboarding_from_link_to_payment(stripe_side: Stripe) -> None:
    """The account is made once, also when the member comes back for a second link."""
    async with stripe_side.opened(
        StripeConnect, return_url="https://piecerate.example"
    ) as provider:
        link = await provider.start_onboarding(MEMBER, stripe_side.context())
        second = await provider.start_onboarding(MEMBER, stripe_side.context())
        before = await provider.onboarding_state(link.provider_ref, stripe_side.context())
        await asyncio.to_thread(requests.post, link.url, timeout=5)
        after = await provider.onboarding_state(link.provider_ref, stripe_side.context())
        account = stripe_side.simulator.books.need(link.provider_ref)
        account["requirements"] = {"disabled_reason": "rejected.fraud"}
        rejected = await provider.onboarding_state(link.provider_ref, stripe_side.context())

    assert second.provider_ref == link.provider_ref
    assert link.expires_at is not None
    assert before.status is OnboardingStatus.PENDING and before.member_message
    assert (after.status, after.fields) == (
        OnboardingStatus.READY,
        {"account": link.provider_ref},
    )
    assert rejected.status is OnboardingStatus.REFUSED


@pytest.mark.asyncio
async def test_quote_and_health(stripe_side: Stripe) -> None:
    """Yen have no decimals: what remains stays with the member."""
    async with stripe_side.opened(StripeConnect) as provider:
        request = QuoteRequest(
            amount=Money(1_500_000, "JPY"),
            destination=ITEM.destination,
            fee_payer=FeePayer.PLATFORM,
        )
        quote = await provider.quote(request, stripe_side.context())
        health = await provider.health(stripe_side.context())

    assert (quote.payable, quote.remainder) == (Money(1_000_000, "JPY"), Money(500_000, "JPY"))
    assert health.balances
    assert CONNECTED in ITEM.destination.fields.values()
