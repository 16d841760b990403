"""A batch whose answer was lost: found by our own reference, or honestly not found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.money import Money
from domain.payouts.provider import ObservedState, PayoutBatch
from domain.provider import NoAnswer
from plugins.conformance.bench import Bench
from plugins.payments.paypal.simulator.reports import Line
from plugins.simulation import Fault
from tests.plugins.paypal.bench import on_paypal, paypal, to, usd


def lost(bench: Bench, *local_parts: str, count: int = 1) -> PayoutBatch:
    """Sent, but nobody knows PayPal's name for it."""
    batch = replace(to(bench.batch(count=count), *local_parts), first_sent_at=bench.now())
    bench.send(bench.open(), batch)
    return batch


def without_events(bench: Bench) -> None:
    """As for an account that has no webhook: PayPal keeps no events."""
    paypal(bench).news.forget()


def test_it_is_found_among_the_events() -> None:
    """At once: the events carry our reference, and PayPal's name for the batch."""
    with on_paypal() as bench:
        batch = lost(bench, "unclaimed", count=2)

        answer = bench.look_up(bench.open(), batch)

    assert [each.state for each in answer.found] == [ObservedState.UNCLAIMED, ObservedState.PAID]
    assert answer.provider_ref and answer.missing == ()


def test_it_is_found_behind_many_other_events() -> None:
    """Page by page, by PayPal's own links."""
    with on_paypal() as bench:
        batch = lost(bench)
        opened = bench.open()
        for _ in range(120):
            bench.send(opened, bench.batch())

        answer = bench.look_up(bench.open(), batch)

    assert [each.item_ref for each in answer.found] == [batch.items[0].item_ref]


def test_a_link_of_the_events_leads_nowhere_else() -> None:
    """A search that was led away has found nothing out: neither there nor missing."""
    with on_paypal() as bench:
        batch, opened = lost(bench), bench.open()
        for _ in range(120):
            bench.send(opened, bench.batch())
        simulator = paypal(bench)
        address, simulator.url = simulator.url, "http://127.0.0.1:9"
        with pytest.raises(NoAnswer):
            bench.look_up(bench.open(), batch)
        simulator.url = address

        assert {each.host for each in bench.wire.seen} == {address.removeprefix("http://")}


def test_without_events_the_report_tells() -> None:
    """Hours later, and only what a report can tell: sent, waiting, come back."""
    with on_paypal() as bench:
        batch = lost(bench, "", "unclaimed", "returned", count=3)
        without_events(bench)
        bench.wait(timedelta(hours=7))

        answer = bench.look_up(bench.open(), batch)

    states = {each.item_ref: each.state for each in answer.found}
    assert [states[item.item_ref] for item in batch.items] == [
        ObservedState.PAID,
        ObservedState.PENDING,
        ObservedState.RETURNED,
    ]
    assert [each.amount for each in answer.found] == [item.amount for item in batch.items]
    assert answer.provider_ref is None


def test_the_report_leads_back_to_the_batch() -> None:
    """An event of one payment is enough to find all that became of the others."""
    with on_paypal() as bench:
        batch = lost(bench, "unclaimed", count=2)
        simulator = paypal(bench)
        simulator.news.forget(prefix="PAYMENT.PAYOUTSBATCH.")
        bench.wait(timedelta(hours=7))

        answer = bench.look_up(bench.open(), batch)

    assert [each.state for each in answer.found] == [ObservedState.UNCLAIMED, ObservedState.PAID]
    assert answer.provider_ref is not None


def test_where_one_item_is_none_is_missing() -> None:
    """A batch is accepted as a whole; what the report does not show yet is not gone."""
    with on_paypal() as bench:
        batch = lost(bench, "", "failed", count=2)
        without_events(bench)
        bench.wait(timedelta(hours=7))

        answer = bench.look_up(bench.open(), batch)

    assert [each.item_ref for each in answer.found] == [batch.items[0].item_ref]
    assert answer.missing == ()


def test_the_report_was_read_as_far_as_it_goes() -> None:
    """It runs three hours behind: what is not in it says nothing about the last of them."""
    with on_paypal() as bench:
        batch = replace(bench.batch(), first_sent_at=bench.now())
        bench.wait(timedelta(hours=5))

        answer = bench.look_up(bench.open(), batch)

        assert answer.missing == (batch.items[0].item_ref,)
        assert answer.searched_from is not None and batch.first_sent_at is not None
        assert answer.searched_from < batch.first_sent_at
        assert answer.searched_until == bench.now() - timedelta(hours=3)


def test_a_long_time_is_read_month_by_month() -> None:
    """PayPal's report takes 31 days at most."""
    with on_paypal() as bench:
        batch = replace(bench.batch(), first_sent_at=bench.now())
        bench.wait(timedelta(days=70))
        bench.wire.seen.clear()

        answer = bench.look_up(bench.open(), batch)

        windows = [each for each in bench.wire.seen if each.path.endswith("/transactions")]
        assert len(windows) == 3 and answer.missing


def test_somebody_elses_line_is_not_ours() -> None:
    """Another deployment pays from the same account, under references of its own."""
    with on_paypal() as bench:
        batch = replace(bench.batch(), first_sent_at=bench.now())
        other = Line(
            transaction_id="T-OTHER", code="T0001", at=bench.now(), amount=-usd(1), custom="PXX1"
        )
        paypal(bench).report.other.append(replace(other, amount=Money(-1_000_000, "USD")))
        bench.wait(timedelta(hours=7))

        answer = bench.look_up(bench.open(), batch)

    assert answer.found == () and answer.missing


def test_a_search_that_breaks_off_says_nothing() -> None:
    """Half of a report must not pass for the whole."""
    with on_paypal() as bench:
        batch = replace(bench.batch(), first_sent_at=bench.now())
        opened = bench.open()
        for path in ("webhooks-events", "/reporting/transactions"):
            bench.simulator.script(Fault.HTTP_503, path=path)
            with pytest.raises(NoAnswer):
                bench.look_up(opened, batch)


def test_a_batch_that_is_gone_is_searched_for() -> None:
    """An id that PayPal does not know proves nothing yet."""
    with on_paypal() as bench:
        batch = replace(bench.batch(), first_sent_at=bench.now(), provider_ref="NOSUCHBATCH")
        bench.wait(timedelta(hours=7))

        answer = bench.look_up(bench.open(), batch)

    assert answer.missing and answer.searched_until is not None
