"""Rows of saved searches; migration 0098 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Boolean, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.column_types import JSONB
from piccolo.table import Table

from domain.campaigns.tables import Campaign
from domain.events.tables import TransactionId
from domain.members.tables import Member


class SavedSearch(Table, tablename="saved_search"):
    """A filter that a member keeps; its key is the member with the name."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    name = Text(default=None)
    filter = Text(default=None, help_text="As the member reads it.")
    condition = JSONB(default=None, help_text="The same, as campaigns are looked for.")
    is_alerting = Boolean(default=None)
    set_at = Timestamptz(default=None)


class SearchAlert(Table, tablename="search_alert"):
    """A campaign that a member was told of; its key is both."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    told_at = Timestamptz(default=None)


class SearchPosition(Table, tablename="search_position"):
    """The one row that says how far campaigns that opened have been looked for."""

    id = Integer(primary_key=True, default=None)
    tx = TransactionId(default=None)
    seq = BigInt(default=None)
    until_tx = TransactionId(null=True, default=None)
    until_seq = BigInt(null=True, default=None)
    last_member_id = UUID(null=True, default=None)
