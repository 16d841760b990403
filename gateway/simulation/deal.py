"""One piece of work from the claim to its end, as its two sides live it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.assignments import operations as assignments
from domain.assignments.rules import ClaimReason, ReasonCode, Rejection, SubmissionItem
from domain.disputes import operations as disputes
from domain.money import Money
from domain.ratings import operations as ratings
from domain.rewards import operations as rewards
from gateway.simulation import contesting, judging, labelling, watching
from gateway.simulation.audiences import suits
from gateway.simulation.hiring import CURRENCY
from gateway.simulation.kinds import Answers, next_answers
from gateway.simulation.market import Market, Offer, Work
from gateway.simulation.people import Habit, Person

YES: Final = Answers((SubmissionItem(text="yes"),))
OVER: Final = frozenset({ClaimReason.NOT_RUNNING, ClaimReason.NO_PLACE_LEFT})
COMPLAINT: Final = "I did what the instructions ask for; please look at my answer again."
REASON: Final = "The answer is neither yes nor no, see clause 1 of the instructions."
REVISION: Final = "Please answer with yes or no only, as clause 1 says."
PRAISE: Final = "Quick, and every answer was right."
ANSWER: Final = "The answer does not follow clause 1 of the instructions at all."


async def claim(market: Market, worker: Person) -> None:
    running = [each for each in market.offers if each.is_open]
    if not running:
        return
    await claim_at(market, market.virtual.chance.choice(running), worker)


async def claim_at(market: Market, offer: Offer, worker: Person) -> None:
    claimed = await market.act("claim", lambda: _claimed(market, offer, worker))
    if claimed is None:
        return
    if not suits(offer.audience, worker, on=market.virtual.now.date()):
        market.wrongs.append(f"{worker.email} works where it is not for them")
    work = Work(claimed, offer, worker)
    if worker.habit is Habit.LAZY and market.percent(50):
        return  # it expires
    if market.percent(8):
        market.plan(lambda: give_back(market, work), after=timedelta(minutes=4))
    else:
        market.plan(lambda: hand_in(market, work), after=timedelta(minutes=8))
    if market.percent(3):
        stranger = market.virtual.chance.choice(market.people)
        if stranger is not worker:
            await market.forbidden(
                "hand in for another", lambda: _submitted(market, work, stranger, YES)
            )


async def _claimed(market: Market, offer: Offer, worker: Person) -> UUID:
    try:
        return await assignments.claim_assignment(
            worker_id=worker.id,
            campaign_id=offer.id,
            task_id=None,
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        )
    except assignments.NotEligible as refusal:
        if not OVER.isdisjoint(refusal.reasons):
            offer.is_open = False
        raise


async def give_back(market: Market, work: Work) -> None:
    await market.act(
        "give back",
        lambda: assignments.return_assignment(
            worker_id=work.worker.id, assignment_id=work.id, now=market.virtual.now
        ),
    )
    work.offer.is_open = True


async def hand_in(market: Market, work: Work) -> None:
    given = await _answers(market, work)  # before: whoever sends it again sends the same
    submit = partial(_submitted, market, work, work.worker, given)
    if await market.act("hand in", submit) is not None:
        plan_review(market, work)


async def _answers(market: Market, work: Work) -> Answers:
    if work.offer.truths:
        return Answers((SubmissionItem(text=await labelling.label(market, work)),))
    return next_answers(work.offer.kind, work.worker.habit, market.virtual)


async def _submitted(market: Market, work: Work, worker: Person, given: Answers) -> object:
    return await assignments.submit_assignment(
        worker_id=worker.id,
        assignment_id=work.id,
        items=given.items,
        check_answers=given.checks,
        new_id=market.virtual.new_id,
        now=market.virtual.now,
    )


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
    if is_bad and market.percent(4):
        await watching.propose(market, worker.id, work.id)
    if is_bad and market.percent(25):
        await _ask_revision(market, work)
    elif is_bad or is_unfair:
        await _reject(market, work)
    else:
        await _approve(market, work)


async def _approve(market: Market, work: Work) -> None:
    employer, worker = work.offer.employer, work.worker
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
        if worker not in employer.paid:
            employer.paid.append(worker)
        await rate(market, work)
        contesting.plan_claim(market, work)
        if market.percent(10):
            await send_bonus(market, work)


async def send_bonus(market: Market, work: Work) -> None:
    """Sometimes more than there is, or than is allowed."""
    employer, virtual = work.offer.employer, market.virtual
    send = partial(
        rewards.send_bonus,
        employer_id=employer.id,
        assignment_id=work.id,
        amount=Money(virtual.chance.randint(1, 1_500) * 100_000, CURRENCY),
        reason=PRAISE,
        key=virtual.key(employer.id, "bonusSend", str(work.id)),
        new_id=virtual.new_id,
        now=virtual.now,
    )
    await market.twice("bonus", send)


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
    market.plan(lambda: answer_revision(market, work), after=timedelta(hours=10))


async def answer_revision(market: Market, work: Work) -> None:
    """Once more, or never mind, or nothing at all."""
    if market.percent(60):
        await hand_in(market, work)
    elif market.percent(50):
        await market.act(
            "withdraw",
            lambda: assignments.withdraw_assignment(
                worker_id=work.worker.id,
                assignment_id=work.id,
                new_id=market.virtual.new_id,
                now=market.virtual.now,
            ),
        )


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
        market.plan(lambda: answer_rejection(market, work), after=timedelta(days=2))


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


async def answer_rejection(market: Market, work: Work) -> None:
    if work.worker.habit is Habit.LAZY or market.percent(40):
        return
    dispute_id = await market.act(
        "contest",
        lambda: disputes.open_dispute(
            worker_id=work.worker.id,
            assignment_id=work.id,
            text=COMPLAINT,
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        ),
    )
    if dispute_id is not None:
        plan_answer(market, work, dispute_id)


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
            member_id=employer.id,
            dispute_id=dispute_id,
            key=key,
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        )
        await market.twice("concede", concede)
        return
    reply = partial(
        disputes.answer_dispute,
        member_id=employer.id,
        dispute_id=dispute_id,
        text=ANSWER,
        now=market.virtual.now,
    )
    await market.act("answer dispute", reply)
    if market.percent(30):
        await contesting.offer(market, work, dispute_id)
    judging.plan_ruling(market, work, dispute_id)


async def rate(market: Market, work: Work) -> None:
    """Both sides now and then; some change their mind."""
    for author in (work.worker, work.offer.employer):
        if market.percent(30):
            rating_id = await market.act(
                "rate",
                partial(
                    ratings.give_rating,
                    author_id=author.id,
                    assignment_id=work.id,
                    stars=market.virtual.chance.randint(1, 5),
                    comment=None,
                    new_id=market.virtual.new_id,
                    now=market.virtual.now,
                ),
            )
            if rating_id is not None and market.percent(20):
                _plan_amendment(market, author, rating_id)


def _plan_amendment(market: Market, author: Person, rating_id: UUID) -> None:
    market.plan(lambda: _amend(market, author, rating_id), after=timedelta(days=2))


async def _amend(market: Market, author: Person, rating_id: UUID) -> None:
    """While nobody sees it, and when it is too late, it is refused."""
    await market.act(
        "amend rating",
        partial(
            ratings.amend_rating,
            author_id=author.id,
            rating_id=rating_id,
            stars=market.virtual.chance.randint(1, 5),
            comment=None,
            now=market.virtual.now,
        ),
    )
