"""As `wishes`: what staff read of a member, and what others were told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tests.schema.wishes_of_money import WORKER

if TYPE_CHECKING:
    from tests.schema.wishes import Wishes

Wish = Callable[[], Awaitable[dict[str, Any]]]


def of_oversight(wishes: Wishes) -> dict[str, tuple[str, Wish]]:
    async def disclosure() -> dict[str, Any]:
        return {
            "memberId": wishes.scene.ids[f"member_{WORKER}"],
            "recipient": "Tax office of Berlin",
            "legalBasis": "Section 93 of the fiscal code",
            "reference": "S 0240/26",
            "fields": ["name", "tax_number"],
            "disclosedOn": wishes.scene.ask.world.now.date().isoformat(),
            "mayBeTold": True,
        }

    async def look() -> dict[str, Any]:
        member_id = wishes.scene.ids[f"member_{WORKER}"]
        return {"memberId": member_id, "reason": "They ask for another name."}

    return {"disclosureRecord": ("staff", disclosure), "memberReveal": ("staff", look)}
