"""Two employers, their workers and the platform's people, with a canary in all that is personal.

A canary is a text that stands nowhere else; `readers` says who may read it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch_value
from domain.deposits import operations as deposits
from domain.invoices import operations as invoices
from domain.invoices.rules import Document, FileKind, Rendered
from domain.members import operations as members
from domain.members.rules import Role
from domain.verification import operations as verifying
from domain.verification import queries as verification
from domain.verification.provider import CheckKind
from domain.verification.rules import CheckRule, Rule, When
from gateway.providers import Providers
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.invoices import ENTITY, agreed
from tests.make.ledger import fill
from tests.make.members import add_finance_member
from tests.make.notifications import tell
from tests.make.payouts import earnings_of
from tests.make.uploads import png, sent
from tests.schema.documents import example

NOBODY: Final = "nobody"
SIDES: Final = ("ann", "bob")
PLATFORM: Final = (Role.FINANCE, Role.STAFF, Role.INTEGRATOR)
BORN_ON: Final = {"worker_ann": "1931-01-13", "worker_bob": "1932-02-14"}
REWARD: Final = {"amount": "9.00", "currency": "USD"}


class TextRenderer:
    """Draws the document as its plain content, so that a test can read it."""

    async def render(self, document: Document, logo: bytes | None = None) -> Rendered:
        assert logo is None
        return dict.fromkeys(FileKind, msgspec.json.encode(document))


@dataclass
class Scene:
    """`people` are keys by name, `ids` opaque ids by what they are."""

    ask: Ask
    providers: Providers
    people: dict[str, UUID] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    readers: dict[str, frozenset[str]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def canary(self, what: str, *readers: str) -> str:
        text = f"canary-{what.replace('_', '-')}-{self.ask.world.new_token()[:8]}"
        self.readers[text] = frozenset(readers)
        return text

    async def do(self, name: str, mutation: str, /, **input_: Any) -> Any:
        """As that person; nothing may go wrong."""
        answer = await self.ask(example(mutation), viewer=self.people.get(name), input=input_)
        payload = answer.only()
        assert payload["errors"] == [], (mutation, payload["errors"])
        return payload

    async def make(self) -> None:
        await invoices.ensure_legal_entity(entity=ENTITY, new_id=self.ask.world.new_id)
        for role in PLATFORM:
            await self.join(role.value, roles=[role])
        for side in SIDES:
            await self.join(f"employer_{side}")
            await self.join(f"worker_{side}")
            await self.pay_in(f"employer_{side}")
            await self.draft_and_run(side)
            await self.work(side)
            await self.pay_out(f"worker_{side}")
            await self.listen(f"worker_{side}")
            await self.invite(f"worker_{side}")
            await self.bill(side)
            await self.remember_event(side)
            await self.verify(f"worker_{side}")
            await self.certify(f"worker_{side}")

    async def certify(self, worker: str) -> None:
        """What a tax form says is read by nobody, not even by who gave it."""
        name = self.canary(f"tax_name_{worker}")
        address = {"street": self.canary(f"tax_street_{worker}"), "city": "Bonn", "country": "DE"}
        form = {
            "name": name,
            "address": address,
            "tinCountry": "DE",
            "tin": f"86 095 742 {719 + len(self.ids) % 100}",
            "bornOn": "1990-05-17",
            "isCorrect": True,
            "signedName": name,
        }
        given = await self.do(worker, "taxFormSubmit", form={"seller": form})
        self.ids[f"tax_form_{worker}"] = given["taxProfile"]["forms"][0]["id"]

    async def join(self, name: str, *, roles: Collection[Role] = (), **more: str) -> None:
        """A registration and a sign-in as anybody does them."""
        email = f"{self.canary(f'email_{name}', name)}@example.org"
        password = self.passwords[name] = self.canary(f"password_of_{name[-1]}x{len(name)}")
        joined = await self.do(
            NOBODY,
            "memberRegister",
            name=self.canary(f"name_{name}", name),
            email=email,
            country="DE",
            bornOn=BORN_ON.get(name, "1990-05-17"),
            password=password,
            **more,
        )
        key = self.ask.key(Tag.MEMBER, joined["member"]["id"])
        for role in roles:
            await members.grant_role(member_id=key, role=role, now=self.ask.world.now)
        token = (await self.do(NOBODY, "sessionCreate", email=email, password=password))["token"]
        self.people[name] = key
        self.ids[f"member_{name}"] = joined["member"]["id"]
        self.use(name, token)

    def use(self, name: str, token: str) -> None:
        self.tokens.append(token)
        self.ask.use(self.people[name], token)

    async def pay_in(self, employer: str) -> None:
        world, directory = self.ask.world, self.providers.deposits
        started = await self.do(
            employer,
            "depositStart",
            amount={"amount": "500.00", "currency": "USD"},
            reference=self.canary(f"reference_{employer}", employer),
            idempotencyKey="deposit",
        )
        self.ids[f"deposit_{employer}"] = started["deposit"]["id"]
        key = self.ask.key(Tag.DEPOSIT, started["deposit"]["id"])
        await deposits.create_at_provider(
            deposit_id=key, providers=directory, clock=lambda: world.now
        )
        world.now += timedelta(minutes=1)
        await deposits.look_up_deposit(
            deposit_id=key, providers=directory, clock=lambda: world.now, new_id=world.new_id
        )

    async def draft_and_run(self, side: str) -> None:
        """`draft` and `funded`, which is stopped unopened, are the employer's alone."""
        employer, worker = f"employer_{side}", f"worker_{side}"
        for kind in ("draft", "funded", "running"):
            about = f"{kind}_{side}"
            alone = [employer] if kind != "running" else self.everybody()
            created = await self.do(
                employer,
                "campaignCreate",
                title=self.canary(f"title_{about}", *alone),
                category="LABELING",
                reward=REWARD,
                instructions={
                    "text": self.canary(f"instructions_{about}", *alone),
                    "clauses": [{"id": "1", "text": self.canary(f"clause_{about}", *alone)}],
                },
            )
            self.ids[f"campaign_{about}"] = campaign = created["campaign"]["id"]
            readers = [employer, worker] if kind == "running" else [employer]
            tasks = [
                self.task(f"{about}_first", readers),
                self.task(f"{about}_second", readers),
                self.task(f"{about}_third", [employer]),
            ]
            added = await self.do(employer, "campaignAddTasks", campaignId=campaign, tasks=tasks)
            self.ids[f"task_{about}"] = added["tasks"][2]["id"]
            self.ids[f"claimed_task_{about}"] = added["tasks"][0]["id"]
            if kind != "draft":
                await self.do(employer, "campaignFund", campaignId=campaign, idempotencyKey=about)
        await self.do(employer, "campaignPublish", campaignId=campaign)
        never_opened = self.ids[f"campaign_funded_{side}"]
        await self.do(employer, "campaignStop", campaignId=never_opened, idempotencyKey="stop")

    def everybody(self) -> list[str]:
        workers = [f"{kind}_{side}" for kind in ("worker", "employer") for side in SIDES]
        invited = [f"invited_{side}" for side in SIDES]
        return [NOBODY, *workers, *invited, *(role.value for role in PLATFORM)]

    def task(self, about: str, readers: list[str]) -> dict[str, Any]:
        text, url = (self.canary(f"{what}_{about}", *readers) for what in ("task", "url"))
        return {
            "content": {"link": {"text": text, "url": f"https://example.org/{url}"}},
            "externalReference": self.canary(f"external_{about}", readers[0]),
        }

    async def work(self, side: str) -> None:
        """One assignment revised, approved and rated; one rejected."""
        employer, worker = f"employer_{side}", f"worker_{side}"
        both = (employer, worker)
        for number, name in enumerate(("approved", "rejected")):
            claimed = await self.do(
                worker, "assignmentClaim", campaignId=self.ids[f"campaign_running_{side}"]
            )
            self.ids[f"assignment_{name}_{side}"] = id_ = claimed["assignment"]["id"]
            await self.hand_in(worker, id_, f"{name}_first_{side}", both)
            if number == 0:
                text = self.canary(f"revise_{side}", *both)
                await self.do(employer, "assignmentAskRevision", assignmentId=id_, text=text)
                await self.hand_in(worker, id_, f"{name}_again_{side}", both)
                comment = self.canary(f"comment_{side}", *both)
                wish = {"assignmentId": id_, "comment": comment, "idempotencyKey": id_}
                await self.do(employer, "assignmentApprove", **wish)
            else:
                text = self.canary(f"rejection_{side}", *both)
                wish = {"assignmentId": id_, "reasonCode": "SPAM", "text": text}
                await self.do(employer, "assignmentReject", **wish)
        rate = {"assignmentId": self.ids[f"assignment_approved_{side}"], "stars": 4}
        about = {"assignmentId": self.ids[f"assignment_approved_{side}"]}
        text = self.canary(f"message_{side}", *both)
        sent = await self.do(worker, "messageSend", about=about, text=text)
        self.ids[f"message_{side}"] = sent["message"]["id"]
        self.ids[f"thread_{side}"] = sent["message"]["thread"]["id"]
        comment = self.canary(f"rating_{side}", worker)
        given = await self.do(worker, "ratingGive", **rate, comment=comment)
        self.ids[f"rating_{side}"] = given["rating"]["id"]
        given = await self.do(
            employer,
            "bonusSend",
            assignmentId=self.ids[f"assignment_approved_{side}"],
            amount={"amount": "0.50", "currency": "USD"},
            reason=self.canary(f"bonus_{side}", *both),
            idempotencyKey=f"bonus {side}",
        )
        self.ids[f"bonus_{side}"] = given["bonus"]["id"]

    async def hand_in(self, worker: str, id_: str, about: str, readers: tuple[str, str]) -> None:
        text = self.canary(f"work_{about}", *readers)
        items: list[dict[str, Any]] = [{"content": {"text": {"text": text}}}]
        if "approved_first" in about:
            upload = await sent(self.ask, self.people[worker], id_, png())
            self.ids[f"upload_{about[-3:]}"] = upload
            items.append({"content": {"file": {"uploadId": upload}}})
        done = await self.do(
            worker, "assignmentSubmit", assignmentId=id_, items=items, idempotencyKey=about
        )
        self.ids[f"submission_{about}"] = done["submission"]["id"]

    async def pay_out(self, worker: str) -> None:
        """To an account that is shown to nobody, not even to its owner."""
        await fill(self.ask.world, earnings_of(self.people[worker]), 20_000_000)
        fields = {"account": self.canary(f"account_{worker}"), "scenario": "ok"}
        place = {
            "country": "PH",
            "currency": "EUR",
            "destination": {
                "form": {
                    "kind": "sandbox",
                    "fields": [{"name": name, "value": fields[name]} for name in fields],
                }
            },
        }
        step_up_id = await self.step_up(worker, destinationAdd=place)
        added = await self.do(worker, "destinationAdd", **place, stepUpId=step_up_id)
        self.ids[f"destination_{worker}"] = id_ = added["destination"]["id"]
        payout = {"amount": {"amount": "12.00", "currency": "EUR"}, "destinationId": id_}
        step_up_id = self.ids[f"step_up_{worker}"] = await self.step_up(
            worker, payoutRequest=payout
        )
        wish = {**payout, "stepUpId": step_up_id, "idempotencyKey": "payout"}
        asked = await self.do(worker, "payoutRequest", **wish)
        self.ids[f"payout_{worker}"] = asked["payout"]["id"]

    async def listen(self, worker: str) -> None:
        """By a webhook, whose secret is nobody's, not even its owner's a second time."""
        url = f"https://hooks.example.org/{self.canary(f'hook_{worker}', worker)}"
        step_up_id = await self.step_up(worker, webhookEndpointCreate={"url": url})
        made = await self.do(worker, "webhookEndpointCreate", url=url, stepUpId=step_up_id)
        self.readers[made["secret"]] = frozenset()
        self.ids[f"webhook_{worker}"] = id_ = made["webhookEndpoint"]["id"]
        test = await self.do(worker, "webhookEndpointTest", endpointId=id_)
        self.ids[f"delivery_{worker}"] = test["webhookDelivery"]["id"]

    async def remember_event(self, side: str) -> None:
        """That of the approved work: both parties hear of it.

        By SQL: the feed shows it only once no older transaction of the whole server runs.
        """
        assignment = self.ids[f"assignment_approved_{side}"]
        key = self.ask.key(Tag.ASSIGNMENT, assignment)
        first = await fetch_value(
            "select id from event where subject_id = $1 order by seq limit 1", key
        )
        self.ids[f"event_{side}"] = self.ask.id(Tag.EVENT, first)
        told = await tell(self.ask.world, self.people[f"worker_{side}"], first, key)
        self.ids[f"notification_{side}"] = self.ask.id(Tag.NOTIFICATION, told)

    async def step_up(self, name: str, **action: Any) -> str:
        begun = await self.do(name, "stepUpBegin", action=action)
        proof = {"password": self.passwords[name]}
        passed = await self.do(name, "stepUpComplete", stepUpId=begun["stepUpId"], proof=proof)
        self.use(name, passed["token"])
        step_up_id: str = begun["stepUpId"]
        return step_up_id

    async def invite(self, worker: str) -> None:
        side = worker.rpartition("_")[2]
        code = (await self.do(worker, "referralLinkCreate", confirm=True))["referralLink"]["code"]
        self.readers[code] = frozenset([worker])
        await self.join(f"invited_{side}", referralCode=code)
        email = f"{self.canary(f'friend_{side}')}@example.org"
        label = self.canary(f"friend_name_{side}", worker)
        created = await self.do(worker, "invitationCreate", email=email, label=label)
        self.ids[f"invitation_{side}"] = created["invitation"]["id"]

    async def verify(self, worker: str) -> None:
        """A first level that is begun, under rules that two people made."""
        world, finance = self.ask.world, self.people[Role.FINANCE.value]
        if (await verification.ruleset_at(world.now)).version is None:
            checks = (CheckRule(check=CheckKind.PHONE, by=("sandbox-checks",)),)
            version = await verifying.draft_ruleset(
                author_id=finance,
                rules=(Rule(name="DE", when=When(country="DE"), levels={1: checks}),),
                requirements=(),
                effective_from=world.now,
                note="",
                new_id=world.new_id,
                now=world.now,
            )
            other = await add_finance_member(world)
            await verifying.approve_ruleset(version=version, approver_id=other, now=world.now)
        begun = await self.do(worker, "verificationStart", level=1)
        self.ids[f"verification_{worker}"] = begun["verification"]["id"]
        self.ids[f"check_{worker}"] = begun["verification"]["checks"][0]["id"]

    async def bill(self, side: str) -> None:
        """A document for each side of the work, drawn."""
        await agreed(self.ask.world, self.people[f"worker_{side}"])
        for kind, name in (("FEE_INVOICE", f"employer_{side}"), ("SELF_BILL", f"worker_{side}")):
            issued = await self.do(
                Role.FINANCE.value,
                "invoiceIssue",
                memberId=self.ids[f"member_{name}"],
                kind=kind,
                currency="USD",
                idempotencyKey=name,
            )
            self.ids[f"document_{name}"] = id_ = issued["document"]["id"]
            self.readers[issued["document"]["number"]] = frozenset([name, Role.FINANCE.value])
            key = self.ask.key(Tag.DOCUMENT, id_)
            await invoices.render_document(document_id=key, renderer=TextRenderer())


async def made(ask: Ask, providers: Providers) -> Scene:
    scene = Scene(ask, providers)
    await scene.make()
    return scene


def found_in(text: str, secrets: Collection[str]) -> list[str]:
    """Addresses come back in lower case, so case does not count."""
    plain = text.casefold()
    return sorted(secret for secret in secrets if secret.casefold() in plain)
