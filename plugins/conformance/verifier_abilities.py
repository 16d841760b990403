"""V11-V15: hosted checks, files, lists, redaction and webhooks, for those who have them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from domain.provider import FileRefused, ProviderError
from domain.provider_news import ReceivesWebhooks, WebhookRefused
from domain.verification.provider import (
    ChecksByFile,
    CheckState,
    ReadsLists,
    Redacts,
    StartsHostedChecks,
)
from plugins.conformance.bench import Opened
from plugins.conformance.suite import case, does_not_apply
from plugins.conformance.transport import Lie
from plugins.conformance.verifier_bench import VerifierBench
from plugins.conformance.verifier_suite import OPEN, VerifierSuite, no_verdict
from plugins.simulation import OutgoingWebhook

FOREIGN_FILES: Final = (b"", b"\x00\xff\xfe", b"a;b\n", b"<x/>", b"<html>not found</html>")
TOO_FAR: Final = timedelta(minutes=6)
FILE_CHECKS: Final = 5


class AbilityCases(VerifierSuite):
    @case("V11", "a lost answer to a start is found again")
    def test_v11_lost_start(self) -> None:
        """By our reference alone; and a second start begins no second check."""
        with self.checking() as bench:
            opened = self._with(bench, StartsHostedChecks, "it starts nothing elsewhere")
            request = self.asked(bench, self.kinds()[0])
            bench.wire.always = Lie.READ_TIMEOUT
            with pytest.raises(ProviderError):
                bench.run(opened.guarded.start(request, bench.context()))
            bench.wire.always = None
            first = bench.run(opened.guarded.start(request, bench.context()))
            again = bench.run(self.ready(bench).guarded.start(request, bench.context()))
            assert first.provider_ref == again.provider_ref, "two checks for one reference"
            outcome = self.looked_up(bench, opened, request)
            assert outcome is not None and outcome.state in OPEN, f"{outcome}"

    @case("V11", "what nobody started is not known")
    def test_v11_unknown(self) -> None:
        """None: then it may be started."""
        with self.checking() as bench:
            opened = self._with(bench, StartsHostedChecks, "it starts nothing elsewhere")
            request = self.asked(bench, self.kinds()[0])
            assert self.looked_up(bench, opened, request) is None

    @case("V11", "somebody else's reference")
    def test_v11_foreign(self) -> None:
        """A check of another member answers nothing about this one."""
        with self.checking() as bench:
            opened = self._with(bench, StartsHostedChecks, "it starts nothing elsewhere")
            theirs = self.begun(bench, opened, self.kinds()[0])
            known = self.looked_up(bench, opened, theirs)
            assert known is not None and known.provider_ref is not None
            ours = replace(self.asked(bench, self.kinds()[0]), provider_ref=known.provider_ref)
            no_verdict(self.looked_up(bench, opened, ours), after="a foreign reference")

    @case("V12", "each check is in the file once, and answered once")
    def test_v12_file(self) -> None:
        """Repeated checks and repeated lines change nothing."""
        with self.checking() as bench:
            opened = self._with(bench, ChecksByFile, "it answers without files")
            requests = [self.asked(bench, self.kinds()[0]) for _ in range(FILE_CHECKS)]
            file = bench.run(opened.guarded.render([*requests, *requests], bench.context()))
            for each in requests:
                assert file.content.count(each.check_ref.encode()) == 1, "a check twice, or lost"
            content = self.answer_file(file.content)
            doubled = content + content
            first, again = (
                bench.run(opened.guarded.read_file(each, bench.context()))
                for each in (content, doubled)
            )
            refs = [each.check_ref for each in requests]
            assert sorted(each.check_ref for each in first.answers) == sorted(refs)
            assert sorted(each.check_ref for each in again.answers) == sorted(refs)
            assert {e.outcome.state for e in again.answers} == {self.best_of(self.kinds()[0])}

    @case("V12", "a file that is another")
    @pytest.mark.parametrize("content", FOREIGN_FILES, ids=repr)
    def test_v12_foreign(self, content: bytes) -> None:
        """Refused, or without a single answer."""
        with self.checking() as bench:
            opened = self._with(bench, ChecksByFile, "it answers without files")
            try:
                report = bench.run(opened.guarded.read_file(content, bench.context()))
            except (FileRefused, ProviderError):
                return
            assert not report.answers

    @case("V13", "without lists nobody is screened")
    def test_v13_unloaded(self) -> None:
        """UNAVAILABLE: that nobody was found on no list clears nobody."""
        with self.checking() as bench:
            opened = bench.open()
            self._needs(opened, ReadsLists, "it reads no lists")
            outcome = self.once(bench, opened, self.asked(bench, self.kinds()[0]))
            assert outcome is not None and outcome.state is CheckState.UNAVAILABLE, f"{outcome}"

    @case("V13", "each answer names its lists")
    def test_v13_versions(self) -> None:
        """Which lists, in which version, hit or not; and many at once are as one by one."""
        with self.checking() as bench:
            opened = self._with(bench, ReadsLists, "it reads no lists")
            versions = bench.run(opened.guarded.load(self.lists(), bench.context()))
            assert {each.list_id for each in versions} == {each.list_id for each in self.lists()}
            kind = self.kinds()[0]
            requests = [self.asked(bench, kind) for _ in range(FILE_CHECKS)]
            requests.append(self.asked(bench, kind, self.other(kind)))
            answers = bench.run(opened.guarded.check_many(requests, bench.context()))
            for request, answer in zip(requests, answers, strict=True):
                assert answer.outcome == self.once(bench, opened, request)
                assert answer.outcome.lists == versions

    @case("V13", "a list that is cut or another")
    @pytest.mark.parametrize("content", FOREIGN_FILES, ids=repr)
    def test_v13_foreign(self, content: bytes) -> None:
        """Refused, and the lists of before stay."""
        with self.checking() as bench:
            opened = self._with(bench, ReadsLists, "it reads no lists")
            request = self.asked(bench, self.kinds()[0])
            before = self.once(bench, opened, request)
            lists = [replace(self.lists()[0], content=content), *self.lists()[1:]]
            with pytest.raises(FileRefused):
                bench.run(opened.guarded.load(lists, bench.context()))
            assert self.once(bench, opened, request) == before

    @case("V14", "what is redacted is gone")
    def test_v14_redacts(self) -> None:
        """True only when it is; asked twice it is no error."""
        with self.checking() as bench:
            opened = self._with(bench, Redacts, "the vendor keeps nothing that it could delete")
            outcome = self.outcome(bench, opened, self.asked(bench, self.kinds()[0]))
            assert outcome is not None and outcome.provider_ref is not None
            reference = outcome.provider_ref
            is_gone = bench.run(opened.guarded.redact(reference, bench.context()))
            if not is_gone:
                self.wait_for_redaction(bench)
                assert bench.run(opened.guarded.redact(reference, bench.context()))
            assert bench.run(opened.guarded.redact(reference, bench.context()))
            self.must_be_gone(bench, reference)

    @case("V15", "only proven webhooks pass, and they name the check")
    def test_v15_webhooks(self) -> None:
        """Signed a moment ago, by the service, unchanged."""
        with self.checking() as bench:
            opened = self._with(bench, ReceivesWebhooks, "it receives no webhooks")
            request = self.begun(bench, opened, self.kinds()[0])
            self.outcome_after(bench, opened, request)
            events = bench.simulator.events.take()
            assert events, "the simulator has no news of a check"
            told = self._read(bench, opened, events[-1])
            assert told and told[0].check_ref in (request.check_ref, None)
            assert told[0].check_ref or told[0].provider_ref
            self._forgeries(bench, opened, events[-1])

    def outcome_after(self, bench: VerifierBench, opened: Opened, request: Any) -> None:
        """A look-up, so that the service goes on to where it has news."""
        self.looked_up(bench, opened, request)

    def _read(self, bench: VerifierBench, opened: Opened, event: OutgoingWebhook) -> Any:
        raw = self.news_of(bench, event)
        verified = bench.run(opened.raw.verify_webhook(raw, bench.context()))
        return opened.raw.read_webhook(verified)

    def _forgeries(self, bench: VerifierBench, opened: Opened, event: OutgoingWebhook) -> None:
        good = self.news_of(bench, event)
        body = bytearray(good.body)
        body[len(body) // 2] ^= 1
        others = {
            name: f"not-{value}" if name in self.webhook_secrets else value
            for name, value in self.secrets.items()
        }
        forged = (
            (opened, replace(good, body=bytes(body))),
            (opened, replace(good, headers={"content-type": "application/json"})),
            (opened, replace(good, received_at=good.received_at + TOO_FAR)),
            (opened, replace(good, received_at=good.received_at - TOO_FAR)),
            (bench.open(secrets=others), good),
        )
        for number, (process, raw) in enumerate(forged):
            try:
                bench.run(process.raw.verify_webhook(raw, bench.context()))
            except (WebhookRefused, ProviderError):
                continue
            pytest.fail(f"forgery {number} was believed")

    def _with(self, bench: VerifierBench, ability: type, lacking: str) -> Opened:
        opened = self.ready(bench)
        self._needs(opened, ability, lacking)
        return opened

    def _needs(self, opened: Opened, ability: type, lacking: str) -> None:
        if not isinstance(opened.raw, ability):
            does_not_apply(lacking)
