"""What happened; the triggers of migration 0009 write it."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Column, Text, Timestamptz
from piccolo.table import Table

from domain.events.rules import EventKind


class TransactionId(Column):
    """PostgreSQL's `xid8`, which Piccolo does not know."""

    @property
    def column_type(self) -> str:
        return "xid8"


class Event(Table):
    """Kept for `EVENTS_KEPT`; never edited."""

    seq = BigInt(primary_key=True, default=None)
    id = UUID(default=None, unique=True, help_text="The same in streams and webhooks.")
    tx = TransactionId(default=None, help_text="The transaction that wrote it.")
    kind = Text(default=None, choices=EventKind)
    subject_id = UUID(default=None, index=True, help_text="What changed.")
    campaign_id = UUID(null=True, default=None, help_text="The campaign it happened in.")
    member_id = UUID(null=True, default=None, help_text="Whose it is first of all.")
    employer_id = UUID(null=True, default=None, help_text="Who is concerned besides.")
    recorded_at = Timestamptz(default=None)
