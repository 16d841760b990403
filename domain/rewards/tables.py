"""Rows of bonuses; migration 0049 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.assignments.tables import Assignment
from domain.campaigns.tables import Campaign
from domain.members.tables import Member
from domain.taxes.tables import VatDecided


class Bonus(Table, tablename="bonus"):
    """Paid on top for one assignment. Append-only: what was given is never taken back."""

    id = UUID(primary_key=True, default=None)
    assignment_id = ForeignKey(
        Assignment,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    employer_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    worker_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    currency = Text(default=None)
    amount_micros = BigInt(default=None, help_text="What the worker gets.")
    fee_micros = BigInt(default=None)
    vat_micros = BigInt(default=None, help_text="On the fee.")
    vat_decision_id = ForeignKey(
        VatDecided,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    reason = Text(default=None, help_text="The employer's words; the worker reads them.")
    sent_at = Timestamptz(default=None)
