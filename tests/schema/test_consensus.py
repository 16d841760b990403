"""Gold among the tasks of a campaign, as its employer and a worker see it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from domain.assignments import operations
from tests.make.ask import Ask
from tests.make.campaigns import rich_employer
from tests.make.members import add_worker
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

DRAFT: Final = {
    "title": "Is there a cat?",
    "category": "LABELING",
    "reward": {"amount": "0.05", "currency": "USD"},
    "instructions": {"text": "Look at the picture."},
}
TASKS: Final = [
    {"content": {"text": {"text": "Picture 1"}}, "placeCount": 3},
    {"content": {"text": {"text": "Picture 2"}}, "placeCount": 9, "goldLabel": "cat"},
]
SEEN: Final = "state content { __typename } placeCounts { total } goldLabel consensus { label }"
LOOK: Final = f"""
    query Look($task: ID!, $campaign: ID!) {{
      node(id: $task) {{ ... on Task {{ {SEEN} }} }}
      campaign(id: $campaign) {{ labels consensusPlan {{ goldPercent }} }}
    }}
"""


async def test_nothing_tells_a_worker_which_task_is_gold(ask: Ask) -> None:
    """6.1: gold and ordinary work look alike to a worker; its employer sees label and result."""
    world = ask.world
    employer = await rich_employer(world)
    workers = [await add_worker(world) for _ in range(2)]

    async def change(name: str, viewer: Any, **wish: Any) -> Any:
        payload = (await ask(example(name), viewer=viewer, input=wish)).only()
        assert payload["errors"] == []
        return payload

    campaign = (await change("campaignCreate", employer, **DRAFT))["campaign"]["id"]
    plan = {"labels": ["cat", "no cat"], "goldPercent": 0}
    await change("campaignPlanConsensus", employer, campaignId=campaign, **plan)
    made = await change("campaignAddTasks", employer, campaignId=campaign, tasks=TASKS)
    await change("campaignFund", employer, campaignId=campaign, idempotencyKey="fund")
    await change("campaignPublish", employer, campaignId=campaign)
    tasks = [each["id"] for each in made["tasks"]]
    for worker in workers:
        for task in tasks:
            claimed = await change("assignmentClaim", worker, campaignId=campaign, taskId=task)
            await change(
                "assignmentSubmit",
                worker,
                assignmentId=claimed["assignment"]["id"],
                items=[{"content": {"text": {"text": "cat"}}}],
                idempotencyKey=f"{worker} {task}",
            )
    seen = [
        [(await ask(LOOK, viewer=who, task=task, campaign=campaign)).data for task in tasks]
        for who in (workers[0], employer)
    ]
    await operations.weigh_answers(new_id=world.new_id, now=world.now)
    after, blind = [
        [(await ask(LOOK, viewer=who, task=task, campaign=campaign)).data for task in tasks]
        for who in (employer, workers[0])
    ]

    ordinary, gold = seen[0]
    assert ordinary == gold
    assert blind == [ordinary, gold]
    assert gold["node"]["placeCounts"] is gold["node"]["goldLabel"] is None
    assert gold["campaign"] == {"labels": ["cat", "no cat"], "consensusPlan": None}
    assert [each["node"]["goldLabel"] for each in seen[1]] == [None, "cat"]
    assert [each["node"]["placeCounts"]["total"] for each in seen[1]] == [3, 9]
    assert [each["node"]["consensus"] for each in after] == [{"label": "cat"}, None]
    assert [each["node"]["state"] for each in after] == ["AGREED", "FULL"]
    assert after[0]["campaign"]["consensusPlan"] == {"goldPercent": 0}
