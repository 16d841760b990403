"""As `wishes`: policies so far off that no other test's members ever need to agree."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from domain.consents.operations import draft_policy, post_policy
from domain.consents.rules import PolicyKind
from domain.members.rules import Role
from schema.ids import Tag
from tests.make.members import add_staff
from tests.make.policies import policy_draft
from tests.schema.wishes_of_money import WORKER

if TYPE_CHECKING:
    from tests.schema.wishes import Wishes

Wish = Callable[[], Awaitable[dict[str, Any]]]
FAR_OFF: Final = datetime(2099, 1, 1, tzinfo=UTC)


def of_policies(wishes: Wishes) -> dict[str, tuple[str, Wish]]:
    ask = wishes.scene.ask
    world = ask.world

    async def draft() -> dict[str, Any]:
        return {
            "kind": "PRIVACY",
            "texts": [{"language": "en", "text": "What is yours stays yours."}],
            "note": "Said more clearly.",
            "isMaterial": False,
            "dataRegions": ["EU"],
            "effectiveAt": "2099-01-01T00:00:00Z",
        }

    async def drafted() -> dict[str, Any]:
        version_id = await draft_policy(
            staff_id=await add_staff(world, Role.STAFF),
            kind=PolicyKind.PRIVACY,
            draft=policy_draft(FAR_OFF, is_material=False),
            new_id=world.new_id,
            now=world.now,
        )
        return {"policyId": ask.id(Tag.POLICY, version_id)}

    async def consent() -> dict[str, Any]:
        wish = await drafted()
        version_id = ask.key(Tag.POLICY, wish["policyId"])
        second_id = await add_staff(world, Role.STAFF)
        await post_policy(staff_id=second_id, version_id=version_id, now=world.now)
        return {**wish, "language": "en"}

    return {
        "policyDraft": ("staff", draft),
        "policyPost": ("staff", drafted),
        "consentGive": (WORKER, consent),
    }
