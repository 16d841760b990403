"""A provider that does what the test tells it to, for what the sandbox never does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.money import Money
from domain.payouts.provider import (
    Destination,
    LookupAnswer,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutItem,
    PayoutManifest,
    PayoutProvider,
    Quote,
    QuoteRequest,
    SendOutcome,
)
from domain.provider import CallContext, FieldProblem, Health, HealthStatus, ProviderEnv
from plugins.guarded import GuardedPayouts
from plugins.payments.sandbox.payouts import SandboxPayouts

NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
CONTEXT = CallContext(now=NOW, send_no=1, correlation_id="BZZ000000000001")
MANIFEST = replace(SandboxPayouts.manifest, send_deadline=timedelta(seconds=0.05))


@dataclass
class Ticks:
    """A clock of seconds that stands still until it is moved."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class ObedientPayouts(PayoutProvider[Any]):
    """`script` answers or raises; its calls are counted."""

    script: Callable[[PayoutBatch], Awaitable[Any]]
    manifest: PayoutManifest = MANIFEST  # type: ignore[misc]  # each test its own
    health_status: HealthStatus = HealthStatus.OK
    calls: list[str] = field(default_factory=list)
    config_type = dict

    async def open(self, env: ProviderEnv[Any]) -> None:
        assert env.instance_id
        self.calls.append("open")

    async def health(self, context: CallContext) -> Health:
        assert context.correlation_id
        self.calls.append("health")
        return Health(status=self.health_status)

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        assert destination.fields is not None
        return ()

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        raise NotImplementedError(request, context)

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        assert context.deadline > context.slot_deadline
        self.calls.append("send")
        answer: SendOutcome = await self.script(batch)
        return answer

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        assert context.deadline > context.slot_deadline
        self.calls.append("look_up")
        answer: LookupAnswer = await self.script(batch)
        return answer


def guarded(
    provider: PayoutProvider[Any],
    *,
    seconds: Callable[[], float] | None = None,
    in_transaction: Callable[[], bool] = lambda: False,
) -> GuardedPayouts:
    return GuardedPayouts(
        provider,
        instance_id="obedient",
        in_transaction=in_transaction,
        seconds=seconds or Ticks(),
    )


def batch_of(*item_refs: str, scenario: str = "ok", batch_ref: str = "BZZ1") -> PayoutBatch:
    """One euro each."""
    return PayoutBatch(
        batch_ref=batch_ref,
        items=tuple(_item(ref, scenario) for ref in item_refs),
        items_digest=" ".join(item_refs),
        first_sent_at=None,
    )


def accepted(batch: PayoutBatch) -> SendOutcome:
    return SendOutcome(
        items=tuple(
            Observation(item_ref=item.item_ref, state=ObservedState.ACCEPTED)
            for item in batch.items
        )
    )


def _item(ref: str, scenario: str) -> PayoutItem:
    return PayoutItem(
        item_ref=ref,
        payout_id=UUID(int=len(ref)),
        amount=Money(1_000_000, "EUR"),
        destination=Destination(
            destination_id=UUID(int=1),
            kind="sandbox",
            country="PH",
            currency="EUR",
            fields={"account": "1", "scenario": scenario},
        ),
        memo="",
    )
