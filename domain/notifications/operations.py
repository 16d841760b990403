"""From the feed to inboxes and letters; what members choose and have read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments.rules.states import DISPUTE_TIME
from domain.database import (
    execute,
    fetch,
    fetch_row,
    fetch_value,
    in_transaction,
    one_transaction,
    transaction,
)
from domain.errors import InvalidInput, NotFound
from domain.events.queries import EventRecord, events_after, newest_position
from domain.events.rules import EventKind, EventPosition
from domain.given import Clock, NewId, Vault
from domain.jobs import JobRequest, enqueue
from domain.members import queries as members
from domain.notifications.queries import choice_in
from domain.notifications.rules import (
    NOTIFIED,
    OPTIONAL,
    Channel,
    Choice,
    Letter,
    MailState,
    NoticeMailer,
    Topic,
    recipients,
    told,
)
from domain.payouts import queries as payouts
from domain.payouts.operations import confirmation_code

READ_COUNT_MAX: Final = 100
DEFAULT_LANGUAGE: Final = "en"

_POSITION: Final = "select tx::text as tx, seq from notification_position for update skip locked"
_MOVE: Final = "update notification_position set tx = $1::text::xid8, seq = $2"
_AUTHORS: Final = "select id, author_id from message where id = any($1)"
_CHOICES: Final = """
    select member_id, payout_channel, muted from notification_choice where member_id = any($1)
"""
# What a member must know with the news: until when something can still be done.
_DEADLINES: Final = """
    select id, case state when 'rejected' then decided_at + $2::interval
                          when 'revision_requested' then deadline_at end as deadline_at
    from assignment where id = any($1)
    union all select id, due_at from dispute where id = any($1)
    union all select id, due_at from panel_seat where id = any($1)
    union all select id, effective_at from policy_version where id = any($1)
    union all select id, due_at from suspension where id = any($1) and state = 'human_review'
"""
_INSERT: Final = """
    insert into notification (id, member_id, event_id, kind, subject_id, is_in_inbox,
                              deadline_at, mail_state, created_at)
    select *, $9 from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[],
                             $6::boolean[], $7::timestamptz[], $8::text[])
    on conflict (event_id, member_id) do nothing
    returning id, mail_state
"""
_READ: Final = """
    update notification set read_at = $3
    where id = any($1) and member_id = $2 and is_in_inbox and read_at is null
"""
_READ_ALL: Final = """
    update notification set read_at = $2
    where member_id = $1 and is_in_inbox and read_at is null
"""
_OWN: Final = """
    select count(*) from notification where id = any($1) and member_id = $2 and is_in_inbox
"""
_CHOOSE: Final = """
    insert into notification_choice (member_id, payout_channel, muted) values ($1, $2, $3)
    on conflict (member_id) do update
    set payout_channel = excluded.payout_channel, muted = excluded.muted
"""
_BEGIN: Final = """
    update notification set mail_state = 'sending'
    where id = $1 and mail_state in ('wanted', 'sending')
    returning member_id, kind, subject_id, deadline_at
"""
_END: Final = "update notification set mail_state = $2, mail_ended_at = $3 where id = $1"
_LANGUAGE: Final = "select language from document_preference where member_id = $1"


@one_transaction
async def tell_events(*, limit: int, new_id: NewId, now: datetime) -> int:
    """Make notifications of what is new in the feed; tells how many events there were.

    The position, the notifications and the jobs of their letters move together: no event is left
    out, none is told twice.
    """
    row = await fetch_row(_POSITION)
    if row is None:
        return 0  # somebody else is at it
    at = EventPosition(int(row["tx"]), row["seq"])
    newest = await newest_position()
    if at.tx > newest.tx:  # restored into a server that counts its transactions from the start
        await execute(_MOVE, str(newest.tx), newest.seq)
        at = newest
    events = await events_after(at=at, limit=limit)
    if events:
        await _tell([each for each in events if each.kind in NOTIFIED], new_id=new_id, now=now)
        last = events[-1].position
        await execute(_MOVE, str(last.tx), last.seq)
    return len(events)


async def _tell(events: Sequence[EventRecord], *, new_id: NewId, now: datetime) -> None:
    subjects = [each.subject_id for each in events]
    written = [each.subject_id for each in events if each.kind is EventKind.MESSAGE_SENT]
    authors = {row["id"]: row["author_id"] for row in await fetch(_AUTHORS, written)}
    whole = [
        (event, member_id)
        for event in events
        for member_id in recipients(
            event.kind,
            member_id=event.member_id,
            employer_id=event.employer_id,
            actor_id=authors.get(event.subject_id),
        )
    ]
    if not whole:
        return
    deadlines = {
        row["id"]: row["deadline_at"] for row in await fetch(_DEADLINES, subjects, DISPUTE_TIME)
    }
    rows = await fetch(_CHOICES, [member_id for _, member_id in whole])
    choices = {row["member_id"]: choice_in(row) for row in rows}
    ways = [told(event.kind, choices.get(member_id, Choice())) for event, member_id in whole]
    made = await fetch(
        _INSERT,
        [new_id() for _ in whole],
        [member_id for _, member_id in whole],
        [event.id for event, _ in whole],
        [event.kind.value for event, _ in whole],
        [event.subject_id for event, _ in whole],
        [way.is_in_inbox for way in ways],
        [deadlines.get(event.subject_id) for event, _ in whole],
        [(MailState.WANTED if way.is_mailed else MailState.UNWANTED).value for way in ways],
        now,
    )
    await enqueue([_mail_job(row["id"]) for row in made if row["mail_state"] == MailState.WANTED])


async def mail_notification(
    *, notification_id: UUID, mailer: NoticeMailer, vault: Vault, clock: Clock
) -> MailState | None:
    """None when it is done already. What the mailer raises, the job tries again.

    The intent is committed first. Who crashes between the mail server's yes and our note sends it
    again under the same Message-ID, so that a mailbox keeps one.
    """
    async with transaction():
        row = await fetch_row(_BEGIN, notification_id)
    if row is None:
        return None
    member_id = row["member_id"]
    person = (await members.persons_by_id(ids=[member_id])).get(member_id)
    if person is None:  # erased on request: there is nobody to write to
        return await _end(notification_id, MailState.NOBODY, now=clock())
    letter = Letter(
        kind=EventKind(row["kind"]),
        deadline_at=row["deadline_at"],
        to=person.email,
        language=await fetch_value(_LANGUAGE, member_id) or DEFAULT_LANGUAGE,
        code=await _code_of(EventKind(row["kind"]), row["subject_id"], vault=vault),
    )
    await mailer.send(letter, notification_id=notification_id)
    return await _end(notification_id, MailState.SENT, now=clock())


async def _code_of(kind: EventKind, subject_id: UUID, *, vault: Vault) -> str | None:
    """None where there is nothing to confirm."""
    if kind is not EventKind.DESTINATION_ADDED:
        return None
    found = await payouts.destinations_by_id(ids=[subject_id])
    if subject_id not in found or found[subject_id].confirmed_at is not None:
        return None
    return confirmation_code(destination_id=subject_id, vault=vault)


@one_transaction
async def read_notifications(
    *, member_id: UUID, notification_ids: Sequence[UUID], now: datetime
) -> None:
    """Without ids all of them. Refuses with `InvalidInput` or `NotFound`."""
    if not notification_ids:
        await execute(_READ_ALL, member_id, now)
        return
    ids = sorted(set(notification_ids))
    if len(ids) > READ_COUNT_MAX:
        message = f"at most {READ_COUNT_MAX} at once"
        raise InvalidInput(message, path=("notification_ids",))
    if await fetch_value(_OWN, ids, member_id) < len(ids):
        raise NotFound("no such notification")
    await execute(_READ, ids, member_id, now)


@one_transaction
async def choose_notifications(
    *, member_id: UUID, payout_channel: Channel, muted: Sequence[Topic]
) -> None:
    """For events that are told from now on. Refuses with `InvalidInput`."""
    if not set(muted) <= OPTIONAL:
        raise InvalidInput("this is always told", path=("muted_topics",))
    await execute(_CHOOSE, member_id, payout_channel.value, sorted(set(muted)))


async def _end(notification_id: UUID, state: MailState, *, now: datetime) -> MailState:
    async with transaction():
        await execute(_END, notification_id, state.value, now)
    return state


def _mail_job(notification_id: UUID) -> JobRequest:
    return JobRequest(
        name="notification_mail",
        arguments={"notification_id": str(notification_id)},
        once_key=str(notification_id),
    )


_FORGET: Final = {
    "notification": "delete from notification where member_id = $1",
    "notification_choice": "delete from notification_choice where member_id = $1",
}


async def forget_notifications(*, member_id: UUID) -> dict[str, int]:
    """Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {table: await execute(sql, member_id) for table, sql in _FORGET.items()}
