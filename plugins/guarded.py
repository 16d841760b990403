"""The two ports behind the guard: the only provider objects that the domain ever sees."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeAlias, TypeVar

from domain.deposits.provider import (
    DepositManifest,
    DepositObservation,
    DepositProvider,
    DepositRequest,
    DepositStart,
)
from domain.payouts.provider import (
    Destination,
    LookupAnswer,
    PayoutBatch,
    PayoutManifest,
    PayoutProvider,
    Quote,
    QuoteRequest,
    SendOutcome,
)
from domain.provider import CallContext, FieldProblem, Health, PluginBug, ProviderEnv
from plugins.guard import Effect, Guard, refuse_foreign

Answer = TypeVar("Answer")
Call: TypeAlias = Callable[[CallContext], Awaitable[Answer]]


class GuardedPayouts(PayoutProvider[Any]):
    """One instance of one provider, kept from doing harm."""

    manifest: PayoutManifest  # type: ignore[misc]  # of the provider inside
    config_type: type  # type: ignore[misc]  # as above

    def __init__(
        self,
        inner: PayoutProvider[Any],
        *,
        instance_id: str,
        in_transaction: Callable[[], bool],
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self.manifest = inner.manifest
        self.config_type = inner.config_type
        self._inner = inner
        self.guard = Guard(
            instance_id=instance_id,
            concurrency=inner.manifest.concurrency,
            health=inner.health,
            in_transaction=in_transaction,
            seconds=seconds,
        )

    async def open(self, env: ProviderEnv[Any]) -> None:
        await self._inner.open(env)

    async def close(self) -> None:
        await self._inner.close()

    async def health(self, context: CallContext) -> Health:
        return await self._read(self._inner.health, context, Health)

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        try:
            async with asyncio.timeout(self.manifest.call_deadline.total_seconds()):
                problems = await self._inner.check_destination(destination)
        except Exception as error:
            raise PluginBug(type(error).__name__) from error
        checked: tuple[FieldProblem, ...] = self.guard.check_offline(
            problems, tuple[FieldProblem, ...]
        )
        return checked

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        return await self._read(lambda given: self._inner.quote(request, given), context, Quote)

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        async def call(given: CallContext) -> SendOutcome:
            outcome = await self._inner.send(batch, given)
            refuse_foreign(
                {item.item_ref for item in batch.items},
                answered=[each.item_ref for each in outcome.items],
                what="the outcome",
            )
            return outcome

        return await self.guard.run(
            Effect.MOVE,
            call,
            context=context,
            deadline=self.manifest.send_deadline,
            returns=SendOutcome,
        )

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        async def call(given: CallContext) -> LookupAnswer:
            answer = await self._inner.look_up(batch, given)
            refuse_foreign(
                {item.item_ref for item in batch.items},
                answered=[*(each.item_ref for each in answer.found), *answer.missing],
                what="the look-up",
            )
            return answer

        return await self._read(call, context, LookupAnswer)

    async def _read(self, method: Call[Answer], context: CallContext, returns: Any) -> Answer:
        return await self.guard.run(
            Effect.READ,
            method,
            context=context,
            deadline=self.manifest.call_deadline,
            returns=returns,
        )


class GuardedDeposits(DepositProvider[Any]):
    """One instance of one provider, kept from doing harm."""

    manifest: DepositManifest  # type: ignore[misc]  # of the provider inside
    config_type: type  # type: ignore[misc]  # as above

    def __init__(
        self,
        inner: DepositProvider[Any],
        *,
        instance_id: str,
        in_transaction: Callable[[], bool],
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self.manifest = inner.manifest
        self.config_type = inner.config_type
        self._inner = inner
        self.guard = Guard(
            instance_id=instance_id,
            concurrency=inner.manifest.concurrency,
            health=inner.health,
            in_transaction=in_transaction,
            seconds=seconds,
        )

    async def open(self, env: ProviderEnv[Any]) -> None:
        await self._inner.open(env)

    async def close(self) -> None:
        await self._inner.close()

    async def health(self, context: CallContext) -> Health:
        return await self._run(Effect.READ, self._inner.health, context, Health)

    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        """Classified like a send: a provider's final "no" must reach the deposit."""
        return await self._run(
            Effect.MOVE, lambda given: self._inner.create(request, given), context, DepositStart
        )

    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        return await self._run(
            Effect.READ,
            lambda given: self._inner.look_up(request, given),
            context,
            DepositObservation | None,
        )

    async def _run(
        self, effect: Effect, method: Call[Answer], context: CallContext, returns: Any
    ) -> Answer:
        return await self.guard.run(
            effect,
            method,
            context=context,
            deadline=self.manifest.call_deadline,
            returns=returns,
        )
