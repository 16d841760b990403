"""Every example of `docs/operations` with variables that succeed, in an order that lets them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final
from uuid import UUID

from domain.database import execute, transaction
from schema.ids import Tag
from tests.make.doubts import proposal, unknown_attempt
from tests.make.scene import NOBODY, Scene
from tests.schema.wishes import Wishes
from tests.schema.wishes_of_money import AMOUNT, CENT, EMPLOYER, PLACE, WORKER

Wish = Callable[[], Awaitable[dict[str, Any]]]
LAST: Final = (  # what others still need
    "legalHoldLift",
    "memberClose",
    "memberFreeze",
    "webhookEndpointRemove",
    "payoutInstructionPause",
    "payoutInstructionRemove",
    "destinationRemove",
    "campaignStop",
    "stepUpComplete",
    "sessionRevoke",
)


LEAVING: Final = "invited_bob"  # a member whom the examples close out
SALE: Final = {"on": "2026-11-22", "sellerCountry": "DE", "buyerCountry": "FR"}
DRY_RUN: Final = {
    "amount": AMOUNT,
    "country": "PH",
    "destinationCountry": "PH",
    "destinationKind": "sandbox",
}


def reads(scene: Scene) -> dict[str, tuple[str, dict[str, Any]]]:
    """Who asks, and with which variables."""
    ids = scene.ids
    payout, member = ids["payout_worker_ann"], ids["member_worker_ann"]
    return {
        "campaign": (EMPLOYER, {"id": ids["campaign_running_ann"]}),
        "campaignQueue": ("staff", {}),
        "referralQueue": ("staff", {}),
        "campaigns": (WORKER, {"first": 5}),
        "featuredCampaigns": (WORKER, {}),
        "categories": (WORKER, {}),
        "blockedHosts": ("staff", {}),
        "finance": ("finance", {"memberId": member}),
        "payoutOversight": ("finance", {"payoutId": payout, "version": 1}),
        "payoutDoubts": ("finance", {}),
        "financeDecisions": ("finance", {}),
        "financeProviders": ("finance", {}),
        "disputeQueue": ("staff", {}),
        "panelCases": (WORKER, {}),
        "policies": (WORKER, {}),
        "policyDrafts": ("staff", {}),
        "suspensionQueue": ("staff", {}),
        "riskQueue": ("staff", {}),
        "riskCases": ("staff", {"memberId": member}),
        "profileChangeQueue": ("staff", {}),
        "erasureQueue": ("staff", {}),
        "staffLooks": ("staff", {"memberId": member}),
        "disclosures": ("staff", {"memberId": member}),
        "retentionReport": ("staff", {}),
        "rejectionQueue": ("staff", {}),
        "financePapers": ("finance", {}),
        "financeTaxes": ("finance", {"sale": SALE}),
        "financeTaxNotices": ("finance", {}),
        "viewerSafety": (WORKER, {}),
        "viewerTaxes": (WORKER, {}),
        "viewerTickets": (WORKER, {}),
        "viewerCampaignInvitations": (WORKER, {}),
        "viewerEffectiveWages": (WORKER, {}),
        "viewerSavedSearches": (WORKER, {}),
        "member": (WORKER, {"id": member}),
        "node": (WORKER, {"id": payout}),
        "nodes": (WORKER, {"ids": [payout, member]}),
        "payoutInstructions": (WORKER, {}),
        "payoutMethods": (WORKER, {"country": "PH"}),
        "payoutQuote": (
            WORKER,
            {"input": {"amount": AMOUNT, "destinationId": ids[f"destination_{WORKER}"]}},
        ),
        "payoutRouteDryRun": ("finance", {"input": DRY_RUN}),
        "ticketQueue": ("staff", {"aboutId": ids["campaign_running_ann"]}),
        "verificationQueue": ("staff", {}),
        "verificationRulesets": ("finance", {}),
        "viewer": (WORKER, {}),
        "zones": (WORKER, {}),
    }


def writes(scene: Scene) -> Iterator[tuple[str, str, Wish]]:
    """By mutation; what ends something comes last."""
    wishes = Wishes(scene)
    every = wishes.all() | successes(scene, wishes) | oversight(scene, wishes)
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
        "taxIdentityReveal": ("finance", lambda: revealed(scene, wishes)),
        "sessionCreate": (NOBODY, sign_in),
        "assignmentClaim": ("invited_ann", claim),
        "campaignStop": (EMPLOYER, lambda: wishes.of_campaign("running", is_money=True)),
        "memberClose": (LEAVING, lambda: confirmed(scene, "memberClose")),
        "dataExportAsk": (LEAVING, lambda: confirmed(scene, "dataExportAsk")),
        "stepUpComplete": (WORKER, proof),
        "destinationAdd": (WORKER, destination),
        "payoutRequest": (WORKER, payout),
        "earningsSpend": (WORKER, lambda: spending(scene, wishes)),
        "payoutRequest quote": (WORKER, lambda: quoted(wishes, payout())),
        "webhookEndpointCreate": (WORKER, lambda: consented(wishes.webhook())),
        "webhookEndpointUpdate": (WORKER, lambda: consented(wishes.webhook_change())),
        "webhookEndpointRotateSecret": (WORKER, rotation),
    }


async def quoted(wishes: Wishes, asked: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """With the consent that `asked` brings."""
    return {**await wishes.quoted_payout(), **await asked}


async def spending(scene: Scene, wishes: Wishes) -> dict[str, Any]:
    step_up_id = await scene.step_up(WORKER, earningsSpend={"amount": CENT})
    return {"amount": CENT, "stepUpId": step_up_id, **wishes.key()}


async def confirmed(scene: Scene, action: str) -> dict[str, Any]:
    return {"stepUpId": await scene.step_up(LEAVING, **{action: {"confirm": True}})}


async def revealed(scene: Scene, wishes: Wishes) -> dict[str, Any]:
    action = (await wishes.reveal_action())["action"]
    return {**await wishes.reveal(), "stepUpId": await scene.step_up("finance", **action)}


def oversight(scene: Scene, wishes: Wishes) -> dict[str, tuple[str, Wish]]:
    """As above: standing wishes, and what finance lets out."""
    place, world = scene.ids[f"destination_{WORKER}"], scene.ask.world

    async def instruction() -> dict[str, Any]:
        wish = {"minimum": AMOUNT, "destinationId": place}
        return {**wish, "stepUpId": await scene.step_up(WORKER, payoutInstructionSet=wish)}

    async def asked() -> tuple[UUID, str]:
        wish = {"amount": AMOUNT, "destinationId": place}
        step_up_id = await scene.step_up(WORKER, payoutRequest=wish)
        done = await scene.do(WORKER, "payoutRequest", **wish, stepUpId=step_up_id, **wishes.key())
        return scene.ask.key(Tag.PAYOUT, done["payout"]["id"]), done["payout"]["id"]

    async def held() -> dict[str, Any]:
        """As a screener would have left it."""
        key, id_ = await asked()
        async with transaction():
            await execute(
                "update payout set state = 'held', problem = 'screening' where id = $1", key
            )
        return {**await wishes.payout_release(), "payoutId": id_}

    async def in_doubt() -> dict[str, Any]:
        attempt_id = await unknown_attempt(world, (await asked())[0])
        return {
            **await wishes.verdict(),
            "attemptId": scene.ask.id(Tag.PAYOUT_ATTEMPT, attempt_id),
        }

    async def proposed(*, is_money: bool) -> dict[str, Any]:
        attempt_id = await unknown_attempt(world, (await asked())[0])
        id_ = scene.ask.id(Tag.PAYOUT_RESOLUTION, await proposal(world, attempt_id))
        return {**await wishes.of_proposal(is_money=is_money), "resolutionId": id_}

    async def waiting() -> dict[str, Any]:
        return {"payoutId": (await asked())[1]}

    async def quarantined() -> dict[str, Any]:
        async with transaction():
            await execute(
                "insert into provider_quarantine (instance_id, reason, since)"
                " values ('paypal-eu', 'AuthError', $1) on conflict (instance_id)"
                " do update set lifted_at = null, lifted_by = null",
                world.now,
            )
        return await wishes.quarantined()

    return {
        "payoutInstructionSet": (WORKER, instruction),
        "payoutRelease": ("finance", held),
        "payoutResolutionPropose": ("finance", in_doubt),
        "payoutResolutionApprove": ("finance", lambda: proposed(is_money=True)),
        "payoutResolutionDecline": ("finance", lambda: proposed(is_money=False)),
        "payoutRetry": ("finance", waiting),
        "providerQuarantineLift": ("finance", quarantined),
    }
