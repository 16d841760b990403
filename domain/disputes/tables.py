"""Rows of disputes; migration 0033 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.assignments.tables import Assignment
from domain.disputes.rules import DisputeKind, DisputeParty, DisputeState, Ruling
from domain.members.tables import Member


class Dispute(Table, tablename="dispute"):
    """One per assignment at most; its state moves by the tables of `rules` only."""

    id = UUID(primary_key=True, default=None)
    assignment_id = ForeignKey(
        Assignment,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
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
    kind = Text(default=None, choices=DisputeKind)
    state = Text(default=None, choices=DisputeState)
    opened_at = Timestamptz(default=None)
    due_at = Timestamptz(null=True, default=None, help_text="Then the clock moves it.")
    ruling = Text(null=True, default=None, choices=Ruling)
    percent = Integer(null=True, default=None, help_text="The worker's share, by a split.")
    worker_offer = Integer(null=True, default=None, help_text="The share the worker agrees to.")
    employer_offer = Integer(null=True, default=None, help_text="That of the employer.")
    worker_offer_count = Integer(default=0)
    employer_offer_count = Integer(default=0)
    ruled_by = UUID(null=True, default=None, help_text="Empty when nobody had to decide.")
    ruled_at = Timestamptz(null=True, default=None)
    worker_accepts = Boolean(default=None)
    employer_accepts = Boolean(default=None)
    final_at = Timestamptz(null=True, default=None)
    panel_until = Timestamptz(
        null=True, default=None, help_text="As long as a panel sits; then staff decide alone."
    )


class PanelSeat(Table, tablename="panel_seat"):
    """A reviewer who is asked, and what they say. Open until it has an end; a vote ends it too."""

    id = UUID(primary_key=True, default=None)
    dispute_id = ForeignKey(
        Dispute,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    reviewer_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    seated_at = Timestamptz(default=None)
    due_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
    ruling = Text(null=True, default=None, choices=Ruling)
    percent = Integer(null=True, default=None)
    text = Text(null=True, default=None)


class DisputeStep(Table, tablename="dispute_step"):
    """The record: appended to, never changed, each line hashed with all before it."""

    dispute_id = ForeignKey(
        Dispute,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    position = Integer(default=None, help_text="From 1, without a gap.")
    event = Text(default=None)
    party = Text(default=None, choices=DisputeParty)
    actor_id = UUID(null=True, default=None, help_text="Shown to staff alone.")
    text = Text(null=True, default=None)
    ruling = Text(null=True, default=None, choices=Ruling)
    percent = Integer(null=True, default=None)
    at = Timestamptz(default=None)
    hash = Bytea(default=None)
