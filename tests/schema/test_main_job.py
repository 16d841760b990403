"""The main job as its clients see it: one example document per step, by HTTP, in real sessions."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

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
ITEMS = [{"content": {"score": {"score": 1}}}, {"content": {"text": {"text": "a cat"}}}]

Do = Callable[..., Coroutine[Any, Any, Any]]


def acting(ask: Ask, member: UUID) -> Do:
    """Sends a mutation's example as this member; nothing may go wrong."""

    async def do(name: str, **input_: Any) -> Any:
        payload = (await ask(example(name), viewer=member, input=input_)).only()
        assert payload["errors"] == []
        return payload

    return do


async def parties(ask: Ask) -> tuple[Do, Do, UUID]:
    """An employer with money and a worker, and the employer's key."""
    employer, worker = await add_employer(ask.world), await add_worker(ask.world)
    await pay_in(ask.world, employer, usd("10"))
    return acting(ask, employer), acting(ask, worker), employer


async def test_from_draft_to_the_market(ask: Ask) -> None:
    """What is absent in an update stays, null clears, and the state says what comes next."""
    employer, _, _ = await parties(ask)

    created = (await employer("campaignCreate", **CREATE))["campaign"]
    campaign = created["id"]
    assert (created["state"], created["availableTransitions"]) == ("DRAFT", ["FUND"])
    updated = (await employer("campaignUpdate", campaignId=campaign, perWorkerMax=5))["campaign"]
    assert (updated["perWorkerMax"], updated["title"]) == (5, "Is there a cat?")
    cleared = await employer("campaignUpdate", campaignId=campaign, perWorkerMax=None)
    assert cleared["campaign"]["perWorkerMax"] is None
    revised = await employer(
        "campaignReviseInstructions", campaignId=campaign, instructions={"text": "Look twice."}
    )
    assert revised["campaign"]["instructions"] == {
        "version": 2,
        "text": "Look twice.",
        "clauses": [],
    }

    tasks = [
        {"content": {"text": {"text": "Picture 1"}}, "placeCount": 2},
        {"content": {"link": {"text": "Look", "url": "https://example.org/2.jpg"}}},
    ]
    added = await employer("campaignAddTasks", campaignId=campaign, tasks=tasks)
    kinds = [each["content"]["__typename"] for each in added["tasks"]]
    assert kinds == ["TextContent", "LinkContent"]

    funded = await employer("campaignFund", campaignId=campaign, idempotencyKey="fund")
    again = await employer("campaignFund", campaignId=campaign, idempotencyKey="fund")
    assert (funded["replayed"], again["replayed"]) == (False, True)
    assert funded["campaign"]["cost"]["total"] == {"amount": "0.16785", "currency": "USD"}

    for name, state in (
        ("campaignPublish", "RUNNING"),
        ("campaignPause", "PAUSED"),
        ("campaignResume", "RUNNING"),
    ):
        assert (await employer(name, campaignId=campaign))["campaign"]["state"] == state
    stopped = (await employer("campaignStop", campaignId=campaign, idempotencyKey="stop"))[
        "campaign"
    ]
    assert stopped["state"] == "STOPPING"
    assert stopped["placeCounts"] == {"total": 3, "open": 0, "settled": 0, "cancelled": 3}


async def test_work_is_revised_approved_and_rated(ask: Ask) -> None:
    """A lost answer is asked again with the same key; both sides rate at the end."""
    employer, worker, key = await parties(ask)
    campaign = ask.id(Tag.CAMPAIGN, await running(ask.world, key))

    claimed = (await worker("assignmentClaim", campaignId=campaign))["assignment"]
    assert claimed["availableTransitions"] == ["SUBMIT", "RETURN"]
    returned = await worker("assignmentReturn", assignmentId=claimed["id"])
    assert returned["assignment"]["state"] == "RETURNED"

    id_ = (await worker("assignmentClaim", campaignId=campaign))["assignment"]["id"]
    wish = {"assignmentId": id_, "items": ITEMS, "idempotencyKey": "s1"}
    first, again = (
        await worker("assignmentSubmit", **wish),
        await worker("assignmentSubmit", **wish),
    )
    assert first["submission"]["items"] == [
        {"__typename": "ScoreItem", "role": "ANSWER", "score": 1},
        {"__typename": "TextItem", "role": "ANSWER", "text": "a cat"},
    ]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["submission"] == first["submission"]

    asked = await employer("assignmentAskRevision", assignmentId=id_, text="Closer, please.")
    assert asked["assignment"]["state"] == "REVISION_REQUESTED"
    await worker("assignmentSubmit", **{**wish, "idempotencyKey": "s2"})
    approve = {"assignmentId": id_, "comment": "Thanks", "idempotencyKey": "a1"}
    approved = (await employer("assignmentApprove", **approve))["assignment"]
    assert approved["state"] == "APPROVED"
    assert [each["decision"] for each in approved["reviews"]] == ["ASK_REVISION", "APPROVE"]
    assert (await employer("assignmentApprove", **approve))["replayed"]

    for rate, state in ((employer, "HIDDEN"), (worker, "VISIBLE")):
        rated = await rate("ratingGive", assignmentId=id_, stars=5, comment="Good")
        assert (rated["rating"]["stars"], rated["rating"]["state"]) == (5, state)


async def test_a_rejection_is_taken_back(ask: Ask) -> None:
    """The worker reads why; the employer may still pay."""
    employer, worker, key = await parties(ask)
    campaign = ask.id(Tag.CAMPAIGN, await running(ask.world, key))
    id_ = (await worker("assignmentClaim", campaignId=campaign))["assignment"]["id"]
    await worker("assignmentSubmit", assignmentId=id_, items=ITEMS, idempotencyKey="s1")

    rejected = await employer(
        "assignmentReject",
        assignmentId=id_,
        reasonCode="FAILED_CHECKS",
        text="The picture shows a dog, not a cat.",
    )
    wish = {"assignmentId": id_, "idempotencyKey": "r1"}
    reversed_ = await employer("assignmentReverse", **wish)

    assert rejected["assignment"]["state"] == "REJECTED"
    assert rejected["assignment"]["reviews"][0]["reasonCode"] == "FAILED_CHECKS"
    assert reversed_["assignment"]["state"] == "APPROVED"
    assert (await employer("assignmentReverse", **wish))["replayed"]


async def test_withdrawing_declines_a_revision(ask: Ask) -> None:
    """The reward goes back, and the same key answers the same."""
    employer, _, key = await parties(ask)
    worker = await add_worker(ask.world)
    work = await submitted(ask.world, worker, await running(ask.world, key))
    id_ = ask.id(Tag.ASSIGNMENT, work)
    await employer("assignmentAskRevision", assignmentId=id_, text="More")

    wish = {"assignmentId": id_, "idempotencyKey": "w"}
    first = await acting(ask, worker)("assignmentWithdraw", **wish)
    second = await acting(ask, worker)("assignmentWithdraw", **wish)

    assert first["assignment"]["state"] == "WITHDRAWN"
    assert (first["replayed"], second["replayed"]) == (False, True)
