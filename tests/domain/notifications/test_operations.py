"""From what happened to the inbox and the letter: once, to whom it concerns (P18, P19, P20)."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.assignments.rules.states import DISPUTE_TIME
from domain.database import execute, transaction
from domain.errors import InvalidInput, NotFound
from domain.events.rules import EventKind
from domain.invoices.operations import set_document_language
from domain.notifications import operations, queries
from domain.notifications.rules import Channel, MailState, Topic
from domain.paging import Page
from tests.make.campaigns import reject, rich_employer, running, submitted
from tests.make.members import add_worker, email_of, session_of
from tests.make.messages import write
from tests.make.notices import Postman, letters_asked_for, tell
from tests.make.payouts import VAULT
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def inbox(member: UUID) -> list[queries.NotificationRecord]:
    return await queries.inbox_of(member_id=member, page=Page(limit=50))


async def test_a_message_is_told_once_to_the_other_side(world: World) -> None:
    """P19: one message, one notification, however often the feed is read again."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await write(world, worker, await running(world, employer))
    await tell(world)
    async with transaction():  # as after a restore
        await execute("update notification_position set seq = 0, tx = '0'::xid8")
    await tell(world)

    (told,) = [each for each in await inbox(employer) if each.kind is EventKind.MESSAGE_SENT]
    assert await inbox(worker) == []
    assert (await letters_asked_for(employer)).count(told.id) == 1


async def test_a_rejection_says_until_when_it_can_be_contested(world: World) -> None:
    """Seven days from the decision (R12)."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await reject(world, employer, await submitted(world, worker, await running(world, employer)))
    await tell(world)
    (told,) = await inbox(worker)
    expected = (EventKind.ASSIGNMENT_REJECTED, world.now + DISPUTE_TIME)
    assert (told.kind, told.deadline_at) == expected


async def test_what_was_refused_is_not_mailed(world: World) -> None:
    """P20: no voluntary letter any more; the inbox has it, and a sign-in is told all the same."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await operations.choose_notifications(
        member_id=employer, payout_channel=Channel.BOTH, muted=[Topic.MESSAGES]
    )
    with pytest.raises(InvalidInput):
        await operations.choose_notifications(
            member_id=employer, payout_channel=Channel.BOTH, muted=[Topic.SECURITY]
        )
    await write(world, worker, await running(world, employer))
    await session_of(world, employer)
    await tell(world)

    by_kind = {each.kind: each.id for each in await inbox(employer)}
    letters = await letters_asked_for(employer)
    assert by_kind[EventKind.SESSION_BEGUN] in letters
    assert by_kind[EventKind.MESSAGE_SENT] not in letters


async def one_letter(world: World) -> tuple[UUID, UUID]:
    """A member who signed in, and the letter that tells of it."""
    member = await add_worker(world)
    await session_of(world, member)
    await tell(world)
    (letter,) = await letters_asked_for(member)
    return member, letter


async def test_a_letter_is_sent_once(world: World) -> None:
    """After a failure again, after a success never; in the member's language."""
    member, letter_id = await one_letter(world)
    await set_document_language(member_id=member, language="de")
    postman = Postman(failures=1)

    async def send() -> MailState | None:
        return await operations.mail_notification(
            notification_id=letter_id, mailer=postman, vault=VAULT, clock=lambda: world.now
        )

    with pytest.raises(ConnectionResetError):
        await send()
    assert [await send(), await send()] == [MailState.SENT, None]
    assert [key for key, _ in postman.sent] == [letter_id, letter_id]
    letter = postman.sent[-1][1]
    assert (letter.to, letter.language) == (email_of(member), "de")


async def test_nobody_reads_or_marks_what_is_anothers(world: World) -> None:
    """An id is not enough; one's own can be marked one by one or all at once."""
    member, told = await one_letter(world)
    stranger = await add_worker(world)
    assert await queries.notifications_by_id(ids=[told], viewer_id=stranger) == {}
    with pytest.raises(NotFound):
        await operations.read_notifications(
            member_id=stranger, notification_ids=[told], now=world.now
        )
    await operations.read_notifications(member_id=stranger, notification_ids=[], now=world.now)
    assert await queries.unread_counts(member_ids=[member]) == {member: 1}
    await operations.read_notifications(member_id=member, notification_ids=[told], now=world.now)
    assert await queries.unread_counts(member_ids=[member]) == {}
