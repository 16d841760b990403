"""Rows of law; migration 0027 creates them, loads the first, and lets only a confirmation in."""

from __future__ import annotations

from piccolo.columns import JSONB, Date, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member


class ReferenceRule(Table, tablename="reference_rule"):
    """What the law says from a day on. A correction is a row with a higher revision."""

    rule_kind = Text(primary_key=True, default=None, help_text="vat_rate, union_member and so on.")
    scope = Text(default=None, help_text="Country, form, box or dialect.")
    valid_from = Date(default=None)
    revision = Integer(default=None, help_text="The highest one counts.")
    valid_to = Date(null=True, default=None, help_text="The last day; null while it is valid.")
    value = JSONB(default=None)
    source = Text(default=None, help_text="Law, publication, page.")
    verified_on = Date(null=True, default=None, help_text="Null: nobody has checked the source.")
    confirmed_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="Who of finance accepted an unverified row.",
    )
    confirmed_at = Timestamptz(null=True, default=None)
    confirmed_note = Text(null=True, default=None, help_text="Why it was accepted.")
