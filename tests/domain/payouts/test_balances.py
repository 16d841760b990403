"""Our balance at a provider counts when it is chosen: what is not there is not promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from domain.money import Money
from domain.payouts import operations, queries
from domain.payouts.operations.routes import Asked
from domain.payouts.rules import PayoutState
from domain.provider import CallContext, Health, HealthStatus, NoAnswer
from domain.routing.rules import Rule
from tests.make.payouts import House, attempts, eur, payout
from tests.make.routing import Priced, directory, in_force, outcomes, priced

pytestmark = pytest.mark.asyncio

MINUTE = timedelta(minutes=1)


@dataclass
class Holding(Priced):
    """Says what we have there; None: it does not answer."""

    holds: tuple[Money, ...] | None = ()

    async def health(self, context: CallContext) -> Health:
        assert context.correlation_id
        self.calls.append("health")
        if self.holds is None:
            raise NoAnswer("not now")
        return Health(status=HealthStatus.OK, balances=self.holds)


def holding(fee: str, *holds: Money, **changes: Any) -> Holding:
    plain = priced(fee, **changes)
    return Holding(plain.script, manifest=plain.manifest, fee=plain.fee, holds=holds)


async def run(house: House, payout_id: Any) -> Any:
    return await operations.route_payout(
        payout_id=payout_id,
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def test_one_without_enough_is_passed_over_and_says_so(house: House) -> None:
    """Two balances of a currency are one; nothing told, or another currency, is no reason."""
    poor = holding("0.05", eur("4.00"), eur("2.99"))
    silent, abroad = holding("0.20"), holding("0.30", Money(1, "USD"))
    house.providers = directory({"poor": poor, "silent": silent, "abroad": abroad})
    rule = Rule(name="x", providers=("poor", "silent", "abroad"), hold_hours=0)
    async with in_force(house.world, rule):
        payout_id = (await house.request(await house.payee())).payout_id
        await house.route(payout_id)
        _, route = await operations.dry_run(
            asked=Asked(
                amount=eur("7.00"),
                fee=eur("0"),
                country="PH",
                level=1,
                member_since=house.world.now,
                destination_kind="sandbox",
                destination_country="PH",
            ),
            providers=house.providers,
            now=house.world.now,
        )

    (decision,) = await queries.route_decisions(payout_id=payout_id)
    told = {"poor": "balance_too_low", "silent": "chosen", "abroad": "kept"}
    assert outcomes(decision.trace) == told
    assert {each.instance_id: each.dropped or each.outcome for each in route.trace} == told


async def test_who_does_not_answer_is_not_known_to_be_poor(house: House) -> None:
    """What it said before may be old: it gets the payout, and says no itself if it must."""
    poor = holding("0.05", eur("1.00"))
    house.providers = directory({"poor": poor})
    async with in_force(house.world, Rule(name="x", providers=("poor",), hold_hours=0)):
        payout_id = (await house.request(await house.payee())).payout_id
        assert await run(house, payout_id) is None
        assert (await payout(payout_id)).problem == "no_route"

        poor.holds = None
        house.wait(MINUTE)
        assert await run(house, payout_id) is not None


async def test_payouts_that_go_together_fit_together(house: House) -> None:
    """Each fits alone; the third would make the provider refuse all of them."""
    rich = holding("0.05", eur("20.00"))
    house.providers = directory({"rich": rich})
    async with in_force(house.world, Rule(name="x", providers=("rich",), hold_hours=0)):
        ids = [(await house.request(await house.payee())).payout_id for _ in range(3)]
        await house.route(ids[0])
        sent = [each for each in ids if await attempts(each)]
        assert len(sent) == 2

        # What waits to be sent is no longer free, although the provider does not know of it.
        (left,) = set(ids) - set(sent)
        house.wait(MINUTE)
        assert await run(house, left) is None
        rich.holds = (eur("21.00"),)
        house.wait(MINUTE)
        assert await run(house, left) is not None
    assert (await payout(left)).state is PayoutState.QUEUED


async def test_a_price_does_not_depend_on_today_s_balance(house: House) -> None:
    """It is topped up every morning; a member is told what a payout costs at any hour."""
    house.providers = directory({"poor": holding("0.05", eur("1.00"))})
    payee = await house.payee()
    async with in_force(house.world, Rule(name="x", providers=("poor",), hold_hours=0)):
        quote = await operations.quote_payout(
            worker_id=payee.id,
            amount=eur("7.00"),
            destination_id=payee.destination_id,
            providers=house.providers,
            now=house.world.now,
        )

    assert quote.payable == eur("7.00")
