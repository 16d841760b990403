"""Webhooks, files, cursors and statement lines; migrations 0015 and 0022 create them."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.provider_inbox.rules import EventState, FileState, LineState, Reason
from domain.provider_news import LineKind


class ProviderEvent(Table, tablename="provider_event"):
    """A webhook that was proven genuine, once per `event_id`."""

    id = UUID(primary_key=True, default=None)
    instance_id = Text(default=None)
    event_id = Text(default=None, help_text="The provider's own.")
    route = Text(default=None)
    body_digest = Bytea(default=None, help_text="SHA-256 of the body.")
    body = Bytea(null=True, default=None, help_text="Sealed by the vault; forgotten after a while.")
    signed_at = Timestamptz(null=True, default=None)
    received_at = Timestamptz(default=None)
    state = Text(default=None, choices=EventState)
    event_type = Text(null=True, default=None)
    matched_ids = Array(base_column=UUID(), default=None, help_text="Batches and deposits.")
    try_count = Integer(default=None)
    handled_at = Timestamptz(null=True, default=None)
    due_at = Timestamptz(null=True, default=None, help_text="Of the next try.")


class ProviderEventRefused(Table, tablename="provider_event_refused"):
    """How often something came that nobody could prove."""

    id = UUID(primary_key=True, default=None)
    instance_id = Text(default=None)
    route = Text(default=None)
    refused_on = Date(default=None)
    refused_count = Integer(default=None)
    last_digest = Bytea(default=None, help_text="SHA-256 of the last body.")
    last_at = Timestamptz(default=None)


class ProviderCursor(Table, tablename="provider_cursor"):
    """How far an instance's statement has been read, written with its lines."""

    id = UUID(primary_key=True, default=None)
    instance_id = Text(default=None)
    kind = Text(default=None)
    cursor = Text(default=None, help_text="The provider's own; opaque.")
    read_until = Timestamptz(default=None, help_text="All that was booked before that is here.")
    read_at = Timestamptz(default=None)


class ProviderFile(Table, tablename="provider_file"):
    """A file that staff have brought; the same one is read once, and two people stand for it."""

    id = UUID(primary_key=True, default=None)
    instance_id = Text(default=None)
    file_id = Text(default=None, help_text="Its own name inside, or the digest of its bytes.")
    digest = Bytea(default=None, help_text="SHA-256 of its bytes.")
    name = Text(default=None, help_text="As staff called it.")
    byte_count = Integer(default=None)
    item_count = Integer(default=None)
    line_count = Integer(default=None)
    unclear_count = Integer(default=0, help_text="Batches for people; then it may come again.")
    read_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
        help_text="None at the command line.",
    )
    read_at = Timestamptz(default=None)
    state = Text(default=None, choices=FileState)
    needs_second = Boolean(default=False, help_text="It says more than progress.")
    content = Bytea(
        null=True, default=None, help_text="Sealed by the vault, until it is carried out."
    )
    outcomes = JSONB(default=None, help_text="What it says of payments, added up.")
    arrivals = JSONB(default="[]", help_text="What it says came to our account, added up.")
    unknown_count = Integer(default=0, help_text="References that nothing of ours has.")
    differing_count = Integer(default=0, help_text="Payments of another amount than was sent.")
    concerned_ids = Array(
        base_column=UUID(), default=None, help_text="Whose money it is about: they decide nothing."
    )
    decided_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
        help_text="Never who brought it, unless it was taken back.",
    )
    decided_at = Timestamptz(null=True, default=None)
    note = Text(null=True, default=None, help_text="Why it was declined.")
    due_at = Timestamptz(null=True, default=None, help_text="Of the next try to carry it out.")


class ProviderStatementLine(Table, tablename="provider_statement_line"):
    """One movement on our account at a provider, and whether our books know it."""

    id = UUID(primary_key=True, default=None)
    instance_id = Text(default=None)
    line_id = Text(default=None, help_text="The provider's own.")
    kind = Text(default=None, choices=LineKind)
    booked_at = Timestamptz(default=None)
    currency = Text(default=None)
    amount_micros = BigInt(default=None, help_text="What left us is below zero.")
    item_ref = Text(null=True, default=None)
    deposit_ref = Text(null=True, default=None)
    provider_ref = Text(null=True, default=None)
    raw_code = Text(default=None)
    received_at = Timestamptz(default=None)
    state = Text(default=None, choices=LineState)
    reason = Text(null=True, default=None, choices=Reason)
    subject_id = UUID(null=True, default=None, help_text="The attempt or deposit it is about.")
    settled_at = Timestamptz(
        null=True, default=None, help_text="When it matched, or was explained."
    )
    note = Text(null=True, default=None, help_text="Of whoever explained it.")
    explained_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
    )
