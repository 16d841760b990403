"""Defects 1-12 of paypalrestsdk, in docs/plugins/paypal.md: the library falls in, we do not.

Each test shows the trap on the library itself, so that a repaired library is noticed.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import msgspec
import paypalrestsdk  # type: ignore[import-untyped]  # it ships no types
import pytest
import requests
from paypalrestsdk import exceptions, util
from paypalrestsdk.notifications import WebhookEvent  # type: ignore[import-untyped]  # as above

from domain.provider import (
    AuthError,
    BatchRefused,
    ConfigError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
)
from domain.provider_news import WebhookRefused
from plugins.payments.paypal.payouts import PATH, PayPalPayouts
from plugins.payments.paypal.said import Answered
from plugins.payments.paypal.settings import PayPalConfig
from plugins.payments.paypal.simulator.events import WEBHOOK_ID
from plugins.payments.paypal.simulator.signing import certificate_pem
from tests.plugins.paypal.bench import CONTEXT, env_at, on_paypal, raw_webhook
from tests.plugins.paypal.server import (
    CLIENT_ID,
    CLIENT_SECRET,
    Got,
    Say,
    Server,
    always,
    safe,
    serving,
    with_token,
)

LINKED = {"name": "VALIDATION_ERROR", "message": "m", "debug_id": "abc", "details": []}
BATCH = {"sender_batch_header": {"sender_batch_id": "B0"}, "items": []}


def raw(url: str, **options: Any) -> paypalrestsdk.Api:
    return paypalrestsdk.Api(
        mode="live", endpoint=url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, **options
    )


def test_01_addresses_are_not_joined_by_the_library() -> None:
    """It writes the last part twice, so that nothing can be found."""
    with serving(always(Say(body={"id": "B0"}))) as server:
        paypalrestsdk.Payout.find("B0", api=raw(server.url))
        assert util.join_url("/v1/payments/payouts/", "B0") == "/v1/payments/payouts/B0/B0"
        assert server.paths() == ["/v1/payments/payouts/B0/B0"]

        safe(server.url).call("GET", f"{PATH}/B0")

        assert server.paths()[1:] == ["/v1/payments/payouts/B0"]


def test_02_a_batch_is_posted_to_the_documented_path() -> None:
    """It adds a slash that PayPal's documents do not have."""
    with serving(always(Say(status=201))) as server:
        paypalrestsdk.Payout(BATCH, api=raw(server.url)).create()
        assert server.paths() == ["/v1/payments/payouts/"]

        safe(server.url).call("POST", PATH, body=BATCH)

        assert server.paths()[1:] == ["/v1/payments/payouts"]


def test_03_an_endpoint_with_a_slash_is_refused() -> None:
    """With one, the library's paths are doubled."""
    doubled = util.join_url("https://api-m.paypal.com/", "/v1/oauth2/token")
    assert doubled.count("/v1/oauth2/token") == 2

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"endpoint": "https://api-m.paypal.com/"}, type=PayPalConfig)


def test_04_signatures_are_checked_here() -> None:
    """It believes no signature at all, and fetches a certificate from wherever it is told to."""
    pem = certificate_pem("messageverificationcerts.paypal.com")
    with serving(lambda _: Say(body=pem)) as evil, on_paypal() as bench:
        opened = bench.open()
        bench.send(opened, bench.batch())
        good = raw_webhook(bench, bench.simulator.events.pending[0])
        headers = good.headers
        is_believed = WebhookEvent._verify_signature(  # noqa: SLF001  # the part that fails
            headers["paypal-transmission-id"],
            headers["paypal-transmission-time"],
            WEBHOOK_ID,
            good.body.decode(),
            WebhookEvent._get_cert(f"{evil.url}/x"),  # noqa: SLF001  # the part that asks anybody
            headers["paypal-transmission-sig"],
            "sha256WithRSAEncryption",
        )
        assert not is_believed and len(evil.got) == 1

        assert bench.run(opened.raw.verify_webhook(good, bench.context())).event_id
        elsewhere = {**headers, "paypal-cert-url": f"{evil.url}/v1/notifications/certs/x"}
        with pytest.raises(WebhookRefused):
            bench.run(opened.raw.verify_webhook(replace(good, headers=elsewhere), bench.context()))
        assert len(evil.got) == 1


def test_05_no_call_waits_for_ever() -> None:
    """It sets no time-out: what hangs, hangs its caller."""
    release = threading.Event()

    def hangs(_: Got) -> Say:
        release.wait(20)
        return Say()

    with serving(with_token(hangs)) as server:
        theirs = threading.Thread(target=lambda: raw(server.url).get("v1/x"), daemon=True)
        theirs.start()
        with pytest.raises(OutcomeUnknown):
            safe(server.url, timeout=(5.0, 2.0)).call("POST", PATH, body=BATCH)
        is_waiting = theirs.is_alive()
        release.set()
        theirs.join()

    assert is_waiting


def test_06_a_lasting_401_ends_soon() -> None:
    """It calls itself until the interpreter gives up: hundreds of calls."""
    refused = always(Say(status=401, body={"name": "AUTHENTICATION_FAILURE"}))
    with serving(refused) as server:
        with pytest.raises(RecursionError):
            raw(server.url).get("v1/x")
        assert len(server.got) > 100
        server.got.clear()

        with pytest.raises(AuthError):
            safe(server.url).call("POST", PATH, body=BATCH)

        assert server.paths() == [PATH, PATH] and server.tokens() == 2


def test_07_a_400_is_an_error() -> None:
    """It answers `False`, and breaks over a page of HTML."""
    with serving(always(Say(status=400, body=LINKED))) as server:
        assert paypalrestsdk.Payout(BATCH, api=raw(server.url)).create() is False
        with pytest.raises(Answered) as refused:
            safe(server.url).call("POST", PATH, body=BATCH)
        assert isinstance(refused.value.as_problem(), BatchRefused)
        assert refused.value.said.name == "VALIDATION_ERROR"

        server.answer = always(Say(status=400, body=b"<html>oops"))
        with pytest.raises(ValueError, match="Expecting value"):
            paypalrestsdk.Payout(BATCH, api=raw(server.url)).create()
        with pytest.raises(Answered) as unreadable:
            safe(server.url).call("POST", PATH, body=BATCH)
        assert isinstance(unreadable.value.as_problem(), OutcomeUnknown)


def test_08_a_429_says_how_long_to_wait() -> None:
    """It throws the time away."""
    with serving(always(Say(status=429, headers={"Retry-After": "7"}))) as server:
        with pytest.raises(exceptions.ClientError) as theirs:
            raw(server.url).post("v1/x")
        assert type(theirs.value) is exceptions.ClientError
        assert not hasattr(theirs.value, "retry_after")

        with pytest.raises(Answered) as ours:
            safe(server.url).call("POST", PATH, body=BATCH)

    problem = ours.value.as_problem()
    assert isinstance(problem, RateLimited) and problem.retry_after_seconds == 7


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_09_redirects_are_not_followed(status: int) -> None:
    """It goes wherever an answer points to, with the token or the money."""

    def moved(got: Got) -> Say:
        if got.path == "/elsewhere":
            return Say(body={"id": "from elsewhere"})
        return Say(status=status, headers={"Location": "/elsewhere"})

    with serving(with_token(moved)) as server:
        assert raw(server.url).post("v1/x") == {"id": "from elsewhere"}
        server.got.clear()
        with pytest.raises(Answered) as ours:
            safe(server.url).call("POST", PATH, body=BATCH)
        assert server.paths() == [PATH]

    assert isinstance(ours.value.as_problem(), OutcomeUnknown)


def test_09_a_405_is_classified() -> None:
    """Its own error breaks when it is asked which methods are allowed."""
    with serving(always(Say(status=405, headers={"Allow": "GET"}))) as server:
        with pytest.raises(exceptions.MethodNotAllowed) as theirs:
            raw(server.url).post("v1/x")
        with pytest.raises(TypeError):
            theirs.value.allowed_methods()
        with pytest.raises(Answered) as ours:
            safe(server.url).call("POST", PATH, body=BATCH)

    assert isinstance(ours.value.as_problem(), ConfigError)


def test_10_a_dropped_connection_is_classified() -> None:
    """It passes on whatever `requests` raises: nobody knows whether money has moved."""
    with serving(always(Say(is_dropped=True))) as server:
        with pytest.raises(requests.ConnectionError):
            raw(server.url).post("v1/x")
        with pytest.raises(OutcomeUnknown):
            safe(server.url).call("POST", PATH, body=BATCH)
        api = safe(server.url)
        api.get_token_hash()

    with pytest.raises(NotSent):
        api.call("POST", PATH, body=BATCH)


def test_11_a_get_has_no_body() -> None:
    """It sends the word `null`."""
    with serving(always(Say())) as server:
        raw(server.url).get("v1/x")
        safe(server.url).call("GET", "/v1/x")

    assert [each.body for each in server.got if each.method == "GET"] == [b"null", b""]


def test_12_the_request_id_is_ours() -> None:
    """It makes one up per object, so that a repetition is a second payment."""

    def accepts(got: Got) -> Say:
        header = json.loads(got.body)["sender_batch_header"]
        said = {"payout_batch_id": "X", "batch_status": "PENDING", "sender_batch_header": header}
        return Say(status=201, body={"batch_header": said})

    with serving(with_token(accepts)) as server, on_paypal() as bench:
        for _ in range(2):
            paypalrestsdk.Payout(BATCH, api=raw(server.url)).create()
        first, second = _request_ids(server)
        assert first != second
        server.got.clear()

        batch, payouts = bench.batch(), PayPalPayouts()
        bench.run(payouts.open(env_at(server.url)))
        for _ in range(2):
            bench.run(payouts.send(batch, CONTEXT))

        assert _request_ids(server) == [batch.batch_ref, batch.batch_ref]


def _request_ids(server: Server) -> list[str]:
    return [each.headers["PayPal-Request-Id"] for each in server.got if each.path.startswith(PATH)]
