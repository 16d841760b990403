"""A vault with a file of keys of its own, and the values of one person in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import UUID

from domain.database import fetch, transaction
from domain.given import Vault
from domain.vault import operations, queries
from domain.vault.rules import Place
from gateway.vault import AesVault
from tests.make.world import World

SECRET: Final = b"a secret of the tests, long enough"
TABLE: Final = "test_table"


def vault_with_file(folder: Path) -> AesVault:
    """Every process that opens the same file is one more of these."""
    return AesVault(SECRET, keys_file=folder / "vault_keys")


async def put(world: World, vault: Vault, subject: UUID, text: str) -> Place:
    place = Place(TABLE, world.new_id(), "number")
    async with transaction():
        await operations.seal_values(
            subject_id=subject, values={place: text.encode()}, vault=vault, now=world.now
        )
    return place


async def read(vault: Vault, *places: Place) -> list[str]:
    found = await queries.open_values(
        owner_table=TABLE, row_ids=[each.row_id for each in places], vault=vault
    )
    return [found[each].decode() for each in places]


async def keys_of(subject: UUID) -> list[tuple[int, int]]:
    rows = await fetch("select id, kek_id from data_key where subject_id = $1 order by id", subject)
    return [(row["id"], row["kek_id"]) for row in rows]
