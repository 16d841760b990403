"""What the sides of a dispute say: a share that is offered, and fraud that is claimed."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.disputes import operations as disputes
from gateway.simulation import judging
from gateway.simulation.market import Market, Work
from gateway.simulation.people import Habit, Person

CLAIM: Final = (
    "All answers of this worker are the same, picture after picture: a program wrote them."
)
ANSWER: Final = "I looked at each picture, and most of them showed the very same thing."


async def offer(market: Market, work: Work, dispute_id: UUID) -> None:
    """Some meet at once, some never; both may change their mind."""
    wanted = market.virtual.chance.choice((40, 60))
    for person, percent in (
        (work.worker, 80),
        (work.offer.employer, 40),
        (work.worker, wanted),
        (work.offer.employer, market.virtual.chance.choice((40, 60))),
    ):
        await _offer(market, person, dispute_id, percent)


async def _offer(market: Market, person: Person, dispute_id: UUID, percent: int) -> None:
    virtual = market.virtual
    change = partial(
        disputes.offer_share,
        member_id=person.id,
        dispute_id=dispute_id,
        percent=percent,
        key=virtual.key(person.id, "disputeOffer", f"{dispute_id} {percent} {virtual.now}"),
        new_id=virtual.new_id,
        now=virtual.now,
    )
    await market.twice("offer", change)


def plan_claim(market: Market, work: Work) -> None:
    """Of work that was paid: now and then some days later, when it may be paid out already."""
    if market.percent(2):
        later = timedelta(days=market.virtual.chance.randint(1, 6))
        market.plan(lambda: claim(market, work), after=later)


async def claim(market: Market, work: Work) -> None:
    dispute_id = await market.act(
        "claim fraud",
        lambda: disputes.open_fraud_dispute(
            employer_id=work.offer.employer.id,
            assignment_id=work.id,
            text=CLAIM,
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        ),
    )
    if dispute_id is not None and not market.percent(20):
        market.plan(lambda: answer(market, work, dispute_id), after=timedelta(hours=20))
    elif dispute_id is not None:
        judging.plan_ruling(market, work, dispute_id)  # silence is for nobody


async def answer(market: Market, work: Work, dispute_id: UUID) -> None:
    virtual, worker = market.virtual, work.worker
    if worker.habit is Habit.CHEATING or market.percent(30):
        concede = partial(
            disputes.concede_dispute,
            member_id=worker.id,
            dispute_id=dispute_id,
            key=virtual.key(worker.id, "disputeConcede", str(dispute_id)),
            new_id=virtual.new_id,
            now=virtual.now,
        )
        await market.twice("concede fraud", concede)
    else:
        reply = partial(
            disputes.answer_dispute,
            member_id=worker.id,
            dispute_id=dispute_id,
            text=ANSWER,
            now=virtual.now,
        )
        await market.act("answer fraud", reply)
    judging.plan_ruling(market, work, dispute_id)
