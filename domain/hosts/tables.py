"""Rows of hosts that are blocked; migration 0100 creates them."""

from __future__ import annotations

from piccolo.columns import Boolean, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member


class BlockedHost(Table, tablename="blocked_host"):
    """What staff decided about a host. Rows are added, never edited; the last one counts."""

    host = Text(primary_key=True, default=None, help_text="As `links.plain_host` spells it.")
    position = Integer(default=None)
    is_blocked = Boolean(default=None, help_text="False: it is open again.")
    reason = Text(default=None)
    actor_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    at = Timestamptz(default=None)
