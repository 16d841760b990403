"""Rows of risk cases; migrations 0085 and 0086 create them."""

from __future__ import annotations

from piccolo.columns import UUID, Array, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.risk.rules import RiskMeasure, RiskState, SignalKind
from domain.suspensions.tables import Suspension


class RiskCase(Table, tablename="risk_case"):
    """One at a time per member; its state moves by `rules.MOVES` only."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    state = Text(default=None, choices=RiskState)
    score = Integer(default=None, help_text="0 to 100, when something was last found.")
    begun_at = Timestamptz(default=None)
    opened_at = Timestamptz(null=True, default=None, help_text="The score was high enough.")
    taken_at = Timestamptz(null=True, default=None)
    taken_by = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=True, default=None
    )
    decided_at = Timestamptz(null=True, default=None)
    decided_by = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=True, default=None
    )
    decision = Text(null=True, default=None, help_text="Why; read by the member if acted on.")
    measure = Text(null=True, default=None, choices=RiskMeasure)
    suspension_id = ForeignKey(
        Suspension,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
    )


class RiskSignal(Table, tablename="risk_signal"):
    """What was found of a member, and what it counted then. It goes with the member."""

    id = UUID(primary_key=True, default=None)
    case_id = ForeignKey(
        RiskCase, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    member_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    kind = Text(default=None, choices=SignalKind)
    about = Text(default=None, help_text="The same is not found twice.")
    points = Integer(default=None, help_text="As rated on that day.")
    other_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=True, default=None
    )
    assignment_ids = Array(base_column=UUID(), default=[], help_text="The work it is about.")
    found_at = Timestamptz(default=None)
