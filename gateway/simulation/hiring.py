"""What employers do: pay in, offer work, decide about it, answer who contests, stop."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.assignments import operations as assignments
from domain.assignments.rules import ReasonCode, Rejection
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import Category, Clause, Terms
from domain.disputes import operations as disputes
from domain.money import Money
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from gateway.simulation import judging, working
from gateway.simulation.market import Market, Offer, Work
from gateway.simulation.people import Habit, Person

CURRENCY: Final = "USD"
CLAUSES: Final = (Clause(id="1", text="Answer with yes or no and nothing else."),)
REASON: Final = "The answer is neither yes nor no, see clause 1 of the instructions."
REVISION: Final = "Please answer with yes or no only, as clause 1 says."
ANSWER: Final = "The answer does not follow clause 1 of the instructions at all."


async def offer(market: Market, employer: Person) -> None:
    """Drafted, filled, paid for and opened; a quarter of them stay drafts or are changed first."""
    chance, virtual = market.virtual.chance, market.virtual
    terms = Terms(
        title=f"Is this a cat? ({chance.randrange(10_000)})",
        category=chance.choice(list(Category)),
        reward=Money(chance.randint(5, 120) * 10_000 + chance.randrange(3) * 1_111, CURRENCY),
        claim_minutes=chance.choice((10, 15, 30, 90)),
        review_days=chance.choice((1, 3, 7)),
        revision_count_max=chance.randint(0, 2),
    )
    create = partial(
        campaigns.create_campaign,
        employer_id=employer.id,
        terms=terms,
        instructions="Look at the picture and say whether it shows a cat.",
        clauses=CLAUSES,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    campaign_id = await market.act("create campaign", create)
    if campaign_id is None:
        return
    units = [
        NewTask(text=f"Picture {number}", place_count=chance.randint(1, 4))
        for number in range(chance.randint(3, 25))
    ]
    add = partial(
        tasks.add_tasks,
        employer_id=employer.id,
        campaign_id=campaign_id,
        tasks=units,
        new_id=virtual.new_id,
    )
    if await market.act("add tasks", add) is not None and not market.percent(10):
        await _open(market, Offer(campaign_id, employer))


async def _open(market: Market, offered: Offer) -> None:
    virtual, employer = market.virtual, offered.employer
    key = virtual.key(employer.id, "campaignFund", str(offered.id))
    fund = partial(
        campaigns.fund_campaign,
        employer_id=employer.id,
        campaign_id=offered.id,
        key=key,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    if await market.twice("fund", fund) is None:
        return
    ends_at = virtual.now + timedelta(days=virtual.chance.randint(3, 20))
    publish = partial(
        campaigns.publish_campaign,
        employer_id=employer.id,
        campaign_id=offered.id,
        ends_at=ends_at if market.percent(30) else None,
        now=virtual.now,
    )
    await market.act("publish", publish)
    market.offers.append(offered)
    if market.percent(30):
        market.plan(lambda: interrupt(market, offered), after=timedelta(days=3))


async def interrupt(market: Market, offered: Offer) -> None:
    """Paused, later resumed or stopped for good."""
    employer, virtual = offered.employer, market.virtual
    mine = {"employer_id": employer.id, "campaign_id": offered.id}
    if market.percent(60):
        await market.act("pause", partial(campaigns.pause_campaign, **mine))
        market.plan(lambda: resume(market, offered), after=timedelta(days=1))
        return
    key = virtual.key(employer.id, "campaignStop", str(offered.id))
    stop = partial(tasks.stop_campaign, **mine, key=key, new_id=virtual.new_id, now=virtual.now)
    await market.twice("stop", stop)


async def resume(market: Market, offered: Offer) -> None:
    await market.act(
        "resume",
        lambda: campaigns.resume_campaign(employer_id=offered.employer.id, campaign_id=offered.id),
    )
    offered.is_open = True


def plan_review(market: Market, work: Work) -> None:
    """Some never look: time decides then."""
    employer = work.offer.employer
    if employer.habit is Habit.LAZY or (employer.habit is Habit.ABSENT and market.percent(80)):
        return
    market.plan(lambda: review(market, work), after=timedelta(hours=14))


async def review(market: Market, work: Work) -> None:
    employer, worker = work.offer.employer, work.worker
    is_bad = worker.habit is Habit.CHEATING or market.percent(3)
    is_unfair = employer.habit is Habit.CHEATING and market.percent(60)
    if market.percent(2):
        stranger = market.virtual.chance.choice(market.people)
        if stranger is not employer:
            await market.forbidden(
                "approve for another", lambda: _approved(market, work, stranger.id)
            )
    if is_bad and market.percent(25):
        await _ask_revision(market, work)
    elif is_bad or is_unfair:
        await _reject(market, work)
    else:
        key = market.virtual.key(employer.id, "assignmentApprove", str(work.id))
        approve = partial(
            assignments.approve_assignment,
            employer_id=employer.id,
            assignment_id=work.id,
            key=key,
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        )
        if await market.twice("approve", approve) is not None:
            await working.rate(market, work)


async def _approved(market: Market, work: Work, employer_id: UUID) -> object:
    return await assignments.approve_assignment(
        employer_id=employer_id,
        assignment_id=work.id,
        key=market.virtual.key(employer_id, "assignmentApprove", str(work.id)),
        new_id=market.virtual.new_id,
        now=market.virtual.now,
    )


async def _ask_revision(market: Market, work: Work) -> None:
    ask = partial(
        assignments.ask_revision,
        employer_id=work.offer.employer.id,
        assignment_id=work.id,
        text=REVISION,
        new_id=market.virtual.new_id,
        now=market.virtual.now,
    )
    await market.act("ask revision", ask)
    market.plan(lambda: working.answer_revision(market, work), after=timedelta(hours=10))


async def _reject(market: Market, work: Work) -> None:
    reject = partial(
        assignments.reject_assignment,
        employer_id=work.offer.employer.id,
        assignment_id=work.id,
        rejection=Rejection(reason_code=ReasonCode.NOT_PER_INSTRUCTION, text=REASON, clause_id="1"),
        new_id=market.virtual.new_id,
        now=market.virtual.now,
    )
    await market.act("reject", reject)
    if market.percent(10):
        market.plan(lambda: reverse(market, work), after=timedelta(days=2))
    else:
        market.plan(lambda: working.answer_rejection(market, work), after=timedelta(days=2))


async def reverse(market: Market, work: Work) -> None:
    employer = work.offer.employer
    key = market.virtual.key(employer.id, "assignmentReverse", str(work.id))
    change = partial(
        assignments.reverse_rejection,
        employer_id=employer.id,
        assignment_id=work.id,
        key=key,
        new_id=market.virtual.new_id,
        now=market.virtual.now,
    )
    await market.twice("reverse", change)


def plan_answer(market: Market, work: Work, dispute_id: UUID) -> None:
    employer = work.offer.employer
    if employer.habit in (Habit.LAZY, Habit.ABSENT):
        return  # silence is for the worker
    market.plan(lambda: answer(market, work, dispute_id), after=timedelta(hours=30))


async def answer(market: Market, work: Work, dispute_id: UUID) -> None:
    employer = work.offer.employer
    if employer.habit is Habit.HONEST and market.percent(30):
        key = market.virtual.key(employer.id, "disputeConcede", str(dispute_id))
        concede = partial(
            disputes.concede_dispute,
            employer_id=employer.id,
            dispute_id=dispute_id,
            key=key,
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        )
        await market.twice("concede", concede)
        return
    reply = partial(
        disputes.answer_dispute,
        employer_id=employer.id,
        dispute_id=dispute_id,
        text=ANSWER,
        now=market.virtual.now,
    )
    await market.act("answer dispute", reply)
    judging.plan_ruling(market, work, dispute_id)
