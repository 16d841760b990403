"""What others see of a profile, and what staff decide about it."""

from __future__ import annotations

from typing import Final

import pytest

from domain.members.rules import Role
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.members import add_staff, add_worker
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

FIELDS: Final = "city ageBand gender languages interests devices"
MEMBER: Final = f"query ($id: ID!) {{ member(id: $id) {{ {FIELDS} }} }}"
PROFILE: Final = {
    "city": "Manila",
    "gender": "WOMAN",
    "interests": ["photography"],
}
SHOWN: Final = {
    "CITY": "city",
    "AGE_BAND": "ageBand",
    "GENDER": "gender",
    "LANGUAGES": "languages",
    "INTERESTS": "interests",
    "DEVICES": "devices",
}


async def test_others_see_what_is_shown_and_nothing_else(ask: Ask, world: World) -> None:
    """P2, P8: each field by its own flag, read compiled and by resolvers alike."""
    member_id, other_id = await add_worker(world), await add_worker(world)
    id_ = ask.id(Tag.MEMBER, member_id)
    preferences = {"languages": ["en"], "devices": ["PHONE"], "wantsAdultContent": False}
    await ask(example("memberPreferencesSet"), viewer=member_id, input=preferences)
    whole = {**PROFILE, **preferences, "ageBand": "FROM_35"}
    for shown in ([], *([name] for name in SHOWN), list(SHOWN)):
        given = {**PROFILE, "shown": shown}
        await ask(example("profileSet"), viewer=member_id, input=given)
        seen = (await ask(MEMBER, viewer=other_id, id=id_)).only()
        mixed = (await ask(f"{{ viewer {{ member {{ {FIELDS} }} }} }}", viewer=member_id)).only()

        expected = {SHOWN[name]: whole[SHOWN[name]] for name in shown}
        assert {name: value for name, value in seen.items() if value is not None} == expected
        assert mixed["member"] == seen


async def test_only_staff_decide_about_a_change(ask: Ask, world: World) -> None:
    """P23: the queue is theirs, and a worker cannot agree to their own name."""
    member_id, staff_id = await add_worker(world), await add_staff(world, Role.STAFF)
    wish = {"field": "NAME", "value": "Wanda Santos", "reason": "I have married."}
    await ask(example("profileChangeAsk"), viewer=member_id, input=wish)
    decision = {
        "memberId": ask.id(Tag.MEMBER, member_id),
        "field": "NAME",
        "isApproved": True,
        "answer": "As on the certificate.",
    }

    hidden = await ask(example("profileChangeQueue"), viewer=member_id)
    refused = await ask(example("profileChangeDecide"), viewer=member_id, input=decision)
    queue = (await ask(example("profileChangeQueue"), viewer=staff_id)).only()
    about = {"memberId": decision["memberId"], "reason": "The member asks for another name."}
    seen = (await ask(example("memberReveal"), viewer=staff_id, input=about)).only()["person"]
    before = (await ask("{ viewer { name } }", viewer=member_id)).only()
    done = await ask(example("profileChangeDecide"), viewer=staff_id, input=decision)
    after = (await ask("{ viewer { name profileChanges { state } } }", viewer=member_id)).only()

    assert hidden.code == "FORBIDDEN"
    assert refused.only()["errors"][0]["code"] == "NOT_ALLOWED"
    assert decision["memberId"] in [each["memberId"] for each in queue]
    assert (seen["name"], seen["changes"][0]["value"]) == ("Wanda Worker", "Wanda Santos")
    assert (done.only()["errors"], before["name"]) == ([], "Wanda Worker")
    assert after == {"name": "Wanda Santos", "profileChanges": [{"state": "APPROVED"}]}
