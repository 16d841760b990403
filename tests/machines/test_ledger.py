"""The ledger against an in-memory model: whatever happens in whatever order, they agree.

After each step the whole audit runs too. `PIECERATE_CAMPAIGN` makes the machine large.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from domain.database import close_pool, one_transaction, open_pool
from domain.ledger import operations, queries
from domain.ledger.operations import InsufficientFunds, LedgerKeyReused, NewHold
from domain.ledger.rules import Account, AccountKind, Leg, Transfer
from domain.money import Money
from tests.conftest import PREFIX, clone_template, database_dsn
from tests.make.ledger import CLEARING, FEES, available, book, earnings, pay
from tests.make.world import World

CAMPAIGN = bool(os.environ.get("PIECERATE_CAMPAIGN"))
SIZE = settings(
    max_examples=200 if CAMPAIGN else 10,
    stateful_step_count=50 if CAMPAIGN else 30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
WHERE = st.integers(0, 5)  # of the machine's accounts
CURRENCIES = st.sampled_from(["EUR", "JPY"])
MICROS = st.one_of(st.integers(1, 100), st.integers(1, 1_000), st.integers(1, 10**12))
HOURS = st.integers(1, 2)  # few, so that holds often end at the very moment that is asked
Answer = TypeVar("Answer")
Place = tuple[Account, str]


@dataclass
class HeldMoney:
    place: Place
    micros: int
    expires_in: timedelta
    is_pending: bool = True


@dataclass
class Model:
    """Two dictionaries and the rule that no member falls below what is held."""

    balances: dict[Place, int] = field(default_factory=dict)
    holds: dict[UUID, HeldMoney] = field(default_factory=dict)

    def balance(self, place: Place) -> int:
        return self.balances.get(place, 0)

    def held(self, place: Place) -> int:
        return sum(
            each.micros for each in self.holds.values() if each.is_pending and each.place == place
        )

    def available(self, place: Place) -> int:
        return self.balance(place) - self.held(place)

    def can_book(self, all_legs: list[Leg]) -> bool:
        """Each entry must leave its member account at its floor or above."""
        left: dict[Place, int] = {}
        for leg in all_legs:
            place = (leg.account, leg.amount.currency)
            left[place] = left.get(place, self.available(place)) - leg.amount.micros
            if leg.account.kind not in HOUSE and left[place] < 0:
                return False
        return True

    def book(self, all_legs: list[Leg]) -> None:
        for leg in all_legs:
            place = (leg.account, leg.amount.currency)
            side = 1 if leg.account.kind is AccountKind.PROVIDER_CLEARING else -1
            self.balances[place] = self.balance(place) + side * leg.amount.micros


HOUSE = {AccountKind.PROVIDER_CLEARING, AccountKind.INCOME_FEES}


@one_transaction
async def place_hold(*, world: World, hold: NewHold) -> UUID:
    return await operations.place_hold(hold=hold, new_id=world.new_id, now=world.now)


@one_transaction
async def void_hold(*, hold_id: UUID) -> bool:
    return await operations.void_hold(hold_id=hold_id)


@one_transaction
async def post_hold(*, world: World, hold_id: UUID, transfer: Transfer) -> bool:
    return await operations.post_hold(
        hold_id=hold_id, transfer=transfer, new_id=world.new_id, effective_on=world.now.date()
    )


class Ledger(RuleBasedStateMachine):
    """Runs in a thread; the database work runs in the test's own loop."""

    booked = Bundle("booked")
    placed = Bundle("placed")
    loop: asyncio.AbstractEventLoop
    run_no = 0

    @initialize()
    def open_books(self) -> None:
        Ledger.run_no += 1
        self.world = World.of(f"machine {os.getpid()} {id(self)} {Ledger.run_no}")
        owners = [self.world.new_id() for _ in range(3)]
        clearing = replace(CLEARING, owner=f"machine-{owners[0]}")
        self.accounts = [
            *(earnings(owner) for owner in owners),
            available(owners[0]),
            clearing,
            FEES,
        ]
        self.model = Model()
        for currency in ("EUR", "JPY"):  # earlier runs of the machine earned fees too
            start = self.do(queries.balance(account=FEES, currency=currency))
            self.model.balances[FEES, currency] = start.micros
        self.try_to_book([self.wish(4, n, 1_000, "EUR") for n in range(4)])

    def do(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def wish(self, source: int, target: int, micros: int, currency: str, **more: Any) -> Transfer:
        if source == target:
            target = (target + 1) % len(self.accounts)
        return pay(
            self.world,
            source=self.accounts[source],
            target=self.accounts[target],
            micros=micros,
            currency=currency,
            **more,
        )

    def try_to_book(self, transfers: list[Transfer]) -> list[UUID]:
        """Books them all or is refused, exactly when the model says so."""
        all_legs = [leg for each in transfers for leg in each.legs]
        if not self.model.can_book(all_legs):
            with pytest.raises(InsufficientFunds):
                self.do(book(world=self.world, transfers=transfers))
            return []
        posted = self.do(book(world=self.world, transfers=transfers))
        assert not any(each.replayed for each in posted.values())
        self.model.book(all_legs)
        return [posted[each.key].transfer_id for each in transfers]

    @rule(target=booked, into=WHERE, micros=MICROS, currency=CURRENCIES)
    def deposit(self, into: int, micros: int, currency: str) -> Any:
        transfer = self.wish(4, into if into < 4 else 0, micros, currency)
        (id_,) = self.try_to_book([transfer])
        return (transfer, id_)

    @rule(target=booked, source=WHERE, into=WHERE, micros=MICROS, currency=CURRENCIES)
    def transfer(self, source: int, into: int, micros: int, currency: str) -> Any:
        transfer = self.wish(source, into, micros, currency)
        return multiple(*((transfer, id_) for id_ in self.try_to_book([transfer])))

    @rule(
        target=booked,
        wishes=st.lists(st.tuples(WHERE, WHERE, st.integers(1, 50), CURRENCIES), max_size=8),
    )
    def batch(self, wishes: list[tuple[int, int, int, str]]) -> Any:
        transfers = [self.wish(*wish) for wish in wishes]
        return multiple(*zip(transfers, self.try_to_book(transfers), strict=False))

    @rule(earlier=booked)
    def replay(self, earlier: tuple[Transfer, UUID]) -> None:
        transfer, id_ = earlier
        posted = self.do(book(world=self.world, transfers=[transfer]))[transfer.key]
        assert (posted.transfer_id, posted.replayed) == (id_, True)

    @rule(earlier=booked)
    def misuse_a_key(self, earlier: tuple[Transfer, UUID]) -> None:
        other = replace(earlier[0], kind="test.other")
        with pytest.raises(LedgerKeyReused):
            self.do(book(world=self.world, transfers=[other]))

    @rule(target=booked, earlier=consumes(booked))
    def reverse(self, earlier: tuple[Transfer, UUID]) -> Any:
        transfer, id_ = earlier
        back = replace(
            transfer,
            key=str(self.world.new_id()),
            legs=tuple(Leg(leg.account, -leg.amount) for leg in transfer.legs),
            reverses=id_,
        )
        done = self.try_to_book([back])
        if not done:
            return multiple((transfer, id_))
        with pytest.raises(RuntimeError, match="ledger_reversed_once"):
            self.do(book(world=self.world, transfers=[replace(back, key=f"{back.key} again")]))
        return multiple((back, done[0]))

    @rule(target=placed, where=st.integers(0, 3), micros=st.integers(1, 600), hours=HOURS)
    def place(self, where: int, micros: int, hours: int) -> Any:
        place = (self.accounts[where], "EUR")
        hold = NewHold(
            account=place[0],
            amount=Money(micros, "EUR"),
            reason="test",
            key=str(self.world.new_id()),
            expires_at=self.world.later(timedelta(hours=hours)),
        )
        if self.model.available(place) < micros:
            with pytest.raises(InsufficientFunds):
                self.do(place_hold(world=self.world, hold=hold))
            return multiple()
        id_ = self.do(place_hold(world=self.world, hold=hold))
        self.model.holds[id_] = HeldMoney(place, micros, timedelta(hours=hours))
        assert self.do(place_hold(world=self.world, hold=hold)) == id_
        return id_

    @rule(hold_id=placed)
    def void(self, hold_id: UUID) -> None:
        hold = self.model.holds[hold_id]
        assert self.do(void_hold(hold_id=hold_id)) == hold.is_pending
        hold.is_pending = False

    @rule(target=booked, hold_id=placed, share=st.integers(1, 100), into=WHERE)
    def post(self, hold_id: UUID, share: int, into: int) -> Any:
        hold = self.model.holds[hold_id]
        source = self.accounts.index(hold.place[0])
        transfer = self.wish(source, into, max(1, hold.micros * share // 100), "EUR")
        done = self.do(post_hold(world=self.world, hold_id=hold_id, transfer=transfer))
        assert done == hold.is_pending
        if not done:
            return multiple()
        hold.is_pending = False
        self.model.book(list(transfer.legs))
        posted = self.do(book(world=self.world, transfers=[transfer]))[transfer.key]
        assert posted.replayed
        return (transfer, posted.transfer_id)

    @rule(hours=HOURS)
    def expire(self, hours: int) -> None:
        span = timedelta(hours=hours)
        while self.do(operations.expire_holds(now=self.world.later(span))):
            pass
        for hold in self.model.holds.values():
            hold.is_pending &= hold.expires_in > span

    @rule()
    def fold(self) -> None:
        self.do(operations.fold())

    @invariant()
    def agrees_with_the_model(self) -> None:
        if not hasattr(self, "model"):
            return
        for place in {(account, cur) for account in self.accounts for cur in ("EUR", "JPY")}:
            account, currency = place
            balance = self.do(queries.balance(account=account, currency=currency))
            free = self.do(queries.available(account=account, currency=currency))
            assert balance.micros == self.model.balance(place), place
            assert free.micros == self.model.available(place), place
        assert self.do(queries.audit()) == []


@pytest_asyncio.fixture
async def own_database(database: str, worker_id: str) -> AsyncIterator[str]:
    """Empty books: the audit after each step reads no other test's entries."""
    name = f"{PREFIX}_ledger_machine_{worker_id}"
    await clone_template(name)
    await close_pool()
    await open_pool(database_dsn(name), application_name="tests")
    yield name
    await close_pool()
    await open_pool(database, application_name="tests", size=20)


@pytest.mark.asyncio
@pytest.mark.timeout(7200 if CAMPAIGN else 120)
async def test_the_ledger_agrees_with_its_model(own_database: str) -> None:
    """Money is conserved, nobody is overdrawn, and every refusal is the one expected."""
    assert own_database
    Ledger.loop = asyncio.get_running_loop()
    await asyncio.to_thread(run_state_machine_as_test, Ledger, settings=SIZE)
