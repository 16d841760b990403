"""Everything that changes a ticket. What was said or noted is only ever added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.access.operations.limits import take
from domain.database import execute, fetch_row, in_transaction, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import NewId
from domain.members.queries import require_role
from domain.members.rules import Role
from domain.reads import Asking
from domain.texts import require_text
from domain.tickets.queries import sees_all, tickets_by_id
from domain.tickets.rules import (
    MATTER_COUNT_MAX,
    REPLY_COUNT_MAX,
    TEXT_LENGTH_MAX,
    Matter,
    TicketCategory,
    TicketEvent,
    TicketSide,
    TicketState,
    next_state,
    reply_limits,
    ticket_limits,
)

_INSERT: Final = """
    insert into ticket (id, member_id, category, state, about_kinds, about_ids, last_position,
                        opened_at, changed_at)
    values ($1, $2, $3, 'open', $4, $5, 1, $6, $6)
"""
_LOCK: Final = """
    select id, member_id, state, last_position, resolved_at from ticket where id = $1 for update
"""
_MOVE: Final = """
    update ticket set state = $2, changed_at = $3, last_position = $4,
                      resolved_at = $5, resolved_side = $6
    where id = $1
"""
_SAY: Final = """
    insert into ticket_reply (ticket_id, position, side, author_id, text, sent_at)
    values ($1, $2, $3, $4, $5, $6)
"""
_NOTE: Final = """
    insert into ticket_note (id, ticket_id, author_id, text, noted_at) values ($1, $2, $3, $4, $5)
"""


async def open_ticket(
    *,
    member_id: UUID,
    category: TicketCategory,
    text: str,
    matters: Sequence[tuple[Matter, UUID]],
    new_id: NewId,
    now: datetime,
) -> UUID:
    """About nothing that the member cannot see; contact data stays in the text, for staff have to
    read what somebody was asked for. Refuses with `InvalidInput`, `NotFound` or `TooManyAttempts`.
    """
    _require(text)
    about = tuple(dict.fromkeys(matters))
    if len(about) > MATTER_COUNT_MAX:
        raise InvalidInput(f"at most {MATTER_COUNT_MAX}", path=("about_ids",))
    await take(ticket_limits(member_id.hex))
    return await _open(
        member_id=member_id, category=category, text=text, about=about, new_id=new_id, now=now
    )


@one_transaction
async def _open(
    *,
    member_id: UUID,
    category: TicketCategory,
    text: str,
    about: Sequence[tuple[Matter, UUID]],
    new_id: NewId,
    now: datetime,
) -> UUID:
    if not await sees_all(matters=about, asking=Asking(member_id, None, now, own_host="")):
        raise NotFound("no such object, or none that you can see")
    ticket_id = new_id()
    kinds, keys = [each.value for each, _ in about], [key for _, key in about]
    await execute(_INSERT, ticket_id, member_id, category.value, kinds, keys, now)
    await execute(_SAY, ticket_id, 1, TicketSide.MEMBER.value, member_id, text.strip(), now)
    return ticket_id


async def reply_to_ticket(*, member_id: UUID, ticket_id: UUID, text: str, now: datetime) -> None:
    """The member's word; opens again what was resolved less than 30 days ago.

    Refuses with `InvalidInput`, `NotFound`, `InvalidTransition` or `TooManyAttempts`.
    """
    _require(text)
    await take(reply_limits(member_id.hex))
    await _reply(member_id=member_id, ticket_id=ticket_id, text=text, now=now)


@one_transaction
async def _reply(*, member_id: UUID, ticket_id: UUID, text: str, now: datetime) -> None:
    ticket = await _lock(ticket_id)
    if ticket["member_id"] != member_id:
        raise NotFound("no such ticket")
    await _say(ticket, TicketEvent.REPLY, TicketSide.MEMBER, member_id, text=text, now=now)


@one_transaction
async def answer_ticket(*, staff_id: UUID, ticket_id: UUID, text: str, now: datetime) -> None:
    """The word of staff, which the member is told of. Refuses with `InvalidInput`, `NotAllowed`,
    `NotFound`, `SecondPersonNeeded` or `InvalidTransition`.
    """
    _require(text)
    ticket = await _lock_for_staff(ticket_id, staff_id)
    await _say(ticket, TicketEvent.ANSWER, TicketSide.STAFF, staff_id, text=text, now=now)


@one_transaction
async def note_ticket(
    *, staff_id: UUID, ticket_id: UUID, text: str, new_id: NewId, now: datetime
) -> None:
    """Among staff: the member neither reads it nor is told. Refuses with `InvalidInput`,
    `NotAllowed`, `NotFound` or `SecondPersonNeeded`.
    """
    _require(text)
    ticket = await _lock_for_staff(ticket_id, staff_id)
    await execute(_NOTE, new_id(), ticket["id"], staff_id, text.strip(), now)


@one_transaction
async def resolve_ticket(*, actor_id: UUID, ticket_id: UUID, now: datetime) -> None:
    """By its member or by staff. Refuses with `NotFound` or `InvalidTransition`."""
    if not await tickets_by_id(ids=[ticket_id], viewer_id=actor_id):
        raise NotFound("no such ticket")
    ticket = await _lock(ticket_id)
    state = _moved(ticket, TicketEvent.RESOLVE, now)
    side = TicketSide.MEMBER if ticket["member_id"] == actor_id else TicketSide.STAFF
    await execute(_MOVE, ticket_id, state.value, now, ticket["last_position"], now, side.value)


async def _say(
    ticket: Mapping[str, Any],
    event: TicketEvent,
    side: TicketSide,
    author_id: UUID,
    *,
    text: str,
    now: datetime,
) -> None:
    """The ticket's row stays locked until the end, so positions have no gap."""
    state = _moved(ticket, event, now)
    position = ticket["last_position"] + 1
    if position > REPLY_COUNT_MAX:
        raise InvalidInput(f"at most {REPLY_COUNT_MAX} replies: open another", path=("text",))
    await execute(_MOVE, ticket["id"], state.value, now, position, None, None)
    await execute(_SAY, ticket["id"], position, side.value, author_id, text.strip(), now)


def _moved(ticket: Mapping[str, Any], event: TicketEvent, now: datetime) -> TicketState:
    state = TicketState(ticket["state"])
    target = next_state(state, event, resolved_at=ticket["resolved_at"], now=now)
    if target is None:
        raise InvalidTransition(subject="the ticket", state=state, event=event)
    return target


async def _lock(ticket_id: UUID) -> Mapping[str, Any]:
    row: Mapping[str, Any] | None = await fetch_row(_LOCK, ticket_id)
    if row is None:
        raise NotFound("no such ticket")
    return row


async def _lock_for_staff(ticket_id: UUID, staff_id: UUID) -> Mapping[str, Any]:
    await require_role(member_id=staff_id, role=Role.STAFF)
    ticket = await _lock(ticket_id)
    if ticket["member_id"] == staff_id:
        raise SecondPersonNeeded("somebody else answers your own ticket")
    return ticket


def _require(text: str) -> None:
    require_text(text, path="text", most=TEXT_LENGTH_MAX)


_FORGET: Final = {
    "ticket_reply": """
        delete from ticket_reply r using ticket t where t.id = r.ticket_id and t.member_id = $1
    """,
    "ticket_note": """
        delete from ticket_note n using ticket t where t.id = n.ticket_id and t.member_id = $1
    """,
    "ticket": "delete from ticket where member_id = $1",
}


async def forget_tickets(*, member_id: UUID) -> dict[str, int]:
    """Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {table: await execute(sql, member_id) for table, sql in _FORGET.items()}
