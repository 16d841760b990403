"""Approved work that its employer contests for fraud: who is heard, and whose money it costs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from domain.assignments.rules import AssignmentState, Booking, fraud_paid_back
from domain.campaigns.rules import Price
from domain.database import fetch, fetch_value, transaction
from domain.disputes import operations, queries
from domain.disputes.reads import FRAUD_DISPUTABLE_UNTIL
from domain.disputes.rules import (
    FRAUD_TIME,
    DisputeKind,
    DisputeState,
    Ruling,
    fraud_disputable_until,
)
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.invoices import queries as documents
from domain.ledger import operations as ledger
from domain.ledger.queries import differences
from domain.ledger.rules import Account, AccountKind, is_balanced
from domain.members.rules import Role
from domain.money import Money
from tests.domain.disputes.test_operations import WORDS, Case
from tests.make.campaigns import approve, balance, rich_employer, running, submitted, usd
from tests.make.members import add_staff, add_worker
from tests.make.world import World

WHOLE = 50_000 + 5_000 + 950  # reward, fee and VAT of what tests sell
AMOUNTS = st.integers(0, 10**9)


class Fraud(Case):
    """One approved assignment, contested by its employer: the worker is who answers."""

    async def begin(self, worker: UUID | None = None) -> None:
        self.employer = await rich_employer(self.world)
        self.worker = worker or await add_worker(self.world)
        self.judges = [await add_staff(self.world, Role.STAFF) for _ in range(2)]
        self.campaign = await running(self.world, self.employer, places=[1], reward=self.reward)
        self.assignment = await submitted(self.world, self.worker, self.campaign)
        await approve(self.world, self.employer, self.assignment)
        self.before = await self.available()

    async def open(self, employer: UUID | None = None) -> UUID:
        self.id = await operations.open_fraud_dispute(
            employer_id=employer or self.employer,
            assignment_id=self.assignment,
            text=WORDS,
            new_id=self.world.new_id,
            now=self.world.now,
        )
        return self.id

    async def answer(self) -> None:
        await operations.answer_dispute(
            member_id=self.worker, dispute_id=self.id, text=WORDS, now=self.world.now
        )

    async def concede(self, employer: UUID | None = None) -> None:
        await super().concede(employer or self.worker)

    async def available(self) -> int:
        return await balance(AccountKind.EMPLOYER_AVAILABLE, self.employer)

    async def back(self) -> int:
        return await self.available() - self.before

    async def pay_out(self, micros: int) -> None:
        """As a payout takes it (E8); what becomes of it then is not the question here."""
        await take(self.world, self.worker, Money(micros, "USD"))

    async def state(self) -> tuple[DisputeState, Ruling | None]:
        record = await self.record()
        return record.state, record.ruling

    async def check(self) -> None:
        await super().check()
        stays = await fetch_value("select state from assignment where id = $1", self.assignment)
        assert stays == AssignmentState.APPROVED


async def take(world: World, worker: UUID, amount: Money) -> None:
    async with transaction():
        await ledger.place_hold(
            hold=ledger.NewHold(
                account=Account(AccountKind.WORKER_EARNINGS, worker),
                amount=amount,
                reason="on its way",
                key=f"test:{world.new_id()}",
            ),
            new_id=world.new_id,
            now=world.now,
        )


@pytest_asyncio.fixture
async def case(world: World) -> Fraud:
    made = Fraud(world)
    await made.begin()
    return made


@given(reward=AMOUNTS, fee=AMOUNTS, vat=AMOUNTS, part=st.floats(0, 1))
def test_whatever_is_taken_the_employer_gets_all_back(
    reward: int, fee: int, vat: int, part: float
) -> None:
    """E20 balances for each amount that the worker still has."""
    who = UUID(int=1)
    price = Price(*(Money(each, "USD") for each in (reward, fee, vat)))
    booking = Booking(
        assignment_id=who, campaign_id=who, employer_id=who, worker_id=who, price=price
    )
    taken = Money(int(reward * part), "USD")
    transfer = fraud_paid_back(booking, taken=taken, actor_id=None)
    assert is_balanced(transfer.legs)
    back = [leg for leg in transfer.legs if leg.account.kind is AccountKind.EMPLOYER_AVAILABLE]
    assert -sum(leg.amount.micros for leg in back) == reward + fee + vat


@pytest.mark.asyncio
async def test_the_worker_concedes_and_gives_it_back(case: Fraud) -> None:
    """E20 at once: the reward from the worker's earnings, our fee and its VAT from us."""
    await case.open()
    assert await case.earned() == 50_000
    await case.concede()
    assert await case.state() == (DisputeState.FINAL, Ruling.EMPLOYER)
    assert (await case.earned(), await case.back()) == (0, WHOLE)
    await case.check()


@pytest.mark.asyncio
async def test_nobody_concedes_our_money(case: Fraud) -> None:
    """Two who know each other: paid out, conceded, and the platform would pay. Staff look."""
    await case.pay_out(1)
    await case.open()
    await case.answer()
    await case.concede()
    assert await case.state() == (DisputeState.PANEL, None)
    assert (await case.earned(), await case.back()) == (50_000, 0)
    assert case.id in {each.id for each in await queries.dispute_queue(limit=500)}
    await case.check()


@pytest.mark.asyncio
async def test_silence_is_no_admission(case: Fraud) -> None:
    """After 72 hours staff take it up; and if they are late, it is at our cost alone."""
    await case.open()
    case.pass_time(hours=72)
    await case.tick()
    assert await case.state() == (DisputeState.PANEL, None)
    case.pass_time(days=6)
    await case.tick()
    case.pass_time(days=7)
    await case.tick()
    assert await case.state() == (DisputeState.FINAL, Ruling.PLATFORM)
    assert (await case.earned(), await case.back()) == (50_000, WHOLE)
    await case.check()


@pytest.mark.asyncio
@pytest.mark.parametrize("paid_out", [0, 20_000, 50_000])
async def test_staff_take_only_what_is_not_paid_out(case: Fraud, *, paid_out: int) -> None:
    """E20 by a final ruling: what is gone is our loss, and no debt of the worker."""
    await case.open()
    await case.answer()
    await case.escalate(case.employer)
    await case.rule(for_worker=False)
    if paid_out:
        await case.pay_out(paid_out)
    assert await case.back() == 0
    for member in (case.worker, case.employer):
        await case.accept(member)
    assert await case.state() == (DisputeState.FINAL, Ruling.EMPLOYER)
    assert (await case.earned(), await case.back()) == (paid_out, WHOLE)
    await case.check()


@pytest.mark.asyncio
async def test_who_did_no_fraud_keeps_everything(case: Fraud) -> None:
    """A ruling for the worker books nothing, also on appeal."""
    await case.open()
    await case.answer()
    await case.escalate()
    with pytest.raises(InvalidInput):
        await case.rule(percent=50)
    await case.rule(case.judges[0], for_worker=False)
    await case.appeal(case.worker)
    await case.rule(case.judges[1], for_worker=True)
    assert await case.state() == (DisputeState.FINAL, Ruling.WORKER)
    assert (await case.earned(), await case.back()) == (50_000, 0)
    await case.check()


@pytest.mark.asyncio
async def test_what_only_waits_to_be_payable_is_still_there(case: Fraud) -> None:
    """R21: a reward that is kept for some days is not paid out, and is given back whole."""
    async with transaction():
        await ledger.place_hold(
            hold=ledger.NewHold(
                account=Account(AccountKind.WORKER_EARNINGS, case.worker),
                amount=usd("0.05"),
                reason="maturity",
                key=f"maturity:{case.assignment}",
            ),
            new_id=case.world.new_id,
            now=case.world.now,
        )
    await case.open()
    await case.concede()
    assert await case.state() == (DisputeState.FINAL, Ruling.EMPLOYER)
    assert (await case.earned(), await case.back()) == (0, WHOLE)
    await case.check()


@pytest.mark.asyncio
async def test_only_approvals_of_thirty_days_and_once(case: Fraud) -> None:
    """R12: not too late, not by somebody else, not what was never approved, not a second time."""
    stranger = await rich_employer(case.world)
    for who in (stranger, case.worker):
        with pytest.raises(NotFound):
            await case.open(who)
    case.pass_time(days=30, seconds=1)
    with pytest.raises(InvalidTransition):
        await case.open()
    case.pass_time(seconds=-1)
    await case.open()
    with pytest.raises(NotFound):
        await case.concede(case.employer)
    with pytest.raises(InvalidTransition):
        await case.offer(case.employer, 50)
    await case.answer()
    with pytest.raises(InvalidTransition):
        await case.offer(case.worker, 50)
    await case.concede()
    with pytest.raises(InvalidTransition):
        await case.open()


@pytest.mark.asyncio
async def test_what_a_dispute_decided_is_not_contested_again(world: World) -> None:
    """A rejection that a ruling turned into an approval was looked at already."""
    rejected = Case(world)
    await rejected.begin()
    with pytest.raises(InvalidTransition):
        await open_fraud(rejected)
    await rejected.open()
    await rejected.concede()
    with pytest.raises(InvalidTransition):
        await open_fraud(rejected)


async def open_fraud(case: Case) -> UUID:
    return await operations.open_fraud_dispute(
        employer_id=case.employer,
        assignment_id=case.assignment,
        text=WORDS,
        new_id=case.world.new_id,
        now=case.world.now,
    )


@pytest.mark.asyncio
async def test_everybody_at_once_pays_back_once(case: Fraud) -> None:
    """The worker concedes five times while a payout takes the money five times."""
    await case.open()
    outcomes = await asyncio.gather(
        *(case.concede() for _ in range(5)),
        *(case.pay_out(50_000) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(each is None for each in outcomes) >= 1
    state, _ = await case.state()
    assert state in {DisputeState.FINAL, DisputeState.PANEL}
    assert (await case.earned(), await case.back()) in {(0, WHOLE), (50_000, 0)}
    await case.check()


@pytest.mark.asyncio
async def test_the_worker_is_told_and_the_audit_knows_it(case: Fraud) -> None:
    """Who has to answer hears of it; the booking is about something that exists."""
    await case.open()
    await case.concede()
    rows = await fetch("select kind from event where subject_id = $1 order by seq", case.id)
    assert [row["kind"] for row in rows] == ["dispute_awaiting_worker", "dispute_final"]
    assert (await case.record()).kind is DisputeKind.FRAUD
    about = "every transfer is about something that exists"
    wrong = await differences(checks={about: documents.CHECKS[about]})
    assert not [each for each in wrong if str(case.assignment) in str(each)]


@pytest.mark.asyncio
async def test_a_frontend_knows_until_when(case: Fraud) -> None:
    """The column that lists read says what the rule says, before and after it was contested."""
    column = FRAUD_DISPUTABLE_UNTIL.format(row="a")
    asked = f"select {column} from assignment a where a.id = $1"  # our own column
    decided = await fetch_value("select decided_at from assignment where id = $1", case.assignment)
    assert (
        await fetch_value(asked, case.assignment)
        == fraud_disputable_until(is_approved=True, decided_at=decided, is_disputed=False)
        == decided + FRAUD_TIME
    )
    await case.open()
    assert await fetch_value(asked, case.assignment) is None
    assert timedelta(days=30) == FRAUD_TIME
