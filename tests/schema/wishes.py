"""A valid input for every mutation, fresh each time, and who may send it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch_value, transaction
from domain.provider_inbox import operations as provider_inbox
from domain.provider_news import VerifiedWebhook
from domain.routing import operations as routing
from domain.routing.rules import Rule
from schema.ids import Tag
from tests.make.campaigns import draft, running, usd
from tests.make.members import add_finance_member
from tests.make.scene import NOBODY, Scene
from tests.schema.documents import example

EMPLOYER: Final = "employer_ann"
WORKER: Final = "worker_ann"
AMOUNT: Final = {"amount": "1.00", "currency": "EUR"}
REASON: Final = "Not a word of it is about the picture."
PLACE: Final[dict[str, Any]] = {
    "country": "PH",
    "currency": "EUR",
    "destination": {
        "form": {
            "kind": "sandbox",
            "fields": [
                {"name": "account", "value": "account of ann"},
                {"name": "scenario", "value": "ok"},
            ],
        }
    },
}
TERMS: Final[dict[str, Any]] = {
    "title": "Is there a dog?",
    "category": "OTHER",
    "reward": {"amount": "0.01", "currency": "USD"},
    "claimMinutes": 15,
    "reviewDays": 3,
    "revisionCountMax": 2,
    "perWorkerMax": 90,
}
INSTRUCTIONS: Final = {"text": "Look.", "clauses": [{"id": "1", "text": "Look twice."}]}
LINK: Final = {"link": {"text": "Look", "url": "https://example.org/1"}}
TEXT: Final[dict[str, Any]] = {"text": {"text": "Look"}}


@dataclass
class Wishes:
    scene: Scene
    _campaign: UUID | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def key(self) -> dict[str, str]:
        return {"idempotencyKey": f"wish {next(self._numbers)}"}

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
            "campaignFund": (EMPLOYER, self.funding),
            "campaignPublish": (EMPLOYER, self.publication),
            "campaignPause": (EMPLOYER, lambda: self.of_campaign("running")),
            "campaignResume": (EMPLOYER, lambda: self.of_campaign("running")),
            "campaignStop": (EMPLOYER, lambda: self.of_campaign("draft", is_money=True)),
            "assignmentClaim": (EMPLOYER, self.claim),
            "assignmentSubmit": (WORKER, lambda: self.items({"text": {"text": "a dog"}})),
            "assignmentSubmit score": (WORKER, lambda: self.items({"score": {"score": 1}})),
            "assignmentReturn": (WORKER, lambda: self.of(self.claimed())),
            "assignmentWithdraw": (WORKER, lambda: self.of(self.asked(), is_money=True)),
            "assignmentApprove": (EMPLOYER, self.approval),
            "assignmentReject": (EMPLOYER, lambda: self.rejection("NOT_PER_INSTRUCTION", "1")),
            "assignmentReject spam": (EMPLOYER, lambda: self.rejection("SPAM", None)),
            "assignmentAskRevision": (EMPLOYER, self.question),
            "assignmentReverse": (EMPLOYER, lambda: self.of(self.rejected(), is_money=True)),
            "ratingGive": (EMPLOYER, self.rating),
            "depositStart": (EMPLOYER, self.deposit),
            "stepUpBegin": (WORKER, self.payout_action),
            "stepUpBegin destination": (WORKER, self.destination_action),
            "stepUpBegin webhook": (WORKER, self.webhook_action),
            "stepUpBegin rotation": (WORKER, self.rotation_action),
            "stepUpComplete": (WORKER, self.proof),
            "destinationAdd": (WORKER, self.destination),
            "destinationRemove": (WORKER, self.removal),
            "payoutRequest": (WORKER, self.payout),
            "payoutCancel": (WORKER, self.cancellation),
            **self.of_payouts(),
            "invoiceIssue": ("finance", self.invoice),
            "webhookEndpointCreate": (WORKER, self.webhook),
            "webhookEndpointUpdate": (WORKER, self.webhook_change),
            "webhookEndpointRemove": (WORKER, self.of_webhook),
            "webhookEndpointRotateSecret": (WORKER, self.rotation),
            "webhookEndpointTest": (WORKER, self.of_webhook),
            "webhookDeliver": (WORKER, self.delivery),
        }

    def of_payouts(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        """Standing wishes, and what finance lets out."""
        return {
            "payoutInstructionSet": (WORKER, self.instruction),
            "payoutInstructionPause": (WORKER, self.pause),
            "payoutInstructionRemove": (WORKER, self.end_of_instruction),
            "stepUpBegin instruction": (WORKER, self.instruction_action),
            "payoutRunRelease": ("finance", self.run_release),
            "payoutRunCancel": ("finance", self.run),
            "payoutRelease": ("finance", self.payout_release),
            "payoutResolutionPropose": ("finance", self.verdict),
            "payoutResolutionApprove": ("finance", lambda: self.of_proposal(is_money=True)),
            "payoutResolutionDecline": ("finance", self.of_proposal),
            "payoutRetry": ("finance", self.retry),
            "providerQuarantineLift": ("finance", self.quarantined),
            "routingRulesetDraft": ("finance", self.ruleset),
            "routingRulesetApprove": ("finance", self.ruleset_version),
            "routingRulesetWithdraw": ("finance", self.ruleset_version),
            "depositRefund": (EMPLOYER, self.refund),
            "depositDecide": ("finance", self.frozen),
            "providerEventReplay": ("finance", self.provider_event),
            "statementLineExplain": ("finance", self.statement_line),
            "providerFileRead": ("finance", self.provider_file),
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
        return {**wish, "delivery": "TOKEN"}

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
        return {"campaignId": await self.drafted(), "tasks": [task]}

    async def funding(self) -> dict[str, Any]:
        return {"campaignId": await self.with_a_task(), **self.key()}

    async def publication(self) -> dict[str, Any]:
        id_ = await self.with_a_task()
        await self.scene.do(EMPLOYER, "campaignFund", campaignId=id_, **self.key())
        return {"campaignId": id_, "endsAt": "2030-01-01T00:00:00Z"}

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

    async def of(self, id_: Awaitable[str], *, is_money: bool = False) -> dict[str, Any]:
        return {"assignmentId": await id_, **(self.key() if is_money else {})}

    async def approval(self) -> dict[str, Any]:
        return {"assignmentId": await self.submitted(), "comment": "Thanks", **self.key()}

    async def rejection(self, code: str, clause_id: str | None) -> dict[str, Any]:
        id_ = await self.submitted()
        return {"assignmentId": id_, "reasonCode": code, "text": REASON, "clauseId": clause_id}

    async def question(self) -> dict[str, Any]:
        return {"assignmentId": await self.submitted(), "text": "Look again."}

    async def rating(self) -> dict[str, Any]:
        id_ = await self.submitted()
        await self.scene.do(EMPLOYER, "assignmentApprove", assignmentId=id_, **self.key())
        return {"assignmentId": id_, "stars": 5, "comment": "Fine"}

    # -- money ---------------------------------------------------------------

    async def deposit(self) -> dict[str, Any]:
        return {
            "amount": AMOUNT,
            "returnUrl": "https://example.org/back",
            "reference": "mine",
            **self.key(),
        }

    async def payout_action(self) -> dict[str, Any]:
        id_ = self.scene.ids[f"destination_{WORKER}"]
        return {"action": {"payoutRequest": {"amount": AMOUNT, "destinationId": id_}}}

    async def destination_action(self) -> dict[str, Any]:
        return {"action": {"destinationAdd": PLACE}}

    async def proof(self) -> dict[str, Any]:
        begun = await self.scene.do(WORKER, "stepUpBegin", **await self.destination_action())
        return {"stepUpId": begun["stepUpId"], "proof": {"password": "eleven lanterns"}}

    async def destination(self) -> dict[str, Any]:
        return {**PLACE, "stepUpId": self.scene.ids[f"step_up_{WORKER}"]}

    async def removal(self) -> dict[str, Any]:
        return {"destinationId": self.scene.ids[f"destination_{WORKER}"]}

    async def payout(self) -> dict[str, Any]:
        ids = self.scene.ids
        wish = {"amount": AMOUNT, "destinationId": ids[f"destination_{WORKER}"]}
        return {**wish, "stepUpId": ids[f"step_up_{WORKER}"], **self.key()}

    async def cancellation(self) -> dict[str, Any]:
        return {"payoutId": self.scene.ids[f"payout_{WORKER}"], **self.key()}

    async def invoice(self) -> dict[str, Any]:
        id_ = self.scene.ids[f"member_{WORKER}"]
        return {"memberId": id_, "kind": "SELF_BILL", "currency": "USD", **self.key()}

    # -- deposits and providers ----------------------------------------------

    async def refund(self) -> dict[str, Any]:
        id_ = self.scene.ids[f"deposit_{EMPLOYER}"]
        return {"depositId": id_, "amount": {"amount": "0.01", "currency": "USD"}, **self.key()}

    async def frozen(self) -> dict[str, Any]:
        """Something arrived that nobody asked for."""
        world = self.scene.ask.world
        deposit_id = world.new_id()
        async with transaction():
            await execute(
                "insert into deposit (id, employer_id, state, currency, amount_micros,"
                " deposit_ref, instance_id, reference, return_url, started_at, create_count,"
                " look_up_count, arrived_micros, arrived_currency)"
                " values ($1, $2, 'underpaid', 'USD', 9000000, $3, 'sandbox', '', '', $4, 1, 1,"
                " 8000000, 'USD')",
                deposit_id,
                self.scene.people[EMPLOYER],
                str(deposit_id),
                world.now,
            )
        id_ = self.scene.ask.id(Tag.DEPOSIT, deposit_id)
        return {"depositId": id_, "decision": "DISMISS", "note": "Sent back by the bank"}

    async def provider_event(self) -> dict[str, Any]:
        world, services = self.scene.ask.world, self.scene.ask.services
        event_id = str(world.new_id())
        await provider_inbox.take_webhook(
            instance_id="sandbox",
            webhook=VerifiedWebhook(event_id=event_id, route="events", body=b"{}"),
            received_at=world.now,
            vault=services.vault,
            new_id=world.new_id,
        )
        row_id = await fetch_value("select id from provider_event where event_id = $1", event_id)
        return {"eventId": self.scene.ask.id(Tag.PROVIDER_EVENT, row_id)}

    async def statement_line(self) -> dict[str, Any]:
        """One that still waits, so that no audit of another test finds it."""
        world = self.scene.ask.world
        line_id = world.new_id()
        async with transaction():
            await execute(
                "insert into provider_statement_line (id, instance_id, line_id, kind, booked_at,"
                " currency, amount_micros, raw_code, received_at, state, reason)"
                " values ($1, 'wishes', $2, 'top_up', $3, 'USD', 5, '', $3, 'waiting', 'no_ref')",
                line_id,
                str(line_id),
                world.now,
            )
        id_ = self.scene.ask.id(Tag.STATEMENT_LINE, line_id)
        return {"lineId": id_, "note": "Our own transfer"}

    async def provider_file(self) -> dict[str, Any]:
        name = str(self.scene.ask.world.new_id())
        content = b64encode(b'{"file_id": "%s"}' % name.encode()).decode()
        return {"instance": "sandbox", "name": "status", "content": content}

    # -- standing wishes and oversight ---------------------------------------

    async def instruction(self) -> dict[str, Any]:
        ids = self.scene.ids
        wish = {"minimum": AMOUNT, "destinationId": ids[f"destination_{WORKER}"]}
        return {**wish, "stepUpId": ids[f"step_up_{WORKER}"]}

    async def instruction_action(self) -> dict[str, Any]:
        id_ = self.scene.ids[f"destination_{WORKER}"]
        return {"action": {"payoutInstructionSet": {"minimum": AMOUNT, "destinationId": id_}}}

    async def pause(self) -> dict[str, Any]:
        return {"currency": "EUR", "until": "2030-01-01T00:00:00Z"}

    async def end_of_instruction(self) -> dict[str, Any]:
        return {"currency": "EUR"}

    async def run(self) -> dict[str, Any]:
        """Without a payout in it, on a day of its own."""
        day = date(2031, 1, 1) + timedelta(days=next(self._numbers))
        run_id = self.scene.ask.world.new_id()
        async with transaction():
            await execute(
                "insert into payout_run (id, state, schedule, currency, run_on, collected_at)"
                " values ($1, 'open', 'daily', 'EUR', $2, $3) on conflict do nothing",
                run_id,
                day,
                self.scene.ask.world.now,
            )
            run_id = await fetch_value(
                "select id from payout_run where run_on = $1 and currency = 'EUR'", day
            )
        return {"runId": self.scene.ask.id(Tag.PAYOUT_RUN, run_id)}

    async def run_release(self) -> dict[str, Any]:
        return {**await self.run(), "reason": "Sums compared"}

    async def payout_release(self) -> dict[str, Any]:
        return {"payoutId": self.scene.ids[f"payout_{WORKER}"], "reason": "The member was called"}

    async def verdict(self) -> dict[str, Any]:
        id_ = self.scene.ask.id(Tag.PAYOUT_ATTEMPT, self.scene.ask.world.new_id())
        return {"attemptId": id_, "verdict": "NOT_PAID", "reason": REASON, "evidence": "4711"}

    async def of_proposal(self, *, is_money: bool = False) -> dict[str, Any]:
        id_ = self.scene.ask.id(Tag.PAYOUT_RESOLUTION, self.scene.ask.world.new_id())
        return {"resolutionId": id_, **(self.key() if is_money else {})}

    async def retry(self) -> dict[str, Any]:
        return {"payoutId": self.scene.ids[f"payout_{WORKER}"]}

    async def quarantined(self) -> dict[str, Any]:
        return {"instance": "paypal-eu"}

    async def ruleset(self) -> dict[str, Any]:
        """So far away that it decides nothing that another test asks for."""
        return {
            "effectiveFrom": "2099-01-01T00:00:00Z",
            "note": "Weekly by SEPA",
            "rules": [
                {
                    "name": "euro area",
                    "when": {"region": "SEPA", "currency": "EUR", "amountTo": "500.00"},
                    "providers": ["sandbox"],
                    "minimum": "10.00",
                    "maxFeeBasisPoints": 150,
                    "schedule": "WEEKLY",
                }
            ],
        }

    async def ruleset_version(self) -> dict[str, Any]:
        """Written by somebody else."""
        world = self.scene.ask.world
        version = await routing.draft_ruleset(
            author_id=await add_finance_member(world),
            rules=[Rule(name="all", providers=("sandbox",))],
            effective_from=datetime(2099, 1, 1, tzinfo=UTC),
            note="",
            new_id=world.new_id,
            now=world.now,
        )
        return {"version": version}

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

    def who(self, name: str) -> UUID:
        return self.scene.people[name]

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
            self._campaign = await running(
                self.scene.ask.world, self.who(EMPLOYER), places=[1] * 90, reward=usd("0.01")
            )
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

    async def asked(self) -> str:
        wish = await self.question()
        await self.scene.do(EMPLOYER, "assignmentAskRevision", **wish)
        id_: str = wish["assignmentId"]
        return id_
