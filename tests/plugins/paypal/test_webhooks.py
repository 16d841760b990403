"""Webhooks: proven offline, for either of two webhook ids, and read without asking anybody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.provider import ConfigError, NoAnswer
from domain.provider_news import RawWebhook, VerifiedWebhook, WebhookRefused
from plugins.conformance.bench import Bench, Opened
from plugins.payments.paypal.deposits import PayPalDeposits
from plugins.payments.paypal.settings import LIVE, SANDBOX, PayPalConfig
from plugins.payments.paypal.simulator.events import CERTIFICATE_PATH, WEBHOOK_ID
from plugins.payments.paypal.simulator.signing import root_pem
from plugins.payments.paypal.webhooks import read_event, signing_certificate, trusted_roots
from plugins.simulation import START, Fault
from tests.plugins.paypal.bench import on_paypal, paypal, raw_webhook

OTHER_ID = "1AB23456CD789012E"


def heard(bench: Bench) -> tuple[Opened, RawWebhook]:
    opened = bench.open()
    bench.send(opened, bench.batch())
    return opened, raw_webhook(bench, bench.simulator.events.pending[-1])


def verified(bench: Bench, opened: Opened, webhook: RawWebhook) -> VerifiedWebhook:
    found: VerifiedWebhook = bench.run(opened.raw.verify_webhook(webhook, bench.context()))
    return found


def fetched(bench: Bench) -> int:
    return sum(each.path == CERTIFICATE_PATH for each in bench.wire.seen)


def test_a_good_one_is_let_in_with_its_time() -> None:
    """The event's own id makes it the same again, however often it comes."""
    with on_paypal() as bench:
        opened, webhook = heard(bench)

        passed = verified(bench, opened, webhook)

    assert passed.event_id == json.loads(webhook.body)["id"]
    assert passed.signed_at == START and passed.body == webhook.body


@pytest.mark.parametrize(
    ("ids", "is_good"),
    [((WEBHOOK_ID,), True), ((OTHER_ID, WEBHOOK_ID), True), ((OTHER_ID,), False)],
)
def test_two_webhook_ids_are_good_while_one_replaces_the_other(
    *, ids: tuple[str, ...], is_good: bool
) -> None:
    """The id is part of what is signed: one for another webhook is no proof."""
    with on_paypal(webhook_ids=ids) as bench:
        opened, webhook = heard(bench)
        if is_good:
            assert verified(bench, opened, webhook)
        else:
            with pytest.raises(WebhookRefused):
                verified(bench, opened, webhook)


def test_without_a_webhook_id_nothing_is_let_in() -> None:
    """There is no default: an account that was not set up says so."""
    with on_paypal(webhook_ids=()) as bench:
        opened, webhook = heard(bench)
        with pytest.raises(ConfigError):
            verified(bench, opened, webhook)


@pytest.mark.parametrize(
    "changes",
    [
        {"paypal-auth-algo": "SHA1withRSA"},
        {"paypal-auth-algo": "none"},
        {"paypal-transmission-sig": "bm90IGEgc2lnbmF0dXJl"},
        {"paypal-transmission-sig": "not base64"},
        {"paypal-transmission-id": "another"},
        {"paypal-transmission-time": "2026-03-29T01:00:01Z"},
        {"paypal-transmission-time": "yesterday"},
        {"paypal-transmission-time": ""},
    ],
)
def test_what_was_changed_on_the_way_is_refused(changes: dict[str, str]) -> None:
    """Each part of the message is under the signature, and the algorithm is not negotiable."""
    with on_paypal() as bench:
        opened, webhook = heard(bench)
        with pytest.raises(WebhookRefused):
            verified(bench, opened, replace(webhook, headers={**webhook.headers, **changes}))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": 7}', b'{"id": ""}', b"\xff"])
def test_a_body_that_is_no_event_is_refused(body: bytes) -> None:
    """Whoever signed it."""
    with on_paypal() as bench:
        opened, webhook = heard(bench)
        with pytest.raises(WebhookRefused):
            verified(bench, opened, replace(webhook, body=body))


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("https://api.paypal.com/v1/notifications/certs/CERT-1", True),
        ("https://api.sandbox.paypal.com:443/v1/notifications/certs/CERT-1", True),
        ("http://api.paypal.com/v1/notifications/certs/CERT-1", False),
        ("https://api.paypal.com:8443/v1/notifications/certs/CERT-1", False),
        ("https://api.paypal.com.evil.io/v1/notifications/certs/CERT-1", False),
        ("https://evil.io/v1/notifications/certs/CERT-1?api.paypal.com", False),
        ("https://user@api.paypal.com/v1/notifications/certs/CERT-1", False),
        ("https://api.paypal.com@evil.io/v1/notifications/certs/CERT-1", False),
        ("https://evilpaypal.com/v1/notifications/certs/CERT-1", False),
        ("https://shop.paypal.com/v1/notifications/certs/CERT-1", False),
        ("https://api.paypal.com/v1/identity/userinfo", False),
        ("http://127.0.0.1:80/v1/notifications/certs/CERT-1", False),
        ("https://api.paypal.com:port/v1/notifications/certs/CERT-1", False),
        ("file:///v1/notifications/certs/CERT-1", False),
    ],
)
def test_certificates_lie_with_paypal(*, url: str, is_good: bool) -> None:
    """The address comes from whoever sent the webhook."""
    assert PayPalConfig(endpoint=LIVE).may_hold_certificates(url) is is_good


def test_the_certificate_is_fetched_once_a_day() -> None:
    """A hundred webhooks a second must not be a hundred calls."""
    with on_paypal() as bench:
        opened, webhook = heard(bench)
        for _ in range(3):
            verified(bench, opened, webhook)
        assert fetched(bench) == 1

        bench.wait(timedelta(hours=25))
        verified(bench, opened, raw_webhook(bench, bench.simulator.events.pending[-1]))

        assert fetched(bench) == 2


def test_a_certificate_that_cannot_be_had_is_no_forgery() -> None:
    """PayPal sends again: nothing is concluded from our own bad network."""
    with on_paypal() as bench:
        opened, webhook = heard(bench)
        bench.simulator.script(Fault.HTTP_503, path="/certs/")
        with pytest.raises(NoAnswer):
            verified(bench, opened, webhook)

        assert verified(bench, opened, webhook)


@pytest.mark.parametrize(
    ("name", "until"),
    [
        ("messageverificationcerts.paypal.com.evil.io", None),
        ("messageverificationcerts.paypal.com", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_certificate_of_another_name_or_time_is_refused(
    name: str, until: datetime | None
) -> None:
    """The right authority alone is not enough."""
    with on_paypal() as bench:
        opened, webhook = heard(bench)
        paypal(bench).news.signer = name
        paypal(bench).news.certificate_until = until
        with pytest.raises(WebhookRefused):
            verified(bench, opened, webhook)


def test_one_odd_root_does_not_shut_out_the_others() -> None:
    """The list of roots changes with every update of the machine."""
    odd = "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n"

    assert trusted_roots(odd + root_pem()) == trusted_roots(root_pem())
    assert trusted_roots(odd) == ()


def test_the_simulators_authority_is_nobody_elses() -> None:
    """A certificate that a simulator made is worth nothing where the real roots are trusted."""
    with on_paypal() as bench:
        pem = paypal(bench).news.certificate(None).body.encode()  # type: ignore[arg-type]  # it asks nothing of it
    name = "messageverificationcerts.paypal.com"

    assert signing_certificate(pem, roots=trusted_roots(root_pem()), name=name, now=START)
    with pytest.raises(WebhookRefused):
        signing_certificate(pem, roots=trusted_roots(""), name=name, now=START)


def test_the_sandbox_signs_under_its_own_name() -> None:
    """What a test account was told must not be good for the live one."""
    live, sandbox = PayPalConfig(endpoint=LIVE), PayPalConfig(endpoint=SANDBOX)

    assert live.signer != sandbox.signer
    assert PayPalConfig(certificate_name="other.paypal.com").signer == "other.paypal.com"


def test_paypal_can_be_asked_instead() -> None:
    """The way out when its certificates change: the body goes there as it came."""
    with on_paypal(verify_online=True) as bench:
        opened, webhook = heard(bench)
        assert verified(bench, opened, webhook)
        assert fetched(bench) == 0

        forged = {**webhook.headers, "paypal-transmission-sig": "bm90IGEgc2lnbmF0dXJl"}
        with pytest.raises(WebhookRefused):
            verified(bench, opened, replace(webhook, headers=forged))


# -- what they say ---------------------------------------------------------------


def event(kind: str, resource: Any) -> VerifiedWebhook:
    said = {"id": "WH-1", "event_type": kind, "resource": resource}
    stamp = {"create_time": "2026-03-29T00:59:59Z"}
    return VerifiedWebhook(event_id="WH-1", route="events", body=json.dumps(said | stamp).encode())


ITEM = {
    "payout_item_id": "I1",
    "sender_batch_id": "B1",
    "payout_item": {"sender_item_id": "P1"},
    "transaction_status": "SUCCESS",
}
BATCH = {
    "batch_header": {"payout_batch_id": "X1", "sender_batch_header": {"sender_batch_id": "B1"}}
}
RELATED = {"supplementary_data": {"related_ids": {"order_id": "O1"}}}


@pytest.mark.parametrize(
    ("kind", "resource", "about"),
    [
        ("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", ITEM, ("B1", "P1", None, "I1")),
        ("PAYMENT.PAYOUTS-ITEM.NEVER-SEEN", ITEM, ("B1", "P1", None, "I1")),
        ("PAYMENT.PAYOUTSBATCH.DENIED", BATCH, ("B1", None, None, "X1")),
        (
            "CHECKOUT.ORDER.APPROVED",
            {"id": "O1", "purchase_units": [{"custom_id": "D1"}]},
            (None, None, "D1", "O1"),
        ),
        ("PAYMENT.CAPTURE.COMPLETED", {"custom_id": "D1", **RELATED}, (None, None, "D1", "O1")),
        (
            "PAYMENT.CAPTURE.REFUNDED",
            {"custom_id": "R1", "invoice_id": "D1", **RELATED},
            (None, None, "D1", "O1"),
        ),
        (
            "CUSTOMER.DISPUTE.CREATED",
            {"disputed_transactions": [{"custom": "D1"}]},
            (None, None, "D1", None),
        ),
    ],
)
def test_news_name_whom_they_are_about(kind: str, resource: Any, about: tuple[Any, ...]) -> None:
    """By our references where PayPal repeats them, and never a state."""
    (told,) = read_event(event(kind, resource))

    assert (told.batch_ref, told.item_ref, told.deposit_ref, told.provider_ref) == about
    assert told.event_id == "WH-1" and told.event_type == kind and told.occurred_at == START


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("BILLING.SUBSCRIPTION.CREATED", {"id": "S1"}),
        ("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", {}),
        ("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", None),
        ("PAYMENT.PAYOUTSBATCH.SUCCESS", {"batch_header": []}),
        ("CHECKOUT.ORDER.APPROVED", {"purchase_units": []}),
        ("PAYMENT.CAPTURE.COMPLETED", {"custom_id": 7}),
        ("PAYMENT.CAPTURE.COMPLETED", []),
        (7, {}),
    ],
)
def test_what_is_new_or_broken_tells_nothing(kind: Any, resource: Any) -> None:
    """PayPal invents kinds of news; none of them may stop the others."""
    assert read_event(event(kind, resource)) == ()


def test_both_ports_read_the_same_news() -> None:
    """PayPal sends everything to one address, whichever port it belongs to."""
    with on_paypal() as bench, on_paypal(PayPalDeposits) as other:
        payouts, deposits = bench.open().raw, other.open().raw
        news = event("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", ITEM)

        assert payouts.read_webhook(news) == deposits.read_webhook(news) != ()
        assert payouts.webhook_routes() == deposits.webhook_routes()
