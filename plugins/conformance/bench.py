"""A provider on the bench: opened against its simulator, guarded, with the suite's network."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from domain.deposits.provider import DepositProvider
from domain.money import Money, minor_step
from domain.payouts.provider import (
    Destination,
    LookupAnswer,
    Observation,
    PayoutBatch,
    PayoutItem,
    PayoutProvider,
    Prepares,
    SendOutcome,
    SequenceScope,
)
from domain.provider import CallContext, ProviderEnv, reference
from plugins.conformance.transport import FaultAdapter, Wire
from plugins.guarded import GuardedDeposits, GuardedPayouts
from plugins.sessions import Sessions, hosts_of
from plugins.simulation import START, Simulator, serve

Result = TypeVar("Result")

REGION: Final = "ZZ"
OPEN_SECONDS: Final = 10.0
PRICE_STEPS: Final = 3  # how many smallest units above the minimum the second amount lies


class Secrets:
    """The suite's own; they are canaries, so that a leak is seen."""

    def __init__(self, values: Mapping[str, str | Sequence[str]]) -> None:
        self._values = {
            name: (value,) if isinstance(value, str) else tuple(value)
            for name, value in values.items()
        }

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"

    def text(self, name: str) -> str:
        if not self._values.get(name):
            raise LookupError(f"the secret {name!r} is missing")
        return self._values[name][0]

    def texts(self, name: str) -> tuple[str, ...]:
        return self._values.get(name, ())


class Blocking:
    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    async def __call__(self, call: Callable[[], Result], /) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One instance, as a process has it. `raw` is the provider without its guard."""

    guarded: Any
    raw: Any
    env: ProviderEnv[Any]
    pool: ThreadPoolExecutor


@dataclass(repr=False)  # it holds secrets
class Bench:
    """One simulator, and as many processes of the provider as a case opens."""

    kind: type[PayoutProvider[Any] | DepositProvider[Any]]
    simulator: Simulator
    url: str
    config: Mapping[str, object]
    secrets: Mapping[str, str | Sequence[str]]
    fields_of: Callable[[str], Mapping[str, str]]
    country: str
    wire: Wire
    runner: asyncio.Runner
    opened: list[Opened] = field(default_factory=list)
    numbers: int = 0
    adapter: Callable[[], FaultAdapter] | None = None  # instead of the usual one

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(coroutine)

    def now(self) -> datetime:
        return self.simulator.clock.now()

    def context(self, *, send_no: int = 1, ref: str = "BZZ000000000001") -> CallContext:
        return CallContext(now=self.now(), send_no=send_no, correlation_id=ref)

    def open(
        self,
        *,
        secrets: Mapping[str, str | Sequence[str]] | None = None,
        instance_id: str = "kit",
        send_deadline: timedelta | None = None,
    ) -> Opened:
        return self.run(self._open(secrets, instance_id, send_deadline))

    async def _open(
        self,
        secrets: Mapping[str, str | Sequence[str]] | None,
        instance_id: str,
        send_deadline: timedelta | None,
    ) -> Opened:
        raw: Any = self.kind()
        if send_deadline is not None:
            raw.manifest = replace(raw.manifest, send_deadline=send_deadline)
        guard: Any = GuardedPayouts if isinstance(raw, PayoutProvider) else GuardedDeposits
        guarded = guard(raw, instance_id=instance_id, in_transaction=lambda: False)
        pool = ThreadPoolExecutor(raw.manifest.concurrency, thread_name_prefix=f"{instance_id}-kit")
        config: Any = msgspec.convert(dict(self.config), type=raw.config_type)
        env: ProviderEnv[Any] = ProviderEnv(
            instance_id=instance_id,
            config=config,
            secrets=Secrets(self.secrets if secrets is None else secrets),
            http=Sessions(
                hosts=hosts_of(
                    manifest_hosts=raw.manifest.hosts | getattr(config, "hosts", frozenset[str]()),
                    endpoint=getattr(config, "endpoint", None),
                ),
                adapter=self.adapter or (lambda: FaultAdapter(self.wire)),
            ),
            clock=self.now,
            run_blocking=Blocking(pool),
        )
        opened = Opened(guarded=guarded, raw=raw, env=env, pool=pool)
        self.opened.append(opened)
        async with asyncio.timeout(OPEN_SECONDS):
            await guarded.open(env)
        return opened

    def close(self) -> None:
        self.wire.release.set()
        for each in self.opened:
            self.run(each.guarded.close())
            each.pool.shutdown(wait=True)

    # -- payouts --------------------------------------------------------------

    def currency(self) -> str:
        return min(self.kind.manifest.currencies)

    def amount(self, *, currency: str | None = None, steps: int = 0) -> Money:
        """The smallest that may be paid, and `steps` smallest units more."""
        currency = currency or self.currency()
        limits = self.kind.manifest.currencies[currency]
        return replace(
            limits.minimum, micros=limits.minimum.micros + steps * minor_step(limits.exponent)
        )

    def destination(self, *, currency: str | None = None, kind: str | None = None) -> Destination:
        manifest: Any = self.kind.manifest
        kind = kind or min(manifest.destination_kinds)
        self.numbers += 1
        return Destination(
            destination_id=UUID(int=1_000_000 + self.numbers),
            kind=kind,
            country=self.country,
            currency=currency or self.currency(),
            fields=dict(self.fields_of(kind)),
        )

    def batch(self, *, count: int = 1, amounts: Sequence[Money] = ()) -> PayoutBatch:
        """Fresh references; the amounts differ, so that a mix-up is seen."""
        amounts = amounts or [self.amount(steps=PRICE_STEPS + each) for each in range(count)]
        manifest: Any = self.kind.manifest
        items = tuple(self._item(amount) for amount in amounts)
        self.numbers += 1
        return PayoutBatch(
            batch_ref=reference(kind="B", region=REGION, id_=UUID(int=self.numbers)),
            items=items,
            items_digest=digest_of(items),
            first_sent_at=None,
            sequence_no=self.numbers if manifest.sequence is SequenceScope.BATCH else None,
        )

    def _item(self, amount: Money) -> PayoutItem:
        destination = self.destination(currency=amount.currency)
        self.numbers += 1
        is_numbered = getattr(self.kind.manifest, "sequence", None) is SequenceScope.ITEM
        return PayoutItem(
            item_ref=reference(kind="P", region=REGION, id_=UUID(int=self.numbers)),
            payout_id=UUID(int=self.numbers),
            amount=amount,
            destination=destination,
            memo="Piecerate payout",
            sequence_no=self.sequence() if is_numbered else None,
        )

    def sequence(self) -> int:
        """Without a gap, from 1, as the core hands them out."""
        taken = getattr(self, "_taken", 1)
        self._taken = taken + 1
        return taken

    def prepared(self, opened: Opened, batch: PayoutBatch) -> PayoutBatch:
        """As it is committed before anything is sent."""
        if not isinstance(opened.raw, Prepares):
            return batch
        made = self.run(opened.raw.prepare(batch, self.context(ref=batch.batch_ref)))
        return replace(
            batch,
            payload=made.payload,
            provider_state=made.batch_state or batch.provider_state,
            items=tuple(
                replace(each, provider_state=made.item_states.get(each.item_ref, {}))
                for each in batch.items
            ),
        )

    def send(self, opened: Opened, batch: PayoutBatch, *, send_no: int = 1) -> SendOutcome:
        outcome: SendOutcome = self.run(self.sending(opened, batch, send_no=send_no))
        return outcome

    async def sending(self, opened: Opened, batch: PayoutBatch, *, send_no: int = 1) -> SendOutcome:
        first = replace(batch, first_sent_at=batch.first_sent_at or self.now())
        outcome: SendOutcome = await opened.guarded.send(
            first, self.context(send_no=send_no, ref=batch.batch_ref)
        )
        return outcome

    def look_up(self, opened: Opened, batch: PayoutBatch) -> LookupAnswer:
        first = replace(batch, first_sent_at=batch.first_sent_at or self.now())
        looking: Awaitable[LookupAnswer] = opened.guarded.look_up(
            first, self.context(ref=batch.batch_ref)
        )
        return self.runner.run(_awaited(looking))

    def wait(self, span: timedelta) -> None:
        self.simulator.clock.advance(span)


async def _awaited(awaitable: Awaitable[Result]) -> Result:
    return await awaitable


def kept(batch: PayoutBatch, answer: SendOutcome | LookupAnswer) -> PayoutBatch:
    """The batch with what the core keeps of an answer."""
    said: Sequence[Observation] = answer.items if isinstance(answer, SendOutcome) else answer.found
    by_ref = {each.item_ref: each for each in said}
    state = answer.provider_state if isinstance(answer, SendOutcome) else None
    return replace(
        batch,
        provider_ref=batch.provider_ref or answer.provider_ref,
        provider_state=batch.provider_state if state is None else state,
        items=tuple(_item_kept(each, by_ref.get(each.item_ref)) for each in batch.items),
    )


def _item_kept(item: PayoutItem, said: Observation | None) -> PayoutItem:
    if said is None:
        return item
    state = item.provider_state if said.provider_state is None else said.provider_state
    return replace(item, provider_ref=said.provider_ref or item.provider_ref, provider_state=state)


def digest_of(items: Sequence[PayoutItem]) -> str:
    content = [(each.item_ref, str(each.amount), each.destination.fields) for each in items]
    return hashlib.sha256(repr(content).encode()).hexdigest()


@contextmanager
def on_bench(
    *,
    kind: type[PayoutProvider[Any] | DepositProvider[Any]],
    simulator: Simulator,
    config: Callable[[str], Mapping[str, object]],
    secrets: Mapping[str, str | Sequence[str]],
    fields_of: Callable[[str], Mapping[str, str]],
    country: str,
    start: datetime = START,
) -> Iterator[Bench]:
    simulator.clock.set(start)
    with serve(simulator) as url, asyncio.Runner() as runner:
        bench = Bench(
            kind=kind,
            simulator=simulator,
            url=url,
            config=config(url),
            secrets=secrets,
            fields_of=fields_of,
            country=country,
            wire=Wire(is_money=simulator.is_money_call),
            runner=runner,
        )
        try:
            yield bench
        finally:
            bench.close()
