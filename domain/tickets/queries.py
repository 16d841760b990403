"""Reads of tickets: for the member who asks, and for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.assignments.reads import ASSIGNMENT
from domain.campaigns.reads import CAMPAIGN
from domain.columns import Columns
from domain.database import fetch
from domain.deposits.reads import DEPOSIT
from domain.disputes.reads import DISPUTE
from domain.invoices.reads import DOCUMENT
from domain.paging import Count, Listing, Page, count_rows, read_pages
from domain.payouts.reads import PAYOUT
from domain.reads import Asking, ByKeys, Entity
from domain.tickets.rules import NOTE_COUNT_MAX, Matter, TicketCategory, TicketSide, TicketState


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecord:
    id: UUID
    member_id: UUID
    category: TicketCategory
    state: TicketState
    about: tuple[tuple[Matter, UUID], ...]
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReplyRecord:
    position: int
    side: TicketSide
    text: str = field(repr=False)
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNoteRecord:
    text: str = field(repr=False)
    noted_at: datetime


IS_STAFF: Final = """
    exists (select from member m where m.id = {viewer} and 'staff' = any(m.roles))
"""
VISIBLE: Final = f"({{row}}.member_id = {{viewer}} or {IS_STAFF})"
_COLUMNS: Final = """
    t.id, t.member_id, t.category, t.state, t.about_kinds, t.about_ids, t.opened_at,
    t.changed_at, t.resolved_at
"""
OF_MEMBER: Final = Listing(
    columns=_COLUMNS,
    source="from ticket t where t.member_id = parent.id",
    orders={"changed_at": ("t.changed_at", "t.id")},
    row="t",
)
_BY_ID: Final = f"""
    select {_COLUMNS} from ticket t
    where t.id = any($1) and {VISIBLE.format(row="t", viewer="$2")}
"""  # noqa: S608  # our own words
_QUEUE: Final = f"""
    select {_COLUMNS} from ticket t
    where t.state = $1 and ($2::text is null or t.category = $2)
      and ($3::uuid is null or t.about_ids @> array[$3])
    order by t.changed_at, t.id limit $4
"""  # noqa: S608  # our own column list
_REPLIES: Final = """
    select ticket_id, position, side, text, sent_at from ticket_reply
    where ticket_id = any($1) order by ticket_id, position
"""
_NOTES: Final = f"""
    select n.* from unnest($1::uuid[]) as parent (id)
    cross join lateral (
        select ticket_id, text, noted_at from ticket_note
        where ticket_id = parent.id and {IS_STAFF.format(viewer="$2")}
        order by noted_at desc, id desc limit $3
    ) n
"""  # noqa: S608  # our own words
_ENTITIES: Final[Mapping[Matter, Entity]] = {
    Matter.CAMPAIGN: CAMPAIGN,
    Matter.ASSIGNMENT: ASSIGNMENT,
    Matter.DEPOSIT: DEPOSIT,
    Matter.PAYOUT: PAYOUT,
    Matter.DISPUTE: DISPUTE,
    Matter.DOCUMENT: DOCUMENT,
}


async def tickets_by_id(*, ids: Sequence[UUID], viewer_id: UUID | None) -> dict[UUID, TicketRecord]:
    """Those of the viewer, and all of them for staff."""
    rows = await fetch(_BY_ID, list(ids), viewer_id)
    return {row["id"]: _ticket(row) for row in rows}


async def tickets_of(*, member_id: UUID, page: Page) -> list[TicketRecord]:
    """Where something was said last comes first."""
    found = await read_pages(OF_MEMBER, parent_ids=[member_id], page=page)
    return [_ticket(row) for row in found[member_id]]


async def count_tickets(*, parent_ids: Sequence[UUID]) -> dict[UUID, Count]:
    return await count_rows(OF_MEMBER, parent_ids=parent_ids)


async def ticket_queue(
    *,
    state: TicketState,
    category: TicketCategory | None,
    about_id: UUID | None,
    limit: int,
) -> list[TicketRecord]:
    """Who has waited longest comes first. Ask for staff only."""
    rows = await fetch(_QUEUE, state.value, category and category.value, about_id, limit)
    return [_ticket(row) for row in rows]


async def replies_of(*, ticket_ids: Sequence[UUID]) -> dict[UUID, list[TicketReplyRecord]]:
    """Ask only for tickets that the viewer was given; who of the staff spoke stays inside."""
    found: dict[UUID, list[TicketReplyRecord]] = {each: [] for each in ticket_ids}
    for row in await fetch(_REPLIES, list(ticket_ids)):
        found[row["ticket_id"]].append(
            TicketReplyRecord(
                position=row["position"],
                side=TicketSide(row["side"]),
                text=row["text"],
                sent_at=row["sent_at"],
            )
        )
    return found


async def notes_of(
    *, ticket_ids: Sequence[UUID], viewer_id: UUID | None
) -> dict[UUID, list[TicketNoteRecord]]:
    """Newest first; none for whoever is no staff."""
    found: dict[UUID, list[TicketNoteRecord]] = {each: [] for each in ticket_ids}
    for row in await fetch(_NOTES, list(ticket_ids), viewer_id, NOTE_COUNT_MAX):
        note = TicketNoteRecord(text=row["text"], noted_at=row["noted_at"])
        found[row["ticket_id"]].append(note)
    return found


async def sees_all(*, matters: Sequence[tuple[Matter, UUID]], asking: Asking) -> bool:
    """By the rule that each kind of object is read by."""
    for matter, entity in _ENTITIES.items():
        keys = {key.bytes for kind, key in matters if kind is matter}
        selected = Columns()
        selected.add_key(entity.key)
        (seen,) = await ByKeys(entity, selected).columns(keys, asking=asking)
        if len(seen) < len(keys):
            return False
    return True


def matters_of(kinds: Sequence[str], ids: Sequence[UUID]) -> tuple[tuple[Matter, UUID], ...]:
    return tuple((Matter(kind), key) for kind, key in zip(kinds, ids, strict=True))


def _ticket(row: Mapping[str, Any]) -> TicketRecord:
    return TicketRecord(
        id=row["id"],
        member_id=row["member_id"],
        category=TicketCategory(row["category"]),
        state=TicketState(row["state"]),
        about=matters_of(row["about_kinds"], row["about_ids"]),
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
        resolved_at=row["resolved_at"],
    )
