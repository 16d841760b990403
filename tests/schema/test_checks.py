"""Questions with hidden answers, as both sides meet them over HTTP."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.make.ask import Ask
from tests.make.campaigns import REASON, rich_employer
from tests.make.members import add_worker
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

COLOUR: Final = "ultramarine"
DRAFT: Final = {
    "title": "Is there a cat?",
    "category": "LABELING",
    "reward": {"amount": "0.05", "currency": "USD"},
    "claimMinutes": 5,
    "instructions": {
        "text": "Look at the picture.",
        "proofs": [{"id": "link", "text": "Where it is."}],
        "questions": [{"id": "colour", "text": "Which colour?", "answers": [COLOUR]}],
    },
}
TASKS: Final = [{"content": {"text": {"text": "Picture 1"}}, "placeCount": 2}]
LOOK: Final = """
    query Look($id: ID!) {
      assignment: node(id: $id) { ... on Assignment {
        instructions { proofs { id text isRequired } questions { id text } }
        campaign { collectsContacts instructions { questions { id text } } }
        submissions { failedCheckCount contactKinds checkAnswers { id text }
                      items { ... on TextItem { text proofId } } }
      } }
    }
"""


async def test_answers_are_asked_for_checked_and_never_shown(ask: Ask) -> None:
    """The right answers come back to nobody; how many are wrong is the employer's alone to see."""
    employer, worker = await rich_employer(ask.world), await add_worker(ask.world)

    async def change(name: str, viewer: Any, **wish: Any) -> Any:
        return (await ask(example(name), viewer=viewer, input=wish)).only()

    made = await change("campaignCreate", employer, **DRAFT)
    campaign = made["campaign"]["id"]
    await change("campaignAddTasks", employer, campaignId=campaign, tasks=TASKS)
    await change("campaignFund", employer, campaignId=campaign, idempotencyKey="fund")
    await change("campaignPublish", employer, campaignId=campaign)
    claimed = await change("assignmentClaim", worker, campaignId=campaign)
    key = claimed["assignment"]["id"]
    items = [
        {"content": {"text": {"text": "me@example.org"}}},
        {"content": {"text": {"text": "here"}}, "role": "PROOF", "proofId": "link"},
    ]
    wish = {"assignmentId": key, "items": items, "idempotencyKey": "submit"}
    silent = await change("assignmentSubmit", worker, **wish)
    answer = {"questionId": "colour", "text": COLOUR.upper()}
    done = await change("assignmentSubmit", worker, **wish, checkAnswers=[answer])
    refused = await change(
        "assignmentReject",
        employer,
        assignmentId=key,
        reasonCode="FAILED_CHECKS",
        text=REASON,
    )
    seen = [await ask(LOOK, viewer=viewer, id=key) for viewer in (worker, employer)]

    assert silent["errors"][0]["path"] == ["checkAnswers"]
    assert done["errors"] == []
    assert refused["errors"][0]["code"] == "CHECKS_PASSED"
    assert refused["errors"][0]["path"] == ["reasonCode"]
    assert all(COLOUR not in str(each.body) for each in seen)
    submissions = [each.only()["submissions"][0] for each in seen]
    assert [each.pop("failedCheckCount") for each in submissions] == [None, 0]
    assert submissions[0] == submissions[1]
    assert submissions[0] == {
        "contactKinds": ["EMAIL"],
        "checkAnswers": [{"id": "colour", "text": COLOUR.upper()}],
        "items": [{"text": "•••", "proofId": None}, {"text": "here", "proofId": "link"}],
    }
    assert seen[0].only()["instructions"] == {
        "proofs": [{"id": "link", "text": "Where it is.", "isRequired": True}],
        "questions": [{"id": "colour", "text": "Which colour?"}],
    }
