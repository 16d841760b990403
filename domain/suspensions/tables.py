"""Rows of suspensions; migration 0084 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Date, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.rules import MemberState
from domain.members.tables import Member
from domain.suspensions.rules import SuspensionSource, SuspensionState


class Suspension(Table, tablename="suspension"):
    """One at a time per member; its state moves by `rules.MOVES` only."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    state = Text(default=None, choices=SuspensionState)
    source = Text(default=None, choices=SuspensionSource)
    grounds = Text(null=True, default=None, help_text="Of staff; a rule shows its counts.")
    assignment_ids = Array(base_column=UUID(), default=None, help_text="The evidence.")
    campaign_ids = Array(base_column=UUID(), default=None, help_text="The evidence.")
    gold_count = Integer(null=True, default=None, help_text="Control answers of the member.")
    gold_right_count = Integer(null=True, default=None)
    agreement_percent = Integer(null=True, default=None, help_text="With what others said.")
    member_state = Text(default=None, choices=MemberState, help_text="To come back to.")
    proposed_at = Timestamptz(default=None)
    proposed_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
    )
    due_at = Timestamptz(default=None, help_text="Then silence dismisses the proposal.")
    dismissed_at = Timestamptz(null=True, default=None)
    dismissed_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
    )
    dismissal = Text(null=True, default=None, help_text="What the member is told.")
    appealed_at = Timestamptz(null=True, default=None)
    appeal = Text(null=True, default=None, help_text="In the member's words.")
    ruled_at = Timestamptz(null=True, default=None)
    ruled_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
    )
    ruling = Text(null=True, default=None, help_text="Why an appeal was decided so.")
    ended_at = Timestamptz(null=True, default=None, help_text="The member is as free as before.")


class SuspensionDecision(Table, tablename="suspension_decision"):
    """What a person decided. Append-only, and nothing of it can be left out."""

    suspension_id = ForeignKey(
        Suspension,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    decided_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    decided_at = Timestamptz(default=None)
    reasons = Text(default=None)
    assignment_ids = Array(base_column=UUID(), default=None, help_text="The work it is about.")
    campaign_ids = Array(base_column=UUID(), default=None, help_text="As above.")
    from_on = Date(default=None, help_text="When what happened began.")
    to_on = Date(default=None)
    ends_at = Timestamptz(default=None)
