"""A payout provider with every ability of the engine's; the test writes its answers."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from domain.payouts.provider import (
    Advances,
    Cancels,
    Observation,
    PayoutBatch,
    PayoutItem,
    PayoutManifest,
    Prepared,
    Prepares,
)
from domain.provider import CallContext, OutcomeUnknown
from gateway.providers import PayoutDirectory
from tests.make.payouts import House
from tests.make.providers import ObedientPayouts, guarded
from tests.make.rail import SANDBOX, Rail

Step: TypeAlias = Callable[[PayoutItem, str], Observation | Awaitable[Observation]]


@dataclass
class AblePayouts(ObedientPayouts, Prepares, Cancels, Advances):
    """Prepares bytes that differ each time; what it was handed is kept."""

    prepared: list[PayoutBatch] = field(default_factory=list)
    handed: list[PayoutBatch] = field(default_factory=list)
    items: list[tuple[str, PayoutItem]] = field(default_factory=list)
    preparing: Callable[[PayoutBatch], Prepared] | Exception | None = None
    stepping: Step | BaseException = field(default_factory=lambda: OutcomeUnknown("no script"))
    cancelling: Callable[[PayoutItem], Observation] | Exception = field(
        default_factory=lambda: OutcomeUnknown("no script")
    )

    async def prepare(self, batch: PayoutBatch, context: CallContext) -> Prepared:
        assert context.send_no == 1
        self.calls.append("prepare")
        self.prepared.append(batch)
        if isinstance(self.preparing, Exception):
            raise self.preparing
        if self.preparing is not None:
            return self.preparing(batch)
        return Prepared(
            payload=f"{batch.batch_ref} {len(self.prepared)}".encode(),
            batch_state={"file": "1"},
            item_states={
                item.item_ref: {"hash": hashlib.sha256(item.item_ref.encode()).hexdigest()}
                for item in batch.items
            },
        )

    async def send(self, batch: PayoutBatch, context: CallContext) -> Any:
        self.handed.append(batch)
        return await super().send(batch, context)

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> Any:
        self.handed.append(batch)
        return await super().look_up(batch, context)

    async def advance(self, item: PayoutItem, step: str, context: CallContext) -> Observation:
        assert context.correlation_id == item.item_ref
        self.calls.append(f"advance {step}")
        self.items.append((step, item))
        if isinstance(self.stepping, BaseException):
            raise self.stepping
        answer = self.stepping(item, step)
        return await answer if isinstance(answer, Awaitable) else answer

    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        assert context.correlation_id == item.item_ref
        self.calls.append("cancel")
        self.items.append(("cancel", item))
        if isinstance(self.cancelling, BaseException):
            raise self.cancelling
        return self.cancelling(item)


class AbleRail(Rail):
    """As `Rail`, with a provider that has abilities."""

    provider: AblePayouts

    def __init__(self, house: House, *, manifest: PayoutManifest = SANDBOX) -> None:
        self.house = house
        self.provider = AblePayouts(self.unprepared, manifest=manifest)
        house.providers = PayoutDirectory({"able": guarded(self.provider)}, region="ZZ")
