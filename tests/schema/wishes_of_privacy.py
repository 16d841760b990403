"""As `wishes`: what members tell of themselves, and what staff decide about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from domain.members.operations import ChangeWaiting, ask_profile_change
from domain.members.rules import ChangeableField
from tests.schema.wishes_of_leaving import of_leaving
from tests.schema.wishes_of_money import WORKER
from tests.schema.wishes_of_oversight import of_oversight

if TYPE_CHECKING:
    from tests.schema.wishes import Wishes

Wish = Callable[[], Awaitable[dict[str, Any]]]


def of_privacy(wishes: Wishes) -> dict[str, tuple[str, Wish]]:
    async def profile() -> dict[str, Any]:
        return {
            "city": "Manila",
            "gender": "WOMAN",
            "interests": ["photography"],
            "shown": ["CITY"],
        }

    async def counting() -> dict[str, Any]:
        return {"isAllowed": True}

    async def change() -> dict[str, Any]:
        return {"field": "NAME", "value": "Wanda Santos", "reason": "I have married."}

    async def decision() -> dict[str, Any]:
        world = wishes.scene.ask.world
        with suppress(ChangeWaiting):
            await ask_profile_change(
                member_id=wishes.scene.people[WORKER],
                field=ChangeableField.EMAIL,
                wanted="wanda@members.example",
                reason="The other is closed.",
                new_id=world.new_id,
                now=world.now,
            )
        member_id = wishes.scene.ids[f"member_{WORKER}"]
        return {"memberId": member_id, "field": "EMAIL", "isApproved": False, "answer": "No."}

    return {
        **of_leaving(wishes),
        **of_oversight(wishes),
        "analyticsAllow": (WORKER, counting),
        "profileSet": (WORKER, profile),
        "profileChangeAsk": (WORKER, change),
        "profileChangeDecide": ("staff", decision),
    }
