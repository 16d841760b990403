"""Rows of fulfilled wishes; migration 0001 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, Text, Timestamptz
from piccolo.table import Table


class IdempotentRequest(Table, tablename="idempotent_request"):
    """One wish of a member; kept as long as the ledger it guards."""

    actor_id = UUID(primary_key=True, default=None)
    key = Text(default=None, help_text="The client's; with the actor it is the primary key.")
    operation = Text(default=None)
    request_digest = Bytea(default=None, help_text="SHA-256 of the input without the key.")
    result = Text(null=True, default=None, help_text="Ids of what came out.")
    created_at = Timestamptz(default=None)
