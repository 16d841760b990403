"""Failure 9: somebody forges a webhook, or plays an old one again.

Only raw bytes that the service signed within five minutes, either way, are kept. What strangers
send moves neither the circuit nor the quarantine; without our secret the service is asked to
come again, and what is kept is believed only after a look-up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain.payouts.rules import PayoutState
from plugins.payments.payoneer.simulator import PayoneerSimulator
from plugins.payments.stripe.simulator import WEBHOOK_SECRET, StripeSimulator
from plugins.payments.stripe.simulator.global_payouts import FINANCIAL_ACCOUNT
from plugins.simulation import OutgoingWebhook, Simulator
from tests.make.online import OnlineHouse, Place, open_online, open_paypal
from tests.make.payouts import payout
from tests.make.world import World
from tests.plugins.payoneer.make import SECRETS, config_of
from tests.plugins.stripe.make import API_KEY

pytestmark = pytest.mark.asyncio

FORGERIES = 20  # more than opens a circuit, and more than quarantines a plugin


async def test_forgeries_are_refused_and_harm_nobody(paypal: OnlineHouse) -> None:
    """A changed byte, a changed header, another's certificate: 400, and the payout goes on."""
    _, (payout_id,), batch_id = await paypal.batch_to("worker")
    await paypal.send(batch_id)
    (event, *_) = paypal.simulator.events.take()
    elsewhere = "https://certificates.example/cert.pem"

    statuses = []
    for number in range(FORGERIES):
        body = event.body.replace(b'"id"', b'"id" ', 1) + b" " * number
        statuses.append(await paypal.knock(event, body=body))
        statuses.append(await paypal.knock(event, headers={"paypal-transmission-id": f"{number}"}))
        statuses.append(await paypal.knock(event, headers={"paypal-cert-url": elsewhere}))

    assert set(statuses) == {400}
    assert await paypal.events() == []
    guard = paypal.opened.payouts.named(paypal.instance_id).guard
    assert (guard.quarantine, guard.breaker.is_open) == (None, False)
    assert await paypal.knock(event) == 200
    await paypal.look_up(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PAID


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_an_old_one_is_not_let_in_again(paypal: OnlineHouse, minutes: int) -> None:
    """Recorded and played back, or dated ahead to be played back later."""
    await paypal.sent_to("worker")
    (event, *_) = paypal.simulator.events.take()
    paypal.simulator.clock.advance(timedelta(minutes=minutes))

    assert await paypal.knock(event) == 400


async def test_a_genuine_one_that_is_not_true_moves_nothing(paypal: OnlineHouse) -> None:
    """Even the service's own word is only a reason to look."""
    _, (payout_id,), batch_id = await paypal.sent_to("pending")
    (event, *_) = paypal.simulator.events.take()
    body = event.body.replace(b"PAYOUTSBATCH.PROCESSING", b"PAYOUTSBATCH.SUCCESS")
    lying = paypal.simulator.events.add(event_id="WH-lie", body=body, route=event.route)

    assert await paypal.knock(lying) == 200
    await paypal.handle_events()
    await paypal.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PENDING


async def test_without_webhook_ids_paypal_is_asked_to_come_again(
    world: World, tmp_path: Path
) -> None:
    """An operator has forgotten them: nothing is lost."""
    async with open_paypal(world, tmp_path, webhook_ids=[]) as paypal:
        await paypal.sent_to("worker")
        assert set(await paypal.deliver()) == {503}
        guard = paypal.opened.payouts.named(paypal.instance_id).guard
        assert (guard.quarantine, guard.breaker.is_open) == (None, False)


@dataclass(frozen=True, slots=True)
class Signing:
    """A service that signs with a secret, and where our copy of it lies."""

    house: OnlineHouse
    secret: Path
    event: OutgoingWebhook


@pytest_asyncio.fixture(params=["stripe", "payoneer"])
async def signing(
    request: pytest.FixtureRequest, world: World, tmp_path: Path
) -> AsyncIterator[Signing]:
    simulator: Simulator
    if request.param == "stripe":
        simulator, name = StripeSimulator(), "webhook_secret"
        secrets = {"api_key": API_KEY, name: WEBHOOK_SECRET}
        config: dict[str, object] = {"financial_account": FINANCIAL_ACCOUNT}
    else:
        simulator, name = PayoneerSimulator(), "ipcn_secret"
        secrets, config = dict(SECRETS), config_of("")
    async with open_online(
        world,
        tmp_path,
        simulator=simulator,
        plugin=request.param,
        config=lambda url: {**config, "endpoint": url},
        secrets=secrets,
        place=lambda _: Place(kind="none"),
    ) as house:
        provider: Any = house.opened.payouts.named(house.instance_id)
        (route, *_) = provider.webhook_routes()
        number = str(world.new_id())
        body = f'{{"id": "{number}"}}'.encode()
        event = simulator.events.add(event_id=number, body=body, route=route.name)
        yield Signing(house, tmp_path / f"secret-{name}", event)


async def test_without_our_secret_the_service_is_asked_to_come_again(signing: Signing) -> None:
    """An operator's mistake: nothing is believed, nothing is lost, nothing is quarantined."""
    secret = signing.secret.read_text()
    signing.secret.write_text("")
    statuses = {await signing.house.knock(signing.event) for _ in range(FORGERIES)}
    signing.secret.unlink()
    statuses |= {await signing.house.knock(signing.event) for _ in range(FORGERIES)}

    assert statuses == {503}
    guard = signing.house.opened.payouts.named(signing.house.instance_id).guard
    assert (guard.quarantine, guard.breaker.is_open) == (None, False)
    signing.secret.write_text(secret)
    assert await signing.house.knock(signing.event) == 200
    assert len(await signing.house.events()) == 1
