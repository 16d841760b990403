"""`reward_referrals`: each approved assignment of a referee pays its referrer once, by us."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
import pytest_asyncio

from domain.database import execute, fetch_value, transaction
from domain.ledger import queries as balances
from domain.ledger.rules import AccountKind
from domain.money import Money
from domain.paging import Page
from domain.referrals import operations, queries
from domain.referrals.rules import ReferralState
from tests.make import campaigns as make
from tests.make.campaigns import usd
from tests.make.members import add_worker
from tests.make.referrals import add_referee
from tests.make.world import World

pytestmark = pytest.mark.asyncio

SHARE: Final = Money(50_000, "USD")  # 5 % of a dollar


@pytest_asyncio.fixture(autouse=True)
async def nothing_left_by_other_tests(world: World) -> None:
    """The sweep is everybody's: counts mean something only when no other work waits."""
    while await sweep(world.now, World.of(f"{world.name} before")):
        pass


async def sweep(now: datetime, world: World, *, limit: int = 500) -> int:
    return await operations.reward_referrals(now=now, new_id=world.new_id, limit=limit)


async def work_off(
    world: World, worker_id: UUID, rewards: list[Money], *, now: datetime | None = None
) -> None:
    """One approved assignment for each of these rewards."""
    moment = World.of(f"{world.name} {world.new_id()}")
    moment.now = now or world.now
    total = sum(reward.micros for reward in rewards)
    employer_id = await make.rich_employer(moment, Money(2 * total, rewards[0].currency))
    for reward in rewards:
        campaign_id = await make.running(moment, employer_id, places=(1,), reward=reward)
        assignment_id = await make.submitted(moment, worker_id, campaign_id)
        await make.approve(moment, employer_id, assignment_id)


async def earned(member_id: UUID) -> int:
    return await make.balance(AccountKind.WORKER_EARNINGS, member_id)


async def without_floor(currency: str) -> None:
    """As an operator may decide who pays for less than a thousandth."""
    async with transaction():
        await execute(
            "insert into category_floor"
            " (slug, zone, currency, valid_from, position, micros, reason, at)"
            " values ('labeling', '*', $1, '2020-01-01', 1, 0, 'test', '2020-01-01')"
            " on conflict do nothing",
            currency,
        )


async def referral_of(referrer_id: UUID) -> queries.ReferralRecord:
    (referral,) = await queries.referrals_of(referrer_id=referrer_id, page=Page(limit=9))
    return referral


async def test_the_referrer_gets_a_twentieth_and_the_referee_keeps_all(world: World) -> None:
    """The platform pays (R20): the employer's price and the worker's reward stay as they were."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    costs = await make.balance(AccountKind.EXPENSE_REFERRALS, None)

    await work_off(world, referee_id, [usd("1"), usd("0.05")])
    assert await earned(referrer_id) == 0  # earned with the sweep, not before
    assert await sweep(world.now, world) == 2

    assert await earned(referrer_id) == 50_000 + 2_500
    assert await earned(referee_id) == 1_050_000
    assert await make.balance(AccountKind.EXPENSE_REFERRALS, None) == costs + 52_500
    referral = await referral_of(referrer_id)
    assert referral.state is ReferralState.EARNING
    assert await queries.reward_sums(ids=[referral.id], referrer_id=referrer_id) == {
        referral.id: [Money(52_500, "USD")]
    }
    assert await queries.reward_totals(referrer_id=referrer_id) == [Money(52_500, "USD")]
    assert (await balances.trial_balance())["USD"] == 0


async def test_each_assignment_earns_once(world: World) -> None:
    """However often and however many at once the sweep runs."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    await work_off(world, referee_id, [usd("1")] * 3)

    counts = await asyncio.gather(
        *(sweep(world.now, World.of(f"{world.name} {number}")) for number in range(6))
    )

    assert sum(counts) == 3
    assert await earned(referrer_id) == 3 * SHARE.micros
    assert await sweep(world.later(timedelta(minutes=1)), world) == 0
    await work_off(world, referee_id, [usd("1")])
    assert await sweep(world.later(timedelta(minutes=2)), world) == 1
    assert await earned(referrer_id) == 4 * SHARE.micros


async def test_work_not_approved_earns_nothing(world: World) -> None:
    """Sign-ups, claims, submissions and rejections are free (P44: a *paid* assignment)."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    employer_id = await make.rich_employer(world)
    campaign_id = await make.running(world, employer_id, places=(1, 1))
    await make.submitted(world, referee_id, campaign_id)
    rejected = await make.submitted(world, referee_id, campaign_id)
    await make.reject(world, employer_id, rejected)
    await work_off(world, await add_worker(world), [usd("1")])  # nobody's referee

    assert await sweep(world.now, world) == 0

    assert await earned(referrer_id) == 0
    assert (await referral_of(referrer_id)).state is ReferralState.SIGNED_UP


async def test_an_approval_that_commits_late_is_found(world: World) -> None:
    """It is stamped before a sweep and visible only after it."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    await work_off(world, referee_id, [usd("1")], now=world.later(timedelta(hours=2)))
    assert await sweep(world.later(timedelta(hours=2)), world) == 1

    await work_off(world, referee_id, [usd("1")], now=world.later(timedelta(hours=1, minutes=1)))

    assert await sweep(world.later(timedelta(hours=3)), world) == 1
    assert await earned(referrer_id) == 2 * SHARE.micros


async def test_the_cap_is_exact(world: World) -> None:
    """50 per referee; the last reward is cut to the micro, and then it is over."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    await work_off(world, referee_id, [usd("400"), usd("599.99"), usd("300"), usd("1")])

    assert await sweep(world.now, world) == 3

    assert await earned(referrer_id) == 50_000_000
    assert (await referral_of(referrer_id)).state is ReferralState.ENDED
    await work_off(world, referee_id, [usd("1")])
    assert await sweep(world.now, world) == 0
    second = await add_referee(world, referrer_id)  # the cap is per referee
    await work_off(world, second, [usd("1")])
    assert await sweep(world.now, world) == 1
    assert await earned(referrer_id) == 50_050_000


async def test_the_cap_holds_across_runs(world: World) -> None:
    """What earlier runs paid counts."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    await work_off(world, referee_id, [usd("400")] * 3)

    assert [await sweep(world.now, world, limit=1) for _ in range(4)] == [1, 1, 1, 0]

    assert await earned(referrer_id) == 50_000_000
    assert (await referral_of(referrer_id)).state is ReferralState.ENDED


async def test_a_year_is_enough(world: World) -> None:
    """Work approved before the end earns, also when the sweep comes later; later work does not."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    end = (await referral_of(referrer_id)).ends_at
    await work_off(world, referee_id, [usd("1")], now=end - timedelta(seconds=1))
    await work_off(world, referee_id, [usd("1")], now=end)

    assert await sweep(end + timedelta(days=1), world) == 1

    assert await earned(referrer_id) == SHARE.micros
    assert (await referral_of(referrer_id)).state is ReferralState.ENDED
    assert await sweep(end + timedelta(days=2), world) == 0


async def test_a_backlog_is_worked_off_in_pages(world: World) -> None:
    """Nothing is skipped where a page is cut, within one referee or between two.

    All of it is older than the safety margin: what a page left must not count as looked at.
    """
    referrer_id = await add_worker(world)
    for _ in range(2):
        referee_id = await add_referee(world, referrer_id)
        await work_off(world, referee_id, [usd("1")] * 3)

    counts = [await sweep(world.later(timedelta(days=1)), world, limit=2) for _ in range(4)]

    assert counts == [2, 2, 2, 0]
    assert await earned(referrer_id) == 6 * SHARE.micros


async def test_a_share_below_a_micro_blocks_nobody(world: World) -> None:
    """It rounds to nothing: no reward, no transfer, and others are not held up behind it."""
    await without_floor("GBP")
    referrer_id = await add_worker(world)
    tiny, full = await add_referee(world, referrer_id), await add_referee(world, referrer_id)
    await work_off(world, tiny, [Money(9, "GBP"), Money(10, "GBP")])
    await work_off(world, full, [Money(1_000_000, "GBP")])

    assert [await sweep(world.now, world, limit=1) for _ in range(3)] == [1, 1, 0]
    assert await make.balance(AccountKind.WORKER_EARNINGS, referrer_id, "GBP") == 1 + SHARE.micros


async def test_a_referral_that_another_run_holds_is_left_to_it(world: World) -> None:
    """Sweeps never wait for each other."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    await work_off(world, referee_id, [usd("1")])
    referral_id = (await referral_of(referrer_id)).id
    held, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction():
            await execute("select 1 from referral where id = $1 for update", referral_id)
            held.set()
            await done.wait()

    holder = asyncio.create_task(hold())
    await held.wait()
    assert await sweep(world.now, world) == 0
    done.set()
    await holder
    assert await sweep(world.now, world) == 1


async def test_rewards_and_transfers_are_the_same_set(world: World) -> None:
    """An auditor finds each reward in the books and each E7 among the rewards."""
    referrer_id = await add_worker(world)
    referee_id = await add_referee(world, referrer_id)
    await work_off(world, referee_id, [usd("1")] * 2)
    await sweep(world.now, world)

    unmatched = await fetch_value(
        """
        select count(*) from referral_reward w full join (
            select t.idempotency_key, e.amount, e.currency
            from ledger_transfer t join ledger_entry e on e.transfer_id = t.id and e.amount > 0
            where t.event = 'E7') t
        on t.idempotency_key = 'referral:' || w.assignment_id
           and (t.amount, t.currency) = (w.amount_micros, w.currency)
        where t.idempotency_key is null or w.assignment_id is null
        """
    )
    assert unmatched == 0
