"""Payouts through all scenarios, crashes and cancellations: nobody is paid twice, no cent is lost.

Sums cannot see a doubled payment, so the list of what workers asked for is compared with the
list of what happened at the sandbox, one by one.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from domain.database import fetch
from domain.errors import InvalidTransition
from domain.ledger.operations import BalanceTooLow
from domain.payouts import operations, queries
from domain.payouts.provider import PayoutBatch, SendOutcome
from domain.payouts.rules import CREDITED, AttemptState, FrozenReason, PayoutState, Verdict
from domain.provider import CallContext
from gateway.providers import PayoutDirectory
from plugins.guarded import GuardedPayouts
from plugins.payments.sandbox.scenarios import Scenario
from tests.make.members import add_finance_member
from tests.make.payouts import House, Payee, attempts, eur, money_of, open_house, payout
from tests.make.world import World

CAMPAIGN = bool(os.environ.get("PIECERATE_CAMPAIGN"))
SIZE = settings(
    max_examples=200 if CAMPAIGN else 6,
    stateful_step_count=60 if CAMPAIGN else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
START = "100.00"
SCENARIOS = st.sampled_from([*Scenario, *[Scenario.OK] * 4])
WHICH = st.integers(0, 9)
FAULTS = st.sampled_from(["", "", "", "before", "after"])
DRAIN_ROUNDS_MAX = 60
ENDS = {
    Scenario.FAIL: PayoutState.FAILED,
    Scenario.INVALID: PayoutState.FAILED,
    Scenario.UNCLAIMED: PayoutState.RETURNED,
    Scenario.RETURNED: PayoutState.RETURNED,
}
Answer = TypeVar("Answer")


class Mortal(GuardedPayouts):
    """Dies on request: the call ends as if our process had been killed."""

    fault = ""

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        if self.fault == "before":
            raise asyncio.CancelledError
        outcome = await super().send(batch, context)
        if self.fault == "after":
            raise asyncio.CancelledError
        return outcome


@dataclass(frozen=True)
class Wish:
    payee: Payee
    payout_id: UUID
    scenario: Scenario


class PayoutLife(RuleBasedStateMachine):
    """Runs in a thread; the database work runs in the test's own loop."""

    loop: asyncio.AbstractEventLoop
    folder: Path
    run_no = 0
    house: House

    @initialize()
    def open(self) -> None:
        PayoutLife.run_no += 1
        world = World.of(f"payout life {os.getpid()} {id(self)} {PayoutLife.run_no}")
        self.opening = open_house(world, self.folder / str(PayoutLife.run_no))
        self.house = self.do(self.opening.__aenter__())
        inner = self.house.opened.payouts.named("sandbox")._inner  # noqa: SLF001  # it is ours to kill
        self.provider = Mortal(
            inner,
            instance_id="sandbox",
            in_transaction=lambda: False,
            seconds=lambda: world.now.timestamp(),  # noqa: PLW0108  # the moment moves
        )
        self.house.providers = PayoutDirectory({"sandbox": self.provider}, region="ZZ")
        self.finance = [self.do(add_finance_member(world)) for _ in range(2)]
        self.decided: dict[UUID, bool] = {}
        self.payees: dict[Scenario, Payee] = {}
        self.wishes: list[Wish] = []

    def do(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    @rule(scenario=SCENARIOS, euros=st.integers(1, 60))
    def request(self, scenario: Scenario, euros: int) -> None:
        if scenario not in self.payees:
            made = self.do(self.house.payee(earnings=START, scenario=scenario.value))
            self.payees[scenario] = made
        payee = self.payees[scenario]
        claim = self.do(self.house.patient_consent(payee, eur(f"{euros}.00")))
        left, _ = self.do(money_of(payee.id))
        asking = self.house.request(payee, f"{euros}.00", claim=claim)
        if left < eur(f"{euros}.00"):
            with pytest.raises(BalanceTooLow):
                self.do(asking)
        else:
            self.wishes.append(Wish(payee, self.do(asking).payout_id, scenario))

    @rule(which=WHICH)
    def route(self, which: int) -> None:
        if self.wishes:
            self.do(self.route_one(self.wishes[which % len(self.wishes)].payout_id))

    @rule(which=WHICH, fault=FAULTS)
    def send(self, which: int, fault: str) -> None:
        self.do(self.on_a_batch(which, fault, self.house.send))

    @rule(which=WHICH, seconds=st.integers(0, 20))
    def look_up(self, which: int, seconds: int) -> None:
        self.house.wait(timedelta(seconds=seconds))
        self.do(self.on_a_batch(which, "", self.house.look_up))

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        if not self.wishes:
            return
        wish = self.wishes[which % len(self.wishes)]
        world = self.house.world
        try:
            self.do(
                operations.cancel_payout(
                    worker_id=wish.payee.id,
                    payout_id=wish.payout_id,
                    key=world.key(wish.payee.id),
                    new_id=world.new_id,
                    now=world.now,
                )
            )
        except InvalidTransition:
            return
        assert str(wish.payout_id) not in self.effects()

    @rule(which=WHICH)
    def people_decide(self, which: int) -> None:
        """They ask the sandbox, and say what is true; it takes two of them."""
        if self.wishes:
            self.do(self.decide(self.wishes[which % len(self.wishes)]))

    @rule(which=WHICH)
    def retry(self, which: int) -> None:
        if not self.wishes:
            return
        world = self.house.world
        wish = self.wishes[which % len(self.wishes)]
        try:
            self.do(
                operations.retry_payout(
                    payout_id=wish.payout_id, member_id=self.finance[0], now=world.now
                )
            )
        except InvalidTransition:
            return

    @rule(seconds=st.integers(0, 120))
    def recover(self, seconds: int) -> None:
        self.house.wait(timedelta(seconds=seconds))
        self.do(self.sweep())

    @invariant()
    def every_cent_is_somewhere(self) -> None:
        if not hasattr(self, "wishes"):
            return
        for payee in self.payees.values():
            earnings, on_its_way = self.do(money_of(payee.id))
            mine = [wish.payout_id for wish in self.wishes if wish.payee is payee]
            records = self.do(queries.payouts_by_id(ids=mine)).values()
            paid = sum(each.amount.micros for each in records if each.state is PayoutState.PAID)
            assert earnings.micros + on_its_way.micros + paid == eur(START).micros
        assert self.do(queries.audit()) == []

    @invariant()
    def nobody_is_paid_twice(self) -> None:
        if hasattr(self, "wishes"):
            effects = self.effects()
            assert len(effects) == len(set(effects))

    def teardown(self) -> None:
        if not hasattr(self, "wishes"):
            return
        try:
            self.do(self.drain())
            self.every_cent_is_somewhere()
            self.nobody_is_paid_twice()
            for wish in self.wishes:
                self.do(self.check_end(wish))
        finally:
            self.do(self.opening.__aexit__(None, None, None))

    def effects(self) -> list[str]:
        return [each.payout_id for each in self.house.memory.items()]

    async def route_one(self, payout_id: UUID) -> None:
        await operations.route_payout(
            payout_id=payout_id,
            providers=self.house.providers,
            new_id=self.house.world.new_id,
            now=self.house.world.now,
        )

    async def decide(self, wish: Wish) -> None:
        """Only where the provider was asked in vain for a while: it may still be at work."""
        world, (one, other) = self.house.world, self.finance
        attempt = next(iter(reversed(await attempts(wish.payout_id))), None)
        if attempt is None or attempt.state is not AttemptState.UNKNOWN:
            return
        is_there = str(wish.payout_id) in self.effects()
        if wish.scenario is Scenario.WRONG_AMOUNT or (is_there and wish.scenario in ENDS):
            return
        try:
            done = await operations.propose_resolution(
                attempt_id=attempt.id,
                verdict=Verdict.PAID if is_there else Verdict.NOT_PAID,
                reason="asked the sandbox",
                evidence="",
                member_id=one,
                new_id=world.new_id,
                now=world.now,
            )
            await operations.approve_resolution(
                resolution_id=done.resolution_id,
                member_id=other,
                key=world.key(other),
                new_id=world.new_id,
                now=world.now,
            )
        except InvalidTransition:
            return
        self.decided[wish.payout_id] = is_there

    async def on_a_batch(self, which: int, fault: str, work: Any) -> None:
        batches = await self.batches()
        if not batches:
            return
        self.provider.fault = fault
        try:
            await work(batches[which % len(batches)])
        except asyncio.CancelledError:
            assert fault
        finally:
            self.provider.fault = ""

    async def batches(self) -> list[UUID]:
        rows = await fetch(
            "select distinct batch_id from payout_attempt where payout_id = any($1) order by 1",
            [wish.payout_id for wish in self.wishes],
        )
        return [row["batch_id"] for row in rows]

    async def sweep(self) -> None:
        world = self.house.world
        await operations.recover_batches(now=world.now, new_id=world.new_id)

    async def drain(self) -> None:
        """What the job worker does, until nothing is open: polling alone finishes every payout."""
        self.house.memory.top_up()
        for round_no in range(DRAIN_ROUNDS_MAX):
            self.house.wait(timedelta(seconds=20) if round_no < 20 else timedelta(days=1))
            await self.sweep()
            for wish in self.wishes:
                await self.route_one(wish.payout_id)
            for batch_id in await self.batches():
                await self.house.send(batch_id)
                await self.house.look_up(batch_id)

    async def check_end(self, wish: Wish) -> None:
        record = await payout(wish.payout_id)
        effects = [
            each for each in self.house.memory.items() if each.payout_id == str(wish.payout_id)
        ]
        if record.state is PayoutState.CANCELLED:
            assert effects == []
            return
        if wish.payout_id in self.decided:
            assert bool(effects) is self.decided[wish.payout_id]
            assert record.state is (PayoutState.PAID if effects else PayoutState.FAILED)
            return
        if any(
            each.frozen_reason == FrozenReason.MISSING_ITEM for each in await attempts(record.id)
        ):
            assert self.decided  # a batch that people have touched is never sent again
            return
        if wish.scenario is Scenario.WRONG_AMOUNT:
            assert (await attempts(wish.payout_id))[-1].frozen_reason == "mismatch"
            assert record.state not in CREDITED | {PayoutState.PAID}
            return
        assert record.state is ENDS.get(wish.scenario, PayoutState.PAID), wish
        expected = [] if wish.scenario is Scenario.INVALID else [record.amount]
        assert [each.amount for each in effects] == expected


@pytest.mark.asyncio
@pytest.mark.timeout(7200 if CAMPAIGN else 180)
async def test_payouts_end_well_whatever_happens(database: str) -> None:
    """Every wish ends as its scenario says, with exactly one effect or none."""
    assert database
    PayoutLife.loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        PayoutLife.folder = Path(folder)
        await asyncio.to_thread(run_state_machine_as_test, PayoutLife, settings=SIZE)
