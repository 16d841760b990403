"""The control: a client as many are written. A fresh key per try, and no answer means "again"."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from domain.database import in_transaction
from domain.payouts.provider import (
    Destination,
    LookupAnswer,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutItem,
    PayoutProvider,
    Quote,
    QuoteRequest,
    SendOutcome,
)
from domain.provider import (
    CallContext,
    FieldProblem,
    Health,
    NotSent,
    ProviderEnv,
    ProviderError,
    reference,
)
from gateway.providers import PayoutDirectory
from plugins.guarded import GuardedPayouts


class Keyless(PayoutProvider[Any]):
    """Believes every error, and cannot look up what it sent: the names were thrown away."""

    config_type = dict

    def __init__(self, inner: PayoutProvider[Any]) -> None:
        self._inner = inner
        self.manifest = inner.manifest  # type: ignore[misc]  # the one inside

    async def open(self, env: ProviderEnv[Any]) -> None:
        raise NotImplementedError(env)

    async def health(self, context: CallContext) -> Health:
        return await self._inner.health(context)

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        return await self._inner.check_destination(destination)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        return await self._inner.quote(request, context)

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        fresh = replace(
            batch,
            batch_ref=_fresh("B"),
            items=tuple(_anonymous(item) for item in batch.items),
        )
        try:
            await self._inner.send(fresh, replace(context, send_no=1))
        except ProviderError as error:
            raise NotSent(f"so it was not sent: {type(error).__name__}") from None
        return SendOutcome(
            items=tuple(
                Observation(item_ref=item.item_ref, state=ObservedState.PAID)
                for item in batch.items
            )
        )

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        return LookupAnswer(
            found=(),
            missing=tuple(item.item_ref for item in batch.items),
            searched_from=batch.first_sent_at,
            searched_until=context.now,
        )


def keyless(providers: PayoutDirectory) -> PayoutDirectory:
    return PayoutDirectory(
        {
            instance_id: GuardedPayouts(
                Keyless(providers.named(instance_id)),
                instance_id=instance_id,
                in_transaction=in_transaction,
            )
            for instance_id in providers.instance_ids
        },
        region=providers.region,
    )


def _anonymous(item: PayoutItem) -> PayoutItem:
    return replace(item, item_ref=_fresh("P"), provider_ref=None)


def _fresh(kind: str) -> str:
    id_: UUID = uuid4()
    return reference(kind=kind, region="ZZ", id_=id_)
