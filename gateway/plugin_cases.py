"""C13, C16-C20, C25: what the core's rules make of what a provider says. Needs pytest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from itertools import islice, permutations
from typing import Any, ClassVar

import pytest

from domain.payouts.provider import (
    LookupAnswer,
    LookupMode,
    ObservedState,
    PayoutBatch,
    SendOutcome,
)
from domain.payouts.rules import CREDITED, FrozenReason, PayoutState
from domain.provider import CallContext, ProviderError
from domain.provider_news import RawWebhook, ReceivesWebhooks
from gateway.plugin_core import POINTS, STEPS_MAX, Killed, MemoryCore, begun
from plugins.conformance import Bench, case, does_not_apply
from plugins.conformance.bench import Opened
from plugins.conformance.suite import PayoutSuite, changed_amount, changed_status
from plugins.conformance.transport import Lie

ORDERS_MAX = 120
LIFE = (ObservedState.ACCEPTED, ObservedState.PENDING, ObservedState.ON_HOLD, ObservedState.PAID)
AFTER_PAID = (
    ObservedState.RETURNED,
    ObservedState.REFUNDED,
    ObservedState.REVERSED,
    ObservedState.FAILED,
)


class EngineCases(PayoutSuite):
    currency_field: ClassVar[str] = ""
    """The key in the simulator's JSON whose value is a payment's currency."""

    @case("C13", "missing, and then it appears")
    def test_c13_appears(self) -> None:
        """One "I do not have it" sends nothing again."""
        self.must_be_looked_up()
        self.probed()
        with self.bench() as bench:
            core = self._core(bench)
            bench.wire.lies.append(Lie.READ_TIMEOUT)
            bench.run(core.send())
            refs = tuple(core.kept.rows)
            core.record_look_up(LookupAnswer(found=(), missing=refs))
            assert core.kept.send_count == 1
            self._driven(bench, core)
            self.must_be_paid_once(bench, core.kept.batch)

    @case("C16", "observations in every order")
    def test_c16_orders(self) -> None:
        """The same final state, and the same money back, whichever came first."""
        self.must_be_looked_up()
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.prepared(opened, bench.batch())
            bench.send(opened, batch)
            answers = self._life(bench, opened, batch)
            ends = {
                self._after(bench, opened, batch, order)
                for order in islice(permutations(answers), ORDERS_MAX)
            }
            assert len(ends) == 1, f"it depends on the order: {ends}"

    def _life(self, bench: Bench, opened: Opened, batch: PayoutBatch) -> list[LookupAnswer]:
        """What look-ups say, at each point of a life that this service can show."""
        answers = []
        last = [each for each in AFTER_PAID if each in self.provider.manifest.after_paid]
        for state in (*LIFE, *last[:1]):
            try:
                self.bring(bench, batch.items[0].item_ref, state)
            except pytest.skip.Exception:
                continue
            answers.append(bench.look_up(opened, batch))
        if not answers:
            self.patiently(bench)
            answers.append(bench.look_up(opened, batch))
        return answers

    def _after(
        self, bench: Bench, opened: Opened, batch: PayoutBatch, order: tuple[LookupAnswer, ...]
    ) -> tuple[object, ...]:
        core = MemoryCore(provider=opened.guarded, clock=bench.now, kept=begun(batch))
        bench.wire.lies.append(Lie.READ_TIMEOUT)
        bench.run(core.send())
        bench.wire.lies.clear()
        for answer in order:
            core.record_look_up(answer)
        return tuple(core.states.values())

    @case("C17", "news before the answer")
    def test_c17_early_news(self) -> None:
        """A webhook overtakes the answer of the send: the end is the same."""
        self.must_be_looked_up()
        with self.bench() as bench:
            core = self._core(bench)
            if not isinstance(bench.opened[0].raw, ReceivesWebhooks):
                does_not_apply("it receives no webhooks")
            overtaken: Any = _Overtaken(core, lambda: self._deliver(bench, core))
            core.provider, behind = overtaken, core.provider
            bench.run(core.send())
            core.provider = behind  # with its abilities, such as a next step
            assert overtaken.is_overtaken
            self._driven(bench, core)
            assert core.is_settled, f"still open: {core.states}"
            self.must_be_paid_once(bench, core.kept.batch)

    async def _deliver(self, bench: Bench, core: MemoryCore) -> None:
        """Every webhook there is: verified, read, and then a look-up, as the core does it."""
        self.settle(bench)  # the answer is slow
        self.effects(bench.simulator)
        for event in bench.simulator.events.take():
            headers: Mapping[str, str] = bench.simulator.sign(event)
            raw = RawWebhook(
                route=event.route,
                method="POST",
                url=f"https://piecerate.example/hooks/kit/{event.route}",
                headers={name.lower(): value for name, value in headers.items()},
                body=event.body,
                received_at=bench.now(),
            )
            provider = bench.opened[0].raw
            verified = await provider.verify_webhook(raw, bench.context())
            if provider.read_webhook(verified):
                await core.look_up()

    @case("C18", "no news at all")
    def test_c18_silence(self) -> None:
        """Look-ups alone end every payment, within their schedule."""
        self.must_be_looked_up()
        with self.bench() as bench:
            core = self._core(bench)
            self._driven(bench, core)
            assert core.is_settled, f"still open: {core.states}"
            assert {each[0] for each in core.states.values()} <= CREDITED | {PayoutState.PAID}
            self.must_be_paid_once(bench, core.kept.batch)

    @case("C19", "another amount")
    def test_c19_amount(self) -> None:
        """One smallest unit more or less: frozen, for people to look at."""
        self.must_be_looked_up()
        if not self.amount_field:
            does_not_apply("`amount_field` does not say where its answers carry an amount")
        with self.bench() as bench:
            core = self._core(bench)
            bench.run(core.send())
            self.patiently(bench)
            bench.wire.rewrite = changed_amount(self.amount_field)
            bench.run(core.look_up())
            assert bench.wire.rewritten, f"no look-up has {self.amount_field!r}"
            assert {row.frozen for row in core.kept.rows.values()} == {FrozenReason.MISMATCH}

    @case("C19", "another currency")
    def test_c19_currency(self) -> None:
        """Never taken for ours."""
        self.must_be_looked_up()
        if not self.currency_field:
            does_not_apply("`currency_field` does not say where its answers carry a currency")
        with self.bench() as bench:
            core = self._core(bench)
            bench.run(core.send())
            before = core.states
            self.settle(bench)
            ours = core.kept.batch.items[0].amount.currency
            others = sorted({*self.provider.manifest.currencies, "XTS"} - {ours})
            bench.wire.rewrite = changed_status(self.currency_field, others[0])
            bench.run(core.look_up())
            assert bench.wire.rewritten, f"no look-up has {self.currency_field!r}"
            frozen = {row.frozen for row in core.kept.rows.values()}
            assert frozen == {FrozenReason.MISMATCH} or core.states == before

    @case("C20", "paid, and then it comes back")
    @pytest.mark.parametrize("state", AFTER_PAID)
    def test_c20_comes_back(self, state: ObservedState) -> None:
        """Credited once, when the manifest says that it can happen; else frozen."""
        self.must_be_looked_up()
        with self.bench() as bench:
            core = self._core(bench)
            bench.run(core.send())
            ref = core.kept.batch.items[0].item_ref
            self._driven(bench, core)
            self.bring(bench, ref, ObservedState.PAID)
            bench.run(core.look_up())
            self.bring(bench, ref, state)
            for _ in range(2):
                bench.run(core.look_up())
            row = core.kept.rows[ref]
            if state in self.provider.manifest.after_paid:
                assert (row.frozen, row.credits) == (None, 1), row.payout
            else:
                assert (row.frozen, row.credits) == (FrozenReason.CONFLICT, 0), row.payout

    @case("C25", "killed at a marked point")
    @pytest.mark.parametrize("point", POINTS)
    def test_c25_kills(self, point: str) -> None:
        """After the restart, intents are effects: nothing twice, nothing lost."""
        with self.bench() as bench:
            core = self._core(bench)
            if point == "after a recovery":
                core.at = _killing("before the call")
                with pytest.raises(Killed):
                    bench.run(core.send())
            core.at = _killing(point)
            try:
                self._driven(bench, core, steps=6)
            except Killed:
                core = replace(core, provider=bench.open().guarded, at=lambda _: None)
            else:
                does_not_apply(f"it never comes to be {point}")
            is_read = self.provider.manifest.lookup.mode in (LookupMode.OUR_REF, LookupMode.SCAN)
            if not is_read:
                booked = [each.ref for each in self.effects(bench.simulator)]
                assert len(booked) == len(set(booked)), "paid twice"
                return
            self._driven(bench, core)
            self.must_be_paid_once(bench, core.kept.batch)

    # -- support --------------------------------------------------------------

    def _core(self, bench: Bench) -> MemoryCore:
        opened = bench.open()
        batch = bench.prepared(opened, bench.batch())
        return MemoryCore(provider=opened.guarded, clock=bench.now, kept=begun(batch))

    def _driven(self, bench: Bench, core: MemoryCore, *, steps: int = STEPS_MAX) -> None:
        """By the provider's own schedule, until nothing is open."""
        for _ in range(steps):
            if core.is_settled:
                return
            try:
                bench.wait(bench.run(core.step()))
            except ProviderError:
                bench.wait(core.manifest.lookup.delays[-1])


class _Overtaken:
    """A provider whose news arrives before its answer is recorded."""

    def __init__(self, core: MemoryCore, news: Callable[[], Awaitable[None]]) -> None:
        self._inner = core.provider
        self._core = core
        self._news = news
        self.is_overtaken = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        outcome: SendOutcome = await self._inner.send(batch, context)
        self.is_overtaken = self._core.kept.is_sending
        await self._news()
        return outcome


def _killing(point: str) -> Callable[[str], None]:
    def at(reached: str) -> None:
        if reached == point:
            raise Killed(point)

    return at
