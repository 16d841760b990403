"""Rows of analytics; migration 0094 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Boolean, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.analytics.rules import Purpose
from domain.events.rules import EventKind
from domain.events.tables import TransactionId
from domain.members.tables import Member


class AnalyticsChoice(Table, tablename="analytics_choice"):
    """Whether a member lets us count what is not essential. No row: they do not."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    is_allowed = Boolean(default=None)
    chosen_at = Timestamptz(default=None)


class AnalyticsSubject(Table, tablename="analytics_subject"):
    """A member's pseudonym for a purpose: the one way from a count to a person."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    purpose = Text(default=None, choices=Purpose)
    pseudonym = UUID(default=None, unique=True)


class AnalyticsEvent(Table, tablename="analytics_event"):
    """How often something happened to somebody on a day. It refers to nothing."""

    id = UUID(primary_key=True, default=None)
    pseudonym = UUID(default=None)
    purpose = Text(default=None, choices=Purpose)
    kind = Text(default=None, choices=EventKind)
    happened_at = Timestamptz(default=None, help_text="Midnight of the day, in UTC.")
    event_count = Integer(default=None)


class AnalyticsPosition(Table, tablename="analytics_position"):
    """How far the feed of events is counted; one row."""

    id = Integer(primary_key=True, default=None)
    tx = TransactionId(default=None)
    seq = BigInt(default=None)
