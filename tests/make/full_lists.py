"""A market in which every list of the API has at least three items, on three levels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from domain.database import execute, transaction
from domain.deposits import operations as deposits
from domain.disputes import operations as disputes
from domain.events.rules import EventKind
from domain.invoices import operations as invoices
from tests.make import campaigns as make
from tests.make import ratings
from tests.make.campaigns import usd
from tests.make.invitations import invite
from tests.make.invoices import ENTITY, fee_invoice, self_bill
from tests.make.ledger import fill
from tests.make.members import add_finance_member, add_worker, session_of
from tests.make.messages import write
from tests.make.notifications import tell
from tests.make.payouts import House, Payee, earnings_of, open_house
from tests.make.ratings import Work
from tests.make.referrals import add_referee
from tests.make.tickets import ask_staff
from tests.make.webhooks import Post
from tests.make.world import World

COUNT: Final = 3


@dataclass(frozen=True, slots=True)
class Market:
    employer: UUID
    worker: UUID
    finance: UUID
    newcomer: UUID  # who has done nothing yet
    campaign: UUID

    def viewer(self, name: str) -> UUID:
        found: UUID = getattr(self, name)
        return found


async def full_market(world: World, folder: Path) -> Market:
    employer, worker = await make.rich_employer(world), await add_worker(world)
    finance = await add_finance_member(world)
    await invoices.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    campaign = employer
    for number in range(COUNT):
        campaign = await _campaign(world, employer, worker, reward=f"1.0{number % 2}")
        await add_referee(world, worker)
        await session_of(world, worker)
        world.now += timedelta(seconds=1)
    folder.mkdir()  # noqa: ASYNC240  # a folder of the test alone
    async with open_house(world, folder) as house:
        for number in range(COUNT):
            await _pay_in(world, house, employer)
            await _pay_out(world, house, worker, amount=f"1.0{number % 2}")
    await _webhooks(world, employer)
    for _ in range(COUNT):
        await invite(world, worker, folder)
        await ask_staff(world, worker)
        await tell(world, worker, world.new_id(), campaign, kind=EventKind.CAMPAIGN_PAUSED)
    return Market(employer, worker, finance, await add_worker(world), campaign)


async def _campaign(world: World, employer: UUID, worker: UUID, *, reward: str) -> UUID:
    """Each task of it is done once; one work is contested, paid, billed and rated by
    both, who write to each other.
    """
    campaign = await make.running(world, employer, places=[2] * COUNT, reward=usd(reward))
    done = [await make.submitted(world, worker, campaign) for _ in range(COUNT)]
    newest = done[-1]  # on a page of one as well: it has all that the others have
    await _contest(world, employer, worker, newest)
    for number in range(COUNT):
        await write(world, worker, campaign, text=f"See https://example.org/{number}")
    work = Work(employer, worker, newest)
    for author in (employer, worker):
        await ratings.rate(world, work, author, stars=4)
    await fee_invoice(world, employer)
    await self_bill(world, worker)
    return campaign


async def _contest(world: World, employer: UUID, worker: UUID, assignment: UUID) -> None:
    await make.reject(world, employer, assignment)
    dispute = await disputes.open_dispute(
        worker_id=worker,
        assignment_id=assignment,
        text="I did what clause one asks for.",
        new_id=world.new_id,
        now=world.now,
    )
    await disputes.concede_dispute(
        member_id=employer,
        dispute_id=dispute,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )


async def _pay_in(world: World, house: House, employer: UUID) -> None:
    await deposits.start_deposit(
        employer_id=employer,
        amount=usd("5"),
        return_url="",
        own_reference="",
        key=world.key(employer),
        providers=house.opened.deposits,
        new_id=world.new_id,
        now=world.now,
    )


async def _pay_out(world: World, house: House, worker: UUID, *, amount: str) -> None:
    await fill(world, earnings_of(worker), 2_000_000)
    async with transaction():
        await execute("delete from rate_bucket")  # the limit of step-ups is not what is tested
    session = await session_of(world, worker)
    fields = {"account": f"account {world.new_id()}", "scenario": "ok"}
    destination = await house.add_destination(worker, session, fields=fields)
    await house.request(Payee(worker, session, destination), amount)


async def _webhooks(world: World, employer: UUID) -> None:
    post = Post(world)
    for _ in range(COUNT):
        async with transaction():
            await execute("delete from rate_bucket")
        endpoint = await post.endpoint(employer)
        for _ in range(COUNT):
            await post.test_event(employer, endpoint.endpoint_id)
