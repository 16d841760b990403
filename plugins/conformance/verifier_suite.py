"""What an author says about a verifier, and what every case of its suite uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from domain.provider import ProviderError
from domain.provider_news import RawWebhook
from domain.verification.provider import (
    CheckFileReport,
    CheckKind,
    CheckOutcome,
    CheckRequest,
    ChecksByFile,
    CheckState,
    EvidenceFile,
    ListFile,
    ReadsLists,
    StartsHostedChecks,
    Subject,
    Verifier,
)
from plugins.conformance.bench import Opened
from plugins.conformance.suite import Conformance, does_not_apply
from plugins.conformance.verifier_bench import VerifierBench, verifier_on_bench
from plugins.simulation import OutgoingWebhook, Simulator

VERDICTS = frozenset({CheckState.VERIFIED, CheckState.MISMATCH, CheckState.HIT, CheckState.REVOKED})
"""What says something about the member, and so may not come from a fault of a machine."""

OPEN = frozenset({CheckState.PENDING, CheckState.NEEDS_INPUT})


class VerifierSuite(Conformance):
    """Class attributes and the first methods are the author's to set.

    A verifier that asks nobody has no `simulator`.
    """

    provider: ClassVar[type[Verifier[Any]]]

    best: ClassVar[Mapping[CheckKind, CheckState]] = {}
    """What `subject` gets at last, where that is not VERIFIED."""

    public: ClassVar[frozenset[str]] = frozenset()
    """What members type that everybody knows, and so may stand in any text."""

    def subject(self, kind: CheckKind) -> Subject:
        raise NotImplementedError(f"say who passes a check of {kind.value!r}")

    def other(self, kind: CheckKind) -> Subject:
        """Somebody of whom it is not so, and the check must say that."""
        does_not_apply(f"`other` names nobody who fails a check of {kind.value}")

    def unclear(self, kind: CheckKind) -> Subject:
        """Somebody of whom nobody can say it without a person's help."""
        does_not_apply(f"`unclear` names nobody of whom a check of {kind.value} cannot say it")

    def given(self, kind: CheckKind) -> Mapping[str, str]:
        """What `subject` types into the form."""
        return {}

    def files(self, kind: CheckKind) -> Sequence[EvidenceFile]:
        return ()

    def lists(self) -> Sequence[ListFile]:
        """Small ones, in the layout of their publishers."""
        return ()

    def finish(self, bench: VerifierBench, request: CheckRequest) -> None:
        """What the member does on the vendor's pages, and until the vendor has decided."""
        raise NotImplementedError("say what a member does at the vendor")

    def answer_file(self, content: bytes) -> bytes:
        """What comes back for a file; `other` and `unclear` are answered as such."""
        raise NotImplementedError("say what comes back for a file")

    def must_be_gone(self, bench: VerifierBench, provider_ref: str) -> None:
        """Fails while the vendor still keeps something of that member."""
        raise NotImplementedError("say where the vendor would keep it")

    def wait_for_redaction(self, bench: VerifierBench) -> None:
        """Until the vendor has deleted what it was asked to delete."""

    # -- for the cases --------------------------------------------------------

    def set_up_checks(self, bench: VerifierBench) -> None:
        """What must exist at the service before anything works."""

    @contextmanager
    def checking(self) -> Iterator[VerifierBench]:
        simulator = self._simulator()
        with verifier_on_bench(
            kind=self.provider,
            simulator=simulator,
            config=self.config if simulator is not None else lambda _: self.offline_config(),
            secrets=self.secrets,
        ) as bench:
            self.set_up_checks(bench)
            yield bench

    def offline_config(self) -> Mapping[str, object]:
        """The settings of one that asks nobody."""
        return {}

    def ready(self, bench: VerifierBench, **options: Any) -> Opened:
        """Opened, with its lists loaded."""
        opened = bench.open(**options)
        if isinstance(opened.raw, ReadsLists):
            bench.run(opened.guarded.load(self.lists(), bench.context()))
        return opened

    def asked(
        self, bench: VerifierBench, kind: CheckKind, subject: Subject | None = None
    ) -> CheckRequest:
        chosen = self.subject(kind) if subject is None else subject
        return bench.request(kind, chosen, given=self.given(kind), files=self.files(kind))

    def outcome(
        self, bench: VerifierBench, opened: Opened, request: CheckRequest
    ) -> CheckOutcome | None:
        """The whole way of one check, of whichever of the three ways it goes."""
        if isinstance(opened.raw, StartsHostedChecks):
            bench.run(opened.guarded.start(request, bench.context()))
            self.finish(bench, request)
            return self.looked_up(bench, opened, request)
        if isinstance(opened.raw, ChecksByFile):
            report = self.report(bench, opened, [request])
            return next(e.outcome for e in report.answers if e.check_ref == request.check_ref)
        return self.once(bench, opened, request)

    def once(
        self, bench: VerifierBench, opened: Opened, request: CheckRequest
    ) -> CheckOutcome | None:
        """One call about it: `check`, or a look-up without knowing theirs of it."""
        if isinstance(opened.raw, StartsHostedChecks):
            return self.looked_up(bench, opened, request)
        if isinstance(opened.raw, ChecksByFile):
            does_not_apply("it answers by file")
        outcome: CheckOutcome = bench.run(opened.guarded.check(request, bench.context()))
        return outcome

    def looked_up(
        self, bench: VerifierBench, opened: Opened, request: CheckRequest
    ) -> CheckOutcome | None:
        outcome: CheckOutcome | None = bench.run(opened.guarded.look_up(request, bench.context()))
        return outcome

    def report(
        self, bench: VerifierBench, opened: Opened, requests: Sequence[CheckRequest]
    ) -> CheckFileReport:
        file = bench.run(opened.guarded.render(requests, bench.context()))
        content = self.answer_file(file.content)
        report: CheckFileReport = bench.run(opened.guarded.read_file(content, bench.context()))
        return report

    def tried(
        self, bench: VerifierBench, opened: Opened, request: CheckRequest
    ) -> CheckOutcome | ProviderError | None:
        """As `once`; an error is an answer too."""
        try:
            return self.once(bench, opened, request)
        except ProviderError as error:
            return error

    def begun(self, bench: VerifierBench, opened: Opened, kind: CheckKind) -> CheckRequest:
        """A check that stands where one call more decides it."""
        request = self.asked(bench, kind)
        if isinstance(opened.raw, StartsHostedChecks):
            bench.run(opened.guarded.start(request, bench.context()))
            self.finish(bench, request)
        return request

    def needs_network(self) -> None:
        if self._simulator() is None:
            does_not_apply("it asks nobody over a network")

    def best_of(self, kind: CheckKind) -> CheckState:
        return self.best.get(kind, CheckState.VERIFIED)

    def kinds(self) -> Sequence[CheckKind]:
        return sorted(self.provider.manifest.kinds)

    def news_of(self, bench: VerifierBench, event: OutgoingWebhook) -> RawWebhook:
        return RawWebhook(
            route=event.route,
            method="POST",
            url=f"https://piecerate.example/hooks/kit/{event.route}",
            headers={
                "content-type": "application/json",
                **{name.lower(): value for name, value in bench.simulator.sign(event).items()},
            },
            body=event.body,
            received_at=bench.now(),
        )

    def _simulator(self) -> Simulator | None:
        return self.make_simulator() if hasattr(self, "simulator") else None


def no_verdict(said: CheckOutcome | ProviderError | None, *, after: object) -> None:
    if isinstance(said, CheckOutcome) and said.state in VERDICTS:
        pytest.fail(f"{said.state.value} after {after}")
