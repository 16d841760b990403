"""As `wishes`: what employers ask for, and work that is more than a text."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from domain.campaigns.rules import Checks, QuestionKind, SurveyQuestion
from schema.ids import Tag
from tests.make.campaigns import CHECKS, asking
from tests.schema.wishes_of_money import EMPLOYER, WORKER

if TYPE_CHECKING:
    from tests.schema.wishes import Wishes

Wish = Callable[[], Awaitable[dict[str, Any]]]
ANTARCTICA: Final = {"codes": ["AQ"], "numbers": [], "skillId": None}
TERMS: Final[dict[str, Any]] = {
    "title": "Is there a dog?",
    "category": "OTHER",
    "categorySlug": "other",
    "workMode": "COLLECT",
    "reward": {"amount": "0.01", "currency": "USD"},
    "claimMinutes": 15,
    "reviewDays": 3,
    "revisionCountMax": 2,
    "perWorkerMax": 90,
    "targets": [{"field": "COUNTRY", "comparator": "NOT_IN", **ANTARCTICA}],
    "guard": "PREVIEW",
    "visibility": "PUBLIC",
    "contentRating": "GENERAL",
    "difficulty": "EASY",
    "estimatedSeconds": 30,
    "schedule": {
        "dailyFromHour": 22,
        "dailyToHour": 20,
        "dayClaimMax": 1000,
        "hourClaimMax": 100,
        "countryShareMax": 100,
    },
    "collectsContacts": False,
    "approvesByRule": False,
    "dataUse": {"purpose": "RESEARCH", "details": "Dogs in towns", "licence": "CC0_1_0"},
}
INSTRUCTIONS: Final = {
    "text": "Look.",
    "clauses": [{"id": "1", "text": "Look twice."}],
    "proofs": [{"id": "link", "text": "Where?", "isRequired": False}],
    "questions": [{"id": "colour", "text": "Which colour?", "answers": ["blue"]}],
    "survey": [
        {
            "id": "much",
            "text": "How much?",
            "kind": "SCALE",
            "options": [],
            "scaleMin": 0,
            "scaleMax": 4,
            "isRequired": True,
        }
    ],
}
TEXT: Final[dict[str, Any]] = {"text": {"text": "Look"}}
WHY: Final = SurveyQuestion(id="why", text="Why?", kind=QuestionKind.TEXT)
WHICH: Final = SurveyQuestion(
    id="which", text="Which?", kind=QuestionKind.SINGLE, options=("red", "blue")
)
ANSWERS: Final = [
    {"questionId": "why", "text": "Because.", "number": None, "options": []},
    {"questionId": "which", "options": ["red"]},
]

POST: Final = json.dumps(
    {"title": "Look", "instructions": ["Look."], "num_tasks": 1, "task_value": "0.01"}
)


def of_work(wishes: Wishes) -> dict[str, tuple[str, Wish]]:
    async def claimed(checks: Checks) -> str:
        """In a campaign of its own, which asks for more than others."""
        scene = wishes.scene
        campaign = await asking(scene.ask.world, wishes.who(EMPLOYER), checks=checks)
        wish = {"campaignId": scene.ask.id(Tag.CAMPAIGN, campaign)}
        id_: str = (await scene.do(WORKER, "assignmentClaim", **wish))["assignment"]["id"]
        wishes.checked.add(id_)
        return id_

    async def checked() -> dict[str, Any]:
        items = [{"content": TEXT, "role": "PROOF", "proofId": "link"}, {"content": TEXT}]
        answers = [{"questionId": each, "text": "4"} for each in ("colour", "legs")]
        wish = {"items": items, "checkAnswers": answers}
        return {"assignmentId": await claimed(CHECKS), **wish, **wishes.key()}

    async def survey() -> dict[str, Any]:
        items = [{"content": {"survey": {"answers": ANSWERS}}}]
        asked = Checks(survey=(WHY, WHICH))
        return {"assignmentId": await claimed(asked), "items": items, **wishes.key()}

    async def post() -> dict[str, Any]:
        return {"source": "SPROUTGIGS", "document": POST, "category": "OTHER", **wishes.key()}

    return {
        "campaignImport": (EMPLOYER, post),
        "assignmentSubmit checks": (WORKER, checked),
        "assignmentSubmit survey": (WORKER, survey),
        "assignmentSubmit link": (
            WORKER,
            lambda: wishes.items({"link": {"url": "https://dogs.example/rex"}}),
        ),
    }
