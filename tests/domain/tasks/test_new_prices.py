"""`extend_campaign` at another price: today's for what is open, and claims keep theirs (P36)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from domain.assignments import operations as assignments
from domain.assignments import queries as work
from domain.assignments.operations import NotEligible
from domain.campaigns import queries as campaigns
from domain.campaigns.operations import EmployerUnverified, PriceBelowFloor
from domain.campaigns.rules import CampaignState
from domain.database import execute, fetch_row, fetch_value, transaction
from domain.errors import InvalidInput, InvalidTransition
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import queries as documents
from domain.invoices.operations import ensure_legal_entity
from domain.ledger.operations import BalanceTooLow
from domain.ledger.rules import AccountKind
from domain.money import Money
from domain.tasks import operations, queries
from tests.make.campaigns import (
    approve,
    balance,
    claim,
    reject,
    rich_employer,
    running,
    submit,
    submitted,
    usd,
)
from tests.make.invoices import ENTITY, fee_invoice
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
PER_UNIT = 1_119_000  # reward, fee of 10 %, VAT of 19 % on it


async def extend(
    world: World,
    employer: UUID,
    campaign: UUID,
    reward: Money | None,
    *,
    place_count: int = 2,
    task_id: UUID | None = None,
    key: IdempotencyKey | None = None,
) -> operations.Extended:
    return await operations.extend_campaign(
        employer_id=employer,
        campaign_id=campaign,
        task_id=task_id,
        place_count=place_count,
        reward=reward,
        key=key or world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )


async def stop(world: World, employer: UUID, campaign: UUID) -> None:
    await operations.stop_campaign(
        employer_id=employer,
        campaign_id=campaign,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )


async def spendable(employer: UUID) -> int:
    return await balance(AccountKind.EMPLOYER_AVAILABLE, employer)


async def books_of(*ids: UUID) -> list[str]:
    """What the checks find about these."""
    found = [*await queries.audit(), *await work.audit(), *await documents.audit()]
    return [str(each) for each in found if any(str(id_) in str(each) for id_ in ids)]


async def price_of(assignment_id: UUID) -> tuple[int, int, int]:
    row = await fetch_row(
        "select reward_micros, fee_micros, vat_micros from assignment where id = $1", assignment_id
    )
    assert row is not None
    return tuple(row)


@pytest.mark.parametrize(("reward", "difference"), [("0.10", 55_950), ("0.02", -33_570)])
async def test_open_places_take_the_new_price_and_claims_keep_theirs(
    world: World, reward: str, difference: int
) -> None:
    """E2r for what is open, up or down, and E2 for what is new; each claim is paid what it said."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[4])
    old = await claim(world, await add_worker(world), campaign)
    before = await spendable(employer)

    await extend(world, employer, campaign, usd(reward))

    each = usd(reward).micros * PER_UNIT // 1_000_000
    assert await spendable(employer) == before - 3 * difference - 2 * each
    assert await books_of(campaign) == []
    new = await claim(world, await add_worker(world), campaign)
    assert (await price_of(old))[0] == 50_000
    assert (await price_of(new))[0] == usd(reward).micros
    for assignment in (old, new):
        worker = await fetch_value("select worker_id from assignment where id = $1", assignment)
        await submit(world, worker, assignment)
        await approve(world, employer, assignment)
        earned = await balance(AccountKind.WORKER_EARNINGS, worker)
        assert earned == (await price_of(assignment))[0]
    assert await books_of(campaign) == []


async def test_documents_keep_the_decision_that_each_claim_was_made_under(world: World) -> None:
    """A VAT decision of today for the new price, that of the funding for the old."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[2])
    old = await submitted(world, await add_worker(world), campaign)
    funded = await fetch_value("select vat_decision_id from campaign where id = $1", campaign)

    await extend(world, employer, campaign, usd("0.10"))

    new = await submitted(world, await add_worker(world), campaign)
    for assignment in (old, new):
        await approve(world, employer, assignment)
    rows = [
        await fetch_row("select vat_decision_id as id from assignment where id = $1", each)
        for each in (old, new)
    ]
    now_decided = await fetch_value("select vat_decision_id from campaign where id = $1", campaign)
    assert [row["id"] for row in rows if row] == [funded, now_decided] and funded != now_decided
    await ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    assert await fee_invoice(world, employer)
    assert await books_of(campaign, employer) == []
    with pytest.raises(Exception, match="never changes"):
        async with transaction():
            await execute(
                "update assignment set vat_decision_id = $2 where id = $1", old, now_decided
            )


async def given_back(world: World, way: str, worker: UUID, assignment: UUID) -> None:
    """With the sweep that pays back what nobody can claim any more."""
    if way == "returned":
        await assignments.return_assignment(
            worker_id=worker, assignment_id=assignment, now=world.now
        )
    else:
        world.now += timedelta(hours=2)
    await assignments.expire_assignments(new_id=world.new_id, now=world.now)


async def test_between_a_return_and_the_sweep_the_books_are_right(world: World) -> None:
    """The place is cancelled at once, its money is still set aside, and comes back once."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    old = await claim(world, worker, campaign)
    await extend(world, employer, campaign, usd("0.10"))
    before = await spendable(employer)

    await assignments.return_assignment(worker_id=worker, assignment_id=old, now=world.now)

    assert await books_of(campaign) == []
    assert await spendable(employer) == before
    for _ in range(2):
        await assignments.expire_assignments(new_id=world.new_id, now=world.now)
    assert await books_of(campaign) == []
    assert await spendable(employer) == before + 55_950


@pytest.mark.parametrize("way", ["returned", "expired"])
async def test_a_place_of_the_old_price_that_comes_back_is_paid_back(
    world: World, way: str
) -> None:
    """Nobody can claim it at the old price, and the new one was never set aside for it."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[2])
    old = await claim(world, worker, campaign)
    await extend(world, employer, campaign, usd("0.10"))
    before = await spendable(employer)

    await given_back(world, way, worker, old)

    assert await spendable(employer) == before + 55_950
    places = (await queries.places_of(campaign_ids=[campaign]))[campaign]
    assert (places.open, places.held, places.cancelled) == (3, 0, 1)
    assert await books_of(campaign) == []


async def test_a_rejection_at_the_old_price_pays_its_place_back(world: World) -> None:
    """E5 to escrow, and out of it again; a place of the new price opens as ever."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[2])
    old = await submitted(world, await add_worker(world), campaign)
    await extend(world, employer, campaign, usd("0.10"))
    new = await submitted(world, await add_worker(world), campaign)
    before = await spendable(employer)
    for assignment in (old, new):
        await reject(world, employer, assignment)

    world.now += timedelta(days=8)
    await assignments.close_rejections(new_id=world.new_id, now=world.now)

    assert await spendable(employer) == before + 55_950
    places = (await queries.places_of(campaign_ids=[campaign]))[campaign]
    assert (places.open, places.filled, places.cancelled) == (3, 0, 1)
    assert await books_of(campaign) == []


async def test_after_a_stop_all_comes_back(world: World) -> None:
    """Whatever the prices of its places were."""
    employer, worker = await rich_employer(world), await add_worker(world)
    before = await spendable(employer)
    campaign = await running(world, employer, places=[3])
    old = await claim(world, worker, campaign)
    await extend(world, employer, campaign, usd("0.10"))
    await stop(world, employer, campaign)
    await given_back(world, "returned", worker, old)
    for _ in range(2):
        await assignments.advance_campaigns(new_id=world.new_id, now=world.now)

    record = await campaigns.campaign_of(campaign_id=campaign, employer_id=employer)
    assert record.state is CampaignState.FINISHED
    assert await spendable(employer) == before
    assert await books_of(campaign) == []


async def test_what_no_new_price_may_be(world: World) -> None:
    """Below the floor, in another currency, nothing, too much, or more than there is."""
    employer = await rich_employer(world, usd("1"))
    campaign = await running(world, employer, places=[2])
    for reward in (Money(50_000, "EUR"), usd("10000.01")):
        with pytest.raises(InvalidInput):
            await extend(world, employer, campaign, reward)
    with pytest.raises(BalanceTooLow):
        await extend(world, employer, campaign, usd("0.50"))
    rich = await rich_employer(world, usd("30000"))
    another = await running(world, rich, places=[2])
    with pytest.raises(EmployerUnverified):
        await extend(world, rich, another, usd("6000"))

    record = await campaigns.campaign_of(campaign_id=campaign, employer_id=employer)
    assert (record.price.reward, record.place_count) == (usd("0.05"), 2)
    assert await books_of(campaign) == []


async def test_the_floor_holds_for_a_new_price(world: World) -> None:
    """R17 asks again, of what shall be paid from now on."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[1])

    with pytest.raises(PriceBelowFloor) as refusal:
        await extend(world, employer, campaign, usd("0.000999"))

    assert refusal.value.floor == usd("0.001")
    await extend(world, employer, campaign, usd("0.001"))


async def test_a_cheap_price_hides_nothing_from_the_cap(world: World) -> None:
    """R42: the most that a place ever cost counts, or a campaign that was made cheap would hide
    what is on offer.
    """
    employer = await rich_employer(world, usd("30000"))
    campaign = await running(world, employer, places=[1], reward=usd("4000"))
    await extend(world, employer, campaign, usd("0.05"), place_count=1)

    with pytest.raises(EmployerUnverified):
        await running(world, employer, places=[1], reward=usd("4000"))


async def test_only_where_places_can_be_added(world: World) -> None:
    """A stopped campaign has no new price either."""
    employer = await rich_employer(world)
    campaign = await running(world, employer)
    await stop(world, employer, campaign)
    with pytest.raises(InvalidTransition):
        await extend(world, employer, campaign, usd("0.10"))


async def test_the_same_key_reprices_once_at_any_concurrency(world: World) -> None:
    """Five impatient clicks are one wish."""
    employer = await rich_employer(world)
    campaign, key = await running(world, employer, places=[2]), world.key(employer)
    before = await spendable(employer)

    done = await asyncio.gather(
        *(extend(world, employer, campaign, usd("0.10"), key=key) for _ in range(5)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, operations.Extended) and not each.replayed for each in done) == 1
    assert await spendable(employer) == before - 2 * 55_950 - 2 * 111_900
    assert await books_of(campaign) == []


async def test_claims_and_new_prices_at_once_leave_the_books_right(world: World) -> None:
    """Whoever claims gets one of the prices, and exactly that was set aside."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[8])
    workers = [await add_worker(world) for _ in range(8)]
    rewards = [usd("0.10"), usd("0.02"), usd("0.07")]

    answers = await asyncio.gather(
        *(claim(world, worker, campaign) for worker in workers[:4]),
        *(extend(world, employer, campaign, each, place_count=1) for each in rewards),
        *(claim(world, worker, campaign) for worker in workers[4:]),
        return_exceptions=True,
    )

    claims = [each for each in answers if isinstance(each, UUID)]
    others = [each for each in answers if not isinstance(each, UUID | operations.Extended)]
    assert len(claims) == 8 and others == []
    assert {(await price_of(each))[0] for each in claims} <= {50_000, 100_000, 20_000, 70_000}
    assert await books_of(campaign) == []


@dataclass
class Walk:
    """A campaign to which anything may happen next."""

    world: World
    random: Random
    employer: UUID
    campaign: UUID
    workers: list[UUID]
    live: dict[UUID, UUID] = field(default_factory=dict)
    handed_in: list[UUID] = field(default_factory=list)

    async def claim(self) -> None:
        worker = self.workers.pop()
        try:
            self.live[await claim(self.world, worker, self.campaign)] = worker
        except NotEligible:
            self.workers.append(worker)

    async def give_back(self) -> None:
        if self.live:
            assignment, worker = self.live.popitem()
            await given_back(self.world, "returned", worker, assignment)

    async def hand_in(self) -> None:
        if self.live:
            assignment, worker = self.live.popitem()
            await submit(self.world, worker, assignment)
            self.handed_in.append(assignment)

    async def approve(self) -> None:
        if self.handed_in:
            await approve(self.world, self.employer, self.handed_in.pop())

    async def change_price(self) -> None:
        reward = Money(self.random.randint(1_000, 300_000), "USD")
        added = self.random.randint(1, 3)
        await extend(self.world, self.employer, self.campaign, reward, place_count=added)

    async def step(self) -> None:
        steps = (
            self.claim,
            self.claim,
            self.give_back,
            self.hand_in,
            self.approve,
            self.change_price,
        )
        await self.random.choice(steps)()

    async def end(self) -> None:
        while self.handed_in:
            await self.approve()
        while self.live:
            await self.give_back()
        await stop(self.world, self.employer, self.campaign)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_in_whatever_order_the_books_are_right(
    world: World, seed: int
) -> None:
    """Claims, work, returns, approvals and prices at random; after all of it nothing is lost."""
    employer = await rich_employer(world)
    before = await spendable(employer)
    walk = Walk(
        world=world,
        random=Random(seed),  # noqa: S311  # the same walk each time
        employer=employer,
        campaign=await running(world, employer, places=[6]),
        workers=[await add_worker(world) for _ in range(31)],
    )
    for _ in range(30):
        await walk.step()
    assert await books_of(walk.campaign) == []

    await walk.end()

    paid = await fetch_value(
        "select coalesce(sum(reward_micros + fee_micros + vat_micros), 0)::bigint from assignment"
        " where campaign_id = $1 and state = 'approved'",
        walk.campaign,
    )
    assert await spendable(employer) == before - paid
    assert await books_of(walk.campaign) == []
