"""Offers with a fixed set of answers, and how often whose answers are right."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from domain.assignments.queries import assignments_by_id
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import ConsensusPlan, SkillTest
from domain.skills import operations as skills
from domain.skills.rules import SkillTerms
from domain.tasks.rules import NewTask
from gateway.simulation.market import Market, Offer, Work
from gateway.simulation.people import Habit, Person
from gateway.simulation.virtual import Virtual

LABELS: Final = ("cat", "dog", "neither")
GOLD_EVERY: Final = 4  # tasks
ANSWERS_ASKED: Final = 2  # known ones, until a worker has a value
RIGHT_PERCENT: Final[Mapping[Habit, int]] = {
    Habit.HONEST: 92,
    Habit.LAZY: 70,
    Habit.CHEATING: 5,  # worse than by chance: they do not even look
    Habit.ABSENT: 80,
}


async def next_plan(market: Market, employer: Person) -> ConsensusPlan | None:
    """Three in ten offers; the others ask for something that their employer reads."""
    chance = market.virtual.chance
    if chance.randrange(10) >= 3:  # noqa: PLR2004  # see above
        return None
    return ConsensusPlan(
        labels=LABELS,
        answer_count_min=2,
        confidence_percent=chance.choice((70, 90)),
        gold_percent=chance.choice((0, 20, 50)),
        test=await _next_test(market, employer),
    )


async def _next_test(market: Market, employer: Person) -> SkillTest | None:
    """Four in ten show what their workers can do; one skill is enough for an employer."""
    if not market.percent(40):
        return None
    if employer.skill_id is None:
        create = partial(
            skills.create_skill,
            actor_id=employer.id,
            is_of_platform=False,
            terms=SkillTerms(name="Cats", description="Tells cats from dogs.", retake_days=1),
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        )
        employer.skill_id = await market.act("create skill", create)
    if employer.skill_id is None:
        return None
    return SkillTest(skill_id=employer.skill_id, answer_count=ANSWERS_ASKED)


async def planned(market: Market, offered: Offer, plan: ConsensusPlan) -> bool:
    set_ = partial(
        campaigns.plan_consensus,
        employer_id=offered.employer.id,
        campaign_id=offered.id,
        plan=plan,
    )
    return await market.did("plan consensus", set_)


def next_labelled(virtual: Virtual) -> tuple[list[NewTask], list[str]]:
    """Tasks, some with a known answer, and what is right about each."""
    chance = virtual.chance
    truths = [chance.choice(LABELS) for _ in range(chance.randint(4, 12))]
    tasks = [
        NewTask(
            text=f"Picture {number}",
            place_count=chance.randint(3, 6),
            gold_label=truth if number % GOLD_EVERY == 0 else None,
        )
        for number, truth in enumerate(truths)
    ]
    return tasks, truths


async def label(market: Market, work: Work) -> str:
    """What the worker takes it for."""
    truth = await right_label(work)
    if market.percent(RIGHT_PERCENT[work.worker.habit]):
        return truth
    return market.virtual.chance.choice([each for each in LABELS if each != truth])


async def right_label(work: Work) -> str:
    records = await assignments_by_id(ids=[work.id], viewer_id=work.worker.id)
    return work.offer.truths[records[work.id].task_id]
