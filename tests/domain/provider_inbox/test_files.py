"""A file that staff bring counts as a look-up, once."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from domain.database import execute, fetch_value, transaction
from domain.errors import InvalidInput, NotFound, SecondPersonNeeded
from domain.members.operations import grant_role
from domain.members.rules import Role
from domain.money import Money
from domain.payouts.provider import BatchObservation, FileReport, Observation, ObservedState
from domain.payouts.rules import PayoutState
from domain.provider_inbox import operations
from domain.provider_inbox.operations import FileKnown, FileRead, FileUnreadable
from domain.provider_inbox.rules import FileState
from domain.provider_news import LineKind, StatementLine
from tests.make.members import add_finance_member
from tests.make.news import news_of, open_newsroom
from tests.make.payouts import VAULT, House, attempts, eur, money_of, payout
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@dataclass
class Counter:
    """Where staff hand files in."""

    house: House
    instance_id: str

    async def hand_in(
        self,
        report: FileReport | bytes,
        *,
        instance_id: str = "",
        name: str = "status.xml",
        by: UUID | None = None,
    ) -> FileRead:
        content = report if isinstance(report, bytes) else msgspec.json.encode(report)
        return await operations.read_file(
            instance_id=instance_id or self.instance_id,
            name=name,
            content=content,
            read_by=by,
            news=news_of(self.house),
            vault=VAULT,
            clock=self.house.clock,
            new_id=self.house.world.new_id,
        )


@pytest_asyncio.fixture
async def counter(world: World, tmp_path: Path) -> AsyncIterator[Counter]:
    instance_id = f"files-{zlib.crc32(world.name.encode())}"
    async with open_newsroom(world, tmp_path, instance_id=instance_id) as (house, _, _):
        try:
            yield Counter(house, instance_id)
        finally:
            async with transaction():
                await execute(
                    "delete from provider_statement_line where instance_id = $1", instance_id
                )


async def test_what_it_says_of_payments_is_booked(counter: Counter) -> None:
    """Per payment, and its lines are held against the books at once."""
    payee, payout_id, _ = await counter.house.sent("slow")
    other, failed_id, _ = await counter.house.sent("slow")
    refs = [(await attempts(each))[0].item_ref for each in (payout_id, failed_id)]
    now = counter.house.world.now
    line = StatementLine(
        line_id="1",
        booked_at=now,
        kind=LineKind.PAYOUT,
        amount=Money(-7_000_000, "EUR"),
        item_ref=refs[0],
    )

    read = await counter.hand_in(
        FileReport(
            file_id="MSG-1",
            items=(
                Observation(item_ref=refs[0], state=ObservedState.PAID, amount=eur("7.00")),
                Observation(item_ref=refs[1], state=ObservedState.FAILED, provider_code="AC04"),
                Observation(item_ref="PZZNOBODYKNOWS1", state=ObservedState.PAID),
            ),
            lines=(line,),
        )
    )

    assert (read.changed, read.lines, read.unknown) == (2, 1, ("PZZNOBODYKNOWS1",))
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert (await payout(failed_id)).state is PayoutState.FAILED
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert await money_of(other.id) == (eur("10.00"), eur("0"))
    state = await fetch_value(
        "select state from provider_statement_line where instance_id = $1", counter.instance_id
    )
    assert state == "matched"


async def test_the_same_bytes_are_refused(counter: Counter) -> None:
    """And the same file under other bytes: banks deliver twice with another time stamp."""
    _, payout_id, _ = await counter.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    report = FileReport(
        file_id="MSG-2", items=(Observation(item_ref=attempt.item_ref, state=ObservedState.PAID),)
    )
    await counter.hand_in(report)

    with pytest.raises(FileKnown):
        await counter.hand_in(report)
    with pytest.raises(FileKnown):
        await counter.hand_in(FileReport(file_id="MSG-2"))
    await counter.hand_in(FileReport(file_id="MSG-3"))


async def test_what_nobody_can_read_leaves_nothing(counter: Counter) -> None:
    """It can be handed in again, for instance to a newer version of the plugin."""
    for content in (b"", b"no json", b"{}"):
        with pytest.raises(FileUnreadable):
            await counter.hand_in(content)
    with pytest.raises(NotFound):
        await counter.hand_in(FileReport(file_id="x"), instance_id="nobody")

    assert not await fetch_value(
        "select count(*) from provider_file where instance_id = $1", counter.instance_id
    )


async def test_one_payment_may_be_named_twice(counter: Counter) -> None:
    """Paid on Monday, back on Tuesday, both in the week's file: in this order."""
    payee, payout_id, _ = await counter.house.sent("slow")
    (attempt,) = await attempts(payout_id)

    read = await counter.hand_in(
        FileReport(
            file_id="WEEK",
            items=(
                Observation(item_ref=attempt.item_ref, state=ObservedState.PAID),
                Observation(item_ref=attempt.item_ref, state=ObservedState.RETURNED),
            ),
        )
    )

    assert read.changed == 2
    assert (await payout(payout_id)).state is PayoutState.RETURNED
    assert (await money_of(payee.id))[0] == eur("10.00")


@pytest.mark.parametrize(
    ("count", "total", "is_clear"),
    [(2, "14.00", True), (None, "14.00", True), (3, "14.00", False), (2, "13.99", False)],
)
async def test_a_batch_booked_as_a_whole_is_believed_when_it_fits(
    counter: Counter, count: int | None, total: str, *, is_clear: bool
) -> None:
    """As many and as much as is open; else people look, and nothing is guessed."""
    ids = [(await counter.house.request(await counter.house.payee())).payout_id for _ in range(2)]
    batch_id = await counter.house.route(ids[0])
    await counter.house.send(batch_id)
    ref = (await attempts(ids[0]))[0].batch_ref

    read = await counter.hand_in(
        FileReport(
            file_id=f"BOOKED-{count}-{total}",
            batches=(
                BatchObservation(
                    batch_ref=ref, state=ObservedState.PAID, count=count, total=eur(total)
                ),
            ),
        )
    )

    assert read.unclear == (() if is_clear else (ref,))
    states = {(await payout(each)).state for each in ids}
    assert (states == {PayoutState.PAID}) is is_clear


async def test_a_late_look_up_changes_nothing_after_a_file(counter: Counter) -> None:
    """The same state again is no news, wherever it comes from."""
    payee, payout_id, batch_id = await counter.house.sent("ok")
    (attempt,) = await attempts(payout_id)
    await counter.hand_in(
        FileReport(
            file_id="EARLY",
            items=(Observation(item_ref=attempt.item_ref, state=ObservedState.PAID),),
        )
    )
    await counter.house.look_up(batch_id, after=timedelta(seconds=5))

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))


@pytest.mark.parametrize("of", ["the item", "its batch"])
async def test_nobody_brings_news_of_what_they_are_paid(counter: Counter, of: str) -> None:
    """A file that anybody can write would give the money back to whoever brings it."""
    payee, payout_id, _ = await counter.house.sent("slow")
    await grant_role(member_id=payee.id, role=Role.FINANCE, now=counter.house.world.now)
    (attempt,) = await attempts(payout_id)
    state, is_whole = ObservedState.FAILED, of == "its batch"
    report = FileReport(
        file_id=f"OWN-{is_whole}",
        items=() if is_whole else (Observation(item_ref=attempt.item_ref, state=state),),
        batches=(BatchObservation(batch_ref=attempt.batch_ref, state=state),) if is_whole else (),
    )

    with pytest.raises(SecondPersonNeeded):
        await counter.hand_in(report, by=payee.id)
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))

    other = await add_finance_member(counter.house.world)
    assert (await counter.hand_in(report, by=other)).state is FileState.WAITING


async def test_a_name_that_cannot_be_kept_is_refused_before_anything_is(counter: Counter) -> None:
    """Else the payments would have moved, and nobody could see by which file."""
    _, payout_id, _ = await counter.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    report = FileReport(
        file_id="NAME", items=(Observation(item_ref=attempt.item_ref, state=ObservedState.PAID),)
    )

    with pytest.raises(InvalidInput):
        await counter.hand_in(report, name="status\0.xml")

    assert (await payout(payout_id)).state is PayoutState.PENDING
