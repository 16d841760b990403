"""A simulated Stripe that is served, and providers opened against it as the gateway opens them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from domain.deposits.provider import DepositRequest
from domain.money import Money
from domain.payouts.provider import Destination, PayoutBatch, PayoutItem
from domain.provider import CallContext, ProviderEnv
from domain.provider_news import RawWebhook
from plugins.conformance.bench import Blocking, Secrets
from plugins.payments.stripe.connect import StripeConnect
from plugins.payments.stripe.deposits import StripeDeposits
from plugins.payments.stripe.destinations import ACCOUNT_KIND, BANK_KIND, RECIPIENT_KIND
from plugins.payments.stripe.global_payouts import StripePayouts
from plugins.payments.stripe.settings import StripeConfig
from plugins.payments.stripe.simulator import WEBHOOK_SECRET, StripeSimulator
from plugins.payments.stripe.simulator.connect import CONNECTED
from plugins.payments.stripe.simulator.global_payouts import (
    FINANCIAL_ACCOUNT,
    PAYOUT_METHOD,
    RECIPIENT,
)
from plugins.sessions import Sessions, hosts_of
from plugins.simulation import OutgoingWebhook, serve

Provider = TypeVar("Provider", StripePayouts, StripeConnect, StripeDeposits)

API_KEY = "sk_test_never_in_a_log"
THREADS = 4


@dataclass(frozen=True)
class Stripe:
    """The simulator, and what tests ask of it."""

    simulator: StripeSimulator
    url: str

    def context(self, *, send_no: int = 1) -> CallContext:
        return CallContext(
            now=self.simulator.clock.now(), send_no=send_no, correlation_id="BZZ000000000001"
        )

    def batch(self, item: PayoutItem) -> PayoutBatch:
        return PayoutBatch(
            batch_ref="BZZ000000000001",
            items=(item,),
            items_digest="x",
            first_sent_at=self.simulator.clock.now(),
        )

    @asynccontextmanager
    async def opened(
        self,
        kind: type[Provider],
        *,
        secrets: Mapping[str, str | Sequence[str]] | None = None,
        endpoint: str | None = None,
        clock: Callable[[], Any] | None = None,
        **settings: Any,
    ) -> AsyncIterator[Provider]:
        endpoint = endpoint or self.url
        if kind is StripePayouts:
            settings.setdefault("financial_account", FINANCIAL_ACCOUNT)
        given = {"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET}
        with ThreadPoolExecutor(THREADS) as pool:
            provider = kind()
            await provider.open(
                ProviderEnv(
                    instance_id="stripe-test",
                    config=msgspec.convert({"endpoint": endpoint, **settings}, type=StripeConfig),
                    secrets=Secrets(given if secrets is None else secrets),
                    http=Sessions(
                        hosts=hosts_of(manifest_hosts=kind.manifest.hosts, endpoint=endpoint)
                    ),
                    clock=clock or self.simulator.clock.now,
                    run_blocking=Blocking(pool),
                )
            )
            try:
                yield provider
            finally:
                await provider.close()

    def webhooks(self) -> list[RawWebhook]:
        """What it would deliver now, signed now."""
        return [self.raw(event) for event in self.simulator.events.take()]

    def raw(self, event: OutgoingWebhook) -> RawWebhook:
        return RawWebhook(
            route=event.route,
            method="POST",
            url=f"https://piecerate.example/hooks/stripe/{event.route}",
            headers={name.lower(): value for name, value in self.simulator.sign(event).items()},
            body=event.body,
            received_at=self.simulator.clock.now(),
        )


@contextmanager
def simulated() -> Iterator[Stripe]:
    simulator = StripeSimulator()
    with serve(simulator) as url:
        yield Stripe(simulator=simulator, url=url)


def item_of(
    ref: str = "PZZ000000000001",
    *,
    kind: str = RECIPIENT_KIND,
    amount: Money | None = None,
    fields: Mapping[str, str] | None = None,
) -> PayoutItem:
    """12.34 dollars to somebody the simulator knows."""
    amount = amount or Money(12_340_000, "USD")
    known = {
        RECIPIENT_KIND: {"recipient": RECIPIENT, "payout_method": PAYOUT_METHOD},
        BANK_KIND: {"recipient": RECIPIENT, "account_number": "000123456789"},
        ACCOUNT_KIND: {"account": CONNECTED},
    }
    return PayoutItem(
        item_ref=ref,
        payout_id=UUID(int=1),
        amount=amount,
        destination=Destination(
            destination_id=UUID(int=2),
            kind=kind,
            country="US",
            currency=amount.currency,
            fields={**known[kind], **(fields or {})},
        ),
        memo="",
    )


def deposit_of(
    ref: str = "DZZ000000000001",
    *,
    amount: Money | None = None,
    provider_ref: str | None = None,
    return_url: str = "https://piecerate.example/back",
) -> DepositRequest:
    return DepositRequest(
        deposit_ref=ref,
        amount=amount or Money(50_000_000, "USD"),
        employer_id=UUID(int=3),
        reference="order 7",
        return_url=return_url,
        provider_ref=provider_ref,
    )
