"""Deposits: started, approved, captured once, given back once, disputed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

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
from domain.provider import Declined, NotSent, OutcomeUnknown, ProviderError, Unsupported
from plugins.conformance.bench import Bench, Opened
from plugins.conformance.transport import Lie
from plugins.payments.paypal.deposits import PayPalDeposits
from plugins.simulation import Fault
from tests.plugins.paypal.bench import on_paypal, paypal, usd

REF = "DZZ000000000001"
BACK = "https://piecerate.example/back?order=7"


def asked(amount: Money | None = None, *, return_url: str = BACK) -> DepositRequest:
    return DepositRequest(
        deposit_ref=REF,
        amount=usd(100_000_000) if amount is None else amount,
        employer_id=UUID(int=7),
        reference="order 7",
        return_url=return_url,
    )


def started(bench: Bench) -> tuple[Opened, DepositRequest]:
    opened = bench.open()
    start = bench.run(opened.guarded.create(asked(), bench.context()))
    return opened, replace(asked(), provider_ref=start.provider_ref)


def captured(bench: Bench) -> tuple[Opened, DepositRequest]:
    opened, request = started(bench)
    paypal(bench).orders.approve(str(request.provider_ref))
    bench.run(opened.raw.capture(request, bench.context()))
    return opened, request


def seen(bench: Bench, opened: Opened, request: DepositRequest) -> DepositObservation:
    found: DepositObservation = bench.run(opened.raw.look_up(request, bench.context()))
    return found


def test_a_person_approves_on_the_page_and_comes_back() -> None:
    """The link that the employer gets leads to a page with a button, in a demo too."""
    with on_paypal(PayPalDeposits) as bench:
        opened = bench.open()
        start = bench.run(opened.guarded.create(asked(), bench.context()))
        page = requests.get(str(start.redirect_url), timeout=10)
        assert "100.00 USD" in page.text and 'action="/checkoutnow/approve' in page.text
        request = replace(asked(), provider_ref=start.provider_ref)
        assert seen(bench, opened, request).state is ObservedDeposit.PENDING
        pressed = requests.post(
            f"{bench.url}/checkoutnow/approve?token={start.provider_ref}",
            timeout=10,
            allow_redirects=False,
        )
        assert pressed.headers["Location"] == f"{BACK}&token={start.provider_ref}"

        assert seen(bench, opened, request).state is ObservedDeposit.APPROVED
        assert bench.simulator.effects() == []


def test_a_person_may_change_their_mind() -> None:
    """Nothing is taken from somebody who went away."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = started(bench)
        pressed = requests.post(
            f"{bench.url}/checkoutnow/cancel?token={request.provider_ref}",
            timeout=10,
            allow_redirects=False,
        )
        assert pressed.status_code == requests.codes.see_other

        assert seen(bench, opened, request).state is ObservedDeposit.PENDING


def test_a_capture_settles_with_amount_and_fee() -> None:
    """Gross is what the employer is credited; PayPal kept its fee from it."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = started(bench)
        paypal(bench).orders.approve(str(request.provider_ref))

        told = bench.run(opened.raw.capture(request, bench.context()))

        assert told.state is ObservedDeposit.SETTLED and told.amount == usd(100_000_000)
        assert told.fee == usd(3_000_000) and told.refunded is None
        assert seen(bench, opened, request) == told


def test_a_capture_twice_takes_once_even_after_paypal_forgot_the_key() -> None:
    """Request ids live six hours here, not thirty days: then the order itself says so."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = captured(bench)
        bench.wait(timedelta(hours=7))

        again = bench.run(opened.raw.capture(request, bench.context(send_no=2)))

        assert again.state is ObservedDeposit.SETTLED
        assert [each.amount_micros for each in bench.simulator.effects()] == [100_000_000]


def test_nothing_is_captured_before_the_employer_agrees() -> None:
    """PayPal refuses, and the order explains why."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = started(bench)

        told = bench.run(opened.raw.capture(request, bench.context()))
        with pytest.raises(NotSent):
            bench.run(opened.raw.capture(asked(), bench.context()))

        assert told.state is ObservedDeposit.PENDING and bench.simulator.effects() == []


def test_a_declined_instrument_ends_the_deposit() -> None:
    """A final no of this capture."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = started(bench)
        orders = paypal(bench).orders
        orders.approve(str(request.provider_ref))
        orders.next_refusal = "INSTRUMENT_DECLINED"
        with pytest.raises(Declined) as declined:
            bench.run(opened.raw.capture(request, bench.context()))

    assert declined.value.code == "INSTRUMENT_DECLINED"


def test_a_lost_answer_is_resolved_by_the_order() -> None:
    """Unknown is unknown; the look-up finds what was taken."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = started(bench)
        paypal(bench).orders.approve(str(request.provider_ref))
        bench.wire.lies.append(Lie.READ_TIMEOUT)
        with pytest.raises(OutcomeUnknown):
            bench.run(opened.raw.capture(request, bench.context()))

        assert seen(bench, opened, request).state is ObservedDeposit.SETTLED


def test_a_refusal_that_the_order_cannot_explain_is_unknown() -> None:
    """PayPal said no to a second capture; whether there was a first one must be seen."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = captured(bench)
        bench.wait(timedelta(hours=7))
        bench.run(opened.raw.health(bench.context()))  # a new token
        path = f"/v2/checkout/orders/{request.provider_ref}"
        bench.simulator.script(Fault.HTTP_503, path=path)
        with pytest.raises(ProviderError):
            bench.run(opened.raw.capture(request, bench.context(send_no=2)))

        assert seen(bench, opened, request).state is ObservedDeposit.SETTLED


@pytest.mark.parametrize(
    ("status", "reason", "state"),
    [
        ("PENDING", "ECHECK", ObservedDeposit.PENDING),
        ("PENDING", "CHARGEBACK", ObservedDeposit.DISPUTED),
        ("PENDING", "BUYER_COMPLAINT", ObservedDeposit.DISPUTED),
        ("DECLINED", "", ObservedDeposit.FAILED),
        ("FAILED", "", ObservedDeposit.FAILED),
        ("NEVER_SEEN", "", None),
    ],
)
def test_a_capture_is_not_always_money(
    status: str, reason: str, state: ObservedDeposit | None
) -> None:
    """A completed order may hold a capture that still waits, or never comes."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = started(bench)
        orders = paypal(bench).orders
        orders.approve(str(request.provider_ref))
        orders.next_capture = (status, reason)

        told = bench.run(opened.raw.capture(request, bench.context()))

        assert told.state is state and bench.simulator.effects() == []


def test_what_waited_arrives() -> None:
    """An electronic cheque takes days."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = started(bench)
        orders = paypal(bench).orders
        orders.approve(str(request.provider_ref))
        orders.next_capture = ("PENDING", "ECHECK")
        bench.run(opened.raw.capture(request, bench.context()))
        orders.complete(str(request.provider_ref))

        assert seen(bench, opened, request).state is ObservedDeposit.SETTLED


def test_an_order_that_nobody_approved_is_forgotten() -> None:
    """PayPal keeps it for hours; one that was never started is unknown."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = started(bench)
        bench.wait(timedelta(hours=7))

        assert seen(bench, opened, request).state is ObservedDeposit.EXPIRED
        assert bench.run(opened.raw.look_up(asked(), bench.context())) is None


def refund(request: DepositRequest, *, micros: int, number: int = 1) -> RefundRequest:
    return RefundRequest(refund_ref=f"RZZ00000000000{number}", deposit=request, amount=usd(micros))


def test_a_refund_goes_back_once_even_after_its_key_is_forgotten() -> None:
    """The order remembers our name for the refund; it is asked before anything is sent."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = captured(bench)
        first = refund(request, micros=40_000_000)
        assert bench.run(opened.raw.look_up_refund(first, bench.context())) is None
        told = bench.run(opened.raw.refund(first, bench.context()))
        bench.wait(timedelta(days=50))
        again = bench.run(opened.raw.refund(first, bench.context(send_no=2)))
        assert told == again and told.state is ObservedRefund.DONE
        partly = seen(bench, opened, request)
        bench.run(opened.raw.refund(refund(request, micros=60_000_000, number=2), bench.context()))
        wholly = seen(bench, opened, request)
        last = refund(request, micros=1_000_000, number=3)
        with pytest.raises(Declined):
            bench.run(opened.raw.refund(last, bench.context()))

        assert partly.state is ObservedDeposit.PARTLY_REFUNDED
        assert partly.refunded == usd(40_000_000)
        assert wholly.state is ObservedDeposit.REFUNDED and wholly.refunded == usd(100_000_000)
        assert sum(each.amount_micros for each in bench.simulator.effects()) == 0


def test_a_refund_of_nothing_is_declined() -> None:
    """There is no capture to give back."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = started(bench)
        with pytest.raises(Declined):
            bench.run(opened.raw.refund(refund(request, micros=1_000_000), bench.context()))


def test_a_refund_that_could_not_look_first_was_not_sent() -> None:
    """The order is read before the money moves: a broken reading has moved nothing."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = captured(bench)
        bench.simulator.script(Fault.HTTP_503, path="/v2/checkout/orders")
        with pytest.raises(NotSent):
            bench.run(opened.raw.refund(refund(request, micros=1_000_000), bench.context()))

        assert len(bench.simulator.effects()) == 1


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("RESOLVED_SELLER_FAVOUR", ObservedDeposit.WON),
        ("CANCELED_BY_BUYER", ObservedDeposit.WON),
        ("RESOLVED_BUYER_FAVOUR", ObservedDeposit.LOST),
        ("ACCEPTED", ObservedDeposit.LOST),
        ("NEVER_SEEN", ObservedDeposit.DISPUTED),
    ],
)
def test_a_dispute_ends_one_way_or_the_other(outcome: str, state: ObservedDeposit) -> None:
    """While it is open, and where its end is not understood, the money is in doubt."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = captured(bench)
        orders = paypal(bench).orders
        case = orders.open_dispute(str(request.provider_ref))
        assert seen(bench, opened, request).state is ObservedDeposit.DISPUTED
        orders.resolve_dispute(case, outcome)

        assert seen(bench, opened, request).state is state


def test_disputes_are_not_asked_for_without_permission() -> None:
    """An account without that permission says so in its configuration."""
    with on_paypal(PayPalDeposits, read_disputes=False) as bench:
        opened, request = captured(bench)
        paypal(bench).orders.open_dispute(str(request.provider_ref))

        assert seen(bench, opened, request).state is ObservedDeposit.SETTLED
        assert not [each for each in bench.wire.seen if "disputes" in each.path]


def test_an_answer_about_another_deposit_is_no_answer() -> None:
    """An id that was mixed up must not credit somebody."""
    with on_paypal(PayPalDeposits) as bench:
        opened, request = captured(bench)
        with pytest.raises(OutcomeUnknown):
            seen(bench, opened, replace(request, deposit_ref="DZZ000000000002"))


def test_a_page_elsewhere_is_not_shown() -> None:
    """An employer is sent to PayPal or nowhere."""
    with on_paypal(PayPalDeposits) as bench:
        opened = bench.open()

        def rewrite(said: Any) -> Any:
            links = [{**each, "href": "https://paypal.com.evil.io/"} for each in said["links"]]
            return {**said, "links": links}

        bench.run(opened.raw.health(bench.context()))
        bench.wire.rewrite = rewrite
        with pytest.raises(OutcomeUnknown):
            bench.run(opened.raw.create(asked(), bench.context()))


@pytest.mark.parametrize("amount", [usd(1), Money(1_500_000, "JPY"), Money(1_000_000, "KWD")])
def test_what_does_not_fit_is_not_started(amount: Money) -> None:
    """Never rounded."""
    with on_paypal(PayPalDeposits) as bench:
        opened = bench.open()
        with pytest.raises(Unsupported):
            bench.run(opened.raw.create(asked(amount), bench.context()))
        assert not bench.wire.money_calls
