"""The sandbox in the suite that every provider must pass.

It asks nobody over a network, so a call is lost where its scenario says so, not on the wire.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from domain.deposits.provider import DepositRequest, DepositStart, ObservedDeposit
from domain.payouts.provider import ObservedState
from domain.payouts.rules import FrozenReason
from domain.provider import Declined, OutcomeUnknown, ProviderError
from piecerate.conformance import (
    Bench,
    DepositConformance,
    PayoutConformance,
    case,
    does_not_apply,
)
from plugins.conformance.reading import SHORT
from plugins.conformance.suite import Conformance
from plugins.payments.sandbox.deposits import SandboxDeposits
from plugins.payments.sandbox.payouts import SandboxPayouts
from plugins.payments.sandbox.scenarios import REFERENCE_PREFIX, Scenario
from plugins.payments.sandbox.simulator import PASTS, SandboxSimulator
from plugins.simulation import START

NO_NETWORK = "it sends nothing over HTTP: its scenarios lose calls instead"
HANGING_SECONDS = 20.0


class _FileSuite(Conformance):
    """A fresh file for each bench."""

    simulator = SandboxSimulator
    scenario = Scenario.OK
    hang_seconds = 0.0
    path: Path

    @contextmanager
    def bench(self, *, start: datetime = START) -> Iterator[Bench]:
        with TemporaryDirectory(prefix="piecerate-sandbox-") as folder:
            self.path = Path(folder) / "sandbox.sqlite"
            with super().bench(start=start) as bench:  # type: ignore[misc]  # of the port's suite
                yield bench

    def make_simulator(self) -> SandboxSimulator:
        return SandboxSimulator(self.path)

    def config(self, url: str) -> Mapping[str, object]:
        assert url
        return {"path": str(self.path), "hang_seconds": self.hang_seconds}


class TestSandboxPayouts(_FileSuite, PayoutConformance):
    provider = SandboxPayouts

    def probed(self) -> None:
        does_not_apply(NO_NETWORK)

    def destination(self, kind: str) -> Mapping[str, str]:
        assert kind == "sandbox"
        return {"account": "canary-account-4711", "scenario": self.scenario}

    def bring(self, bench: Bench, item_ref: str, state: ObservedState) -> None:
        assert isinstance(bench.simulator, SandboxSimulator)
        if state not in {ObservedState.ACCEPTED, *PASTS}:
            does_not_apply(f"no scenario makes a payment {state.value}")
        bench.simulator.bring(item_ref, state)

    @case("C3", "executed, but no answer comes")
    def test_c03_executed(self) -> None:
        """Unknown; a process that knows only our references finds it."""
        self.scenario = Scenario.TIMEOUT_SENT
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.batch()
            error = self.sent_with(bench, opened, batch)
            assert isinstance(error, OutcomeUnknown), f"{error!r} instead of OutcomeUnknown"
            self.patiently(bench)
            (seen,) = bench.look_up(bench.open(), batch).found
            assert seen.item_ref == batch.items[0].item_ref
            self.must_be_paid_once(bench, batch)

    @case("C13", "lost without an answer: missing, and missing again")
    def test_c13_sent_again(self) -> None:
        """Only then is it sent again, and it is paid once."""
        self.scenario = Scenario.TIMEOUT_LOST
        with self.bench() as bench:
            core = self._core(bench)
            bench.run(core.send())
            self.patiently(bench)
            bench.run(core.look_up())
            assert core.kept.send_count == 1, "one look-up is not enough"
            self._driven(bench, core)
            assert (core.is_settled, core.kept.send_count) == (True, 2)
            self.must_be_paid_once(bench, core.kept.batch)

    @case("C19", "another amount")
    def test_c19_amount(self) -> None:
        """One smallest unit less, by its scenario: frozen, for people to look at."""
        self.scenario = Scenario.WRONG_AMOUNT
        with self.bench() as bench:
            core = self._core(bench)
            self._driven(bench, core)
            assert {row.frozen for row in core.kept.rows.values()} == {FrozenReason.MISMATCH}

    @case("C22", "the deadline passes")
    def test_c22_deadline(self) -> None:
        """Unknown, while it still hangs."""
        self.scenario, self.hang_seconds = Scenario.TIMEOUT_SENT, HANGING_SECONDS
        with self.bench() as bench:
            opened = bench.open(send_deadline=SHORT)
            error = self.sent_with(bench, opened, bench.batch())
            assert isinstance(error, OutcomeUnknown), f"{error!r} instead of OutcomeUnknown"

    @case("C22", "the job is cancelled in mid-call")
    def test_c22_cancelled(self) -> None:
        """A cancelled task stays cancelled; no answer is made up for it."""
        self.scenario, self.hang_seconds = Scenario.TIMEOUT_SENT, HANGING_SECONDS
        with self.bench() as bench:
            opened = bench.open()
            batch = bench.batch()

            async def cancelled() -> object:
                task = asyncio.ensure_future(opened.raw.send(batch, bench.context()))
                while not task.done() and not self.effects(bench.simulator):  # noqa: ASYNC110  # a file tells nobody that it was written
                    await asyncio.sleep(0)  # until it is accepted: then it hangs
                task.cancel()
                answers = await asyncio.gather(task, return_exceptions=True)
                return answers[0]

            answer = bench.run(cancelled())
            assert isinstance(answer, asyncio.CancelledError), f"{answer!r}"


class TestSandboxDeposits(_FileSuite, DepositConformance):
    provider = SandboxDeposits

    def request(self, bench: Bench) -> DepositRequest:
        return replace(super().request(bench), reference=f"{REFERENCE_PREFIX}{self.scenario}")

    def pay(self, bench: Bench, request: DepositRequest, start: DepositStart) -> None:
        """Nobody has to: it settles by itself, in time."""
        assert request.provider_ref == start.provider_ref
        assert not self.deposit_effects(bench)

    @case("D4", "a start that fails by its scenario")
    @pytest.mark.parametrize(
        ("scenario", "fault", "known"),
        [
            (Scenario.INVALID, Declined, None),
            (Scenario.TIMEOUT_LOST, OutcomeUnknown, None),
            (Scenario.TIMEOUT_SENT, OutcomeUnknown, ObservedDeposit.PENDING),
        ],
    )
    def test_d4_scenarios(
        self, scenario: Scenario, fault: type[ProviderError], known: ObservedDeposit | None
    ) -> None:
        """Refused, never arrived, arrived without an answer: the look-up tells which."""
        self.scenario = scenario
        with self.bench() as bench:
            opened, request = bench.open(), self.request(bench)
            with pytest.raises(fault):
                bench.run(opened.guarded.create(request, bench.context()))
            found = self.looked_up(bench, opened, request)
            assert (found.state if found is not None else None) is known

    @case("D2", "a failed deposit brings nothing")
    def test_d2_fails(self) -> None:
        """No amount is named, and none has come in."""
        self.scenario = Scenario.FAIL
        with self.bench() as bench:
            opened, request = self.paid(bench)
            found = self.looked_up(bench, opened, request)
            assert found is not None and found.state is ObservedDeposit.FAILED
            assert found.amount is None
            assert list(self.deposit_effects(bench)) == []
