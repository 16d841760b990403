"""PayPal's provider opened against its simulator, or against any server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from domain.money import Money
from domain.payouts.provider import PayoutBatch, PayoutItem
from domain.provider import CallContext, ProviderEnv
from domain.provider_news import RawWebhook
from plugins.conformance.bench import Bench, Secrets, on_bench
from plugins.payments.paypal.payouts import PayPalPayouts
from plugins.payments.paypal.settings import PayPalConfig
from plugins.payments.paypal.simulator import PayPalSimulator, config_of
from plugins.sessions import Sessions
from plugins.simulation import START, OutgoingWebhook
from tests.plugins.paypal.server import CLIENT_ID, CLIENT_SECRET

Result = TypeVar("Result")

SECRETS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
FIELDS: Mapping[str, Mapping[str, str]] = {
    "paypal": {"email": "canary.worker@example.com"},
    "paypal_id": {"payer_id": "CANARY2345678"},
    "paypal_phone": {"phone": "+639171234567"},
}
CONTEXT = CallContext(now=START, send_no=1, correlation_id="BZZ000000000001")


@contextmanager
def on_paypal(kind: type[Any] = PayPalPayouts, **config: object) -> Iterator[Bench]:
    with on_bench(
        kind=kind,
        simulator=PayPalSimulator(),
        config=lambda url: {**config_of(url), **config},
        secrets=SECRETS,
        fields_of=lambda name: FIELDS[name],
        country="PH",
    ) as bench:
        yield bench


def paypal(bench: Bench) -> PayPalSimulator:
    return cast("PayPalSimulator", bench.simulator)


def usd(micros: int) -> Money:
    return Money(micros, "USD")


def to(batch: PayoutBatch, *local_parts: str) -> PayoutBatch:
    """The same, with receivers whose names tell the simulator what to do; "" is anybody."""
    names = [*local_parts, *[""] * (len(batch.items) - len(local_parts))]
    items = zip(batch.items, names, strict=True)
    return replace(batch, items=tuple(_to(item, name) for item, name in items))


def _to(item: PayoutItem, local_part: str) -> PayoutItem:
    fields = {"email": f"{local_part or 'canary.worker'}@example.com"}
    return replace(item, destination=replace(item.destination, kind="paypal", fields=fields))


def env_at(
    url: str, *, now: Callable[[], datetime] = lambda: START, **config: object
) -> ProviderEnv[PayPalConfig]:
    async def here(call: Callable[[], Result], /) -> Result:
        return call()

    return ProviderEnv(
        instance_id="paypal-test",
        config=msgspec.convert({"endpoint": url, **config}, type=PayPalConfig),
        secrets=Secrets(SECRETS),
        http=Sessions(hosts=[urlsplit(url).netloc]),
        clock=now,
        run_blocking=here,
    )


def raw_webhook(bench: Bench, event: OutgoingWebhook) -> RawWebhook:
    signed = bench.simulator.sign(event)
    return RawWebhook(
        route=event.route,
        method="POST",
        url="https://piecerate.example/hooks/paypal/events",
        headers={name.lower(): value for name, value in signed.items()},
        body=event.body,
        received_at=bench.now(),
    )
