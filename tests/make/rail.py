"""A payout instance whose every answer the test gives, and the answers it gives most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.payouts.provider import (
    Idempotency,
    IdempotencyScope,
    Lookup,
    LookupAnswer,
    LookupMode,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutManifest,
)
from gateway.providers import PayoutDirectory
from plugins.payments.sandbox.payouts import SandboxPayouts
from tests.make.payouts import House, Payee
from tests.make.providers import ObedientPayouts, guarded

LATER = timedelta(minutes=20)
SANDBOX = SandboxPayouts.manifest


class Rail:
    """An instance whose every answer the test gives, before the sandbox in the directory."""

    def __init__(self, house: House, *, manifest: PayoutManifest = SANDBOX) -> None:
        self.house = house
        self.provider = ObedientPayouts(self.unprepared, manifest=manifest)
        house.providers = PayoutDirectory({"rail": guarded(self.provider)}, region="ZZ")

    def with_sandbox_behind(self) -> None:
        named = self.house.providers.named
        self.house.providers = PayoutDirectory(
            {"rail": named("rail"), "sandbox": self.house.opened.payouts.named("sandbox")},  # type: ignore[dict-item]  # ours
            region="ZZ",
        )

    async def unprepared(self, _: PayoutBatch) -> Any:
        raise AssertionError("the test gave no answer")

    def answers(self, answer: Any) -> None:
        """An error, an answer, or a function of the batch."""

        async def script(batch: PayoutBatch) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer(batch) if callable(answer) else answer

        self.provider.script = script

    async def sent(self, answer: Any, *, count: int = 1) -> tuple[list[Payee], list[UUID], UUID]:
        payees = [await self.house.payee() for _ in range(count)]
        ids = [(await self.house.request(payee)).payout_id for payee in payees]
        batch_id = await self.house.route(ids[0])
        self.answers(answer)
        await self.house.send(batch_id)
        return payees, ids, batch_id

    async def look_up(self, batch_id: UUID, answer: Any, *, after: timedelta = LATER) -> None:
        self.answers(answer)
        await self.house.look_up(batch_id, after=after)


def all_of(state: ObservedState, **more: Any) -> Callable[[PayoutBatch], LookupAnswer]:
    return lambda batch: LookupAnswer(
        found=tuple(
            Observation(item_ref=item.item_ref, state=state, **more) for item in batch.items
        ),
        missing=(),
    )


def all_missing(batch: PayoutBatch) -> LookupAnswer:
    return LookupAnswer(found=(), missing=tuple(item.item_ref for item in batch.items))


def rail_like(*, window: timedelta | None, mode: LookupMode) -> PayoutManifest:
    lookup = Lookup(
        mode=mode,
        settle_delay=timedelta(minutes=1),
        delays=(timedelta(minutes=5),),
        agreement_gap=timedelta(minutes=10),
    )
    scope = IdempotencyScope.BATCH
    return replace(SANDBOX, lookup=lookup, idempotency=Idempotency(scope=scope, window=window))
