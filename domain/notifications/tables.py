"""Rows of notifications; migration 0051 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, Array, BigInt, Boolean, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.events.rules import EventKind
from domain.events.tables import TransactionId
from domain.members.tables import Member
from domain.notifications.rules import Channel, MailState


class NotificationPosition(Table, tablename="notification_position"):
    """The one row that says how far the feed has been told."""

    id = Integer(primary_key=True, default=None)
    tx = TransactionId(default=None)
    seq = BigInt(default=None)


class NotificationChoice(Table, tablename="notification_choice"):
    """What a member has chosen; without a row everything is told both ways."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    payout_channel = Text(default=None, choices=Channel)
    muted = Array(base_column=Text(), default=None, help_text="Topics without letters.")


class Notification(Table, tablename="notification"):
    """One event as it is told to one member."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    event_id = UUID(default=None)
    kind = Text(default=None, choices=EventKind)
    subject_id = UUID(default=None)
    is_in_inbox = Boolean(default=None)
    deadline_at = Timestamptz(null=True, default=None, help_text="When it will be too late.")
    created_at = Timestamptz(default=None)
    read_at = Timestamptz(null=True, default=None)
    mail_state = Text(default=None, choices=MailState)
    mail_ended_at = Timestamptz(null=True, default=None)
