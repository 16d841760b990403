"""A payout that lacks a level, or whose worker may be on a list, is held and goes on by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from domain.database import fetch_row, fetch_value, transaction
from domain.payouts import operations
from domain.payouts.rules import PayoutState
from domain.routing.rules import Rule, Schedule
from domain.verification import operations as verification
from domain.verification.provider import CheckKind, CheckOutcome, CheckState, ListHit
from domain.verification.rules import DecisionAction, Requirement
from tests.make.members import add_finance_member
from tests.make.payouts import VAULT, House, day_without_runs, payout, queued_jobs
from tests.make.routing import in_force
from tests.make.verifications import Office, by, checks
from tests.make.world import World

pytestmark = pytest.mark.asyncio
HIT = ListHit(list_id="ofac", entry_id="7", entry_digest="e1", score=96, name="W. Worker")
ABOVE_FIVE = Requirement(name="5", level=2, currency="EUR", amount_from_micros=5_000_000)


@pytest_asyncio.fixture
async def office(world: World) -> AsyncIterator[Office]:
    opened = Office(world)
    await opened.clear()
    opened.tell("desk", CheckState.VERIFIED)
    yield opened
    await opened.close()


async def route(house: House, payout_id: UUID) -> UUID | None:
    return await operations.route_payout(
        payout_id=payout_id,
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def needed(payout_id: UUID) -> int | None:
    row = await fetch_row("select needed_level from payout where id = $1", payout_id)
    assert row is not None
    level: int | None = row["needed_level"]
    return level


async def reach(office: Office, worker: UUID, level: int = 2) -> None:
    await office.start(worker, level)
    await office.work(worker)


async def test_it_waits_for_the_level_and_goes_on_by_itself(house: House, office: Office) -> None:
    """With the level in hand; a smaller one never waited."""
    await office.rules({2: [by(CheckKind.DOCUMENT, "desk")]}, requirements=[ABOVE_FIVE])
    payee = await house.payee(earnings="20.00")
    small = (await house.request(payee, "4.99")).payout_id
    large = (await house.request(payee, "5.00")).payout_id

    await route(house, large)
    await route(house, small)
    held = await payout(large), await needed(large)
    await reach(office, payee.id)
    told = await queued_jobs("payout_standing", str(payee.id))
    before = await queued_jobs("payout_route", str(large))
    await operations.hear_of_standing(member_id=payee.id)
    await route(house, large)

    assert (held[0].state, held[0].problem, held[1]) == (
        PayoutState.HELD,
        "verification_needed",
        2,
    )
    assert (await payout(small)).state is PayoutState.QUEUED
    assert told == 1
    assert await queued_jobs("payout_route", str(large)) >= before
    done = await payout(large)
    assert (done.state, done.problem, await needed(large)) == (PayoutState.QUEUED, None, None)


async def test_many_small_ones_do_not_slip_through(house: House, office: Office) -> None:
    """A threshold of the year counts what was paid before; the year after begins anew."""
    yearly = Requirement(name="10 a year", level=2, currency="EUR", year_from_micros=10_000_000)
    await office.rules({2: [by(CheckKind.DOCUMENT, "desk")]}, requirements=[yearly])
    payee = await house.payee(earnings="30.00")
    first = (await house.request(payee, "6.00")).payout_id
    await route(house, first)
    second = (await house.request(payee, "6.00")).payout_id
    await route(house, second)
    held = (await payout(second)).problem
    house.wait(timedelta(days=300))  # in the next year
    await route(house, second)

    assert (await payout(first)).state is PayoutState.QUEUED
    assert held == "verification_needed"
    assert (await payout(second)).state is PayoutState.QUEUED


async def test_a_requirement_of_one_provider_binds_that_one(house: House, office: Office) -> None:
    """The instance that was chosen, no other."""
    requirements = [
        Requirement(name="here", level=1, provider="sandbox"),
        Requirement(name="elsewhere", level=3, provider="bank"),
    ]
    await office.rules({1: [by(CheckKind.PHONE, "desk")]}, requirements=requirements)
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id

    await route(house, payout_id)
    held = await needed(payout_id)
    await reach(office, payee.id, 1)
    await route(house, payout_id)

    assert held == 1
    assert (await payout(payout_id)).state is PayoutState.QUEUED


async def test_a_manifest_that_wants_a_level_is_not_a_missing_route(
    house: House, office: Office
) -> None:
    """The member is told what to do, instead of that nobody pays."""
    await office.rules({2: [by(CheckKind.DOCUMENT, "desk")]})
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    provider = house.opened.payouts.named("sandbox")
    provider.manifest = replace(provider.manifest, requires_level=2)
    async with in_force(house.world, Rule(name="all", providers=("sandbox",), hold_hours=0)):
        await route(house, payout_id)
        held = (await payout(payout_id)).problem, await needed(payout_id)
        await reach(office, payee.id)
        await route(house, payout_id)

    assert held == ("verification_needed", 2)
    assert (await payout(payout_id)).state is PayoutState.QUEUED


async def test_a_hit_holds_even_what_was_let_out(house: House, office: Office) -> None:
    """Found after the run was released: nothing leaves until a person has looked."""
    await office.rules({1: [by(CheckKind.SANCTIONS, "desk", recheck_days=1)]})
    payee = await house.payee()
    await reach(office, payee.id, 1)
    clerk = await add_finance_member(house.world)
    async with in_force(
        house.world,
        Rule(name="daily", providers=("sandbox",), schedule=Schedule.DAILY, hold_hours=0),
    ):
        payout_id = (await house.request(payee)).payout_id
        await route(house, payout_id)
        await operations.collect_runs(now=house.world.now, new_id=house.world.new_id)
        run = await fetch_row("select run_id from payout where id = $1", payout_id)
        assert run is not None
        await operations.release_run(
            run_id=run["run_id"],
            member_id=clerk,
            reason="seen",
            new_id=house.world.new_id,
            now=house.world.now,
        )
        office.tell("desk", CheckOutcome(state=CheckState.HIT, hits=(HIT,)))
        house.wait(timedelta(days=1))
        await verification.step_due(verifiers=office.asking.verifiers, now=house.world.now)
        await office.work(payee.id)
        await route(house, payout_id)
        held = await payout(payout_id)
        (check,) = await checks(payee.id)
        await verification.decide_check(
            check_id=check.id,
            member_id=await office.clerk(),
            action=DecisionAction.ACCEPT,
            reason="other_person",
            note="",
            vault=VAULT,
            new_id=house.world.new_id,
            now=house.world.now,
        )
        await operations.hear_of_standing(member_id=payee.id)
        await route(house, payout_id)

    assert (held.state, held.problem) == (PayoutState.HELD, "identity_review")
    assert (await payout(payout_id)).state is PayoutState.QUEUED


async def test_a_run_waits_for_who_is_not_screened(house: House, office: Office) -> None:
    """Yesterday's answer counts no more. In the evening the run begins without whom nobody could
    screen; they wait for the next one.
    """
    await office.rules({1: [by(CheckKind.SANCTIONS, "desk")]})
    payee = await house.payee()
    await reach(office, payee.id, 1)
    async with in_force(
        house.world,
        Rule(name="daily", providers=("sandbox",), schedule=Schedule.DAILY, hold_hours=0),
    ):
        payout_id = (await house.request(payee)).payout_id
        await route(house, payout_id)
        day = (await day_without_runs(house.world.now)) + timedelta(days=2)
        runs = []
        for hour, is_screened in ((6, False), (20, False), (30, True)):
            house.world.now = day.replace(hour=0) + timedelta(hours=hour)
            await operations.collect_runs(now=house.world.now, new_id=house.world.new_id)
            if is_screened:
                await verification.step_due(verifiers=office.asking.verifiers, now=house.world.now)
                await office.work(payee.id)
                await operations.collect_runs(now=house.world.now, new_id=house.world.new_id)
            runs.append(await fetch_value("select run_id from payout where id = $1", payout_id))

    assert runs[:2] == [None, None]
    assert runs[2] is not None


async def test_a_lost_job_is_made_good_by_the_sweep(house: House, office: Office) -> None:
    """Nothing depends on the one job that tells of the level."""
    await office.rules({2: [by(CheckKind.DOCUMENT, "desk")]}, requirements=[ABOVE_FIVE])
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    await route(house, payout_id)
    async with transaction() as open_one:
        await open_one.connection.execute("delete from jobs.pgqueuer")

    house.wait(timedelta(minutes=2))
    await operations.recover_batches(now=house.world.now, new_id=house.world.new_id)

    assert await queued_jobs("payout_route", str(payout_id)) == 1
