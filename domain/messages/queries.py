"""Reads of messages: for the two parties of a thread, and for staff while a dispute runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.contacts import ContactKind
from domain.database import fetch
from domain.links import Link
from domain.paging import Count, Listing, Page, count_rows, read_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRecord:
    """As the viewer, who is one of the two, sees it."""

    id: UUID
    campaign_id: UUID
    assignment_id: UUID | None
    worker_id: UUID
    employer_id: UUID
    last_message_at: datetime
    message_count: int
    unread_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message as staff see it: by which side, not by whom."""

    is_of_worker: bool
    text: str = field(repr=False)
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    id: UUID
    thread_id: UUID
    position: int
    author_id: UUID
    subject: str | None = field(repr=False)
    text: str = field(repr=False)
    masked: tuple[ContactKind, ...]
    sent_at: datetime


_THREAD: Final = """
    t.id, t.campaign_id, t.assignment_id, t.worker_id, t.employer_id, p.last_at,
    t.last_position, t.last_position - p.read_position as unread_count
"""
_THREADS_BY_ID: Final = f"""
    select {_THREAD} from message_thread t
    join message_party p on p.thread_id = t.id and p.member_id = $2
    where t.id = any($1)
"""  # noqa: S608  # our own column list
OF_MEMBER: Final = Listing(
    columns=_THREAD,
    source="from message_party p join message_thread t on t.id = p.thread_id"
    " where p.member_id = parent.id",
    orders={"last_message_at": ("p.last_at", "p.thread_id")},
    row="t",
)
_MESSAGE: Final = (
    "m.id, m.thread_id, m.position, m.author_id, m.subject, m.text, m.masked, m.sent_at"
)
OF_THREAD: Final = Listing(
    columns=_MESSAGE,
    source="from message m where m.thread_id = parent.id",
    orders={"position": ("m.position", "m.id")},
    row="m",
)
_MESSAGES_BY_ID: Final = f"""
    select {_MESSAGE} from message m
    join message_party p on p.thread_id = m.thread_id and p.member_id = $2
    where m.id = any($1)
"""  # noqa: S608  # our own column list
_LINKS: Final = """
    select message_id, url, host, is_external from message_link
    where message_id = any($1) order by message_id, position
"""
# Whoever asks has been found to be staff; a dispute that is over shows nothing any more.
_OF_DISPUTED: Final = """
    select t.assignment_id, m.author_id = t.worker_id as is_of_worker, m.text, m.sent_at
    from unnest($1::uuid[]) as wanted (assignment_id)
    join dispute d on d.assignment_id = wanted.assignment_id and d.state <> 'final'
    join message_thread t on t.assignment_id = wanted.assignment_id
    cross join lateral (
        select * from message where thread_id = t.id order by position desc limit $2
    ) m
    order by t.assignment_id, m.position
"""


async def threads_by_id(*, ids: Sequence[UUID], viewer_id: UUID) -> dict[UUID, ThreadRecord]:
    rows = await fetch(_THREADS_BY_ID, list(ids), viewer_id)
    return {row["id"]: _thread(row) for row in rows}


async def threads_of(*, member_id: UUID, page: Page) -> list[ThreadRecord]:
    """Where something was said last comes first."""
    found = await read_pages(OF_MEMBER, parent_ids=[member_id], page=page)
    return [_thread(row) for row in found[member_id]]


async def count_threads(*, parent_ids: Sequence[UUID]) -> dict[UUID, Count]:
    return await count_rows(OF_MEMBER, parent_ids=parent_ids)


async def messages_by_id(*, ids: Sequence[UUID], viewer_id: UUID) -> dict[UUID, MessageRecord]:
    rows = await fetch(_MESSAGES_BY_ID, list(ids), viewer_id)
    return {row["id"]: _message(row) for row in rows}


async def message_pages(
    *, thread_ids: Sequence[UUID], page: Page
) -> dict[UUID, list[MessageRecord]]:
    """Ask only for threads that the viewer was given. The newest message comes first."""
    found = await read_pages(OF_THREAD, parent_ids=thread_ids, page=page)
    return {thread_id: [_message(row) for row in rows] for thread_id, rows in found.items()}


async def count_messages(*, parent_ids: Sequence[UUID]) -> dict[UUID, Count]:
    return await count_rows(OF_THREAD, parent_ids=parent_ids)


async def links_of(*, message_ids: Sequence[UUID]) -> dict[UUID, list[Link]]:
    """Ask only for messages that the viewer was given."""
    found: dict[UUID, list[Link]] = {message_id: [] for message_id in message_ids}
    for row in await fetch(_LINKS, list(message_ids)):
        found[row["message_id"]].append(Link(row["url"], row["host"], row["is_external"]))
    return found


async def messages_in_dispute(
    *, assignment_ids: Sequence[UUID], limit: int
) -> dict[UUID, list[Said]]:
    """The newest of each, first one first. Ask for staff only."""
    found: dict[UUID, list[Said]] = {each: [] for each in assignment_ids}
    for row in await fetch(_OF_DISPUTED, list(assignment_ids), limit):
        said = Said(is_of_worker=row["is_of_worker"], text=row["text"], sent_at=row["sent_at"])
        found[row["assignment_id"]].append(said)
    return found


def _thread(row: Mapping[str, Any]) -> ThreadRecord:
    return ThreadRecord(
        id=row["id"],
        campaign_id=row["campaign_id"],
        assignment_id=row["assignment_id"],
        worker_id=row["worker_id"],
        employer_id=row["employer_id"],
        last_message_at=row["last_at"],
        message_count=row["last_position"],
        unread_count=row["unread_count"],
    )


def _message(row: Mapping[str, Any]) -> MessageRecord:
    return MessageRecord(
        id=row["id"],
        thread_id=row["thread_id"],
        position=row["position"],
        author_id=row["author_id"],
        subject=row["subject"],
        text=row["text"],
        masked=tuple(ContactKind(kind) for kind in row["masked"]),
        sent_at=row["sent_at"],
    )
