"""Entries of member accounts as their owner may read them."""

from __future__ import annotations

from typing import Final

from domain.reads import Amount, Entity, Leaf

# Entries are numbered; outside, a number is the id whose last half it is.
ENTRY: Final = Entity(
    name="LedgerEntry",
    source="""
        from unnest({keys}) as wanted (id)
        join ledger_entry e
             on e.id = ('x' || replace(right(wanted.id::text, 17), '-', ''))::bit(64)::bigint
        join ledger_account a on a.id = e.account_id
        join ledger_transfer t on t.id = e.transfer_id
    """,
    row="e",
    key="lpad(to_hex({row}.id), 32, '0')::uuid",
    visible="a.owner_id = {viewer} and not a.is_house",
    fields={
        "kind": Leaf("t.kind"),
        "recorded_at": Leaf("t.recorded_at"),
        "change": Amount("{row}.amount * a.normal_side"),
        "balance_after": Amount("{row}.balance_after"),
    },
)
ENTITIES: Final = (ENTRY,)
