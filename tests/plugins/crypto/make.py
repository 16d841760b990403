"""Instances of the provider for tests: configured, opened, and asked as the core would ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import requests

from domain.money import Money
from domain.payouts.provider import (
    Destination,
    LookupAnswer,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutItem,
)
from domain.provider import CallContext, ProviderEnv, reference
from plugins.conformance.bench import Blocking, Secrets, kept
from plugins.conformance.transport import FaultAdapter, Wire
from plugins.guarded import GuardedDeposits, GuardedPayouts
from plugins.payments.crypto.deposits import CryptoDeposits
from plugins.payments.crypto.ethereum import load_ethereum
from plugins.payments.crypto.payouts import CryptoPayouts
from plugins.payments.crypto.settings import CryptoConfig
from plugins.payments.crypto.simulated_chain import DOLLAR, FACTORY
from plugins.payments.crypto.simulator import CHAIN_ID, SEND_PATH
from plugins.sessions import Sessions
from tests.plugins.crypto.anvil import Musd

Result = TypeVar("Result")

NOW = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
KEY = "0x" + "5e" * 32
SECRETS = {
    "signer_key": KEY,
    "rpc_path": "/v2/canary-of-the-node",
    "broadcast_path": f"/v2/canary-of-the-relay{SEND_PATH}",
}
RATE = "3000.00"
# Of EIP-55; all letters of the first one are capitals.
GOOD = "0x52908400098527886E0F7030069857D2E4169EE7"
MIXED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
STUCK = timedelta(minutes=10)


def simulated_config(url: str) -> dict[str, object]:
    return {
        "endpoint": url,
        "chain_id": CHAIN_ID,
        "token": DOLLAR,
        "native_price": {"usd": RATE, "at": NOW.isoformat()},
        "token_price": {"usd": "0.9998", "at": NOW.isoformat()},
        "price_age_seconds_max": 10 * 365 * 86_400,
        "max_fee_wei": 500_000_000_000,
        "deposit_factory": FACTORY,
    }


def anvil_config(musd: Musd, **changed: object) -> dict[str, object]:
    return {**simulated_config(musd.anvil.url), "token": musd.address, **changed}


class BroadcastFaults(FaultAdapter):
    """A real node has one path for all calls, so the body tells which of them moves money."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        is_broadcast = b"eth_sendRawTransaction" in bytes(request.body or b"")  # type: ignore[arg-type]  # JSON is bytes
        self._wire.is_money = lambda *_: is_broadcast
        return super().send(request, *args, **options)


@contextmanager
def environment(
    config: Mapping[str, object],
    *,
    secrets: Mapping[str, str] | None = None,
    wire: Wire | None = None,
) -> Iterator[ProviderEnv[CryptoConfig]]:
    made = msgspec.convert(dict(config), type=CryptoConfig)
    with ThreadPoolExecutor(4) as pool:
        yield ProviderEnv(
            instance_id="usdc",
            config=made,
            secrets=Secrets({"signer_key": KEY} if secrets is None else secrets),
            http=Sessions(
                hosts=made.hosts, adapter=None if wire is None else lambda: BroadcastFaults(wire)
            ),
            clock=lambda: NOW,
            run_blocking=Blocking(pool),
        )


def guarded_payouts(*, seconds: Callable[[], float] = monotonic) -> GuardedPayouts:
    return GuardedPayouts(
        CryptoPayouts(), instance_id="usdc", in_transaction=lambda: False, seconds=seconds
    )


def guarded_deposits() -> GuardedDeposits:
    return GuardedDeposits(CryptoDeposits(), instance_id="usdc", in_transaction=lambda: False)


@dataclass
class Payer:
    """One opened instance, and what the core would have kept of its answers."""

    provider: Any
    runner: asyncio.Runner
    address: str
    now: datetime = NOW
    numbers: int = 0
    number: int = 0
    states: dict[str, list[ObservedState | None]] = field(default_factory=dict)

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(coroutine)

    def context(self) -> CallContext:
        return CallContext(now=self.now, send_no=1, correlation_id="BZZ000000000001")

    def batch(self, payees: Sequence[str], *, micros: int = 1_500_000) -> PayoutBatch:
        """Each a different amount, and numbers without a gap."""
        items = tuple(
            self._item(payee, Money(micros + index, "USD")) for index, payee in enumerate(payees)
        )
        return PayoutBatch(
            batch_ref=reference(kind="B", region="ZZ", id_=UUID(int=self.number)),
            items=items,
            items_digest="",
            first_sent_at=self.now,
        )

    def _item(self, payee: str, amount: Money) -> PayoutItem:
        self.number += 1
        self.numbers += 1
        return PayoutItem(
            item_ref=reference(kind="P", region="ZZ", id_=UUID(int=self.number)),
            payout_id=UUID(int=self.number),
            amount=amount,
            destination=destination_of(payee),
            memo="",
            sequence_no=self.numbers,
        )

    def prepared(self, batch: PayoutBatch) -> PayoutBatch:
        made = self.run(self.provider.prepare(batch, self.context()))
        items = tuple(
            replace(item, provider_state=made.item_states[item.item_ref]) for item in batch.items
        )
        return replace(batch, items=items, payload=made.payload)

    def send(self, batch: PayoutBatch) -> PayoutBatch:
        """All of them are accepted."""
        outcome = self.run(self.provider.send(batch, self.context()))
        assert [each.item_ref for each in outcome.items] == [each.item_ref for each in batch.items]
        return kept(batch, outcome)

    def sent(self, *payees: str) -> PayoutBatch:
        return self.send(self.prepared(self.batch(payees)))

    def look_up(self, batch: PayoutBatch) -> tuple[PayoutBatch, LookupAnswer]:
        answer: LookupAnswer = self.runner.run(self._looking(batch))
        for each in answer.found:
            self.states.setdefault(each.item_ref, []).append(each.state)
        return kept(batch, answer), answer

    async def _looking(self, batch: PayoutBatch) -> LookupAnswer:
        answer: LookupAnswer = await self.provider.look_up(batch, self.context())
        return answer

    def look_up_one(self, batch: PayoutBatch) -> tuple[PayoutBatch, Observation]:
        batch, answer = self.look_up(batch)
        (observation,) = answer.found
        return batch, observation

    def advance(self, batch: PayoutBatch, answer: LookupAnswer) -> PayoutBatch:
        """Take the steps that a look-up asked for; what it said is committed by now."""
        steps = {each.item_ref: each.next_step for each in answer.found if each.next_step}
        said = [
            self.run(self.provider.advance(item, steps[item.item_ref], self.context()))
            for item in batch.items
            if item.item_ref in steps
        ]
        return kept(batch, LookupAnswer(found=tuple(said), missing=()))

    def wait(self, span: timedelta = STUCK) -> None:
        self.now += span


@contextmanager
def paying(musd: Musd, *, wire: Wire | None = None, **changed: object) -> Iterator[Payer]:
    """A `wire` lies about broadcasts."""
    with (
        environment(anvil_config(musd, **changed), wire=wire) as env,
        asyncio.Runner() as runner,
    ):
        # The guard's circuit breaker goes by the test's clock too.
        provider = guarded_payouts(seconds=lambda: payer.now.timestamp())  # noqa: PLW0108  # `now` moves
        runner.run(provider.open(env))
        address = provider._inner._account.address  # noqa: SLF001  # as an operator knows it
        payer = Payer(provider=provider, runner=runner, address=address)
        yield payer


def destination_of(address: str, *, chain_id: int = CHAIN_ID) -> Destination:
    return Destination(
        destination_id=UUID(int=1),
        kind="stablecoin",
        country="PH",
        currency="USD",
        fields={"address": address, "chain_id": f"eip155:{chain_id}"},
    )


def addresses(count: int, *, first: int = 1) -> list[str]:
    """Nobody has their keys, so nothing but a payment changes their balance."""
    checksum = load_ethereum().checksum
    return [
        checksum("0x" + f"{number:040x}")
        for number in range(0xA000 + first, 0xA000 + first + count)
    ]
