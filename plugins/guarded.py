"""The two ports behind the guard: the only provider objects that the domain ever sees."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, Self

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
from plugins.abilities import Guarded, able
from plugins.containment import contained
from plugins.declared_fields import told_batch, told_destination, undeclared
from plugins.guard import Effect, Guard, refuse_foreign, refuse_unkeepable, tell_odd_fees


class GuardedPayouts(Guarded, PayoutProvider[Any]):
    """One instance of one provider, kept from doing harm. It has the abilities of the inner one."""

    manifest: PayoutManifest  # type: ignore[misc]  # of the provider inside
    config_type: type  # type: ignore[misc]  # as above

    def __new__(cls, inner: PayoutProvider[Any], **_: object) -> Self:
        return super().__new__(able(cls, inner))

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
        self.manifest = self._inner.manifest  # an account may take less than its provider can

    async def close(self) -> None:
        await self._inner.close()

    async def health(self, context: CallContext) -> Health:
        return await self.run(Effect.READ, self._inner.health, context, Health)

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        known = told_destination(self.manifest, destination)
        try:
            problems = await contained(
                lambda: self._inner.check_destination(known),
                seconds=self.manifest.call_deadline.total_seconds(),
                whose=self.guard.instance_id,
            )
        except Exception as error:
            raise PluginBug(type(error).__name__) from error
        checked: tuple[FieldProblem, ...] = self.guard.check_offline(
            problems, tuple[FieldProblem, ...]
        )
        return checked + undeclared(self.manifest, destination)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        return await self.run(
            Effect.READ, lambda given: self._inner.quote(request, given), context, Quote
        )

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        item_refs = {item.item_ref for item in batch.items}  # before it can change the batch

        def check(outcome: SendOutcome) -> None:
            refuse_foreign(
                item_refs,
                answered=[each.item_ref for each in outcome.items],
                what="the outcome",
            )
            refuse_unkeepable(
                [outcome.provider_state, *(each.provider_state for each in outcome.items)]
            )
            tell_odd_fees((each.fee for each in outcome.items), instance_id=self.guard.instance_id)

        return await self.guard.run(
            Effect.MOVE,
            lambda given: self._inner.send(told_batch(self.manifest, batch), given),
            context=context,
            deadline=self.manifest.send_deadline,
            returns=SendOutcome,
            check=check,
        )

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        item_refs = {item.item_ref for item in batch.items}  # as above

        def check(answer: LookupAnswer) -> None:
            refuse_foreign(
                item_refs,
                answered=[*(each.item_ref for each in answer.found), *answer.missing],
                what="the look-up",
            )
            refuse_unkeepable(each.provider_state for each in answer.found)
            tell_odd_fees((each.fee for each in answer.found), instance_id=self.guard.instance_id)

        return await self.run(
            Effect.READ,
            lambda given: self._inner.look_up(told_batch(self.manifest, batch), given),
            context,
            LookupAnswer,
            check=check,
        )


class GuardedDeposits(Guarded, DepositProvider[Any]):
    """One instance of one provider, kept from doing harm. It has the abilities of the inner one."""

    manifest: DepositManifest  # type: ignore[misc]  # of the provider inside
    config_type: type  # type: ignore[misc]  # as above

    def __new__(cls, inner: DepositProvider[Any], **_: object) -> Self:
        return super().__new__(able(cls, inner))

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
        return await self.run(Effect.READ, self._inner.health, context, Health)

    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        """Classified like a send: a provider's final "no" must reach the deposit."""
        return await self.run(
            Effect.MOVE, lambda given: self._inner.create(request, given), context, DepositStart
        )

    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        return await self.run(
            Effect.READ,
            lambda given: self._inner.look_up(request, given),
            context,
            DepositObservation | None,
        )
