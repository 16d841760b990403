"""What one person brings as a bank's file counts only once a second person has confirmed it."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from domain.database import execute, fetch_value, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, SecondPersonNeeded
from domain.idempotency.rules import IdempotencyKey
from domain.members.operations import grant_role
from domain.members.rules import Role
from domain.payouts.provider import BatchObservation, FileReport, Observation, ObservedState
from domain.payouts.rules import PayoutState
from domain.provider_inbox import operations, queries
from domain.provider_inbox.operations import FileKnown, FileRead
from domain.provider_inbox.queries import FileRecord
from domain.provider_inbox.rules import FileOutcome, FileState
from domain.provider_news import LineKind, StatementLine
from tests.make.members import add_finance_member, add_worker
from tests.make.news import news_of, open_newsroom
from tests.make.payouts import (
    VAULT,
    House,
    attempts,
    eur,
    lose_jobs,
    money_of,
    payout,
    queued_jobs,
)
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@dataclass
class Desk:
    """Two people of finance, and a counter for files."""

    house: House
    instance_id: str
    ann: UUID
    bob: UUID

    async def brought(self, report: FileReport, *, by: UUID | None = None) -> FileRead:
        return await operations.read_file(
            instance_id=self.instance_id,
            name="status.xml",
            content=msgspec.json.encode(report),
            read_by=by or self.ann,
            news=news_of(self.house),
            vault=VAULT,
            clock=self.house.clock,
            new_id=self.house.world.new_id,
        )

    async def confirm(
        self, file_id: UUID, *, by: UUID | None = None, key: IdempotencyKey | None = None
    ) -> bool:
        done = await operations.confirm_file(
            file_id=file_id,
            member_id=by or self.bob,
            key=key or self.house.world.key(by or self.bob),
            now=self.house.world.now,
        )
        return done.replayed

    async def decline(self, file_id: UUID, *, by: UUID, note: str = "forged") -> None:
        await operations.decline_file(
            file_id=file_id, member_id=by, note=note, now=self.house.world.now
        )

    async def carry_out(self, file_id: UUID) -> None:
        await operations.apply_file(
            file_id=file_id,
            news=news_of(self.house),
            vault=VAULT,
            clock=self.house.clock,
            new_id=self.house.world.new_id,
        )

    async def record(self, file_id: UUID) -> FileRecord:
        return (await queries.files_by_id(ids=[file_id]))[file_id]

    def about(self, state: ObservedState, *refs: str, amount: str = "7.00") -> FileReport:
        items = tuple(Observation(item_ref=ref, state=state, amount=eur(amount)) for ref in refs)
        return FileReport(file_id=f"MSG-{self.house.world.new_id()}", items=items)


@pytest_asyncio.fixture
async def desk(world: World, tmp_path: Path) -> AsyncIterator[Desk]:
    instance_id = f"eyes-{zlib.crc32(world.name.encode())}"
    async with open_newsroom(world, tmp_path, instance_id=instance_id) as (house, _, _):
        try:
            ann, bob = await add_finance_member(world), await add_finance_member(world)
            yield Desk(house, instance_id, ann, bob)
        finally:
            async with transaction():
                await execute(
                    "delete from provider_statement_line where instance_id = $1", instance_id
                )


@pytest.mark.parametrize(
    "state", [ObservedState.PAID, ObservedState.FAILED, ObservedState.RETURNED]
)
async def test_one_person_alone_ends_no_payment(desk: Desk, state: ObservedState) -> None:
    """Anybody can write such a file: "failed" would pay a worker a second time."""
    payee, payout_id, _ = await desk.house.sent("slow")
    (attempt,) = await attempts(payout_id)

    read = await desk.brought(desk.about(state, attempt.item_ref))

    assert (read.state, read.changed) == (FileState.WAITING, 0)
    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
    await desk.carry_out(read.file_id)
    assert (await payout(payout_id)).state is PayoutState.PENDING

    await desk.confirm(read.file_id)
    assert await queued_jobs("provider_file_apply", str(read.file_id)) == 1
    await desk.carry_out(read.file_id)

    assert (await payout(payout_id)).state.value == state.value
    found = await desk.record(read.file_id)
    assert (found.state, found.read_by, found.decided_by) == (FileState.APPLIED, desk.ann, desk.bob)
    content = "select content from provider_file where id = $1"
    assert await fetch_value(content, read.file_id) is None


async def test_progress_counts_at_once(desk: Desk) -> None:
    """It moves no money, and nobody wants to sign for it every morning."""
    _, payout_id, _ = await desk.house.sent("slow")
    (attempt,) = await attempts(payout_id)

    read = await desk.brought(desk.about(ObservedState.ON_HOLD, attempt.item_ref))

    assert (read.state, read.changed) == (FileState.APPLIED, 1)
    assert (await payout(payout_id)).state is PayoutState.ON_HOLD


async def test_lines_wait_as_well(desk: Desk) -> None:
    """A forged statement would explain away what the true one shows."""
    world = desk.house.world
    line = StatementLine(
        line_id="1", booked_at=world.now, kind=LineKind.OTHER, amount=eur("5.00"), provider_ref="x"
    )
    count = "select count(*) from provider_statement_line where instance_id = $1"

    read = await desk.brought(FileReport(file_id="LINES", lines=(line,)))
    assert await fetch_value(count, desk.instance_id) == 0
    await desk.confirm(read.file_id)
    await desk.carry_out(read.file_id)
    await desk.carry_out(read.file_id)

    assert await fetch_value(count, desk.instance_id) == 1


async def test_the_second_person_sees_what_it_says_of_what_was_sent(desk: Desk) -> None:
    """Sums are of our own books: the file's claims are what is doubted."""
    ids = [(await desk.house.sent("slow", amount))[1] for amount in ("7.00", "4.00", "2.00")]
    refs = [(await attempts(each))[0].item_ref for each in ids]
    report = FileReport(
        file_id="SUMS",
        items=(
            Observation(item_ref=refs[0], state=ObservedState.PAID, amount=eur("7.00")),
            Observation(item_ref=refs[1], state=ObservedState.PAID, amount=eur("400.00")),
            Observation(item_ref=refs[2], state=ObservedState.RETURNED),
            Observation(item_ref="PZZNOBODYKNOWS1", state=ObservedState.PAID),
        ),
    )

    read = await desk.brought(report)
    found = await desk.record(read.file_id)

    assert read.unknown == ("PZZNOBODYKNOWS1",)
    assert found.outcomes == (
        FileOutcome(state=ObservedState.PAID, count=2, total=eur("11.00")),
        FileOutcome(state=ObservedState.RETURNED, count=1, total=eur("2.00")),
    )
    assert (found.unknown_count, found.differing_count, found.item_count) == (1, 1, 4)
    desk.house.wait(timedelta(minutes=1))
    newer = await desk.brought(desk.about(ObservedState.ON_HOLD, refs[0]))
    listed = [each.id for each in await queries.files(limit=10_000)]
    assert newer.state is FileState.APPLIED
    assert listed.index(read.file_id) < listed.index(newer.file_id)


async def test_a_whole_batch_counts_with_its_payments(desk: Desk) -> None:
    """One line "the file was refused" gives back all of it."""
    _, payout_id, _ = await desk.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    whole = BatchObservation(batch_ref=attempt.batch_ref, state=ObservedState.FAILED)

    read = await desk.brought(FileReport(file_id="WHOLE", batches=(whole,)))

    assert read.state is FileState.WAITING
    assert (await desk.record(read.file_id)).outcomes == (
        FileOutcome(state=ObservedState.FAILED, count=1, total=eur("7.00")),
    )


async def test_neither_who_brought_it_nor_who_is_paid_confirms(desk: Desk) -> None:
    """Four eyes are those of two people who gain nothing."""
    payee, payout_id, _ = await desk.house.sent("slow")
    await grant_role(member_id=payee.id, role=Role.FINANCE, now=desk.house.world.now)
    (attempt,) = await attempts(payout_id)
    report = desk.about(ObservedState.FAILED, attempt.item_ref)
    with pytest.raises(SecondPersonNeeded):
        await desk.brought(report, by=payee.id)
    read = await desk.brought(report)

    for by in (desk.ann, payee.id):
        with pytest.raises(SecondPersonNeeded):
            await desk.confirm(read.file_id, by=by)
    with pytest.raises(NotAllowed):
        await desk.confirm(read.file_id, by=await add_worker(desk.house.world))
    with pytest.raises(NotFound):
        await desk.confirm(desk.house.world.new_id())
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction():  # and the database says the same
            await execute(
                "update provider_file set state = 'confirmed', decided_by = read_by,"
                " decided_at = now(), due_at = now() where id = $1",
                read.file_id,
            )
    assert (await payout(payout_id)).state is PayoutState.PENDING


async def test_a_declined_file_leaves_room_for_the_true_one(desk: Desk) -> None:
    """A forged one under the bank's own name must not keep the true one out."""
    payee, payout_id, _ = await desk.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    forged = desk.about(ObservedState.FAILED, attempt.item_ref)
    true = FileReport(
        file_id=forged.file_id,
        items=(Observation(item_ref=attempt.item_ref, state=ObservedState.PAID),),
    )
    read = await desk.brought(forged)
    with pytest.raises(FileKnown):
        await desk.brought(forged, by=desk.bob)
    with pytest.raises(FileKnown):
        await desk.brought(true)
    with pytest.raises(InvalidInput):
        await desk.decline(read.file_id, by=desk.bob, note=" ")
    await desk.decline(read.file_id, by=desk.bob)
    for again in (desk.confirm(read.file_id), desk.decline(read.file_id, by=desk.ann)):
        with pytest.raises(InvalidTransition):
            await again
    await desk.carry_out(read.file_id)

    genuine = await desk.brought(true)
    await desk.confirm(genuine.file_id)
    await desk.carry_out(genuine.file_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert (await desk.record(read.file_id)).note == "forged"


async def test_confirming_twice_carries_out_once(desk: Desk) -> None:
    """The same key is answered; another one comes too late; two jobs book once."""
    payee, payout_id, _ = await desk.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    read = await desk.brought(desk.about(ObservedState.FAILED, attempt.item_ref))
    key = desk.house.world.key(desk.bob)

    assert [await desk.confirm(read.file_id, key=key) for _ in range(2)] == [False, True]
    with pytest.raises(InvalidTransition):
        await desk.confirm(read.file_id)
    await desk.carry_out(read.file_id)
    await desk.carry_out(read.file_id)

    assert await money_of(payee.id) == (eur("10.00"), eur("0"))


async def test_a_confirmed_file_survives_a_lost_job(desk: Desk) -> None:
    """Two people have decided: the sweep finds it, as often as it takes."""
    _, payout_id, _ = await desk.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    read = await desk.brought(desk.about(ObservedState.PAID, attempt.item_ref))
    await desk.confirm(read.file_id)

    async def jobs_after_a_sweep(waited: timedelta) -> int:
        """Of this file: the sweep is over those of other tests as well."""
        await lose_jobs("provider_file_apply", str(read.file_id))
        desk.house.wait(waited)
        await operations.recover_files(now=desk.house.world.now)
        return await queued_jobs("provider_file_apply", str(read.file_id))

    assert await jobs_after_a_sweep(timedelta(0)) == 0
    assert [await jobs_after_a_sweep(timedelta(minutes=6)) for _ in range(2)] == [1, 1]
    await desk.carry_out(read.file_id)

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await jobs_after_a_sweep(timedelta(minutes=6)) == 0


async def test_what_was_unclear_takes_two_people_again(desk: Desk) -> None:
    """And the first reading stays in the list, with the names under it."""
    _, payout_id, _ = await desk.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    whole = BatchObservation(
        batch_ref=attempt.batch_ref, state=ObservedState.PAID, total=eur("6.99")
    )
    report = FileReport(file_id="UNCLEAR", batches=(whole,))
    first = await desk.brought(report)
    await desk.confirm(first.file_id)
    await desk.carry_out(first.file_id)
    assert (await desk.record(first.file_id)).unclear_count == 1

    second = await desk.brought(report, by=desk.bob)

    assert (await desk.record(first.file_id)).state is FileState.SUPERSEDED
    with pytest.raises(SecondPersonNeeded):
        await desk.confirm(second.file_id, by=desk.bob)
    await desk.confirm(second.file_id, by=desk.ann)
