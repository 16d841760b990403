"""Campaigns, work and decisions of the demo marketplace."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.assignments import operations as assignments
from domain.assignments import queries as work
from domain.assignments.rules import AssignmentState, ReasonCode, Rejection, SubmissionItem
from domain.campaigns import operations as campaigns
from domain.campaigns import queries as offers
from domain.campaigns.rules import CampaignState, Category, Clause, Terms
from domain.deposits import operations as deposits
from domain.deposits import queries as deposited
from domain.deposits.rules import DepositState
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import operations as invoices
from domain.money import Money
from domain.paging import Page
from domain.ratings import operations as ratings
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from gateway.demo.people import register_everybody
from gateway.demo.proofs import ask_for_proofs, leave_one_waiting
from gateway.finance.checks import Checks
from gateway.given import clock, new_id
from gateway.parts import opened_parts
from gateway.passwords import Argon2PasswordHasher
from gateway.providers import Providers
from gateway.settings import Settings

PAID_IN: Final = Money(500_000_000, "USD")
PAGE: Final = Page(limit=100)
CLAUSES: Final = (
    Clause(id="1", text="Answer with yes or no and nothing else."),
    Clause(id="2", text="A drawing of a cat is not a cat."),
)
REASON: Final = "The picture shows a dog, see clause 2 of the instructions."


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    title: str
    category: Category
    reward_micros: int
    instructions: str
    tasks: tuple[NewTask, ...]
    clauses: tuple[Clause, ...] = ()
    is_published: bool = True
    category_slug: str | None = None


CATS: Final = Offer(
    title="Does this picture show a cat?",
    category=Category.LABELING,
    category_slug="labeling.images",
    reward_micros=50_000,
    instructions="Look at the picture and say whether it shows a cat.",
    clauses=CLAUSES,
    tasks=tuple(
        NewTask(text=f"Picture {number}", place_count=3, external_reference=f"cat-{number}")
        for number in range(1, 7)
    ),
)
SIGN_UP: Final = Offer(
    title="Try our sign-up page",
    category=Category.WEBSITE_TESTING,
    reward_micros=1_200_000,
    instructions="Sign up with a made-up address and tell us where you hesitated.",
    tasks=(
        NewTask(
            text="Open the page and follow it to the end.",
            url="https://shop.example/sign-up",
            place_count=50,
        ),
    ),
)
SURVEY: Final = Offer(
    title="How do you commute?",
    category=Category.SURVEY,
    reward_micros=400_000,
    instructions="Answer five questions about your way to work.",
    tasks=(NewTask(text="The survey", place_count=200),),
    is_published=False,
)


async def fill(settings: Settings) -> None:
    """What is there stays as it is: the second start changes nothing."""
    hasher = Argon2PasswordHasher()
    people = await register_everybody(hasher)
    await ask_for_proofs(people["finance"], people["second"])
    async with opened_parts(settings) as parts:
        await _pay_in(people["employer"], parts.providers)
        await _fill_campaigns(people)
        await leave_one_waiting(people["newcomer"], parts=parts, hasher=hasher)
        await invoices.issue_fee_invoice(
            employer_id=people["employer"],
            currency=PAID_IN.currency,
            checks=Checks(),
            vault=parts.vault,
            new_id=new_id,
            now=clock(),
        )


async def _fill_campaigns(people: Mapping[str, UUID]) -> None:
    offers_by_title = {
        offer.title: await _offer(people["employer"], offer) for offer in (CATS, SIGN_UP, SURVEY)
    }
    cats, sign_up = offers_by_title[CATS.title], offers_by_title[SIGN_UP.title]
    crowd = [people[f"crowd{number}"] for number in range(1, 5)]
    for worker in (people["worker"], people["newcomer"], *crowd[:3]):
        await _work(people["employer"], sign_up, worker, [AssignmentState.APPROVED])
    await _work(people["employer"], sign_up, crowd[3], [AssignmentState.SUBMITTED])
    await _work(people["employer"], cats, crowd[0], [AssignmentState.APPROVED] * 3)
    await _work(people["employer"], cats, crowd[1], [AssignmentState.REJECTED])
    await _work(people["employer"], cats, crowd[2], [AssignmentState.REVISION_REQUESTED])
    await _work(people["employer"], cats, crowd[3], [AssignmentState.CLAIMED])


async def _pay_in(employer_id: UUID, providers: Providers) -> None:
    started = await deposits.start_deposit(
        employer_id=employer_id,
        amount=PAID_IN,
        return_url="",
        key=_key(employer_id, "deposit"),
        providers=providers.deposits,
        new_id=new_id,
        now=clock(),
    )
    await deposits.create_at_provider(
        deposit_id=started.deposit_id, providers=providers.deposits, clock=clock
    )
    while True:
        await deposits.look_up_deposit(
            deposit_id=started.deposit_id, providers=providers.deposits, clock=clock, new_id=new_id
        )
        record = (await deposited.deposits_by_id(ids=[started.deposit_id]))[started.deposit_id]
        if record.state not in (DepositState.INITIATED, DepositState.PENDING):
            return
        await asyncio.sleep(0.2)


async def _offer(employer_id: UUID, offer: Offer) -> UUID:
    mine = await offers.campaigns_of(employer_id=employer_id, page=PAGE)
    found = next((each for each in mine if each.title == offer.title), None)
    if found is None:
        campaign_id = await campaigns.create_campaign(
            employer_id=employer_id,
            terms=Terms(
                title=offer.title,
                category=offer.category,
                category_slug=offer.category_slug,
                reward=Money(offer.reward_micros, PAID_IN.currency),
            ),
            instructions=offer.instructions,
            clauses=offer.clauses,
            new_id=new_id,
            now=clock(),
        )
    else:
        campaign_id = found.id
    return await _open(employer_id, campaign_id, offer)


async def _open(employer_id: UUID, campaign_id: UUID, offer: Offer) -> UUID:
    campaign = await offers.campaign_of(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.place_count == 0:
        await tasks.add_tasks(
            employer_id=employer_id, campaign_id=campaign_id, tasks=offer.tasks, new_id=new_id
        )
    if campaign.state is CampaignState.DRAFT and offer.is_published:
        await campaigns.fund_campaign(
            employer_id=employer_id,
            campaign_id=campaign_id,
            key=_key(employer_id, f"fund {offer.title}"),
            new_id=new_id,
            now=clock(),
        )
        campaign = await offers.campaign_of(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.state is CampaignState.FUNDED:
        await campaigns.publish_campaign(
            employer_id=employer_id, campaign_id=campaign_id, ends_at=None, now=clock()
        )
    return campaign_id


async def _work(
    employer_id: UUID, campaign_id: UUID, worker_id: UUID, wanted: Sequence[AssignmentState]
) -> None:
    """One assignment per wanted state. What a start that was killed left half done is completed;
    what people or time have changed since then stays as it is.
    """
    mine = await work.assignments_of_worker(worker_id=worker_id, page=PAGE)
    there = [each for each in reversed(mine) if each.campaign_id == campaign_id]
    for number, state in enumerate(wanted):
        if number < len(there):
            await _complete(employer_id, there[number], state)
            continue
        assignment_id = await assignments.claim_assignment(
            worker_id=worker_id, campaign_id=campaign_id, task_id=None, new_id=new_id, now=clock()
        )
        if state is not AssignmentState.CLAIMED:
            await _submit(worker_id, assignment_id)
            await _decide(employer_id, assignment_id, state)


async def _complete(
    employer_id: UUID, record: work.AssignmentRecord, wanted: AssignmentState
) -> None:
    if record.state is wanted:
        return
    if record.state is AssignmentState.CLAIMED and record.deadline_at > clock():
        await _submit(record.worker_id, record.id)
        await _decide(employer_id, record.id, wanted)
    if record.state is AssignmentState.SUBMITTED and record.revision_count == 0:
        await _decide(employer_id, record.id, wanted)


async def _submit(worker_id: UUID, assignment_id: UUID) -> None:
    await assignments.submit_assignment(
        worker_id=worker_id,
        assignment_id=assignment_id,
        items=[SubmissionItem(text="yes")],
        new_id=new_id,
        now=clock(),
    )


async def _decide(employer_id: UUID, assignment_id: UUID, state: AssignmentState) -> None:
    match state:
        case AssignmentState.APPROVED:
            await assignments.approve_assignment(
                employer_id=employer_id,
                assignment_id=assignment_id,
                key=_key(employer_id, f"approve {assignment_id}"),
                new_id=new_id,
                now=clock(),
            )
            await ratings.give_rating(
                author_id=employer_id,
                assignment_id=assignment_id,
                stars=5,
                comment="Quick and careful.",
                new_id=new_id,
                now=clock(),
            )
        case AssignmentState.REJECTED:
            await assignments.reject_assignment(
                employer_id=employer_id,
                assignment_id=assignment_id,
                rejection=Rejection(
                    reason_code=ReasonCode.NOT_PER_INSTRUCTION, text=REASON, clause_id="2"
                ),
                new_id=new_id,
                now=clock(),
            )
        case AssignmentState.REVISION_REQUESTED:
            await assignments.ask_revision(
                employer_id=employer_id,
                assignment_id=assignment_id,
                text="Please answer with yes or no only, see clause 1.",
                new_id=new_id,
                now=clock(),
            )
        case _:
            pass  # handed in, not decided


def _key(actor_id: UUID, text: str) -> IdempotencyKey:
    name = f"demo {text}"
    return IdempotencyKey(
        actor_id=actor_id,
        operation="demo",
        key=name[:255],
        digest=hashlib.sha256(name.encode()).digest(),
    )
