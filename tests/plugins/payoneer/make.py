"""A Payoneer provider at its simulator, for tests that need one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from domain.money import Money
from domain.payouts.provider import Destination, PayoutBatch, PayoutItem
from domain.provider import CallContext, ProviderEnv, reference
from plugins.conformance.bench import Secrets
from plugins.payments.payoneer.payouts import PayoneerPayouts
from plugins.payments.payoneer.settings import PayoneerConfig
from plugins.payments.payoneer.simulator import CLIENT, HOOK_SECRET, PROGRAM, PayoneerSimulator
from plugins.sessions import Sessions, hosts_of

Result = TypeVar("Result")

SECRETS: Final[Mapping[str, str]] = {
    "client_id": CLIENT[0],
    "client_secret": CLIENT[1],
    "ipcn_secret": HOOK_SECRET,
}


def config_of(url: str, **more: object) -> dict[str, object]:
    return {
        "endpoint": url,
        "program_id": PROGRAM,
        "hook_address": "https://piecerate.example/hooks/kit/{route}",
        **more,
    }


async def opened(
    simulator: PayoneerSimulator,
    *,
    secrets: Mapping[str, str] = SECRETS,
    **more: object,
) -> PayoneerPayouts:
    """Its clock is the simulator's."""

    async def run_blocking(call: Callable[[], Result], /) -> Result:
        return await asyncio.to_thread(call)

    provider = PayoneerPayouts()
    config = msgspec.convert(config_of(simulator.url, **more), type=PayoneerConfig)
    env: ProviderEnv[Any] = ProviderEnv(
        instance_id="kit",
        config=config,
        secrets=Secrets(secrets),
        http=Sessions(hosts=hosts_of(manifest_hosts=(), endpoint=config.endpoint)),
        clock=simulator.clock.now,
        run_blocking=run_blocking,
    )
    await provider.open(env)
    return provider


def context(simulator: PayoneerSimulator, *, send_no: int = 1) -> CallContext:
    now: datetime = simulator.clock.now()
    return CallContext(now=now, send_no=send_no, correlation_id="BZZ000000000001")


def batch_of(*payees: str, number: int = 1, micros: int = 20_010_000) -> PayoutBatch:
    """One payment to each, a cent more to each."""
    items = tuple(
        PayoutItem(
            item_ref=reference(kind="P", region="ZZ", id_=UUID(int=1000 * number + each)),
            payout_id=UUID(int=each + 1),
            amount=Money(micros + 10_000 * each, "USD"),
            destination=Destination(
                destination_id=UUID(int=each + 1),
                kind="payoneer_payee",
                country="PH",
                currency="USD",
                fields={"payee_id": payee},
            ),
            memo="Piecerate payout",
        )
        for each, payee in enumerate(payees)
    )
    batch_ref = reference(kind="B", region="ZZ", id_=UUID(int=number))
    return PayoutBatch(batch_ref=batch_ref, items=items, items_digest="", first_sent_at=None)


def dearer(batch: PayoutBatch) -> PayoutBatch:
    """The same references, a cent more each."""
    cent = Money(10_000, "USD")
    return replace(
        batch, items=tuple(replace(each, amount=each.amount + cent) for each in batch.items)
    )
