"""Opens sealed values, and tells which keys are in use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.given import Vault
from domain.vault.rules import Place, key_context

_VALUES: Final = """
    select v.owner_table, v.row_id, v.field, v.subject_id, v.sealed, k.id as key_id, k.wrapped
    from sealed_value v join data_key k on k.id = v.data_key_id
    where v.owner_table = $1 and v.row_id = any($2)
"""
_KEKS: Final = "select kek_id, count(*) as count from data_key group by 1"


async def open_values(
    *, owner_table: str, row_ids: Collection[UUID], vault: Vault
) -> Mapping[Place, bytes]:
    """In one statement with their keys, so a rotation is seen whole or not at all.

    What was shredded is simply not there.
    """
    found = {}
    for row in await fetch(_VALUES, owner_table, list(row_ids)):
        place = Place(row["owner_table"], row["row_id"], row["field"])
        found[place] = vault.unseal_under(
            row["wrapped"],
            row["sealed"],
            key_id=row["key_id"],
            key_context=key_context(row["subject_id"]),
            context=place.context,
        )
    return found


async def keys_per_kek() -> Mapping[int, int]:
    """How many data keys each key of the file wraps; one that wraps none may go."""
    return {row["kek_id"]: row["count"] for row in await fetch(_KEKS)}
