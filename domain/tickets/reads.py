"""Tickets as the member who asks and staff may read them; notes are for staff alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.reads import Entity, Listed, One, Ruled, columns
from domain.tickets.queries import IS_STAFF, VISIBLE, matters_of
from domain.tickets.rules import (
    NOTE_COUNT_MAX,
    TicketEvent,
    TicketSide,
    TicketState,
    available_events,
)


def transitions(
    state: str,
    is_own: bool,  # noqa: FBT001  # as the row has it
    resolved_at: datetime | None,
    now: datetime,
) -> list[TicketEvent]:
    side = TicketSide.MEMBER if is_own else TicketSide.STAFF
    return list(available_events(TicketState(state), side, resolved_at=resolved_at, now=now))


TICKET: Final = Entity(
    name="Ticket",
    source="from ticket t",
    row="t",
    visible=VISIBLE,
    fields={
        **columns("category", "state", "opened_at", "changed_at", "resolved_at"),
        "about_ids": Ruled(matters_of, ("{row}.about_kinds", "{row}.about_ids")),
        "member": One("Member", key="{row}.member_id"),
        "replies": Listed("TicketReply", to="{row}.ticket_id", order="{row}.position"),
        "notes": Listed(
            "TicketNote",
            to="{row}.ticket_id",
            order="{row}.noted_at desc, {row}.id desc",
            most=NOTE_COUNT_MAX,
        ),
        "available_transitions": Ruled(
            transitions,
            ("{row}.state", "{row}.member_id = {viewer}", "{row}.resolved_at", "{now}"),
        ),
    },
)
TICKET_REPLY: Final = Entity(
    name="TicketReply",
    source="from ticket_reply r",
    row="r",  # read below a ticket that the viewer was given
    fields=columns("position", "side", "text", "sent_at"),
)
TICKET_NOTE: Final = Entity(
    name="TicketNote",
    source="from ticket_note n",
    row="n",
    visible=IS_STAFF,
    fields=columns("text", "noted_at"),
)
ENTITIES: Final = (TICKET, TICKET_REPLY, TICKET_NOTE)
