"""From registration to money: a worker of each country, over its route, with what it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.invoices import operations as invoices
from domain.payouts import operations
from domain.payouts.rules import PayoutState
from domain.routing.rules import Rule, When
from domain.verification import operations as verification
from domain.verification import rules as checking
from domain.verification.rules import CheckRule, Requirement
from tests.make.campaigns import rich_employer
from tests.make.countries import HOMES, WHO_ANSWERS, Home, WorldHouse, open_world_house, place_of
from tests.make.invoices import ENTITY, approved_work
from tests.make.members import add_finance_member, add_worker, session_of
from tests.make.payouts import Payee, attempts, in_currency, money_of, payout
from tests.make.routing import in_force
from tests.make.world import World

pytestmark = pytest.mark.asyncio
EARNED, PAID = "30.00", "25.00"


async def require_level(house: WorldHouse) -> int:
    """One rule per country, and nobody is paid without level 1."""
    world = house.world
    author, approver = await add_finance_member(world), await add_finance_member(world)
    version = await verification.draft_ruleset(
        author_id=author,
        rules=[
            checking.Rule(
                name=home.country,
                when=checking.When(country=home.country),
                levels={1: tuple(CheckRule(check=k, by=(WHO_ANSWERS[k],)) for k in home.kinds)},
            )
            for home in HOMES
        ],
        requirements=[Requirement(name="everybody", level=1)],
        effective_from=world.now,
        note="",
        new_id=world.new_id,
        now=world.now,
    )
    await verification.approve_ruleset(version=version, approver_id=approver, now=world.now)
    house.office.versions[version] = approver
    return version


async def walk(house: WorldHouse, home: Home, number: int) -> dict[str, object]:
    """Registers, works, is held, gives forms, is verified, is paid; what was seen on the way."""
    world = house.world
    worker = await add_worker(world, name=home.name, country=home.country)
    employer = await rich_employer(world, in_currency("1000", home.currency))
    reward = in_currency(EARNED, home.currency)
    await approved_work(world, employer, worker, count=1, reward=reward)
    session = await session_of(world, worker)
    destination_id = await house.add_destination(
        worker,
        session,
        kind=home.place,
        country=home.country,
        currency=home.currency,
        fields=place_of(home, number),
    )
    payee = Payee(worker, session, destination_id)
    asked = await house.request(payee, PAID, currency=home.currency)
    await house.route_or_hold(asked.payout_id)
    held = (await payout(asked.payout_id)).problem

    has_forms = await house.gave_all_forms(worker, home)
    await house.verify(worker, home)
    await operations.hear_of_standing(member_id=worker)
    batch_id = await house.route_or_hold(asked.payout_id)
    assert batch_id is not None, (home.country, house.checked, await payout(asked.payout_id))
    await house.send(batch_id)
    state = await house.settle(asked.payout_id, batch_id, home)

    (attempt,) = await attempts(asked.payout_id)
    return {
        "held": held,
        "forms": has_forms,
        "route": attempt.instance_id,
        "state": state,
        "money": await money_of(worker, currency=home.currency),
    }


async def test_twelve_countries_from_registration_to_money(world: World, tmp_path: Path) -> None:
    """Held until it is known who is paid, then paid in full over the route of the country."""
    async with open_world_house(world, tmp_path) as house:
        await invoices.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
        await require_level(house)
        routes = [
            Rule(
                name=home.country,
                when=When(country=home.country),
                providers=(home.route,),
                hold_hours=0,
            )
            for home in HOMES
        ]
        seen = {}
        async with in_force(world, *routes):
            for number, home in enumerate(HOMES, start=40_961):
                seen[home.country] = await walk(house, home, number)
        await house.office.close()

    assert len(HOMES) == 12
    assert seen == {
        home.country: {
            "held": "verification_needed",
            "forms": True,
            "route": home.route,
            "state": PayoutState.PAID,
            "money": (in_currency("5.00", home.currency), in_currency("0", home.currency)),
        }
        for home in HOMES
    }
    assert all(len(house.checked[home.country]) == len(home.kinds) for home in HOMES)
