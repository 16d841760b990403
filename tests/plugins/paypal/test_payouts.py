"""Payouts: accepted as a whole, told item by item, adopted instead of paid again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.money import Money
from domain.payouts.provider import ObservedState, PayoutBatch
from domain.provider import (
    AuthError,
    BatchRefused,
    ConfigError,
    DestinationInvalid,
    DuplicateRef,
    InsufficientFunds,
    OutcomeUnknown,
    ProviderError,
    Unsupported,
)
from plugins.conformance.bench import Bench, Opened, kept
from plugins.payments.paypal.batches import STATES
from plugins.payments.paypal.payouts import PayPalPayouts
from plugins.payments.paypal.simulator.payouts import FEE
from plugins.payments.paypal.simulator.required import ITEM_STATUSES
from tests.plugins.paypal.bench import CONTEXT, env_at, on_paypal, paypal, to, usd
from tests.plugins.paypal.server import Say, always, serving


def sent(bench: Bench, opened: Opened, batch: PayoutBatch) -> PayoutBatch:
    return kept(batch, bench.send(opened, batch))


def test_a_batch_is_accepted_and_then_told_item_by_item() -> None:
    """The answer to a send names no item: only a look-up says what became of each."""
    with on_paypal() as bench:
        opened = bench.open()
        batch = to(bench.batch(count=4), "unclaimed", "failed", "onhold")
        outcome = bench.send(opened, batch)
        assert {each.state for each in outcome.items} == {ObservedState.ACCEPTED}

        answer = bench.look_up(opened, kept(batch, outcome))

    assert [each.state for each in answer.found] == [
        ObservedState.UNCLAIMED,
        ObservedState.FAILED,
        ObservedState.ON_HOLD,
        ObservedState.PAID,
    ]
    assert answer.missing == () and answer.provider_ref == outcome.provider_ref
    unclaimed, failed, held, paid = answer.found
    assert unclaimed.provider_code == "RECEIVER_UNREGISTERED"
    assert "30 days" in str(unclaimed.member_message)
    assert failed.provider_code == "RECEIVER_ACCOUNT_LOCKED" and failed.member_message
    assert held.provider_code == "REGULATORY_PENDING" and held.member_message is None
    assert paid.provider_ref and paid.amount == batch.items[3].amount


def test_fees_stand_in_their_own_currency() -> None:
    """PayPal charges in dollars, whatever was paid; nothing before it has worked on it."""
    with on_paypal() as bench:
        simulator, opened = paypal(bench), bench.open()
        simulator.payouts.process_after = timedelta(minutes=5)
        batch = sent(bench, opened, bench.batch(amounts=[Money(3_000_000_000, "JPY")]))
        (early,) = bench.look_up(opened, batch).found
        bench.wait(timedelta(minutes=6))
        (late,) = bench.look_up(opened, batch).found

    assert early.state is ObservedState.PENDING and early.fee is None
    assert late.state is ObservedState.PAID and late.fee == FEE == usd(250_000)
    assert late.amount == Money(3_000_000_000, "JPY")


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(12_340_000, "EUR"), "12.34"),
        (Money(5_000_000, "JPY"), "5"),
        (Money(7_000_000, "HUF"), "7"),
        (Money(9_000_000, "TWD"), "9"),
        (usd(10_000), "0.01"),
    ],
)
def test_amounts_are_written_as_paypal_counts(money: Money, text: str) -> None:
    """Forints and Taiwan dollars have decimals for everybody but PayPal."""
    with on_paypal() as bench:
        bench.send(bench.open(), bench.batch(amounts=[money]))
        (item,) = paypal(bench).payouts.items.values()

    assert item.asked["amount"] == {"currency": money.currency, "value": text}


@pytest.mark.parametrize("money", [Money(12_340_000, "HUF"), usd(1), Money(1_000_000, "KWD")])
def test_what_does_not_fit_is_not_sent(money: Money) -> None:
    """Never rounded, and no currency that PayPal does not know."""
    with on_paypal() as bench:
        opened, (item,) = bench.open(), bench.batch().items
        batch = replace(bench.batch(), items=(replace(item, amount=money),))
        with pytest.raises(Unsupported):
            bench.send(opened, batch)
        assert not bench.wire.money_calls


@pytest.mark.timeout(240)
def test_fifteen_thousand_payments_are_one_call() -> None:
    """PayPal's own limit, and 15 pages to read what became of them."""
    with on_paypal(batch_max=15_000) as bench:
        opened = bench.open()
        assert opened.guarded.manifest.max_batch == 15_000
        batch = sent(bench, opened, bench.batch(amounts=[usd(1_000_000)] * 15_000))
        assert len(bench.wire.money_calls) == 1
        bench.wire.seen.clear()

        answer = bench.look_up(opened, batch)

        assert len(answer.found) == 15_000 and len(bench.wire.seen) == 15
        assert {each.state for each in answer.found} == {ObservedState.PAID}
        assert len({each.ref for each in bench.simulator.effects()}) == 15_000


def test_a_batch_is_smaller_unless_configured() -> None:
    """What PayPal can take is not what everybody wants to lose sight of at once."""
    with on_paypal() as bench:
        assert bench.open().guarded.manifest.max_batch == 500
    assert PayPalPayouts.manifest.max_batch == 15_000


def test_every_status_is_mapped_and_no_other() -> None:
    """The documents' list is ours; what is new there is told as unknown."""
    assert set(STATES) == set(ITEM_STATUSES)
    with on_paypal() as bench:
        opened = bench.open()
        batch = sent(bench, opened, to(bench.batch(), "strange"))

        (seen,) = bench.look_up(opened, batch).found

    assert seen.state is None and seen.provider_code == "NEVER_SEEN_BEFORE"


# -- the same reference twice --------------------------------------------------


def test_a_duplicate_is_adopted_by_its_link() -> None:
    """PayPal refuses the reference and says where the original is: that is ours."""
    with on_paypal() as bench:
        opened, batch = bench.open(), bench.batch(count=2)
        first = bench.send(opened, batch)
        paypal(bench).payouts.request_ids.forget()

        second = bench.send(opened, batch, send_no=2)

        assert second.provider_ref == first.provider_ref
        assert {each.state for each in second.items} == {ObservedState.PAID}
        assert len(bench.simulator.effects()) == 2


@pytest.mark.parametrize("change", ["amount", "items"])
def test_another_batch_under_our_reference_is_not_adopted(change: str) -> None:
    """Somebody else uses our reference: people must look, and nothing is paid."""
    with on_paypal() as bench:
        opened, batch = bench.open(), bench.batch(count=2)
        bench.send(opened, batch)
        other = (
            replace(batch, items=batch.items[:1])
            if change == "items"
            else replace(
                batch, items=tuple(replace(i, amount=usd(99_000_000)) for i in batch.items)
            )
        )
        with pytest.raises(DuplicateRef):
            bench.send(opened, other, send_no=2)

        assert len(bench.simulator.effects()) == 2


def test_a_link_to_another_host_is_not_followed() -> None:
    """It comes from outside. Without the original, nobody knows what it holds."""
    with serving() as evil, on_paypal() as bench:
        opened, batch = bench.open(), bench.batch()
        bench.send(opened, batch)
        simulator = paypal(bench)
        simulator.payouts.request_ids.forget()
        simulator.url = evil.url
        with pytest.raises(DuplicateRef):
            bench.send(opened, batch, send_no=2)

        assert evil.got == []


@pytest.mark.parametrize(
    "said",
    [
        {"name": "DUPLICATE_REQUEST_ID"},
        {"name": "VALIDATION_ERROR", "details": [{"issue": "DUPLICATE_SENDER_BATCH_ID"}]},
        {"name": "USER_BUSINESS_ERROR", "details": [{"field": "sender_batch_id", "issue": "x"}]},
    ],
)
@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_duplicate_without_a_link_was_sent_all_the_same(status: int, said: Any) -> None:
    """However PayPal words it: a new reference for the same items would pay twice."""
    with serving(always(Say(status=status, body=said))) as server, on_paypal() as bench:
        payouts, batch = PayPalPayouts(), bench.batch()
        bench.run(payouts.open(env_at(server.url)))
        with pytest.raises(DuplicateRef):
            bench.run(payouts.send(batch, CONTEXT))


def test_an_original_that_cannot_be_read_is_looked_up_later() -> None:
    """It was sent: no error of the reading may say otherwise."""
    with on_paypal() as bench:
        opened, batch = bench.open(), bench.batch()
        bench.send(opened, batch)
        simulator = paypal(bench)
        simulator.payouts.request_ids.forget()
        simulator.payouts.batches.clear()
        with pytest.raises(DuplicateRef):
            bench.send(opened, batch, send_no=2)


# -- what PayPal refuses -------------------------------------------------------


def test_an_invalid_receiver_names_its_item() -> None:
    """The others go into a new batch; an only item is its member's to correct."""
    with on_paypal() as bench:
        opened, batch = bench.open(), to(bench.batch(count=3), "", "invalid")
        with pytest.raises(BatchRefused) as refused:
            bench.send(opened, batch)
        with pytest.raises(DestinationInvalid) as alone:
            bench.send(opened, to(bench.batch(), "invalid"))
        assert bench.simulator.effects() == []

    assert [each.item_ref for each in refused.value.problems] == [batch.items[1].item_ref]
    assert [each.code for each in refused.value.problems] == ["INVALID_EMAIL_ID"]
    assert [each.field for each in alone.value.problems] == ["email"]


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        (422, "INSUFFICIENT_FUNDS", InsufficientFunds),
        (403, "SENDER_ACCOUNT_UNVERIFIED", ConfigError),
        (403, "REQUIRED_SCOPE_MISSING", AuthError),
        (403, "SOMETHING_ELSE", AuthError),
        (422, "CURRENCY_NOT_SUPPORTED", Unsupported),
        (422, "SOMETHING_ELSE", BatchRefused),
        (404, "NOT_FOUND", ConfigError),
        (409, "CONFLICT", OutcomeUnknown),
        (500, "INTERNAL_SERVER_ERROR", OutcomeUnknown),
    ],
)
def test_refusals_are_told_apart(status: int, name: str, expected: type[ProviderError]) -> None:
    """By their names: whose fault it is decides who has to act."""
    said = {"name": name, "message": "canary", "debug_id": "0123abc"}
    with serving(always(Say(status=status, body=said))) as server, on_paypal() as bench:
        payouts, batch = PayPalPayouts(), bench.batch()
        bench.run(payouts.open(env_at(server.url)))
        with pytest.raises(ProviderError) as raised:
            bench.run(payouts.send(batch, CONTEXT))

    assert type(raised.value) is expected
    assert "canary" not in str(raised.value)


def test_an_empty_balance_refuses_the_batch() -> None:
    """Nothing is sent in part."""
    with on_paypal() as bench:
        opened = bench.open()
        with pytest.raises(InsufficientFunds):
            bench.send(opened, bench.batch(amounts=[usd(2_000_000_000_000)]))
        assert bench.simulator.effects() == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda said: said.pop("batch_header"),
        lambda said: said["batch_header"].update(payout_batch_id=7),
        lambda said: said["batch_header"]["sender_batch_header"].update(sender_batch_id="B-other"),
    ],
)
def test_an_answer_about_another_batch_is_no_answer(spoil: Callable[[Any], Any]) -> None:
    """201 alone says nothing."""
    with on_paypal() as bench:
        opened, batch = bench.open(), bench.batch()

        def spoilt(said: Any) -> Any:
            if "batch_header" in said:
                spoil(said)
            return said

        bench.wire.rewrite = spoilt
        with pytest.raises(OutcomeUnknown):
            bench.send(opened, batch)
