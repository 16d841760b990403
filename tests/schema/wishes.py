"""A valid input for every mutation, fresh each time, and who may send it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from schema.ids import Tag
from tests.make.campaigns import beyond_limit, draft, running, usd, waive_limits
from tests.make.scene import NOBODY
from tests.make.seats import seat
from tests.make.uploads import png, sent, ticket
from tests.schema.documents import example
from tests.schema.wishes_of_campaigns import WishesOfCampaigns
from tests.schema.wishes_of_fairness import of_fairness
from tests.schema.wishes_of_messages import WishesOfMessages
from tests.schema.wishes_of_money import EMPLOYER, REASON, WORKER
from tests.schema.wishes_of_papers import of_papers
from tests.schema.wishes_of_policies import of_policies
from tests.schema.wishes_of_privacy import of_privacy
from tests.schema.wishes_of_taxes import WishesOfTaxes
from tests.schema.wishes_of_verification import WishesOfVerification
from tests.schema.wishes_of_work import INSTRUCTIONS, TERMS, TEXT, of_work

LINK: Final = {"link": {"text": "Look", "url": "https://example.org/1"}}


@dataclass
class Wishes(WishesOfCampaigns, WishesOfMessages, WishesOfVerification, WishesOfTaxes):
    _campaign: UUID | None = None
    checked: set[str] = field(default_factory=set)  # claims that ask for more than others

    def all(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        """By mutation; after a blank stands what is different about a second one."""
        return {
            "memberRegister": (NOBODY, self.person),
            "sessionCreate": (NOBODY, self.sign_in),
            "sessionRevoke": (WORKER, self.session),
            "referralLinkCreate": (WORKER, self.confirmation),
            "campaignCreate": (EMPLOYER, self.campaign),
            "campaignUpdate": (EMPLOYER, self.update),
            "campaignReviseInstructions": (EMPLOYER, self.revision),
            "campaignAddTasks": (EMPLOYER, lambda: self.tasks(LINK)),
            "campaignAddTasks text": (EMPLOYER, lambda: self.tasks(TEXT)),
            "campaignDryRun": (EMPLOYER, self.publication),
            "campaignFund": (EMPLOYER, self.funding),
            "campaignPublish": (EMPLOYER, self.publication),
            "campaignPause": (EMPLOYER, lambda: self.of_campaign("running")),
            "campaignResume": (EMPLOYER, lambda: self.of_campaign("running")),
            "campaignStop": (EMPLOYER, lambda: self.of_campaign("draft", is_money=True)),
            **self.of_campaigns(),
            "assignmentClaim": (EMPLOYER, self.claim),
            "assignmentSubmit": (WORKER, lambda: self.items({"text": {"text": "a dog"}})),
            "assignmentSubmit score": (WORKER, lambda: self.items({"score": {"score": 1}})),
            **of_work(self),
            "assignmentSubmit file": (WORKER, self.with_a_file),
            "uploadTicketCreate": (WORKER, lambda: ticket(self.claimed())),
            "assignmentReturn": (WORKER, lambda: self.of(self.claimed())),
            "assignmentWithdraw": (WORKER, lambda: self.of(self.asked(), is_money=True)),
            "assignmentApprove": (EMPLOYER, self.approval),
            "assignmentReviewAll": (EMPLOYER, self.verdicts),
            "assignmentReject": (EMPLOYER, lambda: self.rejection("NOT_PER_INSTRUCTION", "1")),
            "assignmentReject spam": (EMPLOYER, lambda: self.rejection("SPAM", None)),
            "assignmentAskRevision": (EMPLOYER, self.question),
            "assignmentReverse": (EMPLOYER, lambda: self.of(self.rejected(), is_money=True)),
            **self.of_disputes(),
            **self.of_messages(),
            **of_policies(self),
            **of_privacy(self),
            "ratingGive": (EMPLOYER, self.rating),
            "ratingAmend": (EMPLOYER, self.amendment),
            "bonusSend": (EMPLOYER, self.bonus),
            "depositStart": (EMPLOYER, self.deposit),
            "stepUpBegin": (WORKER, self.payout_action),
            "stepUpBegin destination": (WORKER, self.destination_action),
            "stepUpBegin webhook": (WORKER, self.webhook_action),
            "stepUpBegin rotation": (WORKER, self.rotation_action),
            "stepUpComplete": (WORKER, self.proof),
            "destinationAdd": (WORKER, self.destination),
            "payoutRequest": (WORKER, self.payout),
            "payoutRequest quote": (WORKER, self.quoted_payout),
            "payoutCancel": (WORKER, self.cancellation),
            **self.of_payouts(),
            **self.of_verification(),
            "invoiceIssue": ("finance", self.invoice),
            **of_papers(self),
            **self.of_webhooks(),
            **self.of_taxes(),
        }

    def of_webhooks(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        return {
            "webhookEndpointCreate": (WORKER, self.webhook),
            "webhookEndpointUpdate": (WORKER, self.webhook_change),
            "webhookEndpointRemove": (WORKER, self.of_webhook),
            "webhookEndpointRotateSecret": (WORKER, self.rotation),
            "webhookEndpointTest": (WORKER, self.of_webhook),
            "webhookDeliver": (WORKER, self.delivery),
        }

    def of_disputes(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        return {
            **of_fairness(self),
            "rejectionDecide": ("staff", self.beyond),
            "rejectionLimitWaive": ("staff", self.waiver),
            "disputeOpen": (WORKER, self.contest),
            "disputeOpen fraud": (EMPLOYER, self.contest_for_fraud),
            "disputeAnswer": (EMPLOYER, lambda: self.said(self.contested())),
            "disputeConcede": (EMPLOYER, lambda: self.about(self.contested())),
            "disputeOffer": (EMPLOYER, self.offer),
            "disputeEscalate": (WORKER, lambda: self.about(self.answered(), is_money=False)),
            "disputeVote": (WORKER, self.vote),
            "disputeRule": ("staff", self.ruling),
            "disputeRule split": ("staff", self.split),
            "disputeAppeal": (WORKER, lambda: self.said(self.ruled())),
            "disputeAccept": (WORKER, lambda: self.about(self.ruled())),
        }

    # -- joining -------------------------------------------------------------

    async def person(self) -> dict[str, Any]:
        return {
            "name": "Nora New",
            "email": f"{self.scene.ask.world.new_id().hex}@example.org",
            "country": "DE",
            "bornOn": "1990-01-01",
            "password": "nine lanterns under a quiet tram",
            "referralCode": None,
        }

    async def sign_in(self) -> dict[str, Any]:
        wish = {"email": "nobody@example.org", "password": "ten lanterns"}
        return {**wish, "delivery": "TOKEN", "rememberMe": False}

    async def session(self) -> dict[str, Any]:
        asked = await self.scene.ask("{ viewer { session { id } } }", viewer=self.who(WORKER))
        return {"sessionId": asked.only()["session"]["id"]}

    async def confirmation(self) -> dict[str, Any]:
        return {"confirm": True}

    # -- campaigns -----------------------------------------------------------

    async def campaign(self) -> dict[str, Any]:
        return {**TERMS, "instructions": INSTRUCTIONS}

    async def update(self) -> dict[str, Any]:
        return {"campaignId": await self.drafted(), **TERMS}

    async def revision(self) -> dict[str, Any]:
        return {"campaignId": await self.drafted(), "instructions": INSTRUCTIONS}

    async def tasks(self, content: dict[str, Any]) -> dict[str, Any]:
        task = {"content": content, "placeCount": 1, "externalReference": "one", "priority": 0}
        task |= {"goldLabel": None, "variables": [{"name": "city", "value": "Kochi"}]}
        return {"campaignId": await self.drafted(), "tasks": [task]}

    async def funding(self) -> dict[str, Any]:
        return {"campaignId": await self.with_a_task(), **self.key()}

    async def publication(self) -> dict[str, Any]:
        id_ = await self.with_a_task()
        await self.scene.do(EMPLOYER, "campaignFund", campaignId=id_, **self.key())
        times = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2030-01-01T00:00:00Z"}
        return {"campaignId": id_, **times}

    async def of_campaign(self, kind: str, *, is_money: bool = False) -> dict[str, Any]:
        id_ = self.scene.ids[f"campaign_{kind}_ann"]
        return {"campaignId": id_, **(self.key() if is_money else {})}

    async def claim(self) -> dict[str, Any]:
        """A draft's, which only its employer sees, who may not claim either."""
        ids = self.scene.ids
        return {"campaignId": ids["campaign_draft_ann"], "taskId": ids["task_draft_ann"]}

    # -- assignments ---------------------------------------------------------

    async def items(self, content: dict[str, Any]) -> dict[str, Any]:
        items = [{"content": content, "role": "ANSWER"}]
        return {"assignmentId": await self.claimed(), "items": items, **self.key()}

    async def with_a_file(self) -> dict[str, Any]:
        wish = await self.items({"file": {"uploadId": ""}})
        id_ = await sent(self.scene.ask, self.who(WORKER), wish["assignmentId"], png())
        return {**wish, "items": [{"content": {"file": {"uploadId": id_}}}]}

    async def of(self, id_: Awaitable[str], *, is_money: bool = False) -> dict[str, Any]:
        return {"assignmentId": await id_, **(self.key() if is_money else {})}

    async def approval(self) -> dict[str, Any]:
        return {"assignmentId": await self.submitted(), "comment": "Thanks", **self.key()}

    async def rejection(self, code: str, clause_id: str | None) -> dict[str, Any]:
        id_ = await self.submitted()
        why = {"reasonCode": code, "text": REASON, "clauseId": clause_id, "askStaff": False}
        return {"assignmentId": id_, **why}

    async def verdicts(self) -> dict[str, Any]:
        good, bad = await self.submitted(), await self.submitted()
        why = {"reasonCode": "SPAM", "text": REASON, "clauseId": None, "askStaff": False}
        verdicts = [
            {"assignmentId": good, "comment": "Thanks"},
            {"assignmentId": bad, "rejection": why},
        ]
        return {"verdicts": verdicts, **self.key()}

    async def beyond(self) -> dict[str, Any]:
        key = await beyond_limit(self.scene.ask.world, self.who(EMPLOYER))
        id_ = self.scene.ask.id(Tag.REJECTION_REQUEST, key)
        return {"requestId": id_, "isAcknowledged": True, "text": REASON}

    async def waiver(self) -> dict[str, Any]:
        return {"campaignId": await self.drafted(), "text": REASON}

    async def question(self) -> dict[str, Any]:
        return {"assignmentId": await self.submitted(), "text": "Look again."}

    async def contest(self) -> dict[str, Any]:
        return {"assignmentId": await self.rejected(), "text": REASON}

    async def contest_for_fraud(self) -> dict[str, Any]:
        wish = await self.approval()
        await self.scene.do(EMPLOYER, "assignmentApprove", **wish)
        return {"assignmentId": wish["assignmentId"], "text": REASON, "kind": "FRAUD"}

    async def said(self, id_: Awaitable[str]) -> dict[str, Any]:
        return {"disputeId": await id_, "text": REASON}

    async def about(self, id_: Awaitable[str], *, is_money: bool = True) -> dict[str, Any]:
        return {"disputeId": await id_, **(self.key() if is_money else {})}

    async def offer(self) -> dict[str, Any]:
        return {**await self.about(self.answered()), "workerPercent": 50}

    async def vote(self) -> dict[str, Any]:
        key = await seat(self.scene.ask.world, self.who(WORKER))
        about = {"seatId": self.scene.ask.id(Tag.PANEL_SEAT, key), "text": REASON}
        return {**about, "ruling": "SPLIT", "workerPercent": 50}

    async def ruling(self) -> dict[str, Any]:
        id_ = await self.escalated()
        return {"disputeId": id_, "ruling": "WORKER", "text": REASON, **self.key()}

    async def split(self) -> dict[str, Any]:
        return {**await self.ruling(), "ruling": "SPLIT", "workerPercent": 60}

    async def rating(self) -> dict[str, Any]:
        id_ = await self.submitted()
        await self.scene.do(EMPLOYER, "assignmentApprove", assignmentId=id_, **self.key())
        return {"assignmentId": id_, "stars": 5, "comment": "Fine"}

    async def amendment(self) -> dict[str, Any]:
        wish = await self.rating()
        given = await self.scene.do(EMPLOYER, "ratingGive", **wish)
        await self.scene.do(WORKER, "ratingGive", assignmentId=wish["assignmentId"], stars=4)
        return {"ratingId": given["rating"]["id"], "stars": 3, "comment": "Late"}

    async def bonus(self) -> dict[str, Any]:
        id_ = self.scene.ids["assignment_approved_ann"]
        amount = {"amount": "0.50", "currency": "USD"}
        return {"assignmentId": id_, "amount": amount, "reason": "Well done", **self.key()}

    # -- webhooks ------------------------------------------------------------

    async def webhook(self) -> dict[str, Any]:
        step_up_id = self.scene.ids[f"step_up_{WORKER}"]
        document = "query ($id: ID!) { node(id: $id) { id } }"
        return {
            "url": "https://hooks.example.org/another",
            "kinds": ["PAYOUT_PAID"],
            "document": document,
            "stepUpId": step_up_id,
        }

    async def webhook_action(self) -> dict[str, Any]:
        return {"action": {"webhookEndpointCreate": {"url": "https://hooks.example.org/third"}}}

    async def rotation_action(self) -> dict[str, Any]:
        return {"action": {"webhookEndpointRotateSecret": await self.of_webhook()}}

    async def webhook_change(self) -> dict[str, Any]:
        wish: dict[str, Any] = {
            "url": "https://hooks.example.org/new",
            "kinds": [],
            "document": None,
        }
        return {**await self.rotation(), **wish, "state": "ACTIVE"}

    async def of_webhook(self) -> dict[str, Any]:
        return {"endpointId": self.scene.ids[f"webhook_{WORKER}"]}

    async def rotation(self) -> dict[str, Any]:
        return {**await self.of_webhook(), "stepUpId": self.scene.ids[f"step_up_{WORKER}"]}

    async def delivery(self) -> dict[str, Any]:
        return {"deliveryId": self.scene.ids[f"delivery_{WORKER}"]}

    # -- states --------------------------------------------------------------

    async def drafted(self) -> str:
        key = await draft(self.scene.ask.world, self.who(EMPLOYER), reward=usd("0.01"))
        return self.scene.ask.id(Tag.CAMPAIGN, key)

    async def with_a_task(self) -> str:
        id_ = await self.drafted()
        task = {"content": TEXT}
        await self.scene.do(EMPLOYER, "campaignAddTasks", campaignId=id_, tasks=[task])
        return id_

    async def claimed(self) -> str:
        """The worker's claim that is still open, or a new one."""
        open_ = "{ viewer { assignments(where: {state: {eq: CLAIMED}}) { nodes { id } } } }"
        found = (await self.scene.ask(open_, viewer=self.who(WORKER))).only()
        for node in found["assignments"]["nodes"]:
            id_: str = node["id"]
            if id_ not in self.checked:
                return id_
        for _ in range(2):
            wish = {"campaignId": self.scene.ask.id(Tag.CAMPAIGN, await self.open_campaign())}
            answer = await self.scene.ask(
                example("assignmentClaim"), viewer=self.who(WORKER), input=wish
            )
            if (payload := answer.only())["errors"] == []:
                new_id: str = payload["assignment"]["id"]
                return new_id
            self._campaign = None  # its places are used up
        raise AssertionError("there is no place to claim")

    async def open_campaign(self) -> UUID:
        if self._campaign is None:
            world = self.scene.ask.world
            self._campaign = await running(
                world, self.who(EMPLOYER), places=[1] * 90, reward=usd("0.01")
            )
            await waive_limits(world, self._campaign)
        return self._campaign

    async def submitted(self) -> str:
        id_ = await self.claimed()
        wish = {"assignmentId": id_, "items": [{"content": TEXT}]}
        await self.scene.do(WORKER, "assignmentSubmit", **wish, **self.key())
        return id_

    async def rejected(self) -> str:
        wish = await self.rejection("SPAM", None)
        await self.scene.do(EMPLOYER, "assignmentReject", **wish)
        id_: str = wish["assignmentId"]
        return id_

    async def contested(self) -> str:
        opened = await self.scene.do(WORKER, "disputeOpen", **await self.contest())
        id_: str = opened["dispute"]["id"]
        return id_

    async def answered(self) -> str:
        id_ = await self.contested()
        await self.scene.do(EMPLOYER, "disputeAnswer", disputeId=id_, text=REASON)
        return id_

    async def escalated(self) -> str:
        id_ = await self.answered()
        await self.scene.do(WORKER, "disputeEscalate", disputeId=id_)
        return id_

    async def ruled(self) -> str:
        wish = await self.ruling()
        await self.scene.do("staff", "disputeRule", **wish)
        id_: str = wish["disputeId"]
        return id_

    async def asked(self) -> str:
        wish = await self.question()
        await self.scene.do(EMPLOYER, "assignmentAskRevision", **wish)
        id_: str = wish["assignmentId"]
        return id_
