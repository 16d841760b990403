"""Failure 18: the provider is down or slow.

Its circuit opens, its payouts wait and their money with them, others live on. Another provider
gets a payout only when it was certainly not sent.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.payouts import operations
from domain.payouts.rules import PayoutState
from domain.provider import NotSent
from domain.routing.rules import Rule
from plugins.simulation import Fault
from tests.make.online import OnlineHouse
from tests.make.payouts import House, attempts, payout
from tests.make.providers import Ticks, accepted
from tests.make.routing import directory, in_force, priced

pytestmark = pytest.mark.asyncio


async def test_payouts_wait_and_are_paid_when_it_is_back(paypal: OnlineHouse) -> None:
    """Nobody listens at its port: certainly not sent, so the same batch goes out later."""
    _, (payout_id,), batch_id = await paypal.batch_to("worker")
    paypal.simulator.script(Fault.HTTP_503, 50, path="/oauth2/token")
    for _ in range(4):
        await paypal.send(batch_id)
        assert (await payout(payout_id)).state is PayoutState.QUEUED
        paypal.wait(timedelta(minutes=1))
    assert paypal.simulator.effects() == []

    while paypal.simulator.next_fault("POST", "/v1/oauth2/token"):
        pass
    paypal.wait(timedelta(hours=2))
    await paypal.send(batch_id)
    await paypal.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert len(paypal.simulator.effects()) == 1
    assert len(await attempts(payout_id)) == 1


async def test_new_payouts_pass_by_an_open_circuit(house: House) -> None:
    """Five failures in a row: the next payout goes to the next provider, with its own reference."""
    down, other, ticks = priced("0.10"), priced("0.20"), Ticks()

    async def refuses(_: object) -> None:
        raise NotSent("connection refused")

    async def accepts(batch: object) -> object:
        return accepted(batch)  # type: ignore[arg-type]  # a batch

    down.script, other.script = refuses, accepts
    house.providers = directory({"down": down, "other": other}, seconds=ticks)
    rule = Rule(name="the cheapest", providers=("down", "other"), hold_hours=0)
    async with in_force(house.world, rule):
        first_id = (await house.request(await house.payee())).payout_id
        batch_id = await house.route(first_id)
        for _ in range(6):
            await house.send(batch_id)
            house.wait(timedelta(hours=1))
        second_id = (await house.request(await house.payee())).payout_id
        await operations.route_payout(
            payout_id=second_id,
            providers=house.providers,
            new_id=house.world.new_id,
            now=house.clock(),
        )

    (waiting,), (passed,) = await attempts(first_id), await attempts(second_id)
    assert (waiting.instance_id, passed.instance_id) == ("down", "other")
    assert (await payout(first_id)).state is PayoutState.QUEUED
    assert down.calls.count("send") == 5


async def test_what_may_have_been_sent_goes_nowhere_else(paypal: OnlineHouse) -> None:
    """The answer is lost and the service is gone: a day of sweeps makes no second attempt."""
    paypal.simulator.script(Fault.DROP_AFTER)
    _, (payout_id,), batch_id = await paypal.sent_to("worker")
    paypal.simulator.script(Fault.HTTP_503, 1_000, path="/v1/")

    for _ in range(4):
        await paypal.recover(after=timedelta(hours=6))
        await paypal.look_up(batch_id)
        routed = await operations.route_payout(
            payout_id=payout_id,
            providers=paypal.providers,
            new_id=paypal.world.new_id,
            now=paypal.clock(),
        )
        assert routed is None

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    assert len(await attempts(payout_id)) == 1
