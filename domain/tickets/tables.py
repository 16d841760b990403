"""Rows of tickets; migration 0095 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, Array, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.tickets.rules import TicketCategory, TicketSide, TicketState


class Ticket(Table, tablename="ticket"):
    """A member's question to staff."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    category = Text(default=None, choices=TicketCategory)
    state = Text(default=None, choices=TicketState)
    about_kinds = Array(base_column=Text(), default=None, help_text="A `Matter` per id.")
    about_ids = Array(
        base_column=UUID(default=None),
        default=None,
        help_text="What the member could see when it was opened.",
    )
    last_position = Integer(default=None, help_text="Of the newest reply; from 1, no gaps.")
    opened_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None, help_text="When somebody spoke or resolved it last.")
    resolved_at = Timestamptz(null=True, default=None)
    resolved_side = Text(null=True, default=None, choices=TicketSide)


class TicketReply(Table, tablename="ticket_reply"):
    """What the member and staff said; never edited, deleted when the member is erased."""

    ticket_id = ForeignKey(
        Ticket,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    position = Integer(default=None)
    side = Text(default=None, choices=TicketSide)
    author_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
        help_text="Of staff too; the member reads the side alone.",
    )
    text = Text(default=None)
    sent_at = Timestamptz(default=None)


class TicketNote(Table, tablename="ticket_note"):
    """What staff say among themselves."""

    id = UUID(primary_key=True, default=None)
    ticket_id = ForeignKey(
        Ticket,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    author_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    text = Text(default=None)
    noted_at = Timestamptz(default=None)
