"""A verifier that is opened and guarded, and one check of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckRequest,
    EvidenceFile,
    Subject,
    Verifier,
)
from plugins.conformance.bench import Opened
from plugins.conformance.verifier_bench import VerifierBench, verifier_on_bench
from plugins.simulation import Simulator


@dataclass(frozen=True)
class Asking:
    """`raw` is without its guard, as the suite has it too."""

    bench: VerifierBench
    opened: Opened

    @property
    def raw(self) -> Any:
        return self.opened.raw

    @property
    def guarded(self) -> Any:
        return self.opened.guarded

    def request(
        self,
        kind: CheckKind,
        subject: Subject,
        *,
        given: Mapping[str, str] | None = None,
        files: Sequence[EvidenceFile] = (),
        **changes: Any,
    ) -> CheckRequest:
        request = self.bench.request(kind, subject, given=given or {}, files=files)
        return replace(request, **changes)

    def check(self, kind: CheckKind, subject: Subject, **more: Any) -> CheckOutcome:
        return self.answer(self.request(kind, subject, **more))

    def answer(self, request: CheckRequest) -> CheckOutcome:
        outcome: CheckOutcome = self.bench.run(self.guarded.check(request, self.bench.context()))
        return outcome


@contextmanager
def asking(
    kind: type[Verifier[Any]],
    *,
    simulator: Simulator | None = None,
    secrets: Mapping[str, str] | None = None,
    **config: object,
) -> Iterator[Asking]:
    with verifier_on_bench(
        kind=kind,
        simulator=simulator,
        config=lambda url: {**({"endpoint": url} if url else {}), **config},
        secrets=secrets or {},
    ) as bench:
        yield Asking(bench=bench, opened=bench.open())
