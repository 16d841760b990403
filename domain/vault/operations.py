"""Seals values, renews both layers of keys, and forgets a person by destroying the keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, in_transaction, one_transaction
from domain.given import Vault
from domain.vault.rules import Place, Shredded, key_context

_ADD_KEY: Final = """
    insert into data_key (subject_id, kek_id, wrapped, created_at) values ($1, $2, $3, $4)
    on conflict (subject_id) where retired_at is null do nothing
"""
# Shared: many may seal at once, and a rotation of this person waits for them.
_ACTIVE: Final = """
    select id, wrapped from data_key where subject_id = $1 and retired_at is null for share
"""
_INSERT: Final = """
    insert into sealed_value (owner_table, row_id, field, subject_id, data_key_id, sealed)
    values ($1, $2, $3, $4, $5, $6)
"""


async def seal_values(
    *, subject_id: UUID, values: Mapping[Place, bytes], vault: Vault, now: datetime
) -> None:
    """Part of the transaction that writes the rows they belong to."""
    assert in_transaction()
    key = await fetch_row(_ACTIVE, subject_id)
    if key is None:
        kek_id, wrapped = vault.new_data_key(key_context=key_context(subject_id))
        await execute(_ADD_KEY, subject_id, kek_id, wrapped, now)
        key = await fetch_row(_ACTIVE, subject_id)
        assert key is not None
    for place, plaintext in values.items():
        sealed = vault.seal_under(
            key["wrapped"],
            plaintext,
            key_id=key["id"],
            key_context=key_context(subject_id),
            context=place.context,
        )
        await execute(
            _INSERT, place.owner_table, place.row_id, place.field, subject_id, key["id"], sealed
        )


_STALE: Final = """
    select id, subject_id, kek_id, wrapped from data_key where kek_id <> $1 order by id limit $2
    for update skip locked
"""
_REWRAP: Final = "update data_key set kek_id = $2, wrapped = $3 where id = $1"


@one_transaction
async def rewrap_keys(*, vault: Vault, count_max: int) -> int:
    """The outer layer, one batch: data keys of older keys of the file move under the newest.

    Zero when none is left that nobody else holds; call it until then. What is sealed stays.
    """
    rows = await fetch(_STALE, vault.newest_kek(), count_max)
    for row in rows:
        kek_id, wrapped = vault.rewrap(row["wrapped"], key_context=key_context(row["subject_id"]))
        await execute(_REWRAP, row["id"], kek_id, wrapped)
    return len(rows)


_SUBJECTS: Final = """
    select distinct subject_id from data_key
    where created_at < $1 and ($2::uuid is null or subject_id > $2)
    order by subject_id limit $3
"""


async def subjects_to_renew(*, before: datetime, after: UUID | None, count_max: int) -> list[UUID]:
    """People with keys from before a moment, in order, beginning after one of them."""
    return [row["subject_id"] for row in await fetch(_SUBJECTS, before, after, count_max)]


_LOCK_KEYS: Final = "select id, wrapped from data_key where subject_id = $1 order by id for update"
_RETIRE: Final = """
    update data_key set retired_at = $2 where subject_id = $1 and retired_at is null
"""
_VALUES: Final = """
    select owner_table, row_id, field, data_key_id, sealed from sealed_value where subject_id = $1
"""
_RESEAL: Final = """
    update sealed_value set data_key_id = $4, sealed = $5
    where owner_table = $1 and row_id = $2 and field = $3
"""
_DROP_KEYS: Final = "delete from data_key where subject_id = $1 and retired_at is not null"


@one_transaction
async def renew_data_key(*, subject_id: UUID, vault: Vault, now: datetime) -> int:
    """The inner layer of one person: a new key, everything sealed anew, the old keys destroyed.

    Answers how many values moved. Whoever seals meanwhile waits, and gets the new key.
    """
    context = key_context(subject_id)
    old = {row["id"]: row["wrapped"] for row in await fetch(_LOCK_KEYS, subject_id)}
    if not old:
        return 0
    await execute(_RETIRE, subject_id, now)
    kek_id, wrapped = vault.new_data_key(key_context=context)
    await execute(_ADD_KEY, subject_id, kek_id, wrapped, now)
    key = await fetch_row(_ACTIVE, subject_id)
    assert key is not None
    rows = await fetch(_VALUES, subject_id)
    for row in rows:
        place = Place(row["owner_table"], row["row_id"], row["field"])
        plaintext = vault.unseal_under(
            old[row["data_key_id"]],
            row["sealed"],
            key_id=row["data_key_id"],
            key_context=context,
            context=place.context,
        )
        sealed = vault.seal_under(
            wrapped, plaintext, key_id=key["id"], key_context=context, context=place.context
        )
        await execute(_RESEAL, place.owner_table, place.row_id, place.field, key["id"], sealed)
    await execute(_DROP_KEYS, subject_id)
    return len(rows)


_LOCK_SUBJECT: Final = "select id from data_key where subject_id = $1 for update"
_DROP_VALUES: Final = "delete from sealed_value where subject_id = $1"
_DROP_ALL: Final = "delete from data_key where subject_id = $1"


async def shred_subject(*, subject_id: UUID) -> Shredded:
    """Destroys a person's keys and what they sealed; nothing brings it back.

    Copies in backups open until the keys in the same backups have expired. Part of the caller's
    transaction.
    """
    assert in_transaction()
    await fetch(_LOCK_SUBJECT, subject_id)
    values = await execute(_DROP_VALUES, subject_id)
    return Shredded(keys=await execute(_DROP_ALL, subject_id), values=values)
