"""Rows of messages; migration 0050 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Boolean, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.assignments.tables import Assignment
from domain.campaigns.tables import Campaign
from domain.members.tables import Member


class MessageThread(Table, tablename="message_thread"):
    """One per assignment; besides, one per campaign and worker."""

    id = UUID(primary_key=True, default=None)
    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    assignment_id = ForeignKey(
        Assignment,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        unique=True,
    )
    worker_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    employer_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    last_position = Integer(default=None, help_text="Of the newest message; from 1, no gaps.")


class MessageParty(Table, tablename="message_party"):
    """A thread as one of its two sees it."""

    thread_id = ForeignKey(
        MessageThread,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    last_at = Timestamptz(default=None, help_text="When the newest message was sent.")
    read_position = Integer(default=None, help_text="Up to here the member has read.")


class Message(Table, tablename="message"):
    """Append-only. Contact data never reaches it: it is masked before."""

    id = UUID(primary_key=True, default=None)
    thread_id = ForeignKey(
        MessageThread,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    position = Integer(default=None)
    author_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    subject = Text(null=True, default=None, help_text="Of a notice to past workers.")
    text = Text(default=None)
    masked = Array(base_column=Text(), default=None, help_text="Kinds of contact data it held.")
    sent_at = Timestamptz(default=None)


class MessageLink(Table, tablename="message_link"):
    """Where a message leads; append-only."""

    message_id = ForeignKey(
        Message,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    position = Integer(default=None)
    url = Text(default=None)
    host = Text(default=None)
    is_external = Boolean(default=None, help_text="Leads away from this deployment.")
