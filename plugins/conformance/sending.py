"""C1-C11, C24, C26: what a send may do to money, whatever the network says about it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.money import Money, minor_step
from domain.payouts.provider import PayoutBatch, SendOutcome
from domain.provider import (
    AuthError,
    DuplicateRef,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
)
from plugins.conformance.bench import Bench, Opened, digest_of, kept
from plugins.conformance.suite import PayoutSuite, case, changed_list, does_not_apply
from plugins.conformance.transport import ELSEWHERE, RETRY_AFTER_SECONDS, Lie

BATCH_MAX = 60  # of a case: more items would test the machine, not the provider
CALLS_MAX = 3  # of a provider that is refused
UNREADABLE = (Lie.BODY_RESET, Lie.CUT_JSON, Lie.HTML_200)
BROKEN = (Lie.STATUS_500, Lie.STATUS_502, Lie.STATUS_503, Lie.HTML_502)
MOVED = (Lie.MOVED_301, Lie.MOVED_302, Lie.MOVED_307, Lie.MOVED_308)
PROCESSES = 3


class SendingCases(PayoutSuite):
    @case("C1", "one item is paid")
    def test_c01_one(self) -> None:
        """Intents are effects: the amount, the currency, the reference, once."""
        self._pays(1)

    @case("C1", "a full batch is paid")
    def test_c01_full_batch(self) -> None:
        """As many items as the manifest allows, up to a bound of the suite."""
        if self.provider.manifest.max_batch == 1:
            does_not_apply("a batch has one item")
        self._pays(min(self.provider.manifest.max_batch, BATCH_MAX))

    def _pays(self, count: int) -> None:
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch(count=count))
            outcome = bench.send(opened, batch)
            self.advanced(bench, opened, kept(batch, outcome), outcome.items)
            self.finished(bench, opened, kept(batch, outcome))
            self.must_be_paid_once(bench, batch)

    @case("C2", "time-out before the send")
    def test_c02_never_left(self) -> None:
        """No connection: certainly not sent, and nothing has moved."""
        self.probed()
        with self.bench() as bench:
            error = self._fails(bench, Lie.CONNECT_TIMEOUT)
            assert isinstance(error, NotSent), f"{error!r} instead of NotSent"
            self.settle(bench)
            self.must_not_be_paid(bench)

    @case("C3", "time-out after the send")
    @pytest.mark.parametrize("lie", [Lie.READ_TIMEOUT, Lie.RESET])
    def test_c03_no_answer(self, lie: Lie) -> None:
        """Nobody knows, so it says so; a look-up by our references finds it."""
        self.probed()
        with self.bench() as bench:
            error = self._fails(bench, lie)
            assert isinstance(error, OutcomeUnknown), f"{error!r} instead of OutcomeUnknown"

    @case("C3", "and the look-up finds it")
    def test_c03_look_up(self) -> None:
        """After a time-out there are no references but ours."""
        self.must_be_looked_up()
        self.probed()
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            bench.wire.lies.append(Lie.READ_TIMEOUT)
            self.sent_with(bench, opened, batch)
            self.patiently(bench)
            answer = bench.look_up(bench.open(), batch)
            self.finished(bench, opened, kept(batch, answer))
            assert [each.item_ref for each in answer.found] == [batch.items[0].item_ref]
            self.must_be_paid_once(bench, batch)

    @case("C4", "an unreadable answer")
    @pytest.mark.parametrize("lie", UNREADABLE)
    def test_c04_unreadable(self, lie: Lie) -> None:
        """An answer that cannot be read says nothing about money."""
        self._is_unknown(lie)

    @case("C5", "5xx and error pages")
    @pytest.mark.parametrize("lie", BROKEN)
    def test_c05_server_errors(self, lie: Lie) -> None:
        """The work was done, whatever the status says."""
        self._is_unknown(lie)

    def _is_unknown(self, lie: Lie) -> None:
        self.probed()
        with self.bench() as bench:
            error = self._fails(bench, lie)
            assert isinstance(error, OutcomeUnknown), f"{error!r} instead of OutcomeUnknown"

    @case("C6", "429 with Retry-After")
    def test_c06_rate_limited(self) -> None:
        """It waits as long as it was told to, and has sent nothing."""
        self.probed()
        with self.bench() as bench:
            error = self._fails(bench, Lie.RATE_LIMITED)
            assert isinstance(error, RateLimited), f"{error!r} instead of RateLimited"
            assert error.retry_after_seconds == RETRY_AFTER_SECONDS
            self.settle(bench)
            self.must_not_be_paid(bench)

    @case("C7", "401 once")
    def test_c07_unauthorized_once(self) -> None:
        """A token may have run out: it is fetched anew once, or staff are asked."""
        self.probed()
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            bench.wire.lies.append(Lie.UNAUTHORIZED)
            error = self.sent_with(bench, opened, batch)
            self.settle(bench)
            if error is None:
                self.finished(bench, opened, batch)
                self.must_be_paid_once(bench, batch)
            else:
                assert isinstance(error, AuthError), f"{error!r} instead of AuthError"
                self.must_not_be_paid(bench)

    @case("C7", "401 for ever")
    def test_c07_unauthorized_always(self) -> None:
        """It gives up, and soon."""
        self.probed()
        with self.bench() as bench:
            opened = bench.open()
            bench.run(opened.guarded.health(bench.context()))
            bench.wire.seen.clear()
            bench.wire.always = Lie.UNAUTHORIZED
            error = self.sent_with(bench, opened, bench.prepared(opened, bench.batch()))
            assert isinstance(error, AuthError), f"{error!r} instead of AuthError"
            first = bench.wire.seen.index(bench.wire.money_calls[0])
            assert len(bench.wire.seen[first:]) <= CALLS_MAX, "it goes on asking"
            self.must_not_be_paid(bench)

    @case("C8", "a redirect")
    @pytest.mark.parametrize("lie", MOVED)
    def test_c08_redirects(self, lie: Lie) -> None:
        """Not followed: who asks to be followed may be anybody."""
        self.probed()
        with self.bench() as bench:
            error = self._fails(bench, lie)
            assert isinstance(error, OutcomeUnknown), f"{error!r} instead of OutcomeUnknown"
            assert not [each for each in bench.wire.seen if each.host in ELSEWHERE]

    def _fails(self, bench: Bench, lie: Lie) -> ProviderError | None:
        opened = bench.open()
        batch = bench.prepared(opened, bench.batch())
        bench.wire.lies.append(lie)
        return self.sent_with(bench, opened, batch)

    @case("C9", "the same batch twice")
    def test_c09_twice(self) -> None:
        """One effect; the second answer is as good as the first, or says "I know it"."""
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            first = bench.send(opened, batch)
            try:
                second = bench.send(bench.open(), batch, send_no=2)
            except DuplicateRef:
                pass
            else:
                assert _said(second) == _said(first), "the second answer is another one"
            self.finished(bench, opened, kept(batch, first))
            self.must_be_paid_once(bench, batch)

    @case("C10", "the same key, another amount")
    def test_c10_other_items(self) -> None:
        """Never a second effect, and never an answer that hides the first amount."""
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            first = bench.send(opened, batch)
            other = bench.prepared(opened, _with_more(batch, bench))
            try:
                second = bench.send(opened, other, send_no=2)
            except ProviderError:
                pass
            else:
                meant = {each.item_ref: each.amount for each in other.items}
                assert all(
                    each.amount is not None and each.amount != meant[each.item_ref]
                    for each in second.items
                    if each.state is not None
                ), "an amount was accepted that nobody pays"
            self.finished(bench, opened, kept(batch, first))
            self.must_be_paid_once(bench, batch)

    @case("C11", "an item is missing in the answer")
    def test_c11_missing(self) -> None:
        """A batch's answer is never copied to an item that it does not name."""
        with self.bench() as bench:
            opened, batch = self._in_parts(bench)
            first, *_ = batch.items
            bench.wire.rewrite = changed_list(self.items_field, lambda items: items[1:])
            answer = bench.look_up(opened, batch)
            self._must_have_bitten(bench)
            told = {each.item_ref for each in answer.found if each.state is not None}
            assert len(told) < len(batch.items), "an item is told of that no answer names"
            assert told <= {each.item_ref for each in batch.items}
            assert first.item_ref not in told or batch.items[-1].item_ref not in told

    @case("C11", "an item is twice in the answer")
    def test_c11_duplicated(self) -> None:
        """It is one item all the same."""
        with self.bench() as bench:
            opened, batch = self._in_parts(bench)
            bench.wire.rewrite = changed_list(self.items_field, lambda items: items + items[:1])
            answer = bench.look_up(opened, batch)
            self._must_have_bitten(bench)
            refs = [each.item_ref for each in answer.found]
            assert sorted(refs) == sorted(each.item_ref for each in batch.items)

    def _in_parts(self, bench: Bench) -> tuple[Opened, PayoutBatch]:
        self.applies("C11")
        if self.provider.manifest.max_batch == 1:
            does_not_apply("a batch has one item")
        if not self.items_field:
            does_not_apply("`items_field` does not say where its answers list payments")
        opened = bench.open()
        batch = bench.prepared(opened, bench.batch(count=3))
        sent = bench.send(opened, batch)
        self.patiently(bench)
        return opened, kept(batch, sent)

    def _must_have_bitten(self, bench: Bench) -> None:
        assert bench.wire.rewritten, f"no look-up has a list called {self.items_field!r}"

    @case("C24", "three processes send the same batch")
    def test_c24_at_once(self) -> None:
        """One effect: each process has an object of its own, with no memory of the others."""
        with self.bench() as bench:
            processes = [bench.open(instance_id=f"kit{each}") for each in range(PROCESSES)]
            batch = bench.prepared(processes[0], bench.batch())

            async def at_once() -> list[SendOutcome | BaseException]:
                sends = [bench.sending(each, batch) for each in processes]
                return await asyncio.gather(*sends, return_exceptions=True)

            said = bench.run(at_once())
            wrong = [e for e in said if not isinstance(e, SendOutcome | ProviderError)]
            assert not wrong, f"unclassified: {wrong}"
            answered = [each for each in said if isinstance(each, SendOutcome)]
            assert answered, f"none of them was answered: {said}"
            self.finished(bench, processes[0], kept(batch, answered[0]))
            self.must_be_paid_once(bench, batch)

    @case("C26", "an amount that does not fit")
    def test_c26_unrepresentable(self) -> None:
        """Refused before the call: never rounded."""
        currencies = [
            currency
            for currency, limits in self.provider.manifest.currencies.items()
            if minor_step(limits.exponent) > 1
        ]
        if not currencies:
            does_not_apply("its smallest unit is a micro")
        for currency in _by_exponent(self.provider.manifest.currencies, currencies):
            with self.bench() as bench:
                opened = bench.open()
                exact = bench.amount(currency=currency)
                batch = bench.batch(amounts=[replace(exact, micros=exact.micros + 1)])
                with pytest.raises(Exception):  # noqa: B017, PT011  # whatever it says, it must not pay
                    bench.send(opened, bench.prepared(opened, batch))
                self.settle(bench)
                self.must_not_be_paid(bench)
                assert not bench.wire.money_calls, "the call went out all the same"

    @case("C26", "amounts of every exponent are exact")
    def test_c26_exact(self) -> None:
        """Half of a unit, one smallest unit, a long number: each arrives to the micro."""
        currencies = self.provider.manifest.currencies
        for currency in _by_exponent(currencies, currencies):
            with self.bench() as bench:
                opened = bench.open()
                for steps in (0, 1, 7):
                    amount = bench.amount(currency=currency, steps=steps)
                    batch = bench.prepared(opened, bench.batch(amounts=[amount]))
                    sent = bench.send(opened, batch)
                    self.finished(bench, opened, kept(batch, sent))
                    (effect,) = [
                        each
                        for each in self.effects(bench.simulator)
                        if each.ref == batch.items[0].item_ref
                    ]
                    assert Money(effect.amount_micros, effect.currency) == amount


def _said(outcome: SendOutcome) -> dict[str, object]:
    return {each.item_ref: each.state for each in outcome.items}


def _with_more(batch: PayoutBatch, bench: Bench) -> PayoutBatch:
    """The same references, and one smallest unit more for each."""
    exponents = bench.kind.manifest.currencies
    items = tuple(
        replace(
            each,
            amount=replace(
                each.amount,
                micros=each.amount.micros + minor_step(exponents[each.amount.currency].exponent),
            ),
        )
        for each in batch.items
    )
    return replace(batch, items=items, items_digest=digest_of(items), payload=None)


def _by_exponent(limits: object, currencies: object) -> list[str]:
    """One currency per exponent."""
    found: dict[int, str] = {}
    for currency in sorted(currencies):  # type: ignore[call-overload]  # names of currencies
        found.setdefault(limits[currency].exponent, currency)  # type: ignore[index]  # by name
    return list(found.values())
