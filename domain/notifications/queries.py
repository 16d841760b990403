"""Reads of notifications, for the member they tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_row
from domain.events.rules import EventKind
from domain.filters import Column, Condition, Kind
from domain.notifications.rules import Channel, Choice, Topic
from domain.paging import Count, Listing, Page, count_rows, read_pages
from domain.retention import Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRecord:
    id: UUID
    kind: EventKind
    subject_id: UUID
    deadline_at: datetime | None
    created_at: datetime
    read_at: datetime | None


_COLUMNS: Final = "id, kind, subject_id, deadline_at, created_at, read_at"
INBOX: Final = Listing(
    columns=_COLUMNS,
    source="from notification where member_id = parent.id and is_in_inbox",
    orders={"created_at": ("created_at", "id")},
    filters={
        "kind": Column("kind"),
        "created_at": Column("created_at", Kind.INSTANT),
        "read_at": Column("read_at", Kind.INSTANT),
    },
    row="notification",
)
ENDED: Final = Ended(
    table="notification",
    ended_at="t.created_at",
    owner="t.member_id",
    is_over="t.mail_state not in ('wanted', 'sending')",  # its letter is not on its way
)
_BY_ID: Final = f"""
    select {_COLUMNS} from notification
    where id = any($1) and member_id = $2 and is_in_inbox
"""  # noqa: S608  # our own column list
_UNREAD: Final = """
    select member_id, count(*) as number from notification
    where member_id = any($1) and is_in_inbox and read_at is null group by member_id
"""
_CHOICE: Final = "select payout_channel, muted from notification_choice where member_id = $1"


async def notifications_by_id(
    *, ids: Sequence[UUID], viewer_id: UUID
) -> dict[UUID, NotificationRecord]:
    rows = await fetch(_BY_ID, list(ids), viewer_id)
    return {row["id"]: _notification(row) for row in rows}


async def inbox_of(
    *, member_id: UUID, page: Page, where: Condition | None = None
) -> list[NotificationRecord]:
    """Newest first."""
    found = await read_pages(INBOX, parent_ids=[member_id], page=page, where=where)
    return [_notification(row) for row in found[member_id]]


async def count_inbox(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    return await count_rows(INBOX, parent_ids=parent_ids, where=where)


async def unread_counts(*, member_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = await fetch(_UNREAD, list(member_ids))
    return {row["member_id"]: row["number"] for row in rows}


async def choice_of(*, member_id: UUID) -> Choice:
    row = await fetch_row(_CHOICE, member_id)
    return Choice() if row is None else choice_in(row)


def choice_in(row: Mapping[str, Any]) -> Choice:
    return Choice(
        payout_channel=Channel(row["payout_channel"]),
        muted=frozenset(Topic(each) for each in row["muted"]),
    )


def _notification(row: Mapping[str, Any]) -> NotificationRecord:
    return NotificationRecord(
        id=row["id"],
        kind=EventKind(row["kind"]),
        subject_id=row["subject_id"],
        deadline_at=row["deadline_at"],
        created_at=row["created_at"],
        read_at=row["read_at"],
    )
