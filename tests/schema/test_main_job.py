"""The whole job as its clients see it: one document per step, by HTTP, through real sessions."""

from __future__ import annotations

from typing import Any

import pytest

from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import pay_in, running, submitted, usd
from tests.make.members import add_employer, add_worker
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

CREATE: dict[str, Any] = {
    "title": "Is there a cat?",
    "category": "LABELING",
    "reward": {"amount": "0.05", "currency": "USD"},
    "instructions": {
        "text": "Look at the picture.",
        "clauses": [{"id": "1", "text": "Answer with 0 or 1."}],
    },
}


async def test_from_draft_to_rating(ask: Ask) -> None:  # noqa: PLR0915  # one long way
    """An employer offers, a worker works, both are content: every mutation of the way answers."""
    world = ask.world
    employer, worker = await add_employer(world), await add_worker(world)
    await pay_in(world, employer, usd("10"))

    async def as_employer(name: str, **input_: Any) -> Any:
        return (await ask(example(name), viewer=employer, input=input_)).only()

    async def as_worker(name: str, **input_: Any) -> Any:
        return (await ask(example(name), viewer=worker, input=input_)).only()

    created = await as_employer("campaignCreate", **CREATE)
    campaign = created["campaign"]["id"]
    assert created["campaign"]["state"] == "DRAFT"
    assert created["campaign"]["availableTransitions"] == ["FUND"]

    updated = await as_employer("campaignUpdate", campaignId=campaign, perWorkerMax=5)
    assert updated["campaign"]["perWorkerMax"] == 5
    assert updated["campaign"]["title"] == "Is there a cat?"
    cleared = await as_employer("campaignUpdate", campaignId=campaign, perWorkerMax=None)
    assert cleared["campaign"]["perWorkerMax"] is None

    revised = await as_employer(
        "campaignReviseInstructions", campaignId=campaign, instructions={"text": "Look twice."}
    )
    assert revised["campaign"]["instructions"] == {
        "version": 2,
        "text": "Look twice.",
        "clauses": [],
    }

    added = await as_employer(
        "campaignAddTasks",
        campaignId=campaign,
        tasks=[
            {"content": {"text": {"text": "Picture 1"}}, "placeCount": 2},
            {"content": {"link": {"text": "Look", "url": "https://example.org/2.jpg"}}},
        ],
    )
    assert [each["content"]["__typename"] for each in added["tasks"]] == [
        "TextContent",
        "LinkContent",
    ]

    funded = await as_employer("campaignFund", campaignId=campaign, idempotencyKey="fund")
    assert funded["campaign"]["state"] == "FUNDED"
    assert funded["campaign"]["cost"]["total"]["amount"] == "0.16785"
    again = await as_employer("campaignFund", campaignId=campaign, idempotencyKey="fund")
    assert (funded["replayed"], again["replayed"]) == (False, True)

    for name, state in (
        ("campaignPublish", "RUNNING"),
        ("campaignPause", "PAUSED"),
        ("campaignResume", "RUNNING"),
    ):
        moved = await as_employer(name, campaignId=campaign)
        assert moved["campaign"]["state"] == state

    claimed = await as_worker("assignmentClaim", campaignId=campaign)
    assert claimed["assignment"]["availableTransitions"] == ["SUBMIT", "RETURN"]
    returned = await as_worker("assignmentReturn", assignmentId=claimed["assignment"]["id"])
    assert returned["assignment"]["state"] == "RETURNED"

    first = (await as_worker("assignmentClaim", campaignId=campaign))["assignment"]["id"]
    items = [{"content": {"score": {"score": 1}}}, {"content": {"text": {"text": "a cat"}}}]
    submitted = await as_worker(
        "assignmentSubmit", assignmentId=first, items=items, idempotencyKey="s1"
    )
    assert submitted["assignment"]["state"] == "SUBMITTED"
    assert submitted["submission"]["items"] == [
        {"__typename": "ScoreItem", "role": "ANSWER", "score": 1},
        {"__typename": "TextItem", "role": "ANSWER", "text": "a cat"},
    ]
    repeated = await as_worker(
        "assignmentSubmit", assignmentId=first, items=items, idempotencyKey="s1"
    )
    assert repeated["replayed"] and repeated["submission"] == submitted["submission"]

    asked = await as_employer("assignmentAskRevision", assignmentId=first, text="Closer, please.")
    assert asked["assignment"]["state"] == "REVISION_REQUESTED"
    await as_worker("assignmentSubmit", assignmentId=first, items=items, idempotencyKey="s2")
    approved = await as_employer(
        "assignmentApprove", assignmentId=first, comment="Thanks", idempotencyKey="a1"
    )
    assert approved["assignment"]["state"] == "APPROVED"
    assert [each["decision"] for each in approved["assignment"]["reviews"]] == [
        "ASK_REVISION",
        "APPROVE",
    ]

    second = (await as_worker("assignmentClaim", campaignId=campaign))["assignment"]["id"]
    await as_worker("assignmentSubmit", assignmentId=second, items=items, idempotencyKey="s3")
    rejected = await as_employer(
        "assignmentReject",
        assignmentId=second,
        reasonCode="FAILED_CHECKS",
        text="The picture shows a dog, not a cat.",
    )
    assert rejected["assignment"]["state"] == "REJECTED"
    reversed_ = await as_employer("assignmentReverse", assignmentId=second, idempotencyKey="r1")
    assert reversed_["assignment"]["state"] == "APPROVED"

    for rate in (as_employer, as_worker):
        rated = await rate("ratingGive", assignmentId=first, stars=5, comment="Good")
        assert rated["rating"]["stars"] == 5

    stopped = await as_employer("campaignStop", campaignId=campaign, idempotencyKey="stop")
    assert stopped["campaign"]["state"] == "STOPPING"
    assert stopped["campaign"]["placeCounts"] == {
        "total": 3,
        "open": 0,
        "settled": 2,
        "cancelled": 1,
    }


async def test_withdrawing_declines_a_revision(ask: Ask) -> None:
    """The reward goes back, and the same key answers the same."""
    world = ask.world
    employer, worker = await add_employer(world), await add_worker(world)
    await pay_in(world, employer, usd("10"))
    campaign = await running(world, employer)
    assignment = ask.id(Tag.ASSIGNMENT, await submitted(world, worker, campaign))
    await ask(
        example("assignmentAskRevision"),
        viewer=employer,
        input={"assignmentId": assignment, "text": "More"},
    )

    wish = {"assignmentId": assignment, "idempotencyKey": "w"}
    first = (await ask(example("assignmentWithdraw"), viewer=worker, input=wish)).only()
    second = (await ask(example("assignmentWithdraw"), viewer=worker, input=wish)).only()

    assert first["assignment"]["state"] == "WITHDRAWN"
    assert (first["replayed"], second["replayed"]) == (False, True)
