"""Money that a bank's statement brings: its deposit's, or nobody's until two people say whose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from domain.database import fetch, fetch_value
from domain.deposits import operations, queries
from domain.deposits.queries import ArrivalRecord, DepositRecord
from domain.deposits.rules import ArrivalState, Decision, DepositState
from domain.errors import SecondPersonNeeded
from domain.ledger import queries as balances
from domain.money import Money
from domain.provider_inbox import operations as inbox
from domain.provider_inbox import queries as inbox_queries
from domain.provider_inbox.rules import FileArrivals, FileState
from gateway.providers import PAYOUTS
from plugins.payments.bank.references import creditor_reference
from plugins.payments.bank.simulator import BankSimulator
from tests.make.bank import BANK, Counter, open_counter
from tests.make.ledger import available
from tests.make.members import add_employer, add_finance_member
from tests.make.news import news_of
from tests.make.payouts import VAULT, House, eur
from tests.make.world import World
from tests.plugins.bank.make import OUR_IBAN

pytestmark = pytest.mark.asyncio


@dataclass
class Desk:
    """An employer who pays by transfer, the bank, and staff between both."""

    house: House
    counter: Counter
    employer_id: UUID

    @property
    def bank(self) -> BankSimulator:
        return self.counter.bank

    async def started(self, amount: str = "100.00") -> DepositRecord:
        done = await operations.start_deposit(
            employer_id=self.employer_id,
            amount=eur(amount),
            return_url="",
            key=self.house.world.key(self.employer_id),
            providers=self.house.opened.deposits,
            new_id=self.house.world.new_id,
            now=self.house.world.now,
        )
        await operations.create_at_provider(
            deposit_id=done.deposit_id,
            providers=self.house.opened.deposits,
            clock=self.house.clock,
        )
        return await self.record(done.deposit_id)

    async def look_up(self, deposit_id: UUID) -> DepositRecord:
        await operations.look_up_deposit(
            deposit_id=deposit_id,
            providers=self.house.opened.deposits,
            clock=self.house.clock,
            new_id=self.house.world.new_id,
        )
        return await self.record(deposit_id)

    async def decide(self, deposit_id: UUID, decision: Decision) -> None:
        """Two people say the same."""
        for _ in range(2):
            await operations.decide_deposit(
                deposit_id=deposit_id,
                decision=decision,
                note="as the bank says",
                decided_by=await add_finance_member(self.house.world),
                new_id=self.house.world.new_id,
                now=self.house.world.now,
            )

    async def record(self, deposit_id: UUID) -> DepositRecord:
        return (await queries.deposits_by_id(ids=[deposit_id]))[deposit_id]

    async def money(self) -> Money:
        return await balances.available(account=available(self.employer_id), currency="EUR")

    async def differences(self) -> list[str]:
        """Of this employer's deposits, and of what waits for people."""
        own = await fetch("select id from deposit where employer_id = $1", self.employer_id)
        names = {*(str(row["id"]) for row in own), "unallocated"}
        found = await queries.audit()
        return [str(each) for each in found if any(name in str(each) for name in names)]

    def words(self, deposit: DepositRecord) -> str:
        return f"ref {creditor_reference(deposit.deposit_ref)}"

    def unique(self, text: str) -> str:
        """Other tests have the same bank."""
        return f"{text} of {self.employer_id}"

    async def statement(self) -> inbox.FileRead:
        return await self.counter.hand_in(self.bank.camt_053(account=OUR_IBAN))

    async def arrivals(self, words: str) -> list[ArrivalRecord]:
        rows = await fetch(
            "select id from deposit_arrival where position($1 in said) > 0 order by arrival_ref",
            words,
        )
        found = await queries.arrivals_by_id(ids=[row["id"] for row in rows])
        return [found[row["id"]] for row in rows]

    async def lines(self, words: str) -> list[Any]:
        refs = [each.arrival_ref for each in await self.arrivals(words)]
        rows = await fetch(
            "select state from provider_statement_line"
            " where instance_id = $1 and line_id = any($2)",
            BANK,
            refs,
        )
        return [row["state"] for row in rows]


@pytest_asyncio.fixture
async def desk(world: World, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_counter(world, tmp_path) as counter:
        desk = Desk(counter.house, counter, await add_employer(world))
        yield desk
        assert await desk.differences() == []


async def test_a_transfer_with_its_reference_settles_the_deposit(desk: Desk) -> None:
    """No person is asked whose it is; the same statement and the next one say nothing new."""
    deposit = await desk.started()
    assert deposit.instructions is not None and "100.00 EUR" in deposit.instructions
    desk.bank.receive("100.00", desk.words(deposit))

    await desk.statement()
    await desk.statement()

    done = await desk.record(deposit.id)
    assert (done.state, done.credited) == (DepositState.SETTLED, eur("100.00"))
    assert await desk.money() == eur("100.00")
    (arrival,) = await desk.arrivals(desk.words(deposit))
    assert (arrival.state, arrival.deposit_id) == (ArrivalState.COUNTED, deposit.id)
    assert await desk.lines(desk.words(deposit)) == ["matched"]


async def test_what_is_paid_in_parts_settles_with_the_last(desk: Desk) -> None:
    """Less is frozen; the rest ends it without people."""
    deposit = await desk.started()
    desk.bank.receive("60.00", desk.words(deposit))
    await desk.statement()
    between = (await desk.record(deposit.id)).state
    desk.bank.receive("40.00", desk.words(deposit))
    await desk.statement()

    assert between is DepositState.UNDERPAID
    assert (await desk.record(deposit.id)).state is DepositState.SETTLED
    assert await desk.money() == eur("100.00")


async def test_what_nobody_pays_ends_and_late_money_is_not_lost(desk: Desk) -> None:
    """Nobody can be asked, so silence counts at the end: until then a statement may still come."""
    deposit = await desk.started()
    assert deposit.expires_at == desk.house.world.now + timedelta(days=30)
    desk.house.wait(timedelta(days=31))
    between = (await desk.look_up(deposit.id)).state
    desk.house.wait(timedelta(days=4))
    expired = await desk.look_up(deposit.id)
    desk.bank.receive("100.00", desk.words(deposit))
    await desk.statement()
    late = await desk.record(deposit.id)

    assert between is DepositState.PENDING
    assert (expired.state, expired.failure) == (DepositState.EXPIRED, "NOT_PAID_IN_TIME")
    assert (late.state, late.arrived) == (DepositState.MISMATCHED, eur("100.00"))
    assert await desk.money() == eur("0")
    await desk.decide(deposit.id, Decision.CREDIT)
    assert (await desk.record(deposit.id)).state is DepositState.SETTLED
    assert await desk.money() == eur("100.00")


async def test_more_than_was_asked_waits_for_two(desk: Desk) -> None:
    """Nothing is booked before; then all that came is the employer's."""
    deposit = await desk.started()
    desk.bank.receive("100.01", desk.words(deposit))
    await desk.statement()
    between = (await desk.record(deposit.id)).state, await desk.money()
    await desk.decide(deposit.id, Decision.CREDIT)

    assert between == (DepositState.OVERPAID, eur("0"))
    assert await desk.money() == eur("100.01")


@pytest.mark.parametrize("words", ["invoice seven", "DZZ00000000000 or RF00DZZ00000000001"])
async def test_what_names_no_deposit_waits_for_two(desk: Desk, words: str) -> None:
    """It is on our books at once (E25), agrees with its line, and goes where two people say."""
    desk.bank.receive("12.50", desk.unique(words))
    await desk.statement()
    await desk.statement()

    (arrival,) = await desk.arrivals(desk.unique(words))
    assert (arrival.state, arrival.deposit_id) == (ArrivalState.UNALLOCATED, None)
    assert arrival.said.startswith("Ann Employer: ")
    assert await desk.lines(desk.unique(words)) == ["matched"]
    for _ in range(2):
        clerk = await add_finance_member(desk.house.world)
        await operations.allocate_arrival(
            arrival_id=arrival.id,
            target=ArrivalState.CREDITED,
            employer_id=desk.employer_id,
            note="the employer sent proof",
            decided_by=clerk,
            key=desk.house.world.key(clerk),
            new_id=desk.house.world.new_id,
            now=desk.house.world.now,
        )
    assert await desk.money() == eur("12.50")


async def test_what_comes_to_a_settled_deposit_waits_for_two(desk: Desk) -> None:
    """Paid twice by mistake: the second payment is not the employer's to spend yet."""
    deposit = await desk.started()
    desk.bank.receive("100.00", desk.words(deposit))
    await desk.statement()
    desk.bank.receive("100.00", desk.words(deposit))
    await desk.statement()

    states = [each.state for each in await desk.arrivals(desk.words(deposit))]
    assert states == [ArrivalState.COUNTED, ArrivalState.UNALLOCATED]
    assert await desk.money() == eur("100.00")
    assert await desk.lines(desk.words(deposit)) == ["matched"] * 2


async def test_two_people_stand_for_what_a_file_says_came(desk: Desk) -> None:
    """Anybody can write one; and nobody brings news of their own deposit."""
    world = desk.house.world
    ann, bob = await add_finance_member(world), await add_finance_member(world)
    deposit = await desk.started()
    desk.bank.receive("100.00", desk.words(deposit))
    desk.bank.receive("5.00", desk.unique("no reference"))
    content = desk.bank.camt_053(account=OUR_IBAN)

    read = await bring(desk, content, by=ann)
    waiting = (await desk.record(deposit.id)).state
    record = (await inbox_queries.files_by_id(ids=[read.file_id]))[read.file_id]
    await inbox.confirm_file(file_id=read.file_id, member_id=bob, key=world.key(bob), now=world.now)
    await inbox.apply_file(
        file_id=read.file_id,
        news=news_of(desk.house),
        vault=VAULT,
        clock=desk.house.clock,
        new_id=world.new_id,
    )

    assert (read.state, waiting) == (FileState.WAITING, DepositState.PENDING)
    assert record.arrivals == (FileArrivals(count=2, named_count=1, total=eur("105.00")),)
    assert (await desk.record(deposit.id)).state is DepositState.SETTLED


async def test_nobody_brings_news_of_their_own_deposit(desk: Desk) -> None:
    """Staff are employers too."""
    desk.employer_id = await add_finance_member(desk.house.world)
    deposit = await desk.started()
    desk.bank.receive("100.00", desk.words(deposit))

    with pytest.raises(SecondPersonNeeded):
        await bring(desk, desk.bank.camt_053(account=OUR_IBAN), by=desk.employer_id)


async def test_an_account_that_takes_no_deposits_is_offered_to_nobody(
    world: World, tmp_path: Path
) -> None:
    """What comes to it all the same is booked."""
    async with open_counter(world, tmp_path, ports=frozenset({PAYOUTS})) as counter:
        assert counter.house.opened.deposits.instances_for(currency="EUR") == []
        words = f"by mistake, {world.new_id()}"
        counter.bank.receive("3.00", words)
        await counter.hand_in(counter.bank.camt_053(account=OUR_IBAN))

    is_kept = "select count(*) from deposit_arrival where position($1 in said) > 0"
    assert await fetch_value(is_kept, words) == 1


async def bring(desk: Desk, content: bytes, *, by: UUID) -> inbox.FileRead:
    return await inbox.read_file(
        instance_id=BANK,
        name="camt.053",
        content=content,
        read_by=by,
        news=news_of(desk.house),
        vault=VAULT,
        clock=desk.house.clock,
        new_id=desk.house.world.new_id,
    )
