"""Valid inputs for the mutations of money: in, out, and what finance decides about them."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch_value, transaction
from domain.deposits import queries as deposits
from domain.deposits.operations.arrivals import book_extra
from domain.deposits.provider import DepositObservation, ObservedDeposit
from domain.deposits.rules import DepositState
from domain.money import Money
from domain.payouts.operations import confirmation_code
from domain.provider_inbox import operations as provider_inbox
from domain.provider_news import VerifiedWebhook
from domain.routing import operations as routing
from domain.routing.rules import Rule
from schema.ids import Tag
from tests.make.invoices import agreed
from tests.make.members import add_finance_member
from tests.make.scene import Scene
from tests.schema.documents import example

EMPLOYER: Final = "employer_ann"
WORKER: Final = "worker_ann"
AMOUNT: Final = {"amount": "1.00", "currency": "EUR"}
CENT: Final = {"amount": "0.01", "currency": "EUR"}
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


@dataclass
class WishesOfMoney:
    scene: Scene
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def key(self) -> dict[str, str]:
        return {"idempotencyKey": f"wish {next(self._numbers)}"}

    def who(self, name: str) -> UUID:
        return self.scene.people[name]

    def of_payouts(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        """Standing wishes, and what finance lets out."""
        return {
            "destinationConfirm": (WORKER, self.read_letter),
            "destinationRemove": (WORKER, self.removal),
            "payoutHoldSet": (WORKER, self.end_of_hold),
            "earningsSpend": (WORKER, self.spending),
            "stepUpBegin spending": (WORKER, self.spending_action),
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
            "depositAllocate": ("finance", self.unallocated),
            "providerEventReplay": ("finance", self.provider_event),
            "statementLineExplain": ("finance", self.statement_line),
            "providerFileRead": ("finance", self.provider_file),
            "providerFileConfirm": ("finance", self.file_confirmation),
            "providerFileDecline": ("finance", self.file_refusal),
        }

    async def end_of_hold(self) -> dict[str, Any]:
        return {"isHeld": False}  # others are still to be paid

    async def spending(self) -> dict[str, Any]:
        return {"amount": CENT, "stepUpId": self.scene.ids[f"step_up_{WORKER}"], **self.key()}

    async def spending_action(self) -> dict[str, Any]:
        return {"action": {"earningsSpend": {"amount": CENT}}}

    # -- deposits and payouts -------------------------------------------------

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

    async def read_letter(self) -> dict[str, Any]:
        services, id_ = self.scene.ask.services, self.scene.ids[f"destination_{WORKER}"]
        key = services.ids.decode(Tag.DESTINATION, id_)
        code = confirmation_code(destination_id=key, vault=services.vault)
        return {"destinationId": id_, "code": code}

    async def payout(self) -> dict[str, Any]:
        ids = self.scene.ids
        wish = {"amount": AMOUNT, "destinationId": ids[f"destination_{WORKER}"]}
        return {**wish, "stepUpId": ids[f"step_up_{WORKER}"], **self.key()}

    async def quoted_payout(self) -> dict[str, Any]:
        wish = await self.payout()
        asked = {name: wish[name] for name in ("amount", "destinationId")}
        found = await self.scene.ask(example("payoutQuote"), viewer=self.who(WORKER), input=asked)
        return {**wish, "quote": found.only()["quote"]["token"]}

    async def cancellation(self) -> dict[str, Any]:
        return {"payoutId": self.scene.ids[f"payout_{WORKER}"], **self.key()}

    async def invoice(self) -> dict[str, Any]:
        id_ = self.scene.ids[f"member_{WORKER}"]
        await agreed(self.scene.ask.world, self.who(WORKER))
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
        wish = {"depositId": id_, "decision": "DISMISS", "note": "Sent back by the bank"}
        return {**wish, **self.key()}

    async def unallocated(self) -> dict[str, Any]:
        """More than was asked for."""
        ask = self.scene.ask
        deposit_id = ask.key(Tag.DEPOSIT, self.scene.ids[f"deposit_{EMPLOYER}"])
        (deposit,) = (await deposits.deposits_by_id(ids=[deposit_id])).values()
        more = Money((deposit.arrived or deposit.credited).micros + 5_000_000, "USD")
        await book_extra(
            asked=replace(deposit, state=DepositState.SETTLED),
            observation=DepositObservation(state=ObservedDeposit.SETTLED, amount=more),
            new_id=ask.world.new_id,
            now=ask.world.now,
        )
        arrival_id = await fetch_value(
            "select id from deposit_arrival where deposit_id = $1 order by recorded_at desc,"
            " amount_micros desc, arrival_ref desc limit 1",
            deposit_id,
        )
        employer_id = ask.id(Tag.MEMBER, self.scene.people[EMPLOYER])
        wish = {"arrivalId": ask.id(Tag.DEPOSIT_ARRIVAL, arrival_id), "allocation": "CREDIT"}
        return {**wish, "employerId": employer_id, "note": "Paid twice", **self.key()}

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

    async def brought_file(self) -> str:
        """By somebody else, and about nothing of ours."""
        ask = self.scene.ask
        said = b'{"file_id": "%s", "items": [{"item_ref": "x", "state": "paid"}]}'
        read = await provider_inbox.read_file(
            instance_id="sandbox",
            name="status",
            content=said % str(ask.world.new_id()).encode(),
            read_by=await add_finance_member(ask.world),
            news=ask.services.news,
            vault=ask.services.vault,
            clock=ask.services.clock,
            new_id=ask.world.new_id,
        )
        return str(ask.id(Tag.PROVIDER_FILE, read.file_id))

    async def file_confirmation(self) -> dict[str, Any]:
        return {"fileId": await self.brought_file(), **self.key()}

    async def file_refusal(self) -> dict[str, Any]:
        return {"fileId": await self.brought_file(), "note": "The bank knows no such file"}

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
        run_id = self.scene.ask.world.new_id()
        number = int.from_bytes(hashlib.sha256(run_id.bytes).digest()[:8], "big")
        day = date(2031, 1, 1) + timedelta(days=number % 2_000_000)
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
                    "when": {
                        "country": "DE",
                        "region": "SEPA",
                        "destinationCountry": "DE",
                        "currency": "EUR",
                        "amountFrom": "1.00",
                        "amountTo": "500.00",
                        "destinationKind": "sandbox",
                        "rail": "SANDBOX",
                        "level": 1,
                        "memberAgeDays": 7,
                        "legalEntity": "PHILIPPINES",
                    },
                    "providers": ["sandbox"],
                    "router": "cheapest",
                    "minimum": "10.00",
                    "maxFeeBasisPoints": 150,
                    "feePayer": "MEMBER",
                    "schedule": "WEEKLY",
                    "holdHours": 24,
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
