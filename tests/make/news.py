"""Providers that call us, send statements and report in files; they do as the test says."""

# ruff: noqa: ARG002  # a port's arguments come, needed or not
from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import msgspec

from domain.database import in_transaction
from domain.deposits.provider import (
    CapturesDeposits,
    DepositObservation,
    DepositProvider,
    DepositRequest,
    DepositStart,
    ObservedDeposit,
    ObservedRefund,
    RefundObservation,
    RefundRequest,
    RefundsDeposits,
)
from domain.money import Money
from domain.payouts.provider import (
    FileRefused,
    FileReport,
    LookupAnswer,
    PayoutBatch,
    ReadsFiles,
)
from domain.provider import CallContext, Health, HealthStatus, ProviderEnv, ProviderError
from domain.provider_news import (
    ListsMissedWebhooks,
    ProviderEvent,
    RawWebhook,
    ReadsStatements,
    ReceivesWebhooks,
    StatementLine,
    StatementPage,
    VerifiedWebhook,
    WebhookRefused,
    WebhookRoute,
)
from gateway.provider_news import News
from gateway.providers import DepositDirectory, PayoutDirectory
from plugins.guarded import GuardedDeposits, GuardedPayouts
from plugins.payments.sandbox.deposits import SandboxDeposits
from plugins.payments.sandbox.payouts import SandboxPayouts
from plugins.payments.sandbox.settings import SandboxConfig
from tests.make.payouts import House, open_house
from tests.make.world import World

KEY: Final = b"a webhook secret of the tests"
WINDOW: Final = timedelta(minutes=5)
PAGE: Final = 3  # lines of a statement's page


class Caller(ReceivesWebhooks):
    """Signs with HMAC over the instant and the body."""

    key: bytes | None = KEY
    clock_is_checked = True

    def webhook_routes(self) -> tuple[WebhookRoute, ...]:
        return (WebhookRoute(name="events"),)

    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        if self.key is None:
            raise LookupError("the secret is missing")
        signed = webhook.headers.get("x-at", "").encode() + webhook.body
        said = webhook.headers.get("x-signature", "")
        if not hmac.compare_digest(hmac.digest(self.key, signed, "sha256").hex(), said):
            raise WebhookRefused("signature")
        at = datetime.fromisoformat(webhook.headers["x-at"])
        if self.clock_is_checked and abs(webhook.received_at - at) > WINDOW:
            raise WebhookRefused("time")
        return VerifiedWebhook(
            event_id=msgspec.json.decode(webhook.body)["id"],
            route=webhook.route,
            body=webhook.body,
            signed_at=at,
        )

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        said = msgspec.json.decode(webhook.body)
        if said.get("type") == "ping":
            return ()
        return tuple(
            msgspec.convert(
                {"event_id": said["id"], "event_type": said["type"], **each}, type=ProviderEvent
            )
            for each in said["about"]
        )


class CallingSandbox(SandboxPayouts, Caller, ListsMissedWebhooks, ReadsFiles, ReadsStatements):
    """The sandbox's payouts; `lines` is its statement, in the order it books."""

    def __init__(self) -> None:
        self.lines: list[StatementLine] = []
        self.look_up_count = 0
        self.missed: list[VerifiedWebhook] | ProviderError = []
        self.asked_since: list[datetime] = []

    async def missed_webhooks(
        self, since: datetime, context: CallContext
    ) -> tuple[VerifiedWebhook, ...]:
        self.asked_since.append(since)
        if isinstance(self.missed, ProviderError):
            raise self.missed
        return tuple(self.missed)

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        self.look_up_count += 1
        return await super().look_up(batch, context)

    async def read_file(self, content: bytes, context: CallContext) -> FileReport:
        try:
            return msgspec.json.decode(content, type=FileReport)
        except msgspec.MsgspecError as error:
            raise FileRefused("no such file") from error

    async def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        at = int(cursor or 0)
        while at < len(self.lines) and self.lines[at].booked_at < until:
            page = [each for each in self.lines[at : at + PAGE] if each.booked_at < until]
            at += len(page)
            yield StatementPage(lines=tuple(page), cursor=str(at))


class ObedientDeposits(DepositProvider[Any], Caller, CapturesDeposits, RefundsDeposits):
    """`seen` is what a look-up says; `effects` are the captures and refunds that moved money.

    What `failures` holds is raised by the next moving calls: before the money moves, or after.
    """

    manifest = replace(SandboxDeposits.manifest, id="obedient")
    config_type = dict

    def __init__(self) -> None:
        self.seen: dict[str, DepositObservation] = {}
        self.refunds: dict[str, RefundObservation] = {}
        self.effects: list[tuple[str, Money]] = []
        self.failures: list[tuple[str, Exception]] = []
        self.look_up_count = 0
        self.ends_as = ObservedRefund.DONE

    async def open(self, env: ProviderEnv[Any]) -> None:
        assert env.instance_id

    async def health(self, context: CallContext) -> Health:
        return Health(status=HealthStatus.OK)

    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        self._fail("before")
        self.seen.setdefault(request.deposit_ref, DepositObservation(state=ObservedDeposit.PENDING))
        return DepositStart(
            provider_ref=f"obedient-{request.deposit_ref}", instructions="Pay at the counter."
        )

    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        self.look_up_count += 1
        return self.seen.get(request.deposit_ref)

    async def capture(self, request: DepositRequest, context: CallContext) -> DepositObservation:
        self._fail("before")
        done = DepositObservation(state=ObservedDeposit.SETTLED, amount=request.amount)
        if self.seen[request.deposit_ref].state is ObservedDeposit.APPROVED:
            self.effects.append((request.deposit_ref, request.amount))
            self.seen[request.deposit_ref] = done
        self._fail("after")
        return done

    async def refund(self, request: RefundRequest, context: CallContext) -> RefundObservation:
        self._fail("before")
        if request.refund_ref not in self.refunds:
            self.effects.append((request.refund_ref, request.amount))
            self.refunds[request.refund_ref] = RefundObservation(
                state=self.ends_as, provider_ref=f"obedient-{request.refund_ref}"
            )
        self._fail("after")
        return self.refunds[request.refund_ref]

    async def look_up_refund(
        self, request: RefundRequest, context: CallContext
    ) -> RefundObservation | None:
        return self.refunds.get(request.refund_ref)

    def _fail(self, moment: str) -> None:
        if self.failures and self.failures[0][0] == moment:
            raise self.failures.pop(0)[1]


_numbers = count(1)


def webhook(
    *about: Mapping[str, str], at: datetime, event_id: str | None = None, kind: str = "moved"
) -> tuple[bytes, dict[str, str]]:
    """Body and headers, as a provider sends them."""
    id_ = event_id or f"evt_{next(_numbers)}"
    body = msgspec.json.encode({"id": id_, "type": kind, "about": list(about)})
    stamp = at.isoformat()
    signature = hmac.digest(KEY, stamp.encode() + body, "sha256").hex()
    return body, {"x-at": stamp, "x-signature": signature}


@asynccontextmanager
async def open_newsroom(
    world: World, folder: Path, *, instance_id: str = "sandbox"
) -> AsyncIterator[tuple[House, CallingSandbox, ObedientDeposits]]:
    """A house whose sandbox calls, and whose deposits do as the test says."""
    async with open_house(world, folder) as house:
        payouts, deposits = CallingSandbox(), ObedientDeposits()
        guarded_payouts = GuardedPayouts(
            payouts, instance_id=instance_id, in_transaction=in_transaction
        )
        guarded_deposits = GuardedDeposits(
            deposits, instance_id=instance_id, in_transaction=in_transaction
        )
        env = house.opened.payouts.named("sandbox")._inner._env  # noqa: SLF001  # the sandbox's own environment
        await guarded_payouts.open(replace(env, config=SandboxConfig(path=env.config.path)))
        directory = PayoutDirectory({instance_id: guarded_payouts}, region="ZZ")
        house.providers = directory
        house.opened = replace(
            house.opened,
            payouts=directory,
            deposits=DepositDirectory({instance_id: guarded_deposits}, region="ZZ"),
        )
        yield house, payouts, deposits


def news_of(house: House) -> News:
    return News.of(house.opened)
