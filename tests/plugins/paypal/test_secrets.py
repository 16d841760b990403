"""PayPal's errors repeat what was sent: nothing of it may reach a text that somebody keeps."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import structlog

from domain.deposits.provider import DepositRequest, RefundRequest
from plugins.payments.paypal.deposits import PayPalDeposits
from plugins.payments.paypal.payouts import PayPalPayouts
from plugins.payments.paypal.said import Answered, SaidError, read_error
from tests.plugins.paypal.bench import CONTEXT, FIELDS, SECRETS, env_at, on_paypal, raw_webhook, usd
from tests.plugins.paypal.server import TOKEN, TOKEN_PATH, Got, Say, serving

CANARIES = (
    *(value for fields in FIELDS.values() for value in fields.values()),
    *SECRETS.values(),
    str(TOKEN["access_token"]),
    "canary.body",
)
Call = Callable[[Any, Any, Any], Awaitable[object]]
PAYOUT_CALLS: tuple[Call, ...] = (
    lambda payouts, batch, _: payouts.send(batch, CONTEXT),
    lambda payouts, batch, _: payouts.look_up(batch, CONTEXT),
    lambda payouts, batch, _: payouts.look_up(replace(batch, provider_ref="X"), CONTEXT),
    lambda payouts, batch, _: payouts.cancel(replace(batch.items[0], provider_ref="I"), CONTEXT),
    lambda payouts, _, __: payouts.health(CONTEXT),
)
DEPOSIT_CALLS: tuple[Call, ...] = (
    lambda deposits, _, asked: deposits.create(asked, CONTEXT),
    lambda deposits, _, asked: deposits.capture(asked, CONTEXT),
    lambda deposits, _, asked: deposits.look_up(asked, CONTEXT),
    lambda deposits, _, asked: deposits.refund(
        RefundRequest(refund_ref="RZZ1", deposit=asked, amount=usd(1_000_000)), CONTEXT
    ),
)
ASKED = DepositRequest(
    deposit_ref="DZZ1",
    amount=usd(1_000_000),
    employer_id=UUID(int=7),
    reference="order 7",
    return_url="https://piecerate.example/",
    provider_ref="O1",
)
TELLTALE = {
    "name": "VALIDATION_ERROR",
    "message": " ".join(CANARIES),
    "debug_id": "canary.body",
    "details": [
        {"field": "/items/0/receiver", "value": CANARIES[0], "issue": CANARIES[0]},
        {"field": CANARIES[0], "issue": " ".join(CANARIES), "description": " ".join(CANARIES)},
    ],
    "links": [{"href": f"http://{CANARIES[0]}/", "rel": "self"}],
    "error_description": " ".join(CANARIES),
}


@pytest.mark.parametrize("status", [200, 201, 307, 400, 401, 403, 404, 409, 422, 429, 500])
@pytest.mark.parametrize("body", [TELLTALE, " ".join(CANARIES).encode(), b"\xff canary.body"])
def test_no_error_repeats_what_was_sent(status: int, body: object) -> None:
    """Whatever PayPal answers, to whichever call: texts, tracebacks, `repr` and logs."""
    texts: list[str] = []

    def answer(got: Got) -> Say:
        if got.path == TOKEN_PATH:
            return Say(body=TOKEN)
        return Say(status=status, body=body, headers={"Location": "http://127.0.0.1:9/canary.body"})

    with serving(answer) as server, _logged(texts), on_paypal() as bench:
        payouts, deposits, batch = PayPalPayouts(), PayPalDeposits(), bench.batch()
        bench.run(payouts.open(env_at(server.url)))
        bench.run(deposits.open(env_at(server.url)))
        for provider, calls in ((payouts, PAYOUT_CALLS), (deposits, DEPOSIT_CALLS)):
            texts.extend([repr(provider), str(vars(provider))])
            for call in calls:
                texts.extend(_said_by(bench.run, call, provider, batch))

    assert len(texts) > 9
    leaks = {canary for canary in CANARIES for text in texts if canary in text}
    assert not leaks


def test_no_token_error_repeats_the_credentials() -> None:
    """The endpoint for tokens hears them in every call."""
    texts: list[str] = []
    for status in (200, 302, 400, 401, 429, 500):
        told = Say(status=status, body=TELLTALE)
        with serving(partial(_same, told)) as server, _logged(texts), on_paypal() as bench:
            payouts = PayPalPayouts()
            bench.run(payouts.open(env_at(server.url)))
            texts.extend(_said_by(bench.run, PAYOUT_CALLS[0], payouts, bench.batch()))

    assert len(texts) > 6
    assert not {canary for canary in CANARIES for text in texts if canary in text}


def test_a_webhook_shows_neither_its_body_nor_its_signature() -> None:
    """It carries the receiver; what is kept of it is kept encrypted, and not by its `repr`."""
    with on_paypal() as bench:
        opened = bench.open()
        bench.send(opened, bench.batch())
        webhook = raw_webhook(bench, bench.simulator.events.pending[-2])
        passed = bench.run(opened.raw.verify_webhook(webhook, bench.context()))
        texts = [repr(webhook), repr(passed), repr(opened.raw.read_webhook(passed))]

    assert CANARIES[0].encode() in webhook.body or b"receiver" in webhook.body
    signature = webhook.headers["paypal-transmission-sig"]
    assert not [text for text in texts if signature in text or "canary" in text.lower()]


def test_an_error_keeps_names_only() -> None:
    """Names in capitals, places of items, a number for PayPal's support: no free text."""
    said = read_error(
        {
            "name": "VALIDATION_ERROR",
            "debug_id": "0a1b2c",
            "message": "canary",
            "details": [
                {"field": "items[3].receiver", "issue": "INVALID_EMAIL_ID", "value": "canary"},
                {"field": "/items/4/amount/value", "issue": "Some canary text"},
                {"field": "/sender_batch_header/email_subject", "issue": "TOO_LONG"},
                "canary",
            ],
        }
    )

    assert [(each.index, each.field, each.issue) for each in said.details] == [
        (3, "receiver", "INVALID_EMAIL_ID"),
        (4, "amount/value", ""),
        (None, "", "TOO_LONG"),
    ]
    assert str(Answered(400, said=said, retry_after=None)) == "HTTP 400 VALIDATION_ERROR 0a1b2c"
    assert "canary" not in repr(said)


@pytest.mark.parametrize(
    "body", [None, [], "text", 7, {}, {"name": 7}, {"error": "invalid_client"}]
)
def test_what_is_no_error_of_paypals_is_recognised(body: object) -> None:
    """A page of a proxy must not pass for PayPal's refusal."""
    assert read_error(body) == SaidError()


def _same(told: Say, _: Got) -> Say:
    return told


def _said_by(run: Callable[[Any], Any], call: Call, provider: object, batch: object) -> list[str]:
    async def made() -> object:
        return await call(provider, batch, ASKED)

    try:
        return [repr(run(made()))]
    except Exception as error:  # noqa: BLE001  # its text is what is looked at
        shown = "".join(traceback.format_exception(error))
        return [str(error), repr(error), shown, repr(vars(error))]


@contextmanager
def _logged(texts: list[str]) -> Iterator[None]:
    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())

    handler, root = Keeps(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with structlog.testing.capture_logs() as events:
            yield
            texts.extend(repr(each) for each in events)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
