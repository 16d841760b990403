"""A paid test, as its employer, a worker and a stranger see it."""

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
    "instructions": {"text": "Say whether {{what}} is on the picture."},
}
TASK: Final = {
    "content": {"text": {"text": "Picture 1"}},
    "goldLabel": "cat",
    "variables": [{"name": "what", "value": "a {{what}}"}],
}
MINE: Final = "{ viewer { skillGrants { value attempt skill { name } } usableSkills { name } } }"
CLAIMED: Final = "query Q($id: ID!) { node(id: $id) { ... on Assignment { %s } } }"
FIELDS: Final = "filledInstructions task { variables { name value } }"
ASKED: Final = """
    query Q($id: ID!) { campaign(id: $id) {
        targets { field skill { name owner { id } } } viewerClaimObstacles
        consensusPlan { testAnswerCount skill { name } }
    } }
"""


async def test_a_test_is_filled_taken_and_asked_for(ask: Ask) -> None:
    """Instructions come with the task's values, and a value is its worker's alone."""
    world = ask.world
    employer, worker = await rich_employer(world), await add_worker(world)

    async def change(mutation: str, viewer: Any, **wish: Any) -> Any:
        payload = (await ask(example(mutation), viewer=viewer, input=wish)).only()
        assert payload["errors"] == []
        return payload

    written = {"name": "Cats", "description": "Tells cats from dogs."}
    skill = (await change("skillCreate", employer, **written))["skill"]["id"]
    test = (await change("campaignCreate", employer, **DRAFT))["campaign"]["id"]
    plan = {"labels": ["cat", "no cat"], "skillId": skill, "testAnswerCount": 1}
    await change("campaignPlanConsensus", employer, campaignId=test, **plan)
    await change("campaignAddTasks", employer, campaignId=test, tasks=[TASK])
    await change("campaignFund", employer, campaignId=test, idempotencyKey="fund")
    await change("campaignPublish", employer, campaignId=test)
    clause = {"field": "SKILL", "comparator": "GE", "numbers": [90], "skillId": skill}
    asking = await change("campaignCreate", employer, **DRAFT, targets=[clause])

    claimed = await change("assignmentClaim", worker, campaignId=test)
    assignment = claimed["assignment"]["id"]
    compiled = await ask(CLAIMED % FIELDS, viewer=worker, id=assignment)
    item = {"content": {"text": {"text": "cat"}}}
    sent = {"assignmentId": assignment, "items": [item], "idempotencyKey": "one"}
    await change("assignmentSubmit", worker, **sent)
    await operations.weigh_answers(new_id=world.new_id, now=world.now)
    granted = (await ask(MINE, viewer=worker)).data["viewer"]
    owned = (await ask(MINE, viewer=employer)).data["viewer"]
    seen = (await ask(ASKED, viewer=employer, id=asking["campaign"]["id"])).data["campaign"]
    again = (await ask(ASKED, viewer=worker, id=test)).data["campaign"]

    assert compiled.data["node"] == {
        "filledInstructions": "Say whether a {{what}} is on the picture.",
        "task": {"variables": [{"name": "what", "value": "a {{what}}"}]},
    }
    (grant,) = granted["skillGrants"]
    assert grant == {"value": 100, "attempt": 1, "skill": {"name": "Cats"}}
    assert owned["skillGrants"] == []
    assert "Cats" in [each["name"] for each in owned["usableSkills"]]
    assert "Cats" not in [each["name"] for each in granted["usableSkills"]]
    (target,) = seen["targets"]
    assert target["skill"]["name"] == "Cats"
    assert "TEST_TAKEN" in again["viewerClaimObstacles"]
    assert again["consensusPlan"] is None
