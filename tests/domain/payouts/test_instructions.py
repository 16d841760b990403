"""Standing wishes: fulfilled on their days, above both minimums, once, and not while paused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.access.operations import StepUpRequired
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.errors import InvalidInput, NotFound
from domain.paging import Page
from domain.payouts import operations, queries
from domain.payouts.provider import Quote, QuoteRequest
from domain.provider import CallContext
from domain.routing.provider import FeePayer
from domain.routing.rules import Rule, Schedule
from tests.make.ledger import fill
from tests.make.payouts import House, Payee, earnings_of, eur, money_of, payout
from tests.make.routing import Priced, directory, in_force, priced

pytestmark = pytest.mark.asyncio

THURSDAY = datetime(2026, 4, 2, 3, tzinfo=UTC)


async def consent(house: House, payee: Payee, minimum: str) -> StepUpClaim:
    found = await queries.destinations_by_id(ids=[payee.destination_id])
    purpose = StepUpPurpose.PAYOUT_INSTRUCT
    bound = bound_hash(
        purpose=purpose, amount=eur(minimum), payee=found[payee.destination_id].fingerprint
    )
    return await house.step_up(payee.session, purpose, bound)


async def instruct(house: House, payee: Payee, minimum: str) -> None:
    await operations.set_instruction(
        worker_id=payee.id,
        destination_id=payee.destination_id,
        minimum=eur(minimum),
        step_up=await consent(house, payee, minimum),
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def fulfil(house: House) -> int:
    return await operations.fulfil_instructions(
        providers=house.providers, now=house.world.now, new_id=house.world.new_id
    )


async def end(payee: Payee) -> None:
    """Other tests share the database."""
    await operations.remove_instruction(worker_id=payee.id, currency="EUR")


async def test_what_reaches_the_minimum_is_requested_once_a_day(house: House) -> None:
    """The fraction that nobody can pay carries over, and so does what comes later that day."""
    payee = await house.payee(earnings="10.005")
    await instruct(house, payee, "10.00")

    counts = [await fulfil(house), await fulfil(house)]
    between = await money_of(payee.id)
    await fill(house.world, earnings_of(payee.id), eur("20.00").micros)
    counts.append(await fulfil(house))
    house.wait(timedelta(days=1))
    counts.append(await fulfil(house))

    assert counts == [1, 0, 0, 1]
    assert between == (eur("0.005"), eur("10.00"))
    assert await money_of(payee.id) == (eur("0.005"), eur("30.00"))
    (newest, _) = await queries.payouts_of(worker_id=payee.id, page=Page(limit=5))
    await house.route(newest.id)
    await end(payee)


async def test_below_either_minimum_it_carries_over(house: House) -> None:
    """The worker's own, and the rule's."""
    modest, bold = await house.payee(earnings="9.00"), await house.payee(earnings="9.00")
    await instruct(house, modest, "9.01")
    await instruct(house, bold, "1.00")
    rule = Rule(name="x", providers=("sandbox",), minimum_micros=10_000_000)
    async with in_force(house.world, rule):
        assert await fulfil(house) == 0
    await end(modest)
    assert await fulfil(house) == 1
    assert await money_of(bold.id) == (eur("0"), eur("9.00"))
    await end(bold)


async def test_nothing_is_requested_while_the_worker_holds_it(house: House) -> None:
    """Do not pay me until: the other currency, the other worker are not held."""
    payee = await house.payee()
    await instruct(house, payee, "1.00")
    until = house.world.now + timedelta(days=3)
    await operations.pause_instruction(worker_id=payee.id, currency="EUR", until=until)

    assert await fulfil(house) == 0
    (kept,) = await queries.instructions_of(worker_id=payee.id)
    assert kept.paused_until == until
    house.wait(timedelta(days=3))
    assert await fulfil(house) == 1
    await end(payee)
    with pytest.raises(NotFound):
        await operations.pause_instruction(worker_id=payee.id, currency="EUR", until=None)
    with pytest.raises(NotFound):
        await end(payee)


async def test_a_weekly_rule_waits_for_its_day_and_then_for_its_run(house: House) -> None:
    """Wednesday nothing, Thursday a payout that waits for people."""
    house.world.now = THURSDAY - timedelta(days=1)
    payee = await house.payee()
    await instruct(house, payee, "1.00")
    rule = Rule(name="x", providers=("sandbox",), schedule=Schedule.WEEKLY, hold_hours=0)
    async with in_force(house.world, rule):
        assert await fulfil(house) == 0
        house.world.now = THURSDAY
        assert await fulfil(house) == 1
        (made,) = await queries.payouts_of(worker_id=payee.id, page=Page(limit=5))
        await operations.route_payout(
            payout_id=made.id,
            providers=house.providers,
            new_id=house.world.new_id,
            now=house.world.now,
        )

    assert (await payout(made.id)).problem == "waits_for_run"
    await end(payee)


async def test_a_fee_of_the_worker_is_taken_as_quoted(house: House) -> None:
    """The wish covers the fee of the day; without a price it waits for another day."""
    house.providers = directory({"one": priced("0.25"), "none": priced(None)})
    payee, unlucky = await house.payee(), await house.payee()
    await instruct(house, payee, "1.00")

    def rule(provider: str) -> Rule:
        return Rule(name="x", providers=(provider,), fee_payer=FeePayer.MEMBER, hold_hours=0)

    async with in_force(house.world, rule("none")):
        assert await fulfil(house) == 0
    async with in_force(house.world, rule("one")):
        assert await fulfil(house) == 1

    assert await money_of(payee.id) == (eur("0"), eur("9.75"))
    assert await money_of(unlucky.id) == (eur("10.00"), eur("0"))
    await end(payee)


async def test_it_is_confirmed_like_a_payout(house: House) -> None:
    """A stolen session must not redirect a year of earnings; a later wish replaces the first."""
    payee = await house.payee()
    claim = await consent(house, payee, "1.00")
    with pytest.raises(StepUpRequired):
        await operations.set_instruction(
            worker_id=payee.id,
            destination_id=payee.destination_id,
            minimum=eur("2.00"),
            step_up=claim,
            new_id=house.world.new_id,
            now=house.world.now,
        )
    with pytest.raises(InvalidInput):
        await operations.set_instruction(
            worker_id=payee.id,
            destination_id=payee.destination_id,
            minimum=eur("0"),
            step_up=claim,
            new_id=house.world.new_id,
            now=house.world.now,
        )
    await instruct(house, payee, "3.00")
    await instruct(house, payee, "4.00")

    (kept,) = await queries.instructions_of(worker_id=payee.id)
    assert (kept.minimum, kept.destination_id) == (eur("4.00"), payee.destination_id)
    await end(payee)


async def test_a_removed_destination_is_not_paid(house: House) -> None:
    """The wish stays, and does nothing."""
    payee = await house.payee()
    await instruct(house, payee, "1.00")
    await operations.remove_destination(
        member_id=payee.id, destination_id=payee.destination_id, now=house.world.now
    )

    assert await fulfil(house) == 0
    await end(payee)


async def test_a_new_destination_cools_down_there_as_well(house: House) -> None:
    """The automatic way is no way around the wait."""
    payee = await house.payee()
    await instruct(house, payee, "1.00")
    async with in_force(house.world, Rule(name="x", providers=("sandbox",), hold_hours=24)):
        assert await fulfil(house) == 1
        (made,) = await queries.payouts_of(worker_id=payee.id, page=Page(limit=5))
        await operations.route_payout(
            payout_id=made.id,
            providers=house.providers,
            new_id=house.world.new_id,
            now=house.world.now,
        )

    assert (await payout(made.id)).problem == "destination_cooling_down"
    await end(payee)


@pytest.mark.parametrize("what", ["remove", "pause", "raise", "remove the destination"])
async def test_what_the_worker_changes_while_prices_are_asked_for_counts(
    house: House, what: str
) -> None:
    """A provider may take seconds to answer; nothing is paid by a wish that is no longer so."""
    payee = await house.payee()
    now, until = house.world.now, house.world.now + timedelta(days=3)

    async def changed() -> None:
        match what:
            case "remove":
                await end(payee)
            case "pause":
                await operations.pause_instruction(worker_id=payee.id, currency="EUR", until=until)
            case "raise":
                await instruct(house, payee, "11.00")
            case _:
                await operations.remove_destination(
                    member_id=payee.id, destination_id=payee.destination_id, now=now
                )

    @dataclass
    class Slow(Priced):
        async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
            if not self.asked:
                await changed()
            return await super().quote(request, context)

    plain = priced("0.25")
    house.providers = directory(
        {"slow": Slow(plain.script, manifest=plain.manifest, fee=plain.fee)}
    )
    await instruct(house, payee, "1.00")
    rule = Rule(name="x", providers=("slow",), fee_payer=FeePayer.MEMBER, hold_hours=0)
    async with in_force(house.world, rule):
        await fulfil(house)  # others may have wishes too

    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    if what != "remove":
        await end(payee)
