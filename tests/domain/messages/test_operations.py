"""Who writes to whom, who reads it, and that nothing that was said goes away (P45, P26, P19)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.access.operations.limits import TooManyAttempts, take
from domain.contacts import ContactKind
from domain.database import execute, fetch, transaction
from domain.disputes import operations as disputes
from domain.errors import InvalidInput, NotFound
from domain.messages import operations, queries
from domain.messages.rules import message_limits
from domain.paging import Page
from tests.make.campaigns import draft, reject, rich_employer, running, submitted
from tests.make.members import add_worker
from tests.make.messages import words, write
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def send(world: World, author: UUID, *, text: str = "A question.", **about: UUID) -> UUID:
    return await operations.send_message(
        author_id=author, words=words(text), new_id=world.new_id, now=world.now, **about
    )


async def inbox(member: UUID) -> list[queries.ThreadRecord]:
    return await queries.threads_of(member_id=member, page=Page(limit=10))


async def test_worker_and_employer_write_about_an_assignment(world: World) -> None:
    """P45: one thread, two parties, each with a mark of what they have read."""
    employer, worker = await rich_employer(world), await add_worker(world)
    assignment = await submitted(world, worker, await running(world, employer))
    first = await send(world, worker, assignment_id=assignment)
    answer = await send(world, employer, assignment_id=assignment)

    (mine,), (theirs,) = await inbox(worker), await inbox(employer)
    assert mine.id == theirs.id and mine.assignment_id == assignment
    assert (mine.message_count, mine.unread_count, theirs.unread_count) == (2, 1, 0)
    assert await operations.mark_read(member_id=worker, message_id=answer) == mine.id
    assert await operations.mark_read(member_id=worker, message_id=first) == mine.id
    (mine,) = await inbox(worker)
    assert mine.unread_count == 0
    pages = await queries.message_pages(thread_ids=[mine.id], page=Page(limit=10))
    assert [each.id for each in pages[mine.id]] == [answer, first]


async def test_a_third_party_neither_reads_nor_writes(world: World) -> None:
    """P45: an id that somebody got hold of opens nothing."""
    employer, worker = await rich_employer(world), await add_worker(world)
    stranger, other_employer = await add_worker(world), await rich_employer(world)
    assignment = await submitted(world, worker, await running(world, employer))
    message = await send(world, worker, assignment_id=assignment)
    (thread,) = await inbox(worker)

    for each in (stranger, other_employer):
        assert await queries.messages_by_id(ids=[message], viewer_id=each) == {}
        assert await queries.threads_by_id(ids=[thread.id], viewer_id=each) == {}
        with pytest.raises(NotFound):
            await send(world, each, assignment_id=assignment)
        with pytest.raises(NotFound):
            await send(world, each, thread_id=thread.id)
        with pytest.raises(NotFound):
            await operations.mark_read(member_id=each, message_id=message)
        with pytest.raises(NotFound):
            await send(world, each, campaign_id=await draft(world, employer))


async def test_a_campaign_has_one_thread_per_worker(world: World) -> None:
    """An employer begins none with somebody who never worked there and never wrote."""
    employer, worker, other = (
        await rich_employer(world),
        await add_worker(world),
        await add_worker(world),
    )
    campaign = await running(world, employer)
    with pytest.raises(InvalidInput):
        await send(world, employer, campaign_id=campaign, worker_id=worker)
    with pytest.raises(InvalidInput):
        await send(world, employer, campaign_id=campaign)
    await asyncio.gather(*(write(world, worker, campaign) for _ in range(3)))
    await write(world, other, campaign)
    await send(world, employer, campaign_id=campaign, worker_id=worker)

    (thread,) = await inbox(worker)
    assert thread.message_count == 4 and len(await inbox(employer)) == 2


async def test_what_was_said_stays(world: World) -> None:
    """P26: neither changed nor deleted, not even by SQL."""
    campaign = await running(world, await rich_employer(world))
    message = await write(world, await add_worker(world), campaign, text="https://example.org")
    for change in (
        "update message set text = 'x' where id = $1",
        "delete from message where id = $1",
        "delete from message_link where message_id = $1",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with transaction():
                await execute(change, message)


async def test_contact_data_never_reaches_a_table(world: World) -> None:
    """P3: masked before it is stored, and the author is told by an event."""
    worker = await add_worker(world)
    campaign = await running(world, await rich_employer(world))
    message = await write(world, worker, campaign, text="I am ann@example.org, call +491711234567")
    found = (await queries.messages_by_id(ids=[message], viewer_id=worker))[message]
    assert found.text == "I am •••, call •••"
    assert found.masked == (ContactKind.EMAIL, ContactKind.PHONE)
    rows = await fetch(
        "select kind, member_id, employer_id from event where subject_id = $1 order by seq", message
    )
    assert [row["kind"] for row in rows] == ["message_sent", "message_masked"]
    assert (rows[1]["member_id"], rows[1]["employer_id"]) == (worker, None)


async def test_one_event_per_message(world: World) -> None:
    """P19: what notifies, notifies once."""
    message = await write(
        world, await add_worker(world), await running(world, await rich_employer(world))
    )
    rows = await fetch("select kind from event where subject_id = $1", message)
    assert [row["kind"] for row in rows] == ["message_sent"]


async def test_a_notice_reaches_past_workers_alone(world: World) -> None:
    """R28: up to 100, each in a thread of their own; one wrong name and nobody gets it."""
    employer, worker, stranger = (
        await rich_employer(world),
        await add_worker(world),
        await add_worker(world),
    )
    campaign = await running(world, employer)
    await submitted(world, worker, campaign)

    async def notice(author: UUID, *workers: UUID) -> int:
        return await operations.send_notice(
            employer_id=author,
            campaign_id=campaign,
            worker_ids=workers,
            words=words("More to do.", "News"),
            new_id=world.new_id,
            now=world.now,
        )

    for wrong in ((worker, stranger), (), tuple(world.new_id() for _ in range(101))):
        with pytest.raises(InvalidInput):
            await notice(employer, *wrong)
    with pytest.raises(NotFound):
        await notice(await rich_employer(world), worker)
    assert await inbox(worker) == []
    assert await notice(employer, worker, worker) == 1
    (thread,) = await inbox(worker)
    assert (thread.message_count, thread.assignment_id) == (1, None)


async def test_staff_read_only_while_a_dispute_runs(world: World) -> None:
    """As words of the two sides, without their ids; before and after, nothing."""
    employer, worker = await rich_employer(world), await add_worker(world)
    assignment = await submitted(world, worker, await running(world, employer))
    await send(world, worker, text="Why?", assignment_id=assignment)
    await send(world, employer, text="Because.", assignment_id=assignment)
    await reject(world, employer, assignment)

    async def read() -> list[tuple[bool, str]]:
        found = await queries.messages_in_dispute(assignment_ids=[assignment], limit=50)
        return [(each.is_of_worker, each.text) for each in found[assignment]]

    assert await read() == []
    dispute = await disputes.open_dispute(
        worker_id=worker,
        assignment_id=assignment,
        text="I did what clause one asks for.",
        new_id=world.new_id,
        now=world.now,
    )
    assert await read() == [(True, "Why?"), (False, "Because.")]
    await disputes.concede_dispute(
        member_id=employer,
        dispute_id=dispute,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now + timedelta(hours=1),
    )
    assert await read() == []


async def test_nobody_floods(world: World) -> None:
    """Sixty at once; then the sender has to wait."""
    worker = await add_worker(world)
    campaign = await running(world, await rich_employer(world))
    limits = message_limits(worker.hex)
    for _ in range(limits[0].capacity):
        await take(limits)
    with pytest.raises(TooManyAttempts):
        await write(world, worker, campaign)
