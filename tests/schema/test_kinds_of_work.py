"""Surveys, addresses, numbers and texts as work, from the draft to what the employer reads."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.make.ask import Ask
from tests.make.campaigns import rich_employer
from tests.make.members import add_worker
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

SURVEY: Final[list[dict[str, Any]]] = [
    {"id": "what", "text": "What is it?", "kind": "SINGLE", "options": ["cat", "dog"]},
    {"id": "how", "text": "How good is it?", "kind": "SCALE", "scaleMin": 1, "scaleMax": 5},
    {"id": "more", "text": "Anything else?", "kind": "TEXT", "isRequired": False},
]
DRAFT: Final = {
    "title": "What is on the picture?",
    "category": "LABELING",
    "workMode": "CHECK",
    "reward": {"amount": "0.05", "currency": "USD"},
    "instructions": {
        "text": "Look at {{picture}}, as in https://Guide.example/cats.",
        "survey": SURVEY,
    },
}
VARIABLE: Final = {"name": "picture", "value": "https://pictures.example/1"}
TASK: Final = {"content": {"text": {"text": "Picture 1"}}, "variables": [VARIABLE]}
WHAT: Final[dict[str, Any]] = {"questionId": "what", "options": ["cat"]}
HOW: Final[dict[str, Any]] = {"questionId": "how", "number": 4}
MORE: Final[dict[str, Any]] = {"questionId": "more", "text": "Write to me@example.org"}
TEXT: Final = {"content": {"text": {"text": "a cat"}}}
SCORE: Final = {"content": {"score": {"score": -3}}}
LINK: Final = {"content": {"link": {"url": "https://cats.example/tom"}}}
GUIDE: Final = {
    "url": "https://Guide.example/cats",
    "host": "guide.example",
    "isExternal": True,
}
CATS: Final = {"url": "https://cats.example/tom", "host": "cats.example", "isExternal": True}
BLANK: Final[dict[str, Any]] = {"options": [], "number": None, "text": None}
SEEN: Final = [
    {
        "__typename": "SurveyItem",
        "role": "ANSWER",
        "answers": [
            {**BLANK, **WHAT},
            {**BLANK, **HOW},
            {**BLANK, **MORE, "text": "Write to •••"},
        ],
    },
    {"__typename": "LinkItem", "role": "ANSWER", "link": CATS},
    {"__typename": "TextItem", "text": "a cat"},
    {"__typename": "ScoreItem", "score": -3},
]
LOOK: Final = """
    query Look($id: ID!) {
      assignment: node(id: $id) { ... on Assignment {
        campaign { workMode instructions { links { url host isExternal } } }
        filledLinks { host }
        instructions { survey { id kind options scaleMin scaleMax isRequired } }
        submissions { contactKinds items { __typename
          ... on SurveyItem { role answers { questionId options number text } }
          ... on LinkItem { role link { url host isExternal } }
          ... on TextItem { text }
          ... on ScoreItem { score } } }
      } }
    }
"""


async def change(ask: Ask, name: str, viewer: Any, **wish: Any) -> Any:
    return (await ask(example(name), viewer=viewer, input=wish)).only()


def survey(*answers: Any) -> dict[str, Any]:
    return {"content": {"survey": {"answers": list(answers)}}}


async def claimed_by(ask: Ask, employer: Any, worker: Any) -> str:
    """A claim in a campaign that was drafted, filled and opened over HTTP."""
    made = await change(ask, "campaignCreate", employer, **DRAFT)
    campaign = made["campaign"]["id"]
    bare = [{"content": {"text": {"text": "Picture 1"}}}]
    unshown = await change(ask, "campaignAddTasks", employer, campaignId=campaign, tasks=bare)
    await change(ask, "campaignAddTasks", employer, campaignId=campaign, tasks=[TASK])
    late = await change(ask, "campaignUpdate", employer, campaignId=campaign, workMode="CREATE")
    await change(ask, "campaignFund", employer, campaignId=campaign, idempotencyKey="fund")
    await change(ask, "campaignPublish", employer, campaignId=campaign)
    paths = [each["errors"][0]["path"] for each in (unshown, late)]
    assert paths == [["tasks", "0"], ["workMode"]]
    claimed = await change(ask, "assignmentClaim", worker, campaignId=campaign)
    key: str = claimed["assignment"]["id"]
    return key


async def test_each_kind_of_data_comes_out_as_it_went_in(ask: Ask) -> None:
    """C3: what is asked, shown and answered reaches the other side; what does not fit is named."""
    employer, worker = await rich_employer(ask.world), await add_worker(ask.world)
    key = await claimed_by(ask, employer, worker)

    async def hand_in(*items: Any) -> Any:
        wish = {"assignmentId": key, "items": list(items), "idempotencyKey": "submit"}
        return await change(ask, "assignmentSubmit", worker, **wish)

    wrong = [
        await hand_in(LINK),
        await hand_in(survey({**WHAT, "options": ["bird"]}, HOW)),
        await hand_in(survey(WHAT)),
        await hand_in(survey(WHAT, HOW), {"content": {"link": {"url": "https://wa.me/491711"}}}),
    ]
    done = await hand_in(survey(WHAT, HOW, MORE), LINK, TEXT, SCORE)
    seen = (await ask(LOOK, viewer=employer, id=key)).only()

    answers = ["items", "0", "content", "survey", "answers"]
    places = [["items"], [*answers, "0"], answers, ["items", "1"]]
    assert [each["errors"][0]["path"] for each in wrong] == places
    assert done["errors"] == []
    hosts = [each["host"] for each in seen["filledLinks"]]
    assert hosts == ["pictures.example", "guide.example"]
    assert seen["campaign"] == {"workMode": "CHECK", "instructions": {"links": [GUIDE]}}
    optional: dict[str, Any] = {
        "options": [],
        "scaleMin": None,
        "scaleMax": None,
        "isRequired": True,
    }
    assert seen["instructions"]["survey"] == [
        {**optional, **{name: value for name, value in each.items() if name != "text"}}
        for each in SURVEY
    ]
    assert seen["submissions"] == [{"contactKinds": ["EMAIL"], "items": SEEN}]
