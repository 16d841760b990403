"""As `wishes`: members who leave or must, and holds on their data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from domain.privacy.operations import HeldAlready, place_hold
from tests.schema.wishes_of_money import WORKER

if TYPE_CHECKING:
    from tests.schema.wishes import Wishes

Wish = Callable[[], Awaitable[dict[str, Any]]]


def of_leaving(wishes: Wishes) -> dict[str, tuple[str, Wish]]:
    async def closing() -> dict[str, Any]:
        return {"stepUpId": wishes.scene.ids[f"step_up_{WORKER}"]}

    async def frozen() -> dict[str, Any]:
        return await of_member("invited_bob")

    async def begun_closing() -> dict[str, Any]:
        return {"action": {"memberClose": {"confirm": True}}}

    async def begun_export() -> dict[str, Any]:
        return {"action": {"dataExportAsk": {"confirm": True}}}

    async def hold() -> dict[str, Any]:
        return {**await of_member(WORKER), "reason": "Order of the district court."}

    async def lift() -> dict[str, Any]:
        about, staff_id = await of_member(WORKER), wishes.scene.people["staff"]
        world = wishes.scene.ask.world
        with suppress(HeldAlready):
            await place_hold(
                staff_id=staff_id,
                member_id=wishes.scene.people[WORKER],
                reason="Order of the district court.",
                new_id=world.new_id,
                now=world.now,
            )
        return about

    async def of_member(name: str) -> dict[str, Any]:
        return {"memberId": wishes.scene.ids[f"member_{name}"]}

    return {
        "stepUpBegin closing": (WORKER, begun_closing),
        "stepUpBegin export": (WORKER, begun_export),
        "memberClose": (WORKER, closing),
        "dataExportAsk": (WORKER, closing),
        "memberFreeze": ("staff", frozen),
        "legalHoldPlace": ("staff", hold),
        "legalHoldLift": ("staff", lift),
    }
