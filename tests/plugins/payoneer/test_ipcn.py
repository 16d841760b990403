"""Payoneer's webhooks: proven on their raw bytes, or refused; and no more than a hint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.provider import ConfigError
from domain.provider_news import RawWebhook, VerifiedWebhook, WebhookRefused
from plugins.payments.payoneer.payouts import PayoneerPayouts
from plugins.payments.payoneer.settings import ROUTES
from plugins.payments.payoneer.simulator import PayoneerSimulator
from plugins.payments.payoneer.webhooks import ipcn_signature
from plugins.simulation import serve
from tests.plugins.payoneer.make import SECRETS, batch_of, context, opened


@pytest.fixture(name="simulator")
def _simulator() -> Iterator[PayoneerSimulator]:
    simulator = PayoneerSimulator()
    with serve(simulator):
        yield simulator


async def heard(simulator: PayoneerSimulator) -> tuple[PayoneerPayouts, RawWebhook, str]:
    """A provider, and the news of a payment that it made."""
    provider = await opened(simulator)
    batch = batch_of("anna-1")
    await provider.send(batch, context(simulator))
    (event,) = simulator.events.take()
    raw = RawWebhook(
        route=event.route,
        method="POST",
        url="http://behind-a-proxy/hooks",
        headers={name.lower(): value for name, value in simulator.sign(event).items()},
        body=event.body,
        received_at=simulator.clock.now(),
    )
    return provider, raw, batch.items[0].item_ref


@pytest.mark.asyncio
async def test_it_names_our_payment(simulator: PayoneerSimulator) -> None:
    """The route is what happened; the nonce makes it unique."""
    provider, raw, item_ref = await heard(simulator)

    verified = await provider.verify_webhook(raw, context(simulator))
    (event,) = provider.read_webhook(verified)

    assert (event.event_type, event.item_ref) == ("payment-request-accepted", item_ref)
    assert event.event_id == verified.event_id == "nonce-00000001"
    assert event.provider_ref == "PO0000001"


def test_the_signature_of_an_example() -> None:
    """Computed with openssl's command: a change of the recipe must be meant."""
    signature = ipcn_signature(
        application="Webhook-IPCNSender-sandbox",
        method="POST",
        url="https://piecerate.example/hooks/payoneer/cancel-payout",
        timestamp="1774745999",
        nonce="n0nce-n0nce",
        body=b'{"IntPaymentId": "PZZ000000000001"}',
        secret=b"s3cret",
    )

    assert signature == "8mUonEd2fVFO693b9PghrMyzKrqfuiJioW2GVx5ERlo="


@pytest.mark.parametrize("seconds", [-301, 301])
@pytest.mark.asyncio
async def test_five_minutes_either_way(simulator: PayoneerSimulator, seconds: int) -> None:
    """At the edge it passes, a second later it does not."""
    provider, raw, _ = await heard(simulator)
    edge = timedelta(seconds=seconds // abs(seconds) * 300)

    simulator.clock.advance(edge)
    assert await provider.verify_webhook(raw, context(simulator))
    simulator.clock.advance(edge / 300)

    with pytest.raises(WebhookRefused):
        await provider.verify_webhook(raw, context(simulator))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "hmacauth ",
        "hmacauth a:b:c",
        "Bearer {good}",
        "hmacauth {good}:x",
        "hmacauth Webhook-IPCNSender-production:{rest}",
        "hmacauth {application}:{signature}::{timestamp}",
        "hmacauth {application}:{signature}:short:{timestamp}",
        "hmacauth {application}:{signature}:{nonce}x:{timestamp}",
        "hmacauth {application}:{signature}:{nonce}:{timestamp}0",
        "hmacauth {application}:{signature}:{nonce}: {timestamp}",
        "hmacauth {application}::{nonce}:{timestamp}",
        "hmacauth {application}:\u00e9:{nonce}:{timestamp}",
    ],
)
@pytest.mark.asyncio
async def test_a_header_that_is_not_theirs(simulator: PayoneerSimulator, header: str) -> None:
    """Another sender, no nonce, another time: nothing of it is believed."""
    provider, raw, _ = await heard(simulator)
    good = raw.headers["authorization"].removeprefix("hmacauth ")
    application, signature, nonce, timestamp = good.split(":")
    forged = header.format(
        good=good,
        rest=good.partition(":")[2],
        application=application,
        signature=signature,
        nonce=nonce,
        timestamp=timestamp,
    )

    with pytest.raises(WebhookRefused):
        await provider.verify_webhook(
            replace(raw, headers={"authorization": forged}), context(simulator)
        )


@pytest.mark.asyncio
async def test_it_is_bound_to_its_route(simulator: PayoneerSimulator) -> None:
    """The event type is the address: a copy to another one would say something else."""
    provider, raw, _ = await heard(simulator)

    for route in [*ROUTES, "unheard-of"]:
        if route != raw.route:
            with pytest.raises(WebhookRefused):
                await provider.verify_webhook(replace(raw, route=route), context(simulator))


@pytest.mark.asyncio
async def test_without_a_secret_nothing_passes(simulator: PayoneerSimulator) -> None:
    """There is no default, and an empty one is none: the host asks them to come again."""
    _, raw, _ = await heard(simulator)
    without = {name: value for name, value in SECRETS.items() if name != "ipcn_secret"}
    provider = await opened(simulator, secrets=without)

    with pytest.raises(ConfigError):
        await provider.verify_webhook(raw, context(simulator))


@pytest.mark.parametrize(
    ("body", "refs"),
    [
        ({"IntPaymentId": "PZZ000000000001"}, ("PZZ000000000001", None)),
        ({"Int Payment Id": "PZZ%30"}, ("PZZ0", None)),
        ({"client_reference_id": "P1", "Payee Id": "a%2Db"}, ("P1", None)),
        ({"Payee Id": "a%2Db"}, (None, "a-b")),
        ({"PaymentId": 77}, (None, "77")),
        ({"Payee Id": ""}, None),
        ({"something": "else"}, None),
        ([1], None),
        ("text", None),
    ],
)
@pytest.mark.asyncio
async def test_their_spellings(
    simulator: PayoneerSimulator, body: object, refs: tuple[str | None, str | None] | None
) -> None:
    """Keys with spaces, values that are percent-encoded, bodies without news."""
    provider = await opened(simulator)
    verified = VerifiedWebhook(event_id="n", route="cancel-payout", body=json.dumps(body).encode())

    told = provider.read_webhook(verified)

    assert [(each.item_ref, each.provider_ref) for each in told] == ([] if refs is None else [refs])


@pytest.mark.asyncio
async def test_bodies_without_sense_tell_nothing(simulator: PayoneerSimulator) -> None:
    """Whatever a signed body holds, reading it raises nothing."""
    provider = await opened(simulator)

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(st.binary(max_size=60))
    def read(body: bytes) -> None:
        told = provider.read_webhook(
            VerifiedWebhook(event_id="n", route="cancel-payout", body=body)
        )
        assert told == () or told[0].event_id == "n"

    read()
    deep = VerifiedWebhook(event_id="n", route="cancel-payout", body=b"[" * 100_000)
    assert provider.read_webhook(deep) == ()
