"""C12, C21-C23, C27-C32: look-ups, deadlines, clocks, forms, statements, secrets and egress."""

from __future__ import annotations

import asyncio
import traceback
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.money import minor_step
from domain.payouts.provider import FeePayer, ObservedState, QuoteRequest
from domain.provider import HealthStatus, OutcomeUnknown, ProviderError
from plugins.conformance.bench import Bench, Opened, kept
from plugins.conformance.logged import logged
from plugins.conformance.suite import (
    PayoutSuite,
    case,
    changed_links,
    changed_status,
    does_not_apply,
)
from plugins.conformance.transport import ELSEWHERE, Lie, watched_egress
from plugins.form_schemas import problems_of, values_of

SHORT = timedelta(milliseconds=50)
CANARY_LENGTH_MIN = 5  # shorter values stand in texts by chance
EDGES = (
    datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),  # summer time begins
    datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC),  # and ends
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
)
NEVER_SEEN = "NEVER_SEEN_BEFORE"
STRANGE = ("", " ", "0", "-1", "\u0000", "é", "1" * 1000)


class ReadingCases(PayoutSuite):
    @case("C12", "look-up by our references, in every state")
    @pytest.mark.parametrize("state", ObservedState)
    def test_c12_states(self, state: ObservedState) -> None:
        """A process that has just started knows nothing but what we chose ourselves."""
        self.must_be_looked_up()
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            sent = bench.send(opened, batch)
            self.advanced(bench, opened, kept(batch, sent), sent.items)
            self.patiently(bench)
            self.bring(bench, batch.items[0].item_ref, state)
            (seen,) = bench.look_up(bench.open(), batch).found
            assert seen.state is state, f"{seen.state} instead of {state}"

    @case("C12", "what nobody sent is missing")
    def test_c12_missing(self) -> None:
        """Else nothing is ever sent again."""
        self.must_be_looked_up()
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            self.patiently(bench)
            answer = bench.look_up(opened, batch)
            assert answer.found == ()
            assert answer.missing == (batch.items[0].item_ref,)

    @case("C12", "an unknown status is told as such")
    def test_c12_unknown_status(self) -> None:
        """Never guessed: `state` is None, and nothing is concluded from it."""
        self.applies("C15")
        self.must_be_looked_up()
        if not self.status_field:
            does_not_apply("`status_field` does not say where its answers carry a status")
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            sent = bench.send(opened, batch)
            self.patiently(bench)
            bench.wire.rewrite = changed_status(self.status_field, NEVER_SEEN)
            answer = bench.look_up(opened, kept(batch, sent))
            assert bench.wire.rewritten, f"no answer has {self.status_field!r}"
            assert [each.state for each in answer.found] in ([None], [])
            assert not answer.missing, "it is there, only its status is new"

    @case("C21", "no secret and no destination in texts")
    def test_c21_secrets(self) -> None:
        """In logs, errors, their tracebacks and `repr`, whatever goes wrong."""
        with self.bench() as bench, logged() as texts:
            canaries = self._canaries(bench)
            opened = bench.open()
            texts.extend([repr(opened.raw), str(opened.raw), repr(opened.env)])
            for lie in (None, *(each for each in Lie if each is not Lie.HOLD)):
                batch = bench.prepared(opened, bench.batch())
                texts.extend([repr(batch), str(batch)])
                if lie is not None:
                    bench.wire.lies.append(lie)
                texts.extend(self._texts_of(bench, opened, batch))
                bench.wire.lies.clear()
            leaks = [name for name, value in canaries if any(value in each for each in texts)]
            assert not leaks, f"in a text: {', '.join(sorted(set(leaks)))}"

    def _texts_of(self, bench: Bench, opened: Opened, batch: object) -> list[str]:
        """Of the provider without its guard, which would hide what it says."""
        try:
            outcome = bench.run(opened.raw.send(batch, bench.context()))
        except Exception as error:  # noqa: BLE001  # its text is what is looked at
            return [str(error), repr(error), "".join(traceback.format_exception(error))]
        return [repr(outcome), str(outcome)]

    def _canaries(self, bench: Bench) -> list[tuple[str, str]]:
        found = [
            (f"secret {name}", value)
            for name, values in self.secrets.items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        for kind in self.provider.manifest.destination_kinds:
            found += [(f"field {name}", value) for name, value in self.destination(kind).items()]
        return [(name, value) for name, value in found if len(value) >= CANARY_LENGTH_MIN]

    @case("C22", "the deadline passes")
    def test_c22_deadline(self) -> None:
        """Unknown; and the thread that still waits ends with its call."""
        self.probed()
        with self.bench() as bench:
            opened = bench.open(send_deadline=SHORT)
            bench.wire.lies.append(Lie.HOLD)
            error = self.sent_with(bench, opened, bench.prepared(opened, bench.batch()))
            bench.wire.release.set()
            opened.pool.shutdown(wait=True)
            assert isinstance(error, OutcomeUnknown), f"{error!r} instead of OutcomeUnknown"

    @case("C22", "the job is cancelled in mid-call")
    def test_c22_cancelled(self) -> None:
        """A cancelled task stays cancelled; no answer is made up for it.

        Asked without its guard, which would hide what it makes up.
        """
        self.probed()
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            bench.wire.lies.append(Lie.HOLD)

            async def cancelled() -> object:
                task = asyncio.ensure_future(opened.raw.send(batch, bench.context()))
                await asyncio.to_thread(bench.wire.held.wait)
                task.cancel()
                answers = await asyncio.gather(task, return_exceptions=True)
                return answers[0]

            answer = bench.run(cancelled())
            bench.wire.release.set()
            assert isinstance(answer, asyncio.CancelledError), f"{answer!r}"

    @case("C22", "no call can wait for ever")
    def test_c22_bounded(self) -> None:
        """Each has a time-out of its own, so that no thread outlives it."""
        with self.bench() as bench:
            opened = bench.open()
            bench.run(opened.guarded.health(bench.context()))
            bench.send(opened, bench.prepared(opened, bench.batch()))
            assert all(each.is_bounded for each in bench.wire.seen)

    @case("C23", "the clock stands at an edge")
    @pytest.mark.parametrize("start", EDGES, ids=lambda start: start.date().isoformat())
    def test_c23_edges(self, start: datetime) -> None:
        """Summer time, the last second of a year, a leap day."""
        with self.bench(start=start) as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            sent = bench.send(opened, batch)
            self.finished(bench, opened, kept(batch, sent))
            self.must_be_paid_once(bench, batch)

    @case("C23", "the clock jumps")
    @pytest.mark.parametrize("days", [-1, 1])
    def test_c23_jumps(self, days: int) -> None:
        """A day in either direction makes no second payment and forgets none."""
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            sent = bench.send(opened, batch)
            bench.wait(timedelta(days=days))
            self.sent_with(bench, opened, kept(batch, sent))
            bench.wait(timedelta(days=-days))
            self.finished(bench, opened, kept(batch, sent))
            self.must_be_paid_once(bench, batch)

    @case("C27", "a quote adds up")
    def test_c27_quote(self) -> None:
        """Nothing is lost between what is asked for, what is paid and what stays."""
        with self.bench() as bench:
            opened = bench.open()
            for currency, limits in self.provider.manifest.currencies.items():
                for extra in (0, 1):
                    amount = replace(limits.minimum, micros=limits.minimum.micros + extra)
                    request = QuoteRequest(
                        amount=amount,
                        destination=replace(bench.destination(currency=currency), fields={}),
                        fee_payer=min(self.provider.manifest.fee_payers, key=FeePayer.__str__),
                    )
                    quote = bench.run(opened.guarded.quote(request, bench.context()))
                    assert quote.payable + quote.remainder == amount
                    assert quote.payable.micros == amount.micros - amount.micros % minor_step(
                        limits.exponent
                    )
                    assert quote.expires_at >= bench.now()

    @case("C27", "health without a network")
    def test_c27_health(self) -> None:
        """It says that it is not well, in one way or the other."""
        with self.bench() as bench:
            opened = bench.open()
            bench.run(opened.guarded.health(bench.context()))
            bench.wire.is_money = lambda *_: True
            bench.wire.always = Lie.CONNECT_TIMEOUT
            bench.wire.seen.clear()
            try:
                health = bench.run(opened.raw.health(bench.context()))
            except ProviderError:
                return
            if not bench.wire.seen:
                does_not_apply("its health asks nobody")
            assert health.status is not HealthStatus.OK, "it heard nothing, and says it is well"

    @case("C28", "states of an earlier release")
    def test_c28_earlier_states(self) -> None:
        """What an earlier release had stored is read by this one."""
        self.must_be_looked_up()
        states = self.earlier_states()
        if not states:
            does_not_apply("`earlier_states` names none: nothing was released before")
        for state in states:
            with self.bench() as bench:
                opened = bench.open()
                batch = bench.prepared(opened, bench.batch())
                sent = bench.send(opened, batch)
                self.patiently(bench)
                items = tuple(replace(each, provider_state=state) for each in batch.items)
                answer = bench.look_up(opened, replace(kept(batch, sent), items=items))
                assert [each.item_ref for each in answer.found] == [items[0].item_ref]

    @case("C30", "form and check agree")
    def test_c30_form(self) -> None:
        """What the form lets through by its schema and the check lets through is the same."""
        manifest = self.provider.manifest
        with self.bench() as bench:
            opened = bench.open()

            def problems(kind: str, fields: dict[str, str]) -> int:
                destination = replace(bench.destination(kind=kind), fields=fields)
                return len(bench.run(opened.raw.check_destination(destination)))

            for kind, form in manifest.destination_kinds.items():
                good = dict(self.destination(kind))
                assert not problems_of(good, form.schema), "the example does not fit its form"
                assert not problems(kind, good), "the example is refused"
                for fields in _inputs(form.schema, good):
                    if problems_of(fields, form.schema):
                        assert problems(kind, fields), f"the check lets {sorted(fields)} through"
                    else:
                        problems(kind, fields)  # stricter than the form is fine; raising is not

    @case("C31", "egress")
    def test_c31_egress(self) -> None:
        """Nobody but the service is called, by whatever library."""
        with self.bench() as bench:
            place = bench.url.removeprefix("http://")
            with watched_egress() as seen:
                opened = bench.open()
                bench.run(opened.guarded.health(bench.context()))
                batch = bench.prepared(opened, bench.batch())
                sent = bench.send(opened, batch)
                self.finished(bench, opened, kept(batch, sent))
            assert seen <= {place}, f"called: {', '.join(sorted(seen - {place}))}"

    @case("C32", "addresses in answers are not followed")
    def test_c32_links(self) -> None:
        """A link from the service is data; only listed hosts are called."""
        self.probed()
        with self.bench() as bench:
            opened = bench.open()
            bench.wire.rewrite = changed_links(ELSEWHERE)
            with watched_egress() as seen:
                batch = bench.prepared(opened, bench.batch())
                self.sent_with(bench, opened, batch)
                self.patiently(bench)
                with suppress(ProviderError):  # it refused to follow
                    bench.look_up(opened, batch)
            assert not any(each in ELSEWHERE for each in seen), "it went where it was told to"


def _inputs(schema: object, good: dict[str, str]) -> list[dict[str, str]]:
    """Each field wrong alone; then a thousand: near the good one, near the form, and nonsense."""
    known = sorted({*good, *values_of(schema, "properties"), "other"})
    names = st.sampled_from(known)
    strange = st.one_of(st.text(max_size=40), st.sampled_from(STRANGE))
    near = st.dictionaries(names, strange, max_size=4).map(lambda some: {**good, **some})
    lacking = st.sets(names).map(lambda gone: {k: v for k, v in good.items() if k not in gone})
    found = [{**good, name: value} for name in known for value in STRANGE]

    @settings(
        max_examples=1000,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(near, lacking, st.dictionaries(names, strange, max_size=6)))
    def collect(fields: dict[str, str]) -> None:
        found.append(fields)

    collect()
    return found
