"""Rows of consents to sources, and of what they gave; migration 0090 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.supplements.rules import DataSource


class SourceConsent(Table, tablename="source_consent"):
    """From when to when a member agreed to a source; without a row they do not."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    source = Text(default=None, choices=DataSource)
    given_at = Timestamptz(default=None)
    withdrawn_at = Timestamptz(null=True, default=None)


class ProfileSupplement(Table, tablename="profile_supplement"):
    """Goes with the consent that it was added under, and with its member."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    consent_id = ForeignKey(
        SourceConsent,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    text = Text(default=None)
    found_in = Text(default=None, help_text="Where staff read it.")
    added_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    added_at = Timestamptz(default=None)
