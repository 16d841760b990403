"""Processes that die around a send: the intent is committed, the answer never written down."""

from __future__ import annotations

import asyncio
from typing import Any

from domain.payouts.provider import PayoutBatch, PayoutProvider, SendOutcome
from domain.provider import CallContext
from gateway.providers import PayoutDirectory
from plugins.guarded import GuardedPayouts
from tests.make.payouts import House


class DiesAfterSending(GuardedPayouts):
    """The provider has it; then our process is gone before it can write that down."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        await super().send(batch, context)
        raise asyncio.CancelledError


class DiesBeforeSending(GuardedPayouts):
    """The intent is committed; then our process is gone."""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:  # noqa: ARG002  # it dies first
        raise asyncio.CancelledError


def dying(
    house: House, kind: type[GuardedPayouts], *, instance_id: str = "sandbox"
) -> PayoutDirectory:
    """In the place of the instance that is open, around the same provider."""
    inner: PayoutProvider[Any] = house.opened.payouts.named(instance_id)._inner  # noqa: SLF001  # it is ours to break
    provider = kind(inner, instance_id=instance_id, in_transaction=lambda: False)
    return PayoutDirectory({instance_id: provider}, region=house.providers.region)
