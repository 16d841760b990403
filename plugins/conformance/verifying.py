"""V1-V13: one check about one member, and all that may go wrong on the way to its answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any, Final

import pytest

from domain.provider import HealthStatus, NoAnswer, ProviderError
from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckRequest,
    ChecksByFile,
    CheckState,
    StartsHostedChecks,
    Subject,
    TaxNumber,
)
from plugins.conformance.bench import Opened
from plugins.conformance.logged import logged
from plugins.conformance.suite import case, changed_status, does_not_apply
from plugins.conformance.transport import Lie, watched_egress
from plugins.conformance.verifier_bench import FIELDS, VerifierBench, watched
from plugins.conformance.verifier_suite import OPEN, VerifierSuite, no_verdict

SHORT: Final = timedelta(milliseconds=50)
CANARY_LENGTH_MIN: Final = 5  # shorter values stand in texts by chance
NEVER_SEEN: Final = "NEVER_SEEN_BEFORE"
OUTAGES: Final = tuple(each for each in Lie if each not in (Lie.HOLD, Lie.UNAUTHORIZED))
GARBAGE: Final[dict[str, Callable[[Any], Any]]] = {
    "an empty object": lambda _: {},
    "a list": lambda _: [],
    "nothing": lambda _: None,
    "a number": lambda _: 7,
    "a text": lambda _: "valid",
    "all fields as texts": lambda told: (
        dict.fromkeys(told, "true") if isinstance(told, dict) else "true"
    ),
    "all fields as nothing": lambda told: dict.fromkeys(told) if isinstance(told, dict) else None,
    "every answer twice": lambda told: [told, told],
}


class CheckCases(VerifierSuite):
    @case("V1", "who passes passes, with what proves it")
    def test_v1_passes(self) -> None:
        """Its best answer, and evidence wherever it says VERIFIED."""
        with self.checking() as bench:
            opened = self.ready(bench)
            for kind in self.kinds():
                outcome = self.outcome(bench, opened, self.asked(bench, kind))
                assert outcome is not None, "nothing is known of a check that was begun"
                assert outcome.state is self.best_of(kind), f"{kind.value}: {outcome}"
                if outcome.state is CheckState.VERIFIED:
                    assert outcome.evidence is not None, "VERIFIED without evidence"
                    assert outcome.valid_until is None or outcome.valid_until > bench.now().date()

    @case("V1", "who does not pass does not")
    def test_v1_other(self) -> None:
        """MISMATCH with a reason, or what it says of a list."""
        with self.checking() as bench:
            opened = self.ready(bench)
            for kind, other in self._named(self.other):
                request = self.asked(bench, kind, other)
                outcome = self.outcome(bench, opened, request)
                assert outcome is not None
                assert outcome.state in (CheckState.MISMATCH, CheckState.HIT), f"{kind}: {outcome}"
                assert outcome.reasons, "the member is told no reason"

    def _named(self, who: Callable[[CheckKind], Subject]) -> list[tuple[CheckKind, Subject]]:
        """The kinds for which the author names somebody; does not apply where there is none."""
        named, reasons = [], []
        for kind in self.kinds():
            try:
                named.append((kind, who(kind)))
            except pytest.skip.Exception as reason:
                reasons.append(reason)
        if not named:
            raise reasons[0]
        return named

    @case("V2", "the same check twice is the same answer")
    def test_v2_again(self) -> None:
        """In this process and in one that has just started."""
        with self.checking() as bench:
            opened, other = self.ready(bench), self.ready(bench)
            for kind in self.kinds():
                request = self.asked(bench, kind)
                first = self.outcome(bench, opened, request)
                for process in (opened, other):
                    assert _said(self._again(bench, process, request)) == _said(first)

    def _again(
        self, bench: VerifierBench, opened: Opened, request: CheckRequest
    ) -> CheckOutcome | None:
        is_file = isinstance(opened.raw, ChecksByFile)
        return (self.outcome if is_file else self.once)(bench, opened, request)

    @case("V3", "an outage is no verdict")
    @pytest.mark.parametrize("lie", OUTAGES)
    def test_v3_outage(self, lie: Lie) -> None:
        """UNAVAILABLE or no answer; never MISMATCH. And it ends with the outage."""
        self.needs_network()
        with self.checking() as bench:
            opened = self.ready(bench)
            for kind in self.kinds():
                request = self.begun(bench, opened, kind)
                bench.wire.always = lie
                said = self.tried(bench, opened, request)
                no_verdict(said, after=lie.value)
                self._is_outage(said, lie)
                bench.wire.always = None
                opened.guarded.guard.breaker.succeeded()
                after = self.once(bench, opened, request)
                assert after is not None and after.state is self.best_of(kind), f"{after}"

    def _is_outage(self, said: object, lie: Lie) -> None:
        is_silent = isinstance(said, ProviderError)
        is_said = isinstance(said, CheckOutcome) and said.state is CheckState.UNAVAILABLE
        assert is_silent or is_said, f"{said!r} after {lie.value}"

    @case("V3", "our key is refused")
    def test_v3_unauthorized(self) -> None:
        """Ours to mend: nothing about the member, either."""
        self.needs_network()
        with self.checking() as bench:
            opened = self.ready(bench)
            request = self.begun(bench, opened, self.kinds()[0])
            bench.wire.always = Lie.UNAUTHORIZED
            said = self.tried(bench, opened, request)
            no_verdict(said, after="401")

    @case("V4", "an answer that is none")
    @pytest.mark.parametrize("what", GARBAGE)
    def test_v4_garbage(self, what: str) -> None:
        """Whatever it is: no verdict, and nothing raised that is not of the taxonomy."""
        self.needs_network()
        with self.checking() as bench:
            opened = self.ready(bench)
            for kind in self.kinds():
                request = self.begun(bench, opened, kind)
                bench.wire.rewrite = GARBAGE[what]
                no_verdict(self.tried(bench, opened, request), after=what)
                bench.wire.rewrite = None
            assert bench.wire.rewritten, "no answer was changed"

    @case("V4", "a status that nobody has seen")
    def test_v4_unknown_status(self) -> None:
        """Services invent new ones; none of them means yes or no."""
        self.needs_network()
        if not self.status_field:
            does_not_apply("`status_field` does not say where its answers carry a status")
        with self.checking() as bench:
            opened = self.ready(bench)
            request = self.begun(bench, opened, self.kinds()[0])
            bench.wire.rewrite = changed_status(self.status_field, NEVER_SEEN)
            no_verdict(self.tried(bench, opened, request), after="an unknown status")
            assert bench.wire.rewritten, f"no answer has {self.status_field!r}"

    @case("V5", "what is unclear waits")
    def test_v5_unclear(self) -> None:
        """For a person or for the member; it is decided by nobody else."""
        with self.checking() as bench:
            opened = self.ready(bench)
            for kind, unclear in self._named(self.unclear):
                request = self.asked(bench, kind, unclear)
                outcome = self.outcome(bench, opened, request)
                assert outcome is not None and outcome.state in OPEN, f"{kind.value}: {outcome}"
                assert outcome.reasons, "nobody is told what is unclear"

    @case("V6", "nothing is read that was not declared")
    def test_v6_fields(self) -> None:
        """The raw verifier, without the guard that would hide it."""
        with self.checking() as bench:
            opened = self.ready(bench)
            for kind in self.kinds():
                subject = watched(self._whole(kind))
                needs = self.provider.manifest.kinds[kind]
                declared = {str(each) for each in needs.fields | needs.fields_if_known}
                self._raw(bench, opened, replace(self.asked(bench, kind), subject=subject))
                read = object.__getattribute__(subject, "read")
                assert read <= declared, f"{kind.value}: it reads {sorted(read - declared)}"

    def _whole(self, kind: CheckKind) -> Subject:
        """Somebody of whom everything is known."""
        known = self.subject(kind)
        everything: dict[str, Any] = {
            "name": "Quillern Vasko",
            "born_on": date(1990, 1, 2),
            "country": "DE",
            "email": "quillern@example.com",
            "phone": "+4915112345678",
            "tax_number": TaxNumber(country="DE", kind="vat", number="DE136695976"),
        }
        assert everything.keys() == FIELDS
        return Subject(
            entity=known.entity,
            **{
                each.name: getattr(known, each.name) or everything[each.name]
                for each in fields(Subject)
                if each.name in FIELDS
            },
        )

    def _raw(self, bench: VerifierBench, opened: Opened, request: CheckRequest) -> list[str]:
        """What it says or raises, without its guard."""
        context = bench.context()
        if isinstance(opened.raw, StartsHostedChecks):
            calls: list[Any] = [opened.raw.start, opened.raw.look_up]
        elif isinstance(opened.raw, ChecksByFile):
            calls = [lambda one, given: opened.raw.render([one], given)]
        else:
            calls = [opened.raw.check]
        texts = []
        for call in calls:
            try:
                outcome = bench.run(call(request, context))
            except Exception as error:  # noqa: BLE001  # its text is what is looked at
                texts += [str(error), repr(error), "".join(traceback.format_exception(error))]
            else:
                texts += [repr(outcome), str(outcome)]
        return texts

    @case("V7", "no secret and no personal datum in any text")
    def test_v7_texts(self) -> None:
        """In logs, errors, their tracebacks and `repr`, whatever goes wrong."""
        with self.checking() as bench, logged() as texts:
            opened = self.ready(bench)
            texts += [repr(opened.raw), repr(opened.env)]
            lies = [None, *(each for each in Lie if each is not Lie.HOLD)]
            for kind in self.kinds():
                for lie in lies if bench.simulator is not None else [None]:
                    bench.wire.always = lie
                    for subject in self._subjects(kind):
                        texts.extend(self._raw(bench, opened, self.asked(bench, kind, subject)))
                    bench.wire.always = None
            canaries = [*self._secret_values(), *self._personal()]
            leaks = [name for name, value in canaries if any(value in each for each in texts)]
            assert not leaks, f"in a text: {', '.join(sorted(set(leaks)))}"

    def _subjects(self, kind: CheckKind) -> list[Subject]:
        found = [self.subject(kind)]
        for method in (self.other, self.unclear):
            try:
                found.append(method(kind))
            except pytest.skip.Exception:
                continue
        return found

    def _secret_values(self) -> list[tuple[str, str]]:
        return [
            (f"secret {name}", value)
            for name, values in self.secrets.items()
            for value in ([values] if isinstance(values, str) else values)
        ]

    def _personal(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for kind in self.kinds():
            for each in self._subjects(kind):
                number = each.tax_number.number if each.tax_number is not None else ""
                born_on = each.born_on.isoformat() if each.born_on is not None else ""
                found += [
                    ("name", each.name or ""),
                    ("e-mail address", each.email or ""),
                    ("phone number", each.phone or ""),
                    ("birth date", born_on),
                    ("tax number", number),
                    *(("form", value) for value in self.given(kind).values()),
                ]
        private = [each for each in found if each[1] not in self.public]
        return [(name, value) for name, value in private if len(value) >= CANARY_LENGTH_MIN]

    @case("V8", "the deadline passes")
    def test_v8_deadline(self) -> None:
        """No answer; and the thread that still waits ends with its call."""
        self.needs_network()
        with self.checking() as bench:
            request = self.begun(bench, self.ready(bench), self.kinds()[0])
            opened = self.ready(bench, call_deadline=SHORT)
            bench.wire.lies.append(Lie.HOLD)
            said = self.tried(bench, opened, request)
            bench.wire.release.set()
            opened.pool.shutdown(wait=True)
            assert isinstance(said, NoAnswer), f"{said!r} instead of NoAnswer"

    @case("V8", "no call can wait for ever")
    def test_v8_bounded(self) -> None:
        """Each has a time-out of its own, so that no thread outlives it."""
        self.needs_network()
        with self.checking() as bench:
            opened = self.ready(bench)
            for kind in self.kinds():
                self.outcome(bench, opened, self.asked(bench, kind))
            assert bench.wire.seen and all(each.is_bounded for each in bench.wire.seen)

    @case("V9", "nobody but the service is called")
    def test_v9_egress(self) -> None:
        """By whatever library; one that asks nobody calls nobody."""
        with self.checking() as bench:
            opened = self.ready(bench)
            with watched_egress() as seen:
                for kind in self.kinds():
                    self.outcome(bench, opened, self.asked(bench, kind))
            own = bench.simulator.url.removeprefix("http://") if bench.simulator else ""
            assert seen <= {own}, f"it called {sorted(seen - {own})}"

    @case("V10", "health does not lie")
    def test_v10_health(self) -> None:
        """Well when it is; not well while nobody answers."""
        with self.checking() as bench:
            opened = self.ready(bench)
            health = bench.run(opened.guarded.health(bench.context()))
            assert health.status is HealthStatus.OK, f"{health}"
            if bench.simulator is None:
                return
            bench.wire.always = Lie.CONNECT_TIMEOUT
            try:
                health = bench.run(opened.guarded.health(bench.context()))
            except ProviderError:
                return
            assert health.status is not HealthStatus.OK, "well, while nobody answers"


def _said(outcome: CheckOutcome | None) -> object:
    """Without what tells when and where: a second answer has another time."""
    if outcome is None:
        return None
    return (
        outcome.state,
        [each.code for each in outcome.reasons],
        dict(outcome.facts),
        outcome.valid_until,
        outcome.hits,
        outcome.provider_ref,
        outcome.is_for_people,
    )
