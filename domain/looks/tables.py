"""Rows of looks at persons; migration 0089 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member


class StaffLook(Table, tablename="staff_look"):
    """Written before anything is shown. Append-only."""

    id = UUID(primary_key=True, default=None)
    staff_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    reason = Text(default=None, help_text="In the words of whoever looked; for staff alone.")
    looked_at = Timestamptz(default=None)
