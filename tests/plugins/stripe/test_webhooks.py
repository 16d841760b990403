"""Webhooks of Stripe: believed only when signed a moment ago, and then only whom they are about."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.provider import ConfigError
from domain.provider_news import ProviderEvent, RawWebhook, VerifiedWebhook, WebhookRefused
from plugins.conformance.bench import Secrets
from plugins.payments.stripe.connect import StripeConnect
from plugins.payments.stripe.deposits import StripeDeposits
from plugins.payments.stripe.destinations import ACCOUNT_KIND
from plugins.payments.stripe.global_payouts import StripePayouts
from plugins.payments.stripe.simulator import WEBHOOK_SECRET, StripeSimulator
from plugins.payments.stripe.webhooks import (
    CONNECT_EVENTS,
    DEPOSIT_EVENTS,
    PAYOUT_EVENTS,
    verified_at,
)
from plugins.simulation import OutgoingWebhook
from tests.plugins.stripe.make import Stripe, deposit_of, item_of

BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "payout.paid",
        "created": 1_774_746_000,
        "data": {"object": {"id": "po_1", "metadata": {"item_ref": "PZZ1"}}},
    }
).encode()
SECRETS = (WEBHOOK_SECRET,)
MUTATIONS = 10_000


def webhook(
    *, body: bytes = BODY, header: str | None = None, distance: timedelta = timedelta(0)
) -> RawWebhook:
    """Signed by Stripe's own library at the simulator's time, received `distance` later."""
    simulator = StripeSimulator()
    now = simulator.clock.now()
    signed = simulator.sign(OutgoingWebhook(event_id="evt_1", body=BODY, at=now))
    value = signed["Stripe-Signature"] if header is None else header
    return RawWebhook(
        route="connect",
        method="POST",
        url="https://piecerate.example/hooks/stripe/connect",
        headers={"stripe-signature": value},
        body=body,
        received_at=now + distance,
    )


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way(seconds: int) -> None:
    """As Stripe's own library signs."""
    raw = webhook(distance=timedelta(seconds=seconds))

    assert verified_at(raw, secrets=SECRETS) == raw.received_at - timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [-4000, -301, 301, 4000])
def test_a_second_more_is_refused_both_ways(seconds: int) -> None:
    """A copy of an old one is no news, and one from the future would stay good for long."""
    with pytest.raises(WebhookRefused):
        verified_at(webhook(distance=timedelta(seconds=seconds)), secrets=SECRETS)


def test_why_the_library_does_not_verify_for_us() -> None:
    """It takes any time in the future, and fails on bytes that are no text. Measured."""
    from stripe import WebhookSignature  # noqa: PLC0415  # costs over a second

    future = int(time.time()) + 4000
    header = WebhookSignature.generate_signature_header(BODY.decode(), WEBHOOK_SECRET, future)

    assert WebhookSignature.verify_header(BODY, header, WEBHOOK_SECRET, 300)
    with pytest.raises(WebhookRefused):
        verified_at(replace(webhook(header=header), received_at=datetime.now(UTC)), secrets=SECRETS)
    with pytest.raises(UnicodeDecodeError):
        WebhookSignature.verify_header(b"\xff", header, WEBHOOK_SECRET, 300)
    with pytest.raises(WebhookRefused):
        verified_at(webhook(body=b"\xff"), secrets=SECRETS)


def test_two_secrets_during_a_rotation() -> None:
    """The new one and the old one, in either place; no secret believes nobody."""
    good = webhook()

    assert verified_at(good, secrets=("whsec_new", WEBHOOK_SECRET))
    assert verified_at(good, secrets=(WEBHOOK_SECRET, "whsec_old"))
    for secrets in ((), ("whsec_other",)):
        with pytest.raises(WebhookRefused):
            verified_at(good, secrets=secrets)


def test_two_signatures_during_a_rotation() -> None:
    """Stripe signs with each of its secrets; one of ours is enough."""
    good = webhook().headers["stripe-signature"]
    time_part, _, signature = good.partition(",")

    assert verified_at(webhook(header=f"{time_part},v1={'0' * 64},{signature}"), secrets=SECRETS)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=00",
        "t=,v1=00",
        "t=x,v1=00",
        "t=1,t=2,v1=00",
        "t=-1,v1=00",
        "t=9999999999999999999,v1=00",
        "t=٣,v1=00",
        "t=1,v1=é",
        "t=1," + ",".join(["v1=00"] * 11),
        "t=1,v0=00",
    ],
)
def test_headers_that_are_none(header: str) -> None:
    """Refused, whatever they are; nothing else is raised."""
    with pytest.raises(WebhookRefused):
        verified_at(webhook(header=header), secrets=SECRETS)


def test_ten_thousand_forgeries() -> None:
    """One byte of the body or one character of the header is another: none is believed."""
    chance = random.Random(7)  # noqa: S311  # the same ones each time
    good = webhook()
    header = good.headers["stripe-signature"]
    believed = 0
    for number in range(MUTATIONS):
        body, forged = bytearray(good.body), list(header)
        if number % 2:
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        else:
            at = chance.randrange(len(forged))
            forged[at] = chance.choice([c for c in "0123456789abcdef,=tv" if c != forged[at]])
        raw = replace(good, body=bytes(body), headers={"stripe-signature": "".join(forged)})
        try:
            verified_at(raw, secrets=SECRETS)
        except WebhookRefused:
            continue
        believed += 1

    assert believed == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"id": 7}', b"no json"])
async def test_a_signed_body_that_is_no_event(stripe_side: Stripe, body: bytes) -> None:
    """Signed by Stripe and yet no event: nothing of it is kept."""
    at = stripe_side.simulator.clock.now()
    raw = stripe_side.raw(OutgoingWebhook(event_id="x", body=body, route="connect", at=at))
    async with stripe_side.opened(StripeConnect) as provider:
        with pytest.raises(WebhookRefused):
            await provider.verify_webhook(raw, stripe_side.context())


class Unreadable(Secrets):
    """A secret file that is not there."""

    def texts(self, name: str) -> tuple[str, ...]:
        raise FileNotFoundError(name)


@pytest.mark.asyncio
async def test_a_secret_that_cannot_be_read_lets_nobody_break_anything(
    stripe_side: Stripe,
) -> None:
    """Nothing passes, and the host asks Stripe to come again: it is ours to mend."""
    async with stripe_side.opened(StripeConnect) as provider:
        env = provider._env  # noqa: SLF001  # as an operator would break it
        provider._env = replace(env, secrets=Unreadable({}))  # noqa: SLF001  # as above
        with pytest.raises(ConfigError):
            await provider.verify_webhook(webhook(), stripe_side.context())


async def told(
    provider: StripePayouts | StripeConnect | StripeDeposits, side: Stripe
) -> dict[str, ProviderEvent]:
    events = {}
    for raw in side.webhooks():
        verified = await provider.verify_webhook(raw, side.context())
        for event in provider.read_webhook(verified):
            assert event.occurred_at == side.simulator.clock.now()
            events[event.event_type] = event
    return events


@pytest.mark.asyncio
async def test_thin_events_name_the_payment_and_the_key(stripe_side: Stripe) -> None:
    """After a lost answer only the key, our reference, says whose payment it is."""
    async with stripe_side.opened(StripePayouts) as provider:
        sent = await provider.send(stripe_side.batch(item_of()), stripe_side.context())
        created = await told(provider, stripe_side)
        (payment,) = stripe_side.simulator.payments("outbound_payment", "PZZ000000000001")
        stripe_side.simulator.global_payouts.set_payment(payment, "posted")
        posted = await told(provider, stripe_side)

    (first,), (second,) = created.values(), posted.values()
    assert (first.item_ref, first.provider_ref) == ("PZZ000000000001", sent.provider_ref)
    assert (second.item_ref, second.provider_ref) == (None, sent.provider_ref)


@pytest.mark.asyncio
async def test_full_events_name_the_item(stripe_side: Stripe) -> None:
    """Transfers and payouts carry our reference; an account is named by itself."""
    item = item_of(kind=ACCOUNT_KIND)
    async with stripe_side.opened(StripeConnect) as provider:
        await provider.send(stripe_side.batch(item), stripe_side.context())
        await provider.advance(item, "payout", stripe_side.context())
        stripe_side.simulator.connect.finish_onboarding(item.destination.fields["account"])
        events = await told(provider, stripe_side)

    assert {name: each.item_ref for name, each in events.items()} == {
        "transfer.created": item.item_ref,
        "payout.created": item.item_ref,
        "account.updated": None,
    }
    assert events["account.updated"].provider_ref == item.destination.fields["account"]


@pytest.mark.asyncio
async def test_events_of_deposits_name_the_deposit(stripe_side: Stripe) -> None:
    """A dispute carries nothing of ours: it names the payment, which look-ups have learnt."""
    request = deposit_of()
    async with stripe_side.opened(StripeDeposits) as provider:
        start = await provider.create(request, stripe_side.context())
        stripe_side.simulator.checkout.pay(start.provider_ref)
        stripe_side.simulator.checkout.dispute(start.provider_ref)
        found = await provider.look_up(
            replace(request, provider_ref=start.provider_ref), stripe_side.context()
        )
        events = await told(provider, stripe_side)

    assert found is not None
    assert events["checkout.session.completed"].deposit_ref == request.deposit_ref
    assert events["checkout.session.completed"].provider_ref == start.provider_ref
    assert events["charge.dispute.created"].provider_ref == found.provider_ref


def test_what_is_not_ours_is_ignored() -> None:
    """Stripe sends what the endpoint was subscribed to; each provider reads its own."""
    foreign = VerifiedWebhook(event_id="evt_1", route="x", body=BODY)

    assert StripePayouts().read_webhook(foreign) == ()
    assert StripeDeposits().read_webhook(foreign) == ()
    assert len(StripeConnect().read_webhook(foreign)) == 1
    assert not PAYOUT_EVENTS & CONNECT_EVENTS and not CONNECT_EVENTS & DEPOSIT_EVENTS


@pytest.mark.parametrize("kind", sorted(PAYOUT_EVENTS | CONNECT_EVENTS | DEPOSIT_EVENTS))
def test_an_event_that_lacks_everything(kind: str) -> None:
    """It still has an id, and nobody falls over it."""
    body = json.dumps({"id": "evt_1", "type": kind, "created": None, "data": None}).encode()
    bare = VerifiedWebhook(event_id="evt_1", route="x", body=body)

    read = [each().read_webhook(bare) for each in (StripePayouts, StripeConnect, StripeDeposits)]

    assert sum(len(events) for events in read) == 1


@pytest.mark.asyncio
async def test_what_was_missed_is_listed(stripe_side: Stripe) -> None:
    """After an outage: what Stripe could not deliver, oldest first, as if it had come."""
    item = item_of(kind=ACCOUNT_KIND)
    since = stripe_side.simulator.clock.now()
    async with stripe_side.opened(StripeConnect) as provider:
        await provider.send(stripe_side.batch(item), stripe_side.context())
        heard = await told(provider, stripe_side)
        stripe_side.simulator.events.drop = True
        await provider.advance(item, "payout", stripe_side.context())
        stripe_side.simulator.clock.advance(timedelta(days=1))
        await provider.health(stripe_side.context())
        assert stripe_side.webhooks() == []
        missed = await provider.missed_webhooks(since, stripe_side.context())
    events = [event for each in missed for event in provider.read_webhook(each)]

    assert list(heard) == ["transfer.created"]
    assert [each.event_type for each in events] == [
        "payout.created",
        "payout.updated",
        "payout.paid",
    ]
    assert {each.item_ref for each in events} == {item.item_ref}


@pytest.mark.asyncio
async def test_missed_thin_events(stripe_side: Stripe) -> None:
    """Of them Stripe does not say which arrived: they are read again, and known by their id."""
    since = stripe_side.simulator.clock.now()
    async with stripe_side.opened(StripePayouts) as provider:
        await provider.send(stripe_side.batch(item_of()), stripe_side.context())
        missed = await provider.missed_webhooks(since, stripe_side.context())
    delivered = [json.loads(each.body)["id"] for each in stripe_side.webhooks()]

    assert [each.event_id for each in missed] == delivered
    (event,) = provider.read_webhook(missed[0])
    assert event.item_ref == "PZZ000000000001"
