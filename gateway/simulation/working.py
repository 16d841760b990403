"""What workers do: claim, hand in, give back, contest, rate, and bring their friends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.assignments import operations as assignments
from domain.assignments.rules import ClaimReason, SubmissionItem
from domain.disputes import operations as disputes
from domain.ratings import operations as ratings
from domain.referrals import operations as referrals
from gateway.simulation import hiring
from gateway.simulation.market import Market, Offer, Work
from gateway.simulation.people import BORN_ON, PASSWORD, Habit, Person, next_person

OVER: Final = frozenset({ClaimReason.NOT_RUNNING, ClaimReason.NO_PLACE_LEFT})
COMPLAINT: Final = "I did what the instructions ask for; please look at my answer again."


async def register(market: Market, number: int, *, name: str = "person") -> Person | None:
    """Every third one through somebody's link. None: refused, or the process died at it."""
    email, country, habit, is_employer = next_person(number, name=name, virtual=market.virtual)
    inviting = [each for each in market.people if each.code is not None]
    code = market.virtual.chance.choice(inviting).code if inviting and number % 3 == 0 else None
    register_: Callable[..., Awaitable[UUID]] = access.register_member
    if code is not None:
        register_ = partial(referrals.register_referred_member, code=code)
    member_id = await market.act(
        "register",
        partial(
            register_,
            name=f"{name} {number}",
            email=email,
            country=country,
            born_on=BORN_ON,
            password=PASSWORD,
            hasher=market.hasher,
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        ),
    )
    if member_id is None:
        return None
    person = Person(member_id, email, country, habit, is_employer)
    market.people.append(person)
    if market.percent(20):
        person.code = await market.act(
            "invite",
            lambda: referrals.open_link(
                member_id=person.id, new_token=market.virtual.new_token, now=market.virtual.now
            ),
        )
    return person


async def claim(market: Market, worker: Person) -> None:
    running = [each for each in market.offers if each.is_open]
    if not running:
        return
    offer = market.virtual.chance.choice(running)
    claimed = await market.act("claim", lambda: _claimed(market, offer, worker))
    if claimed is None:
        return
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
                "hand in for another", lambda: _submitted(market, work, stranger)
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
        lambda: assignments.return_assignment(worker_id=work.worker.id, assignment_id=work.id),
    )
    work.offer.is_open = True


async def hand_in(market: Market, work: Work) -> None:
    if await market.act("hand in", lambda: _submitted(market, work, work.worker)) is not None:
        hiring.plan_review(market, work)


async def _submitted(market: Market, work: Work, worker: Person) -> object:
    text = "asdf" if worker.habit is Habit.CHEATING else "yes"
    return await assignments.submit_assignment(
        worker_id=worker.id,
        assignment_id=work.id,
        items=[SubmissionItem(text=text)],
        new_id=market.virtual.new_id,
        now=market.virtual.now,
    )


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
        hiring.plan_answer(market, work, dispute_id)


async def rate(market: Market, work: Work) -> None:
    """Both sides now and then."""
    for author in (work.worker, work.offer.employer):
        if market.percent(30):
            await market.act(
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
