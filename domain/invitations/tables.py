"""Rows of invitations; migration 0052 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.invitations.rules import InvitationState
from domain.members.tables import Member


class Invitation(Table, tablename="invitation"):
    """The address is there only while letters may still go to it."""

    id = UUID(primary_key=True, default=None)
    inviter_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    state = Text(default=None, choices=InvitationState)
    label = Text(null=True, default=None, help_text="What the member calls the friend.")
    is_silent = Boolean(
        default=None,
        help_text="No letter goes out: the friend is here, or wants none. The member is not told.",
    )
    address = Text(null=True, default=None)
    address_key = Text(null=True, default=None, help_text="The same for all its spellings.")
    address_hash = Bytea(default=None, help_text="HMAC; useless without the key of the vault.")
    token = Text(null=True, default=None, unique=True, help_text="Refuses all further letters.")
    letter_count = Integer(default=None)
    is_letter_due = Boolean(default=None, help_text="Decided on, and not sent yet.")
    created_at = Timestamptz(default=None)
    next_at = Timestamptz(null=True, default=None, help_text="When the clock acts.")
    ended_at = Timestamptz(null=True, default=None)


class InvitationSuppression(Table, tablename="invitation_suppression"):
    """Addresses that nobody can invite; append-only, and no address stands in it."""

    address_hash = Bytea(default=None, primary_key=True)
    since = Timestamptz(default=None)
