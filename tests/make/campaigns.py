"""Employers with money, and campaigns in every state, made through operations."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.assignments import operations as assignments
from domain.assignments import queries as assignment_reads
from domain.assignments.rules import ReasonCode, Rejection, SubmissionItem
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import (
    ANYTIME,
    FOR_ALL,
    Audience,
    Category,
    Checks,
    Clause,
    KeyedQuestion,
    Proof,
    Schedule,
    Terms,
)
from domain.database import execute, transaction
from domain.ledger import operations as ledger
from domain.ledger import queries as balances
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members.rules import Role
from domain.money import Money
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from tests.make.members import add_employer, add_staff, add_worker
from tests.make.world import World

LOOKED_AT = "BRL"
_LOOK_FIRST = """
    insert into rate (kind, scope, valid_from, micros, source)
    values ('campaign_review', $1, '2020-01-01', 1, 'test') on conflict do nothing
"""
CLAUSES = (Clause(id="1", text="Answer with 0 or 1."), Clause(id="2", text="Look twice."))
CHECKS = Checks(
    proofs=(Proof(id="link", text="Where it is."), Proof(id="more", text="?", is_required=False)),
    questions=(
        KeyedQuestion(id="colour", text="Which colour has it?", answers=("Deep  Blue", "navy")),
        KeyedQuestion(id="legs", text="How many legs?", answers=("4",)),
    ),
)
REASON = "The answer does not agree with the picture."


def usd(amount: str) -> Money:
    units, _, fraction = amount.partition(".")
    return Money(int(units) * 1_000_000 + int(fraction.ljust(6, "0") or 0), "USD")


async def pay_in(world: World, employer_id: UUID, amount: Money) -> None:
    """E1 as a settled deposit books it."""
    deposit_id = world.new_id()
    transfer = Transfer(
        event="E1",
        kind="deposit.settled",
        key=f"test-deposit:{deposit_id}",
        correlation_id=deposit_id,
        actor_id=None,
        legs=legs(
            debit(Account(AccountKind.PROVIDER_CLEARING, "sandbox"), amount),
            credit(Account(AccountKind.EMPLOYER_AVAILABLE, employer_id), amount),
        ),
    )
    async with transaction():
        await ledger.post(transfers=[transfer], new_id=world.new_id, effective_on=world.now.date())


async def rich_employer(world: World, amount: Money | None = None, *, country: str = "DE") -> UUID:
    employer_id = await add_employer(world, country=country)
    await pay_in(world, employer_id, amount or usd("1000"))
    return employer_id


async def draft(
    world: World,
    employer_id: UUID,
    *,
    reward: Money | None = None,
    per_worker_max: int | None = None,
    audience: Audience = FOR_ALL,
    schedule: Schedule = ANYTIME,
    seconds: int | None = None,
    approves_by_rule: bool = False,
) -> UUID:
    return await campaigns.create_campaign(
        employer_id=employer_id,
        terms=Terms(
            title="Is there a cat?",
            category=Category.LABELING,
            reward=reward or usd("0.05"),
            per_worker_max=per_worker_max,
            audience=audience,
            schedule=schedule,
            estimated_seconds=seconds,
            approves_by_rule=approves_by_rule,
        ),
        instructions="Look at the picture and say whether it shows a cat.",
        clauses=CLAUSES,
        new_id=world.new_id,
        now=world.now,
    )


async def funded(
    world: World,
    employer_id: UUID,
    *,
    places: Sequence[int] = (3,),
    reward: Money | None = None,
    per_worker_max: int | None = None,
    audience: Audience = FOR_ALL,
    schedule: Schedule = ANYTIME,
    seconds: int | None = None,
) -> UUID:
    """A campaign with one task per number, each with that many places."""
    campaign_id = await draft(
        world,
        employer_id,
        reward=reward,
        per_worker_max=per_worker_max,
        audience=audience,
        schedule=schedule,
        seconds=seconds,
    )
    await fill_and_fund(world, employer_id, campaign_id, places=places)
    return campaign_id


async def offer(world: World, employer_id: UUID, campaign_id: UUID) -> None:
    """What was drafted, with three places."""
    await fill_and_fund(world, employer_id, campaign_id, places=(3,))
    await publish(world, employer_id, campaign_id)


async def fill_and_fund(
    world: World, employer_id: UUID, campaign_id: UUID, *, places: Sequence[int]
) -> None:
    await tasks.add_tasks(
        employer_id=employer_id,
        campaign_id=campaign_id,
        tasks=[
            NewTask(text=f"Picture {number}", place_count=count)
            for number, count in enumerate(places, start=1)
        ],
        new_id=world.new_id,
    )
    await fund(world, employer_id, campaign_id)


async def fund(world: World, employer_id: UUID, campaign_id: UUID) -> None:
    await campaigns.fund_campaign(
        employer_id=employer_id,
        campaign_id=campaign_id,
        key=world.key(employer_id),
        new_id=world.new_id,
        now=world.now,
    )


async def running(
    world: World,
    employer_id: UUID,
    *,
    places: Sequence[int] = (3,),
    reward: Money | None = None,
    per_worker_max: int | None = None,
    audience: Audience = FOR_ALL,
    schedule: Schedule = ANYTIME,
    seconds: int | None = None,
) -> UUID:
    campaign_id = await funded(
        world,
        employer_id,
        places=places,
        reward=reward,
        per_worker_max=per_worker_max,
        audience=audience,
        schedule=schedule,
        seconds=seconds,
    )
    await publish(world, employer_id, campaign_id)
    return campaign_id


async def asking(
    world: World,
    employer: UUID,
    *,
    checks: Checks = CHECKS,
    collects_contacts: bool = False,
    approves_by_rule: bool = False,
) -> UUID:
    """A campaign that asks for a proof and two answers, as far as its employer can bring it."""
    campaign = await campaigns.create_campaign(
        employer_id=employer,
        terms=Terms(
            title="Cats",
            category=Category.LABELING,
            reward=usd("0.05"),
            claim_minutes=15,
            collects_contacts=collects_contacts,
            approves_by_rule=approves_by_rule,
        ),
        instructions="Look at the picture.",
        clauses=(),
        checks=checks,
        new_id=world.new_id,
        now=world.now,
    )
    await tasks.add_tasks(
        employer_id=employer,
        campaign_id=campaign,
        tasks=[NewTask(text="Picture", place_count=3)],
        new_id=world.new_id,
    )
    await fund(world, employer, campaign)
    await publish(world, employer, campaign)
    return campaign


async def publish(world: World, employer_id: UUID, campaign_id: UUID) -> None:
    await campaigns.publish_campaign(
        employer_id=employer_id, campaign_id=campaign_id, ends_at=None, now=world.now
    )


async def reviewed(world: World, employer_id: UUID) -> UUID:
    """In a currency of which staff look at every campaign first."""
    await pay_in(world, employer_id, Money(1_000_000, LOOKED_AT))
    async with transaction():
        await execute(_LOOK_FIRST, LOOKED_AT)
    campaign_id = await funded(world, employer_id, reward=Money(10_000, LOOKED_AT))
    await publish(world, employer_id, campaign_id)
    return campaign_id


async def claim(
    world: World, worker_id: UUID, campaign_id: UUID, task_id: UUID | None = None
) -> UUID:
    return await assignments.claim_assignment(
        worker_id=worker_id,
        campaign_id=campaign_id,
        task_id=task_id,
        new_id=world.new_id,
        now=world.now,
    )


async def submit(world: World, worker_id: UUID, assignment_id: UUID, text: str = "1") -> UUID:
    done = await assignments.submit_assignment(
        worker_id=worker_id,
        assignment_id=assignment_id,
        items=[SubmissionItem(text=text)],
        new_id=world.new_id,
        now=world.now,
    )
    return done.submission_id


async def submitted(world: World, worker_id: UUID, campaign_id: UUID) -> UUID:
    assignment_id = await claim(world, worker_id, campaign_id)
    await submit(world, worker_id, assignment_id)
    return assignment_id


async def approve(world: World, employer_id: UUID, assignment_id: UUID) -> assignments.Reviewed:
    return await assignments.approve_assignment(
        employer_id=employer_id,
        assignment_id=assignment_id,
        key=world.key(employer_id),
        new_id=world.new_id,
        now=world.now,
    )


async def reject(world: World, employer_id: UUID, assignment_id: UUID) -> None:
    await assignments.reject_assignment(
        employer_id=employer_id,
        assignment_id=assignment_id,
        rejection=Rejection(reason_code=ReasonCode.FAILED_CHECKS, text=REASON),
        new_id=world.new_id,
        now=world.now,
    )


async def waive_limits(world: World, campaign_id: UUID) -> None:
    """For tests that reject much, and are about something else."""
    await assignments.waive_rejection_limits(
        staff_id=await add_staff(world, Role.STAFF),
        campaign_id=campaign_id,
        text="Answers of a test are known before.",
        now=world.now,
    )


async def beyond_limit(world: World, employer_id: UUID) -> UUID:
    """A fourth rejection of four, which waits for staff; the id of the request."""
    campaign = await running(world, employer_id, places=[1] * 4)
    worker = await add_worker(world)
    works = [await submitted(world, worker, campaign) for _ in range(4)]
    for work in works[:3]:
        await reject(world, employer_id, work)
    done = await assignments.reject_assignment(
        employer_id=employer_id,
        assignment_id=works[3],
        rejection=Rejection(reason_code=ReasonCode.FAILED_CHECKS, text=REASON),
        asks_staff=True,
        new_id=world.new_id,
        now=world.now,
    )
    assert done.awaits_staff
    found = await assignment_reads.rejection_requests_of_assignments(
        ids=works[3:], viewer_id=employer_id
    )
    return found[works[3]].id


async def balance(kind: AccountKind, owner: UUID | None, currency: str = "USD") -> int:
    """In micros."""
    return (await balances.balance(account=Account(kind, owner), currency=currency)).micros
