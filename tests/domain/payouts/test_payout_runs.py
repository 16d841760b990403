"""Payouts on a calendar: collected by the clock, released by people, never by one alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.database import fetch_value
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, SecondPersonNeeded
from domain.members.operations import grant_role
from domain.members.rules import Role
from domain.money import EXPONENTS
from domain.payouts import operations, queries
from domain.payouts.provider import BankDays
from domain.payouts.rules import PayoutState, RunState, run_days, schedules_due
from domain.rates.queries import limit_of
from domain.rates.rules import RateKind
from domain.routing.rules import Rule, Schedule
from tests.make.members import add_finance_member
from tests.make.payouts import House, attempts, day_without_runs, payout, queued_jobs
from tests.make.routing import in_force

pytestmark = pytest.mark.asyncio

DAILY = Rule(name="daily", providers=("sandbox",), schedule=Schedule.DAILY, hold_hours=0)
WEEKLY = Rule(name="weekly", providers=("sandbox",), schedule=Schedule.WEEKLY, hold_hours=0)


async def waiting(house: House, *amounts: str) -> list[UUID]:
    ids = []
    for amount in amounts:
        payee = await house.payee(earnings=amount)
        ids.append((await house.request(payee, amount)).payout_id)
        await operations.route_payout(
            payout_id=ids[-1],
            providers=house.providers,
            new_id=house.world.new_id,
            now=house.world.now,
        )
    return ids


async def collected(house: House, *amounts: str) -> tuple[UUID, list[UUID]]:
    """A run of its own day, with these payouts in it."""
    await operations.collect_runs(now=house.world.now, new_id=house.world.new_id)
    house.world.now = await day_without_runs(house.world.now)
    ids = await waiting(house, *amounts)
    assert await operations.collect_runs(now=house.world.now, new_id=house.world.new_id) >= 1
    run_id = await fetch_value("select run_id from payout where id = $1", ids[0])
    return run_id, ids


async def release(house: House, run_id: UUID, member_id: UUID) -> operations.Released:
    return await operations.release_run(
        run_id=run_id,
        member_id=member_id,
        reason="sums compared",
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def test_payouts_wait_are_collected_and_go_when_released(house: House) -> None:
    """The worker sees what it waits for, staff see count and sum per provider."""
    async with in_force(house.world, DAILY):
        run_id, ids = await collected(house, "1.00", "2.50")
        held = await payout(ids[0])
        (record,) = await queries.payout_runs(run_id=run_id)
        done = await release(house, run_id, await add_finance_member(house.world))
        states = [(await payout(each)).state for each in ids]
        jobs = await queued_jobs("payout_route", str(ids[0]))
        await house.route(ids[0])

    assert (held.state, held.problem) == (PayoutState.HELD, "waits_for_run")
    assert (record.state, record.schedule, record.currency) == (RunState.OPEN, "daily", "EUR")
    (share,) = record.shares
    assert (share.instance_id, share.count, share.total.micros) == ("sandbox", 2, 3_500_000)
    assert done.is_out
    assert states == [PayoutState.APPROVED, PayoutState.APPROVED]
    assert jobs == 1
    assert [(await payout(each)).state for each in ids] == [PayoutState.QUEUED] * 2
    (after,) = await queries.payout_runs(run_id=run_id)
    assert (after.state, len(after.released_by)) == (RunState.RELEASED, 1)


@pytest.mark.parametrize("amounts", [("5000.01",), tuple(["4999.00"] * 11)])
async def test_above_a_limit_it_takes_two(house: House, amounts: tuple[str, ...]) -> None:
    """By one large payout, or by all of them together."""
    ann, bob = await add_finance_member(house.world), await add_finance_member(house.world)
    async with in_force(house.world, DAILY):
        run_id, ids = await collected(house, *amounts)
        first = await release(house, run_id, ann)
        with pytest.raises(SecondPersonNeeded):
            await release(house, run_id, ann)
        between = (await payout(ids[0])).state
        second = await release(house, run_id, bob)

    assert (first.is_out, first.missing_count, second.is_out) == (False, 1, True)
    assert between is PayoutState.HELD
    assert (await payout(ids[0])).state is PayoutState.APPROVED
    with pytest.raises(InvalidTransition):
        await release(house, run_id, await add_finance_member(house.world))


async def test_nobody_releases_a_run_that_pays_them(house: House) -> None:
    """Staff are workers too."""
    async with in_force(house.world, DAILY):
        run_id, ids = await collected(house, "1.00")
        payee = (await payout(ids[0])).worker_id
        with pytest.raises(NotAllowed):
            await release(house, run_id, payee)
        with pytest.raises(NotAllowed):
            await operations.cancel_run(run_id=run_id, member_id=payee, now=house.world.now)
        await grant_role(member_id=payee, role=Role.FINANCE, now=house.world.now)
        with pytest.raises(SecondPersonNeeded):
            await release(house, run_id, payee)

    assert (await payout(ids[0])).state is PayoutState.HELD


async def test_what_comes_late_waits_for_the_next_day(house: House) -> None:
    """A run that people have looked at does not grow under their eyes."""
    async with in_force(house.world, DAILY):
        run_id, _ = await collected(house, "1.00")
        (late,) = await waiting(house, "2.00")
        await operations.collect_runs(now=house.world.now, new_id=house.world.new_id)
        same_day = await fetch_value("select run_id from payout where id = $1", late)
        house.wait(timedelta(days=1))
        await operations.collect_runs(now=house.world.now, new_id=house.world.new_id)
        next_day = await fetch_value("select run_id from payout where id = $1", late)

    assert same_day is None
    assert next_day not in (None, run_id)


async def test_a_cancelled_run_lets_go(house: House) -> None:
    """Its payouts are collected again; whoever cancelled their payout is not."""
    ann = await add_finance_member(house.world)
    async with in_force(house.world, DAILY):
        run_id, (kept, taken_back) = await collected(house, "1.00", "2.00")
        worker_id = (await payout(taken_back)).worker_id
        await operations.cancel_payout(
            worker_id=worker_id,
            payout_id=taken_back,
            key=house.world.key(worker_id),
            new_id=house.world.new_id,
            now=house.world.now,
        )
        await operations.cancel_run(run_id=run_id, member_id=ann, now=house.world.now)
        house.wait(timedelta(days=1))
        await operations.collect_runs(now=house.world.now, new_id=house.world.new_id)

    again = await fetch_value("select run_id from payout where id = $1", kept)
    (record,) = await queries.payout_runs(run_id=again)
    assert [(each.count, each.total.micros) for each in record.shares] == [(1, 1_000_000)]
    with pytest.raises(InvalidTransition):
        await operations.cancel_run(run_id=run_id, member_id=ann, now=house.world.now)
    with pytest.raises(NotFound):
        await operations.cancel_run(run_id=kept, member_id=ann, now=house.world.now)
    with pytest.raises(InvalidInput):
        await operations.release_run(
            run_id=again,
            member_id=ann,
            reason=" ",
            new_id=house.world.new_id,
            now=house.world.now,
        )


async def test_a_cancelled_payout_does_not_go_with_its_run(house: House) -> None:
    """The money is back; releasing the others must not touch it."""
    async with in_force(house.world, DAILY):
        run_id, (goes, taken_back) = await collected(house, "1.00", "2.00")
        worker_id = (await payout(taken_back)).worker_id
        await operations.cancel_payout(
            worker_id=worker_id,
            payout_id=taken_back,
            key=house.world.key(worker_id),
            new_id=house.world.new_id,
            now=house.world.now,
        )
        await release(house, run_id, await add_finance_member(house.world))

    assert (await payout(taken_back)).state is PayoutState.CANCELLED
    assert (await payout(goes)).state is PayoutState.APPROVED
    assert await attempts(taken_back) == []


async def test_payouts_wait_for_their_day() -> None:
    """C12: Thursdays, the first and the fifteenth of the month, and on no other day."""
    first = datetime(2026, 4, 1, tzinfo=UTC).date()
    days = [first + timedelta(days=each) for each in range(30)]
    due = {
        schedule: [day.day for day in days if schedule in schedules_due(day)]
        for schedule in Schedule
    }

    assert due == {
        Schedule.AT_ONCE: [],
        Schedule.DAILY: list(range(1, 31)),
        Schedule.WEEKLY: [2, 9, 16, 23, 30],
        Schedule.SEMIMONTHLY: [1, 15],
    }


@pytest.mark.parametrize(
    ("schedule", "asked", "bank_days", "run_on", "leaves_on"),
    [
        (Schedule.DAILY, "2026-04-04T05:59", BankDays.TARGET, "2026-04-04", "2026-04-07"),
        (Schedule.DAILY, "2026-04-04T06:00", BankDays.FEDWIRE, "2026-04-05", "2026-04-06"),
        (Schedule.WEEKLY, "2026-11-22T12:00", BankDays.FEDWIRE, "2026-11-26", "2026-11-27"),
        (Schedule.WEEKLY, "2026-11-26T06:00", BankDays.TARGET, "2026-12-03", "2026-12-03"),
        (Schedule.WEEKLY, "2026-12-31T00:00", BankDays.TARGET, "2026-12-31", "2026-12-31"),
        (Schedule.DAILY, "2026-12-31T23:59", BankDays.TARGET, "2027-01-01", "2027-01-04"),
        (Schedule.SEMIMONTHLY, "2026-04-15T06:00", BankDays.TARGET, "2026-05-01", "2026-05-04"),
        (Schedule.SEMIMONTHLY, "2026-05-02T00:00", BankDays.TARGET, "2026-05-15", "2026-05-15"),
        (Schedule.AT_ONCE, "2026-05-01T12:00", BankDays.TARGET, "2026-05-01", "2026-05-04"),
        (Schedule.AT_ONCE, "2026-05-01T12:00", BankDays.EVERY_DAY, "2026-05-01", "2026-05-01"),
    ],
)
async def test_the_next_run_and_when_its_money_leaves(
    schedule: Schedule, asked: str, bank_days: BankDays, run_on: str, leaves_on: str
) -> None:
    """P49: Easter, Thanksgiving, the turn of the year; a run that is collected already is over."""
    now = datetime.fromisoformat(asked).replace(tzinfo=UTC)

    first, *later = run_days(schedule, now=now, bank_days=bank_days, count=3)

    assert (str(first.run_on), str(first.leaves_on)) == (run_on, leaves_on)
    assert len(later) == (0 if schedule is Schedule.AT_ONCE else 2)
    assert all(schedule in schedules_due(each.run_on) for each in later)


async def test_every_currency_has_its_limits(house: House) -> None:
    """A payout in a currency without one could not be let out at all."""
    for currency in EXPONENTS:
        single, whole = [
            await limit_of(kind=kind, currency=currency, on=house.world.now.date())
            for kind in (RateKind.PAYOUT_RELEASE, RateKind.PAYOUT_RUN_RELEASE)
        ]
        assert 0 < single.micros < whole.micros


async def test_everybody_at_once_lets_a_run_out_once(house: House) -> None:
    """Two people sign twice each while a worker takes a payout back: each has one end."""
    staff = [await add_finance_member(house.world) for _ in range(2)]
    async with in_force(house.world, DAILY):
        run_id, ids = await collected(house, "5000.01", "1.00")
        worker_id = (await payout(ids[1])).worker_id
        done = await asyncio.gather(
            *(release(house, run_id, each) for each in staff * 2),
            operations.cancel_payout(
                worker_id=worker_id,
                payout_id=ids[1],
                key=house.world.key(worker_id),
                new_id=house.world.new_id,
                now=house.world.now,
            ),
            return_exceptions=True,
        )

    wrong = [each for each in done if isinstance(each, BaseException)]
    assert all(isinstance(each, SecondPersonNeeded | InvalidTransition) for each in wrong), wrong
    released = [each for each in done if isinstance(each, operations.Released)]
    assert sorted(each.is_out for each in released) == [False, True]
    assert (await payout(ids[0])).state is PayoutState.APPROVED
    assert (await payout(ids[1])).state is PayoutState.CANCELLED
    assert await queued_jobs("payout_route", str(ids[0])) == 1
    assert await queries.audit() == []
