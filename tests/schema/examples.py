"""Every example of `docs/operations` with variables that succeed, in an order that lets them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

from schema.ids import Tag
from tests.make.scene import NOBODY, Scene
from tests.schema.wishes import AMOUNT, EMPLOYER, PLACE, WORKER, Wishes

Wish = Callable[[], Awaitable[dict[str, Any]]]
LAST: Final = (  # what others still need
    "webhookEndpointRemove",
    "destinationRemove",
    "campaignStop",
    "stepUpComplete",
    "sessionRevoke",
)


def reads(scene: Scene) -> dict[str, tuple[str, dict[str, Any]]]:
    """Who asks, and with which variables."""
    ids = scene.ids
    payout, member = ids["payout_worker_ann"], ids["member_worker_ann"]
    return {
        "campaign": (EMPLOYER, {"id": ids["campaign_running_ann"]}),
        "campaigns": (WORKER, {"first": 5}),
        "finance": ("finance", {"memberId": member}),
        "member": (WORKER, {"id": member}),
        "node": (WORKER, {"id": payout}),
        "nodes": (WORKER, {"ids": [payout, member]}),
        "viewer": (WORKER, {}),
    }


def writes(scene: Scene) -> Iterator[tuple[str, str, Wish]]:
    """By mutation; what ends something comes last."""
    wishes = Wishes(scene)
    every = wishes.all() | successes(scene, wishes)
    for name in sorted(every, key=lambda each: (LAST.index(each) + 1) if each in LAST else 0):
        yield name, *every[name]
    yield "sessionEnd", "worker_bob", nothing
    yield "sessionRevokeAll", "employer_bob", nothing


async def nothing() -> dict[str, Any]:
    return {}


def successes(scene: Scene, wishes: Wishes) -> dict[str, tuple[str, Wish]]:
    """In place of those wishes that are refused for a good reason."""

    async def sign_in() -> dict[str, Any]:
        (email,) = [text for text in scene.readers if "email-invited-ann" in text]
        return {"email": f"{email}@example.org", "password": scene.passwords["invited_ann"]}

    async def claim() -> dict[str, Any]:
        return {"campaignId": scene.ask.id(Tag.CAMPAIGN, await wishes.open_campaign())}

    async def proof() -> dict[str, Any]:
        return {**await wishes.proof(), "proof": {"password": scene.passwords[WORKER]}}

    async def destination() -> dict[str, Any]:
        return {**PLACE, "stepUpId": await scene.step_up(WORKER, destinationAdd=PLACE)}

    async def payout() -> dict[str, Any]:
        wish = {"amount": AMOUNT, "destinationId": scene.ids[f"destination_{WORKER}"]}
        step_up_id = await scene.step_up(WORKER, payoutRequest=wish)
        return {**wish, "stepUpId": step_up_id, **wishes.key()}

    async def consented(made: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        wish = await made
        action = {"webhookEndpointCreate": {"url": wish["url"]}}
        return {**wish, "stepUpId": await scene.step_up(WORKER, **action)}

    async def rotation() -> dict[str, Any]:
        wish = await wishes.of_webhook()
        return {**wish, "stepUpId": await scene.step_up(WORKER, webhookEndpointRotateSecret=wish)}

    return {
        "sessionCreate": (NOBODY, sign_in),
        "assignmentClaim": ("invited_ann", claim),
        "campaignStop": (EMPLOYER, lambda: wishes.of_campaign("running", is_money=True)),
        "stepUpComplete": (WORKER, proof),
        "destinationAdd": (WORKER, destination),
        "payoutRequest": (WORKER, payout),
        "webhookEndpointCreate": (WORKER, lambda: consented(wishes.webhook())),
        "webhookEndpointUpdate": (WORKER, lambda: consented(wishes.webhook_change())),
        "webhookEndpointRotateSecret": (WORKER, rotation),
    }
