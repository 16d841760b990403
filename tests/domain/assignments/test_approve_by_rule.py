"""What is known to be right is paid without a look, where the employer wants it so (3.5)."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.assignments import operations
from domain.campaigns.rules import ConsensusPlan
from domain.database import fetch
from domain.ledger.rules import AccountKind
from domain.tasks.rules import NewTask
from tests.domain.assignments.test_checks import RIGHT, WRONG, hand_in
from tests.domain.assignments.test_consensus import says, weighed
from tests.make.campaigns import asking, balance, claim, rich_employer
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

PLAN = ConsensusPlan(labels=("yes", "no"), gold_percent=0)


async def decisions(campaign_id: UUID) -> list[tuple[str, str | None]]:
    """In the order of the claims."""
    rows = await fetch(
        "select state, decided_by from assignment where campaign_id = $1 order by claimed_at, id",
        campaign_id,
    )
    return [(row["state"], row["decided_by"]) for row in rows]


async def test_right_answers_to_all_control_questions_are_paid(world: World) -> None:
    """Once, and only where the campaign says so; a wrong answer waits for the employer."""
    employer = await rich_employer(world)
    by_rule = await asking(world, employer, approves_by_rule=True)
    by_hand = await asking(world, employer)
    right, wrong, other = [await add_worker(world) for _ in range(3)]
    await hand_in(world, right, await claim(world, right, by_rule), answers=RIGHT)
    await hand_in(world, wrong, await claim(world, wrong, by_rule), answers=WRONG)
    await hand_in(world, other, await claim(world, other, by_hand), answers=RIGHT)

    for _ in range(2):
        await operations.approve_by_rule(new_id=world.new_id, now=world.now)

    assert await decisions(by_rule) == [("approved", "code"), ("submitted", None)]
    assert await decisions(by_hand) == [("submitted", None)]
    assert await balance(AccountKind.WORKER_EARNINGS, right) == 50_000
    assert await balance(AccountKind.WORKER_EARNINGS, wrong) == 0


async def test_what_the_crowd_agrees_on_is_paid(world: World) -> None:
    """Before they agree nobody is, and whoever saw it otherwise waits for the employer. What is
    right about a task with a known answer is paid when no other is open any more.
    """
    employer = await rich_employer(world)
    gold = NewTask(text="Known", place_count=2, gold_label="yes", priority=9)
    unknown = NewTask(text="Picture", place_count=3)
    campaign = await weighed(
        world, employer, plan=PLAN, given=[gold, unknown], approves_by_rule=True
    )
    known_id, task_id = [
        row["id"]
        for row in await fetch(
            "select id from task where campaign_id = $1 order by position", campaign
        )
    ]
    for task, label in ((known_id, "yes"), (known_id, "no"), (task_id, "yes"), (task_id, "no")):
        await says(world, campaign, label, task)
    await operations.approve_by_rule(new_id=world.new_id, now=world.now)
    early = await decisions(campaign)
    await operations.weigh_answers(new_id=world.new_id, now=world.now)
    await says(world, campaign, "yes", task_id)
    await operations.weigh_answers(new_id=world.new_id, now=world.now)
    await operations.approve_by_rule(new_id=world.new_id, now=world.now)

    assert early == [("submitted", None)] * 4
    late = await decisions(campaign)
    assert late.count(("approved", "consensus")) == 3
    assert late.count(("submitted", None)) == 2
