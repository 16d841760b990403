"""As `wishes`: what staff read of a member, and what others were told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from domain.supplements.operations import agree_to_source
from domain.supplements.rules import DataSource
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

    async def source() -> dict[str, Any]:
        return {"source": "NEWSPAPER", "isAgreed": True}

    async def supplement() -> dict[str, Any]:
        world = wishes.scene.ask.world
        await agree_to_source(
            member_id=wishes.scene.people[WORKER],
            source=DataSource.BLOG,
            new_id=world.new_id,
            now=world.now,
        )
        member_id = wishes.scene.ids[f"member_{WORKER}"]
        about = {"text": "Writes about birds.", "foundIn": "A blog on birds of the coast"}
        return {"memberId": member_id, "source": "BLOG", **about}

    return {
        "disclosureRecord": ("staff", disclosure),
        "memberReveal": ("staff", look),
        "consentSourceSet": (WORKER, source),
        "profileSupplementAdd": ("staff", supplement),
    }
