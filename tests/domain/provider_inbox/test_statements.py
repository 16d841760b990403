"""Every line of a provider's statement is booked here, and what is booked stands on it."""

from __future__ import annotations

import random
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from domain.database import execute, fetch, fetch_value, transaction
from domain.deposits import operations as deposit_operations
from domain.deposits.provider import DepositObservation, ObservedDeposit
from domain.errors import InvalidTransition, NotFound
from domain.money import Money
from domain.payouts.rules import AttemptState, PayoutState
from domain.provider import CallContext, NoAnswer
from domain.provider_inbox import operations, queries
from domain.provider_inbox.queries import DriftRecord, LineRecord
from domain.provider_inbox.rules import LINE_GRACE, LINES_LATE, Reason
from domain.provider_news import LineKind, StatementLine, StatementPage
from tests.make.members import add_employer, add_finance_member
from tests.make.news import CallingSandbox, ObedientDeposits, news_of, open_newsroom
from tests.make.payouts import House, attempts, eur, payout
from tests.make.world import World

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass
class Desk:
    """A house, its provider, and who compares the two; nobody calls us here."""

    house: House
    sandbox: CallingSandbox
    deposits: ObedientDeposits
    instance_id: str
    employer_id: UUID
    numbers: list[int] = field(default_factory=lambda: [0])

    def line(
        self, kind: LineKind, amount: Money, *, item_ref: str | None = None, **names: str
    ) -> StatementLine:
        self.numbers[0] += 1
        made = StatementLine(
            line_id=f"line {self.numbers[0]}",
            booked_at=self.house.world.now,
            kind=kind,
            amount=amount,
            item_ref=item_ref,
            **names,
        )
        self.sandbox.lines.append(made)
        return made

    async def paid(self, scenario: str = "ok", amount: str = "7.00") -> tuple[UUID, UUID]:
        """Payout and batch, paid and booked here; the statement does not say so yet."""
        _, payout_id, batch_id = await self.house.sent(scenario, amount)
        await self.house.look_up(batch_id, after=3 * SECOND)
        return payout_id, batch_id

    async def item_ref(self, payout_id: UUID) -> str:
        (attempt,) = await attempts(payout_id)
        return attempt.item_ref

    async def deposit(self, amount: str = "50.00", fee: str = "0.40") -> UUID:
        started = await deposit_operations.start_deposit(
            employer_id=self.employer_id,
            amount=eur(amount),
            return_url="",
            key=self.house.world.key(self.employer_id),
            providers=self.house.opened.deposits,
            new_id=self.house.world.new_id,
            now=self.house.world.now,
        )
        await deposit_operations.create_at_provider(
            deposit_id=started.deposit_id,
            providers=self.house.opened.deposits,
            clock=self.house.clock,
        )
        ref = await self.deposit_ref(started.deposit_id)
        self.deposits.seen[ref] = DepositObservation(
            state=ObservedDeposit.SETTLED, amount=eur(amount), fee=eur(fee)
        )
        await deposit_operations.look_up_deposit(
            deposit_id=started.deposit_id,
            providers=self.house.opened.deposits,
            clock=self.house.clock,
            new_id=self.house.world.new_id,
        )
        return started.deposit_id

    async def deposit_ref(self, deposit_id: UUID) -> str:
        return str(await fetch_value("select deposit_ref from deposit where id = $1", deposit_id))

    async def read(self, *, after: timedelta = LINES_LATE + SECOND) -> int:
        self.house.wait(after)
        return await operations.read_statement(
            instance_id=self.instance_id,
            news=news_of(self.house),
            clock=self.house.clock,
            new_id=self.house.world.new_id,
        )

    async def drift(self) -> list[DriftRecord]:
        today = self.house.world.now.date()
        found = await queries.drift(since=today - 400 * DAY, until=today + DAY, limit=1000)
        return [each for each in found if each.instance_id == self.instance_id]

    async def states(self) -> list[tuple[str, str | None]]:
        rows = await fetch(
            "select state, reason from provider_statement_line where instance_id = $1"
            " order by booked_at, line_id",
            self.instance_id,
        )
        return [(row["state"], row["reason"]) for row in rows]

    async def exceptions(self) -> list[LineRecord]:
        found = await queries.exceptions(limit=1000)
        return [each for each in found if each.instance_id == self.instance_id]

    async def audited(self) -> int:
        return len([each for each in await queries.audit() if self.instance_id in each.subject])


@pytest_asyncio.fixture
async def desk(world: World, tmp_path: Path) -> AsyncIterator[Desk]:
    # An instance of its own: others book at theirs without a statement.
    instance_id = f"stated-{zlib.crc32(world.name.encode())}"
    async with open_newsroom(world, tmp_path, instance_id=instance_id) as (
        house,
        sandbox,
        deposits,
    ):
        try:
            yield Desk(house, sandbox, deposits, instance_id, await add_employer(world))
        finally:
            async with transaction():
                await execute(
                    "delete from provider_statement_line where instance_id = $1", instance_id
                )
                await execute("delete from provider_cursor where instance_id = $1", instance_id)


async def test_what_agrees_is_matched(desk: Desk) -> None:
    """A payment, a payment that came back, a deposit with its fee; by our name or by theirs."""
    first, _ = await desk.paid()
    second, batch_id = await desk.paid("returned")
    deposit_id = await desk.deposit()
    ref = await desk.deposit_ref(deposit_id)
    desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=await desk.item_ref(first))
    desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=await desk.item_ref(second))
    desk.line(LineKind.DEPOSIT, eur("50.00"), deposit_ref=ref)
    desk.line(LineKind.FEE, eur("0") - eur("0.40"), provider_ref=f"obedient-{ref}")
    await desk.read()
    assert await desk.states() == [("matched", None)] * 4

    await desk.house.look_up(batch_id, after=timedelta(minutes=1))
    assert (await payout(second)).state is PayoutState.RETURNED
    desk.line(LineKind.RETURN, eur("7.00"), item_ref=await desk.item_ref(second))
    await desk.read()

    assert await desk.states() == [("matched", None)] * 5
    assert await desk.drift() == []


async def test_lines_and_cursor_go_together(desk: Desk) -> None:
    """Page by page, each once; what is read again is not here twice."""
    for _ in range(7):
        payout_id, _ = await desk.paid()
        desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=await desk.item_ref(payout_id))

    assert await desk.read() == 7
    assert await desk.read() == 0
    assert (
        await fetch_value(
            "select cursor from provider_cursor where instance_id = $1", desk.instance_id
        )
        == "7"
    )
    async with transaction():
        await execute(
            "update provider_cursor set cursor = '2' where instance_id = $1", desk.instance_id
        )
    assert await desk.read() == 0
    assert len(await desk.states()) == 7


async def test_a_reading_that_breaks_off_goes_on_next_time(desk: Desk) -> None:
    """What came before is kept, and nothing is called complete that is not."""
    for _ in range(5):
        payout_id, _ = await desk.paid()
        desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=await desk.item_ref(payout_id))
    original = desk.sandbox.statement

    async def broken(
        cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        async for page in original(cursor, until, context):
            yield page
            raise NoAnswer("gone")

    desk.sandbox.statement = broken  # type: ignore[method-assign]  # a provider that hangs up
    await desk.read()
    assert len(await desk.states()) == 3
    (found,) = [each for each in await queries.statements() if each.instance_id == desk.instance_id]
    assert found.read_until.year < 2000

    desk.sandbox.statement = original  # type: ignore[method-assign]
    assert await desk.read() == 2


async def test_a_payment_nobody_here_knows_of_is_for_people(desk: Desk) -> None:
    """The checks of the books alone cannot see it: they balance."""
    line = desk.line(LineKind.PAYOUT, eur("0") - eur("3.00"), item_ref="PZZNOBODYKNOWS0")
    await desk.read()

    (found,) = await desk.exceptions()
    assert (found.line_id, found.reason) == (line.line_id, Reason.UNKNOWN_REF)
    (drift,) = await desk.drift()
    assert drift.difference == eur("0") - eur("3.00")
    assert await desk.audited() == 1


async def test_a_doubled_payment_is_found(desk: Desk) -> None:
    """One of the two was meant; the other one is named."""
    payout_id, _ = await desk.paid()
    ref = await desk.item_ref(payout_id)
    for _ in range(2):
        desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=ref)
    await desk.read()

    assert sorted(await desk.states(), key=str) == [
        ("exception", "booked_twice"),
        ("matched", None),
    ]


async def test_a_doubled_payment_found_days_later(desk: Desk) -> None:
    """The first line has matched long ago."""
    payout_id, _ = await desk.paid()
    ref = await desk.item_ref(payout_id)
    desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=ref)
    await desk.read()
    desk.house.wait(5 * DAY)
    desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=ref)
    await desk.read()

    assert await desk.states() == [("matched", None), ("exception", "booked_twice")]


@pytest.mark.parametrize(
    ("kind", "amount", "reason"),
    [
        (LineKind.PAYOUT, Money(-7_010_000, "EUR"), Reason.AMOUNT_DIFFERS),
        (LineKind.PAYOUT, Money(-7_000_000, "USD"), Reason.AMOUNT_DIFFERS),
        (LineKind.PAYOUT, Money(7_000_000, "EUR"), Reason.AMOUNT_DIFFERS),
    ],
)
async def test_another_amount_is_found_at_once(
    desk: Desk, kind: LineKind, amount: Money, reason: Reason
) -> None:
    """No time will heal that."""
    payout_id, _ = await desk.paid()
    desk.line(kind, amount, item_ref=await desk.item_ref(payout_id))
    await desk.read()

    assert [each.reason for each in await desk.exceptions()] == [reason]


async def test_a_fee_that_is_not_booked_waits_and_is_found(desk: Desk) -> None:
    """Some providers tell their fee late: a look-up may still bring it."""
    payout_id, _ = await desk.paid()
    ref = await desk.item_ref(payout_id)
    desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=ref)
    desk.line(LineKind.FEE, eur("0") - eur("0.25"), item_ref=ref)
    await desk.read()
    assert await desk.states() == [("matched", None), ("waiting", "fee_differs")]
    assert await desk.drift() == []

    await desk.read(after=LINE_GRACE)
    assert [each.reason for each in await desk.exceptions()] == [Reason.FEE_DIFFERS]


async def test_a_line_ends_what_nobody_knew(desk: Desk) -> None:
    """UNKNOWN for hours, no webhook: the line asks for the look-up that settles it."""
    _, payout_id, batch_id = await desk.house.sent("timeout-sent")
    (attempt,) = await attempts(payout_id)
    assert attempt.state is AttemptState.UNKNOWN
    desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=attempt.item_ref)
    await desk.read()
    assert await desk.states() == [("waiting", "not_booked_here")]
    assert await fetch_value(
        "select count(*) from jobs.pgqueuer where dedupe_key like $1",
        f"payout_look_up:{batch_id}:%:heard",
    )

    await desk.house.look_up(batch_id)
    await desk.read()

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await desk.states() == [("matched", None)]


async def test_a_payment_that_failed_and_came_back_moved_nothing(desk: Desk) -> None:
    """Out and in again at the provider, neither of them booked here: no difference."""
    _, payout_id, batch_id = await desk.house.sent("fail")
    await desk.house.look_up(batch_id, after=3 * SECOND)
    assert (await payout(payout_id)).state is PayoutState.FAILED
    ref = await desk.item_ref(payout_id)
    desk.line(LineKind.PAYOUT, eur("0") - eur("7.00"), item_ref=ref)
    desk.house.wait(SECOND)
    desk.line(LineKind.RETURN, eur("7.00"), item_ref=ref)
    await desk.read()

    assert await desk.states() == [("matched", None)] * 2


async def test_a_batch_booked_as_one_line(desk: Desk) -> None:
    """Banks do that; its items then need no lines of their own."""
    first, second = await desk.house.payee(), await desk.house.payee()
    ids = [(await desk.house.request(each)).payout_id for each in (first, second)]
    batch_id = await desk.house.route(ids[0])
    await desk.house.send(batch_id)
    await desk.house.look_up(batch_id, after=3 * SECOND)
    assert {(await attempts(each))[0].batch_id for each in ids} == {batch_id}
    ref = await fetch_value("select batch_ref from payout_batch where id = $1", batch_id)
    desk.line(LineKind.PAYOUT, eur("0") - eur("14.00"), provider_ref=ref)
    await desk.read()

    assert await desk.states() == [("matched", None)]
    await desk.read(after=10 * DAY)
    assert await desk.drift() == []


async def test_what_never_stands_on_the_statement_is_found(desk: Desk) -> None:
    """We say paid, the provider booked nothing; found once the statement is long past it."""
    payout_id, _ = await desk.paid()
    deposit_id = await desk.deposit()
    await desk.read()
    assert await desk.drift() == []

    await desk.read(after=5 * DAY)

    (found,) = await desk.drift()
    assert (found.booking_count, found.line_count) == (2, 0)
    assert found.difference == eur("0") - (eur("49.60") - eur("7.00"))
    subjects = {each.subject for each in await queries.audit() if desk.instance_id in each.subject}
    assert any(str(payout_id) in each for each in subjects)
    assert any(str(deposit_id) in each for each in subjects)


async def test_people_explain_what_no_rule_does(desk: Desk) -> None:
    """Our own top-up: it books nothing, and is no difference any more."""
    desk.line(LineKind.TOP_UP, eur("1000.00"))
    await desk.read()
    (found,) = await desk.exceptions()
    assert found.reason is Reason.NO_REF
    by, now = await add_finance_member(desk.house.world), desk.house.world.now

    await operations.explain_line(
        line_id=found.id, note="our own transfer", explained_by=by, now=now
    )

    assert await desk.drift() == []
    assert await desk.read() == 0
    assert await desk.states() == [("explained", None)]
    with pytest.raises(InvalidTransition):
        await operations.explain_line(line_id=found.id, note="again", explained_by=by, now=now)
    with pytest.raises(NotFound):
        await operations.explain_line(
            line_id=desk.house.world.new_id(), note="x", explained_by=by, now=now
        )


async def test_thirty_days_without_a_false_difference_and_every_planted_one_found(
    desk: Desk,
) -> None:
    """Payments, returns, failures and deposits, told late and in bits; checked every day."""
    chance = random.Random(11)  # noqa: S311  # a test that repeats itself
    batches: list[tuple[UUID, UUID, bool]] = []
    for _day in range(30):
        for _ in range(chance.randrange(1, 4)):
            scenario = chance.choice(["ok", "ok", "returned", "fail"])
            payout_id, batch_id = await desk.paid(scenario, f"{chance.randrange(1, 9)}.50")
            batches.append((payout_id, batch_id, scenario == "returned"))
            if scenario != "fail":
                ref = await desk.item_ref(payout_id)
                amount = (await payout(payout_id)).amount
                desk.line(LineKind.PAYOUT, eur("0") - amount, item_ref=ref)
        if chance.random() < 0.5:
            ref = await desk.deposit_ref(await desk.deposit(f"{chance.randrange(20, 99)}.00"))
            desk.line(LineKind.DEPOSIT, desk.deposits.seen[ref].amount or eur("0"), deposit_ref=ref)
            desk.line(LineKind.FEE, eur("0") - eur("0.40"), deposit_ref=ref)
        for payout_id, batch_id, is_returned in batches[-3:]:
            if is_returned and (await payout(payout_id)).state is PayoutState.PAID:
                await desk.house.look_up(batch_id, after=timedelta(minutes=1))
                ref = await desk.item_ref(payout_id)
                desk.line(LineKind.RETURN, (await payout(payout_id)).amount, item_ref=ref)
        await desk.read(after=DAY)
        assert await desk.drift() == []
    assert await desk.audited() == 0

    planted = [
        desk.line(LineKind.PAYOUT, eur("0") - eur("1.00"), item_ref="PZZPLANTED00000"),
        desk.line(
            LineKind.FEE, eur("0") - eur("0.01"), item_ref=await desk.item_ref(batches[0][0])
        ),
        desk.line(LineKind.OTHER, eur("0") - eur("2.00")),
    ]
    paid = [each for each, _, _ in batches if (await payout(each)).state is PayoutState.PAID]
    ref = await desk.item_ref(paid[0])
    twice = replace((await payout(paid[0])).amount, micros=-(await payout(paid[0])).amount.micros)
    planted.append(desk.line(LineKind.PAYOUT, twice, item_ref=ref))
    unstated, _ = await desk.paid()
    await desk.read(after=DAY)
    await desk.read(after=5 * DAY)

    assert {each.line_id for each in await desk.exceptions()} == {each.line_id for each in planted}
    days = await desk.drift()
    assert sum(each.line_count for each in days) == 4
    assert sum(each.booking_count for each in days) == 1
    assert await desk.audited() == 5
    assert unstated is not None
