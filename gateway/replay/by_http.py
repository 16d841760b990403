"""The market over HTTP: every member is a client of their own against the running server."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

import httpx

from domain.access import queries as logins
from domain.members.operations import grant_role
from domain.members.rules import Role, email_key
from domain.money import Money, amount_text, exponent_of
from gateway.given import clock
from gateway.replay import documents
from gateway.replay.client import Client, Refusal
from gateway.replay.crowd import Answer
from gateway.replay.market import INVOICES, REASON, WHY_UNLIMITED, Known, Stage, Trouble, until
from gateway.replay.payments import KIND, UNDER_WAY
from gateway.replay.plan import Person, Plan

TASKS_AT_ONCE: Final = 100
STAGES: Final[Mapping[str, Stage]] = {
    "CLAIMED": Stage.CLAIMED,
    "SUBMITTED": Stage.SUBMITTED,
    "APPROVED": Stage.APPROVED,
    "REJECTED": Stage.REJECTED,
    "CLOSED_REJECTED": Stage.REJECTED,
}
TAKEN: Final = frozenset({"LIVE_CLAIM", "ALREADY_DONE"})
LATE: Final = frozenset({"DEADLINE_PASSED", "INVALID_TRANSITION"})


class ByHttp:
    """Implements `market.Market`. Only the roles of colleagues are granted past the server."""

    def __init__(self, *, plan: Plan, url: str, concurrency: int) -> None:
        self._plan = plan
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=30,
            limits=httpx.Limits(max_connections=concurrency * 2),
            trust_env=False,  # the server is named; a proxy of the environment is not meant
        )
        self._employer = Client(self._http, plan.employer())
        self._workers: dict[str, Client] = {}
        self._campaign_id = ""
        self._tasks: dict[str, str] = {}

    async def register_employer(self, person: Person) -> None:
        assert person == self._employer.person
        await self._employer.register(referral_code=None)

    async def register_worker(self, worker: str, person: Person, *, brought_by: str | None) -> None:
        code = None
        if brought_by is not None:
            payload = await self._workers[brought_by].ask(documents.OPEN_LINK, input={})
            code = payload["referralLink"]["code"]
        client = self._workers.setdefault(worker, Client(self._http, person))
        await client.register(referral_code=code)
        found = await client.ask(documents.AGREEMENT)
        version = found["taxProfile"]["selfBilling"]["textVersion"]
        await client.ask(documents.AGREE, input={"textVersion": version})

    async def open_campaign(self, plan: Plan) -> None:
        campaign = await self._campaign(plan)
        self._campaign_id = campaign["id"]
        await self._add_missing_tasks(plan)
        campaign = await self._campaign(plan)
        if campaign["state"] == "DRAFT":
            await self._deposit(campaign["cost"]["total"])
            await self._employer.ask(
                documents.FUND,
                input={"campaignId": self._campaign_id, "idempotencyKey": plan.key("fund")},
            )
            campaign = await self._campaign(plan)
        if campaign["state"] == "FUNDED":
            staff = await self._colleague(plan.staff(), Role.STAFF)
            wish = {"campaignId": self._campaign_id, "text": WHY_UNLIMITED}
            await staff.ask(documents.WAIVE_LIMITS, input=wish)
            await self._employer.ask(documents.PUBLISH, input={"campaignId": self._campaign_id})

    async def known_assignments(self) -> Mapping[tuple[str, str], Known]:
        names = {client.member_id: worker for worker, client in self._workers.items()}
        found: dict[tuple[str, str], Known] = {}
        async for node in self._employer.pages(
            documents.ASSIGNMENTS, "assignments", id=self._campaign_id, states=list(STAGES)
        ):
            raters = {rating["author"]["id"] for rating in node["ratings"]}
            key = (names[node["worker"]["id"]], node["task"]["externalReference"])
            is_rated = self._employer.member_id in raters
            found[key] = Known(node["id"], STAGES[node["state"]], is_rated=is_rated)
        return found

    async def find(self, answer: Answer) -> Known | None:
        async for node in self._workers[answer.worker].pages(
            documents.MY_ASSIGNMENTS, "assignments", states=list(STAGES)
        ):
            if node["task"]["id"] == self._tasks[answer.task]:
                return Known(node["id"], STAGES[node["state"]])
        return None

    async def claim(self, answer: Answer) -> str:
        try:
            payload = await self._workers[answer.worker].ask(
                documents.CLAIM,
                input={"campaignId": self._campaign_id, "taskId": self._tasks[answer.task]},
            )
        except Refusal as refusal:
            if TAKEN.isdisjoint(refusal.reasons):
                raise
            raise Trouble("claimed already: look again") from refusal
        assignment_id: str = payload["assignment"]["id"]
        return assignment_id

    async def submit(self, answer: Answer, assignment_id: str) -> None:
        item = {"role": "ANSWER", "content": {"text": {"text": answer.label}}}
        try:
            await self._workers[answer.worker].ask(
                documents.SUBMIT,
                input={
                    "assignmentId": assignment_id,
                    "items": [item],
                    "idempotencyKey": self._plan.key("submit", assignment_id),
                },
            )
        except Refusal as refusal:
            if refusal.code not in LATE:
                raise
            raise Trouble(f"{refusal.code}: look again") from refusal

    async def review(self, assignment_id: str, *, is_right: bool) -> None:
        try:
            if is_right:
                key = self._plan.key("approve", assignment_id)
                await self._employer.ask(
                    documents.APPROVE, input={"assignmentId": assignment_id, "idempotencyKey": key}
                )
                return
            await self._employer.ask(
                documents.REJECT,
                input={
                    "assignmentId": assignment_id,
                    "reasonCode": "FAILED_CHECKS",
                    "text": REASON,
                },
            )
        except Refusal as refusal:
            if refusal.code not in LATE:
                raise
            raise Trouble("decided already: look again") from refusal

    async def rate(self, assignment_id: str, *, stars: int) -> None:
        try:
            await self._employer.ask(
                documents.RATE, input={"assignmentId": assignment_id, "stars": stars}
            )
        except Refusal as refusal:
            if refusal.code != "ALREADY_RATED":
                raise

    async def settle_referrals(self, expected: Mapping[str, Money]) -> None:
        """The job worker's sweep books them; we only look."""
        for worker, wanted in expected.items():
            await until(lambda worker=worker, wanted=wanted: self._is_rewarded(worker, wanted))  # type: ignore[misc]  # bound at once

    async def pay_out(self, worker: str) -> bool:
        client, currency = self._workers[worker], self._plan.reward.currency
        purse = await client.ask(documents.PURSE)
        earnings = _earnings(purse, currency)
        step = Decimal(1).scaleb(-exponent_of(currency))
        amount = earnings.quantize(step, rounding=ROUND_DOWN)
        if amount <= 0:
            return False
        nodes = purse["destinations"]["nodes"]
        destination_id = nodes[0]["id"] if nodes else await self._add_destination(client)
        wish = {
            "amount": {"amount": str(amount), "currency": currency},
            "destinationId": destination_id,
        }
        step_up_id = await _step_up(client, {"payoutRequest": wish})
        key = self._plan.key("payout")
        try:
            await client.ask(
                documents.REQUEST_PAYOUT,
                input={**wish, "stepUpId": step_up_id, "idempotencyKey": key},
            )
        except Refusal as refusal:
            if refusal.code != "BELOW_MINIMUM":
                raise
            return False
        return True

    async def await_payouts(self) -> None:
        for client in self._workers.values():
            await until(lambda client=client: _is_paid(client))  # type: ignore[misc]  # bound at once

    async def issue_invoices(self) -> int:
        finance = await self._colleague(self._plan.finance(), Role.FINANCE)
        await self._issue(finance, self._employer, "FEE_INVOICE")
        count = await _document_count(self._employer)
        for client in self._workers.values():
            await self._issue(finance, client, "SELF_BILL")
            count += await _document_count(client)
        return count

    async def close(self) -> None:
        await self._http.aclose()

    async def _colleague(self, person: Person, role: Role) -> Client:
        client = Client(self._http, person)
        await client.register(referral_code=None)
        known = await logins.credentials_of(email_key=email_key(person.email))
        assert known is not None, "it was registered just now"
        await grant_role(member_id=known.member_id, role=role, now=clock())
        return client

    async def _campaign(self, plan: Plan) -> Any:
        viewer = await self._employer.ask(documents.MY_CAMPAIGN)
        if viewer["campaigns"]["nodes"]:
            return viewer["campaigns"]["nodes"][0]
        await self._employer.ask(
            documents.CREATE_CAMPAIGN,
            input={
                "title": plan.title,
                "category": "LABELING",
                "reward": _money(plan.reward),
                "instructions": {"text": "Give the label that fits the task best."},
            },
        )
        return await self._campaign(plan)

    async def _add_missing_tasks(self, plan: Plan) -> None:
        async for node in self._employer.pages(documents.TASKS, "tasks", id=self._campaign_id):
            self._tasks[node["externalReference"]] = node["id"]
        missing = [name for name in plan.places if name not in self._tasks]
        for start in range(0, len(missing), TASKS_AT_ONCE):
            wanted = [
                {
                    "content": {"text": {"text": f"Label task {name}"}},
                    "placeCount": plan.places[name],
                    "externalReference": name,
                }
                for name in missing[start : start + TASKS_AT_ONCE]
            ]
            payload = await self._employer.ask(
                documents.ADD_TASKS, input={"campaignId": self._campaign_id, "tasks": wanted}
            )
            self._tasks |= {each["externalReference"]: each["id"] for each in payload["tasks"]}

    async def _deposit(self, total: Mapping[str, str]) -> None:
        payload = await self._employer.ask(
            documents.START_DEPOSIT,
            input={"amount": dict(total), "idempotencyKey": self._plan.key("deposit")},
        )
        await until(lambda: self._is_settled(payload["deposit"]["id"]))

    async def _is_settled(self, deposit_id: str) -> bool:
        deposit = await self._employer.ask(documents.DEPOSIT, id=deposit_id)
        if deposit["state"] in ("INITIATED", "PENDING"):
            return False
        if deposit["state"] != "SETTLED":
            raise RuntimeError(f"the deposit is {deposit['state']}")
        return True

    async def _is_rewarded(self, worker: str, wanted: Money) -> bool:
        currency = self._plan.reward.currency
        total = Decimal(0)
        async for node in self._workers[worker].pages(documents.REWARDS, "referrals"):
            total += sum(
                (
                    Decimal(each["amount"])
                    for each in node["rewards"]
                    if each["currency"] == currency
                ),
                Decimal(0),
            )
        return total >= wanted.amount

    async def _add_destination(self, client: Client) -> str:
        fields = [
            {"name": "account", "value": client.member_id[:64]},
            {"name": "scenario", "value": "ok"},
        ]
        wish = {
            "country": client.person.country,
            "currency": self._plan.reward.currency,
            "destination": {"form": {"kind": KIND, "fields": fields}},
        }
        step_up_id = await _step_up(client, {"destinationAdd": wish})
        payload = await client.ask(
            documents.ADD_DESTINATION, input={**wish, "stepUpId": step_up_id}
        )
        destination_id: str = payload["destination"]["id"]
        return destination_id

    async def _issue(self, finance: Client, member: Client, kind: str) -> None:
        await finance.ask(
            documents.ISSUE,
            input={
                "memberId": member.member_id,
                "currency": self._plan.reward.currency,
                "kind": kind,
                "idempotencyKey": self._plan.key("document", kind, member.member_id),
            },
        )


async def _step_up(client: Client, action: Mapping[str, Any]) -> str:
    begun = await client.ask(documents.BEGIN_STEP_UP, input={"action": action})
    completed = await client.ask(
        documents.COMPLETE_STEP_UP,
        input={"stepUpId": begun["stepUpId"], "proof": {"password": client.person.password}},
    )
    client.token = completed["token"]
    step_up_id: str = begun["stepUpId"]
    return step_up_id


async def _is_paid(client: Client) -> bool:
    viewer = await client.ask(documents.PAYOUTS)
    open_states = {state.name for state in UNDER_WAY}
    return all(node["state"] not in open_states for node in viewer["payouts"]["nodes"])


async def _document_count(client: Client) -> int:
    viewer = await client.ask(documents.DOCUMENTS, kinds=[kind.name for kind in INVOICES])
    return int(viewer["documents"]["totalCount"])


def _earnings(purse: Mapping[str, Any], currency: str) -> Decimal:
    for balance in purse["balances"]:
        if balance["currency"] == currency:
            return Decimal(balance["earnings"]["amount"])
    return Decimal(0)


def _money(money: Money) -> dict[str, str]:
    return {"amount": amount_text(money), "currency": money.currency}
