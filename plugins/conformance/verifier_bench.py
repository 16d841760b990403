"""A verifier on the bench: opened, guarded, with the suite's network and a watched subject."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from domain.provider import CallContext, ProviderEnv, reference
from domain.verification.provider import (
    CheckKind,
    CheckRequest,
    EvidenceFile,
    Subject,
    Verifier,
)
from plugins.conformance.bench import OPEN_SECONDS, REGION, Blocking, Opened, Secrets
from plugins.conformance.transport import FaultAdapter, Wire
from plugins.guarded_verifier import GuardedVerifier
from plugins.sessions import Sessions, hosts_of
from plugins.simulation import START, SimulatedClock, Simulator, serve

Result = TypeVar("Result")
ALWAYS_TOLD: Final = frozenset({"entity"})


class WatchedSubject(Subject):
    """Notes which of its fields are read. A `replace` of it would read them all."""

    __slots__ = ("read",)
    read: set[str]

    def __getattribute__(self, name: str) -> Any:
        if name in FIELDS:
            object.__getattribute__(self, "read").add(name)
        return object.__getattribute__(self, name)


FIELDS: Final = frozenset(each.name for each in fields(Subject)) - ALWAYS_TOLD


def watched(subject: Subject) -> WatchedSubject:
    found = object.__new__(WatchedSubject)
    object.__setattr__(found, "read", set())
    for each in fields(Subject):
        object.__setattr__(found, each.name, getattr(subject, each.name))
    return found


@dataclass(repr=False)  # it holds secrets
class VerifierBench:
    """`simulator` is None for those who ask nobody."""

    kind: type[Verifier[Any]]
    simulator: Any
    clock: SimulatedClock
    config: Mapping[str, object]
    secrets: Mapping[str, str | Sequence[str]]
    wire: Wire
    runner: asyncio.Runner
    opened: list[Opened] = field(default_factory=list)
    numbers: int = 0

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(coroutine)

    def now(self) -> datetime:
        return self.clock.now()

    def wait(self, span: timedelta) -> None:
        self.clock.advance(span)

    def context(self) -> CallContext:
        return CallContext(now=self.now(), send_no=1, correlation_id="CZZ000000000001")

    def open(
        self,
        *,
        call_deadline: timedelta | None = None,
        secrets: Mapping[str, str | Sequence[str]] | None = None,
    ) -> Opened:
        return self.run(self._open(call_deadline, self.secrets if secrets is None else secrets))

    async def _open(
        self, call_deadline: timedelta | None, secrets: Mapping[str, str | Sequence[str]]
    ) -> Opened:
        raw: Any = self.kind()
        if call_deadline is not None:
            raw.manifest = replace(raw.manifest, call_deadline=call_deadline)
        guarded = GuardedVerifier(raw, instance_id="kit", in_transaction=lambda: False)
        pool = ThreadPoolExecutor(raw.manifest.concurrency, thread_name_prefix="verifier-kit")
        config: Any = msgspec.convert(dict(self.config), type=raw.config_type)
        hosts = hosts_of(
            manifest_hosts=raw.manifest.hosts, endpoint=getattr(config, "endpoint", None)
        )
        env: ProviderEnv[Any] = ProviderEnv(
            instance_id="kit",
            config=config,
            secrets=Secrets(secrets),
            http=Sessions(hosts=hosts, adapter=lambda: FaultAdapter(self.wire)),
            clock=self.now,
            run_blocking=Blocking(pool),
        )
        opened = Opened(guarded=guarded, raw=raw, env=env, pool=pool)
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await guarded.open(env)
        except BaseException:
            pool.shutdown(wait=True)
            raise
        self.opened.append(opened)
        return opened

    def request(
        self,
        kind: CheckKind,
        subject: Subject,
        *,
        given: Mapping[str, str],
        files: Sequence[EvidenceFile],
    ) -> CheckRequest:
        """A fresh check."""
        self.numbers += 1
        return CheckRequest(
            check_ref=reference(kind="C", region=REGION, id_=UUID(int=self.numbers)),
            kind=kind,
            subject=subject,
            as_of=self.now().date(),
            given=given,
            files=tuple(files),
            return_url="https://piecerate.example/back",
        )

    def close(self) -> None:
        self.wire.release.set()
        for each in self.opened:
            self.run(each.guarded.close())
            each.pool.shutdown(wait=True)


@contextmanager
def verifier_on_bench(
    *,
    kind: type[Verifier[Any]],
    simulator: Simulator | None,
    config: Callable[[str], Mapping[str, object]],
    secrets: Mapping[str, str | Sequence[str]],
) -> Iterator[VerifierBench]:
    with ExitStack() as stack:
        url = stack.enter_context(serve(simulator)) if simulator is not None else ""
        bench = VerifierBench(
            kind=kind,
            simulator=simulator,
            clock=simulator.clock if simulator is not None else SimulatedClock(),
            config=config(url),
            secrets=secrets,
            wire=Wire(is_money=lambda _method, _path: True),
            runner=stack.enter_context(asyncio.Runner()),
        )
        bench.clock.set(START)
        stack.callback(bench.close)
        yield bench
