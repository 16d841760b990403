"""D1-D9: money in. A start moves nothing; a capture and a refund move once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import pytest

from domain.deposits.provider import (
    CapturesDeposits,
    DepositObservation,
    DepositProvider,
    DepositRequest,
    DepositStart,
    ObservedDeposit,
    RefundRequest,
    RefundsDeposits,
)
from domain.money import Money
from domain.provider import (
    AuthError,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    reference,
)
from plugins.conformance.bench import REGION, Bench, Opened, on_bench
from plugins.conformance.suite import Conformance, case, changed_status, does_not_apply
from plugins.conformance.transport import RETRY_AFTER_SECONDS, Lie, watched_egress
from plugins.simulation import START, Effect

STEPS = 3
LIES = {
    Lie.CONNECT_TIMEOUT: NotSent,
    Lie.READ_TIMEOUT: OutcomeUnknown,
    Lie.CUT_JSON: OutcomeUnknown,
    Lie.HTML_200: OutcomeUnknown,
    Lie.STATUS_500: OutcomeUnknown,
    Lie.MOVED_302: OutcomeUnknown,
    Lie.RATE_LIMITED: RateLimited,
    Lie.UNAUTHORIZED: AuthError,
}


class DepositConformance(Conformance):
    provider: ClassVar[type[DepositProvider[Any]]]
    told_by_files: ClassVar[bool] = False  # what arrives is told by `ReadsFiles`, not by look-ups

    def pay(self, bench: Bench, request: DepositRequest, start: DepositStart) -> None:
        """The employer pays, or agrees to pay, on the service's page."""
        raise NotImplementedError("say what an employer does to pay")

    def deposit_effects(self, bench: Bench) -> Sequence[Effect]:
        """Money that came in; refunds are below zero."""
        return self.effects(bench.simulator)

    @contextmanager
    def bench(self, *, start: datetime = START) -> Iterator[Bench]:
        with on_bench(
            kind=self.provider,
            simulator=self.make_simulator(),
            config=self.config,
            secrets=self.secrets,
            fields_of=lambda _: {},
            country=self.country,
            start=start,
        ) as bench:
            self.set_up(bench)
            bench.wire.seen.clear()
            yield bench

    def request(self, bench: Bench) -> DepositRequest:
        bench.numbers += 1
        return DepositRequest(
            deposit_ref=reference(kind="D", region=REGION, id_=UUID(int=bench.numbers)),
            amount=bench.amount(steps=STEPS),
            employer_id=UUID(int=7),
            reference="order 7",
            return_url="https://piecerate.example/back",
        )

    def started(self, bench: Bench) -> tuple[Opened, DepositRequest, DepositStart]:
        opened, request = bench.open(), self.request(bench)
        start: DepositStart = bench.run(opened.guarded.create(request, bench.context()))
        return opened, replace(request, provider_ref=start.provider_ref), start

    def paid(self, bench: Bench) -> tuple[Opened, DepositRequest]:
        """Until the money is here."""
        if self.told_by_files:
            does_not_apply("what arrives is told by files, not by look-ups")
        opened, request, start = self.started(bench)
        self.pay(bench, request, start)
        if isinstance(opened.raw, CapturesDeposits):
            bench.run(opened.raw.capture(request, bench.context()))
        self.settle(bench)
        return opened, request

    def looked_up(
        self, bench: Bench, opened: Opened, request: DepositRequest
    ) -> DepositObservation | None:
        found: DepositObservation | None = bench.run(
            opened.guarded.look_up(request, bench.context())
        )
        return found

    @case("D1", "a start moves nothing")
    def test_d1_start(self) -> None:
        """It says where to pay; the same again is the same start."""
        with self.bench() as bench:
            opened, request, start = self.started(bench)
            again = replace(request, provider_ref=None)
            second = bench.run(opened.guarded.create(again, bench.context(send_no=2)))
            assert second.provider_ref == start.provider_ref
            assert start.redirect_url or start.instructions
            assert list(self.deposit_effects(bench)) == []

    @case("D2", "a paid deposit settles")
    def test_d2_settles(self) -> None:
        """Gross, exact, once."""
        with self.bench() as bench:
            opened, request = self.paid(bench)
            found = self.looked_up(bench, opened, request)
            assert found is not None and found.state is ObservedDeposit.SETTLED
            assert found.amount == request.amount
            assert self._sums(bench) == request.amount

    @case("D3", "what nobody started is unknown there")
    def test_d3_never_heard(self) -> None:
        """None, and no guess."""
        with self.bench() as bench:
            self.applies("D3")
            assert self.looked_up(bench, bench.open(), self.request(bench)) is None

    @case("D4", "faults of a start are told apart")
    @pytest.mark.parametrize("lie", LIES)
    def test_d4_faults(self, lie: Lie) -> None:
        """What certainly did not arrive, and what nobody knows."""
        with self.bench() as bench:
            opened = bench.open()
            bench.run(opened.guarded.create(self.request(bench), bench.context()))
            if not bench.wire.money_calls:
                does_not_apply("it starts nothing over HTTP")
            bench.wire.always = lie
            with pytest.raises(ProviderError) as raised:
                bench.run(opened.guarded.create(self.request(bench), bench.context()))
            assert isinstance(raised.value, LIES[lie]), f"{raised.value!r}"
            if isinstance(raised.value, RateLimited):
                assert raised.value.retry_after_seconds == RETRY_AFTER_SECONDS

    @case("D5", "a capture twice")
    def test_d5_capture(self) -> None:
        """One effect, also when the first answer was lost."""
        with self.bench() as bench:
            opened, request, start = self.started(bench)
            if not isinstance(opened.raw, CapturesDeposits):
                does_not_apply("nothing has to be captured")
            self.pay(bench, request, start)
            bench.wire.lies.append(Lie.READ_TIMEOUT)
            with pytest.raises(OutcomeUnknown):
                bench.run(opened.raw.capture(request, bench.context()))
            bench.run(opened.raw.capture(request, bench.context(send_no=2)))
            assert self._sums(bench) == request.amount

    @case("D6", "a refund twice")
    def test_d6_refund(self) -> None:
        """One effect; it is found by our reference, and what nobody refunded is not."""
        with self.bench() as bench:
            opened, request = self.paid(bench)
            if not isinstance(opened.raw, RefundsDeposits):
                does_not_apply("it gives nothing back")
            refund = RefundRequest(
                refund_ref=reference(kind="R", region=REGION, id_=UUID(int=99)),
                deposit=request,
                amount=bench.amount(),
            )
            assert bench.run(opened.raw.look_up_refund(refund, bench.context())) is None
            for send_no in (1, 2):
                bench.run(opened.raw.refund(refund, bench.context(send_no=send_no)))
            self.settle(bench)
            assert bench.run(opened.raw.look_up_refund(refund, bench.context())) is not None
            assert self._sums(bench) == request.amount - refund.amount

    @case("D7", "an unknown status is told as such")
    def test_d7_unknown_status(self) -> None:
        """`state` is None: nothing is booked."""
        with self.bench() as bench:
            self.applies("D7")
            if not self.status_field:
                does_not_apply("`status_field` does not say where its answers carry a status")
            opened, request = self.paid(bench)
            bench.wire.rewrite = changed_status(self.status_field, "NEVER_SEEN_BEFORE")
            found = self.looked_up(bench, opened, request)
            assert bench.wire.rewritten and found is not None and found.state is None

    @case("D8", "egress")
    def test_d8_egress(self) -> None:
        """Nobody but the service is called."""
        with self.bench() as bench, watched_egress() as seen:
            opened, request = self.paid(bench)
            self.looked_up(bench, opened, request)
            assert seen <= {bench.url.removeprefix("http://")}

    @case("D9", "health")
    def test_d9_health(self) -> None:
        """Quick, and moves nothing."""
        with self.bench() as bench:
            opened = bench.open()
            bench.run(opened.guarded.health(bench.context()))
            assert list(self.deposit_effects(bench)) == []

    def _sums(self, bench: Bench) -> Money:
        effects = self.deposit_effects(bench)
        assert effects, "no money has come in"
        return Money(sum(each.amount_micros for each in effects), effects[0].currency)
