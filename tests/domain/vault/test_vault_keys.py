"""Two layers of keys: every value opens after each rotation, in its place, and never elsewhere."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from domain.database import execute, fetch_value, transaction
from domain.vault import operations
from domain.vault.rules import Place
from gateway.vault import AesVault, Sealed
from gateway.vault_rotation import rotate
from tests.make.vault import SECRET, TABLE, keys_of, put, read, vault_with_file
from tests.make.world import World

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)


@pytest_asyncio.fixture(autouse=True)
async def _nobody(database: str) -> None:
    """A rotation turns everybody's keys, and those of other tests have files of their own."""
    assert database
    async with transaction():
        await execute("delete from sealed_value")
        await execute("delete from data_key")


async def test_a_person_has_one_key_and_values_open(world: World, tmp_path: Path) -> None:
    """Twenty at once for a new person make one key, and each value is its own."""
    vault, subject = vault_with_file(tmp_path), world.new_id()

    places = await asyncio.gather(
        *(put(world, vault, subject, f"number {each}") for each in range(20))
    )

    assert len(await keys_of(subject)) == 1
    assert await read(vault, *places) == [f"number {each}" for each in range(20)]


async def test_a_moved_value_opens_nowhere_else(world: World, tmp_path: Path) -> None:
    """Another row, another column, another person: the seal covers the place."""
    vault, subject, other = vault_with_file(tmp_path), world.new_id(), world.new_id()
    place, target = await put(world, vault, subject, "536904399"), world.new_id()
    own = await put(world, vault, other, "912903456")
    copy = (
        "insert into sealed_value select owner_table, $2, {field}, subject_id, data_key_id, sealed"
        " from sealed_value where row_id = $1"
    )

    for field in ("field", "'other'"):
        async with transaction() as planted:
            await execute(copy.format(field=field), place.row_id, target)
            with pytest.raises(Sealed):
                await read(vault, Place(TABLE, target, "number"))
            await planted.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
    async with transaction() as planted:
        await execute(
            "update sealed_value v set sealed = o.sealed, data_key_id = o.data_key_id"
            " from sealed_value o where v.row_id = $1 and o.row_id = $2",
            own.row_id,
            place.row_id,
        )
        with pytest.raises(Sealed):
            await read(vault, own)
        await planted.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
    with pytest.raises(asyncpg.RestrictViolationError):
        async with transaction():
            await execute(
                "update sealed_value set row_id = $2 where row_id = $1", place.row_id, target
            )


async def test_a_key_opens_for_its_own_person_alone(world: World, tmp_path: Path) -> None:
    """Who can write to the database cannot lend one person's key to another."""
    vault = vault_with_file(tmp_path)
    subject, other = world.new_id(), world.new_id()
    place, own = await put(world, vault, subject, "1"), await put(world, vault, other, "2")

    async with transaction() as planted:
        await execute(
            "update data_key k set wrapped = o.wrapped from data_key o"
            " where k.subject_id = $1 and o.subject_id = $2",
            subject,
            other,
        )
        with pytest.raises(Sealed):
            await read(vault, place)
        await planted.rollback()  # type: ignore[no-untyped-call]  # Piccolo's

    assert await read(vault, place, own) == ["1", "2"]


async def test_both_layers_turn_under_load_and_lose_nothing(world: World, tmp_path: Path) -> None:
    """People write and read all the while, in a process that was never told of the new key."""
    operator, server = vault_with_file(tmp_path), vault_with_file(tmp_path)
    people = [world.new_id() for _ in range(6)]
    written: dict[Place, str] = {}
    is_done = asyncio.Event()

    async def life(person: UUID) -> int:
        rounds = 0
        while not is_done.is_set() or rounds < 3:
            text = f"{person} {rounds}"
            written[await put(world, server, person, text)] = text
            known = list(written)[-5:]
            assert await read(server, *known) == [written[each] for each in known]
            rounds += 1
        return rounds

    for person in people:
        written[await put(world, server, person, f"before {person}")] = f"before {person}"
    before = {person: await keys_of(person) for person in people}
    lives = [asyncio.ensure_future(life(person)) for person in people]
    for _ in range(2):
        world.now = world.later(DAY)
        await rotate(operator, clock=lambda: world.now, batch=2)
    is_done.set()
    assert min(await asyncio.gather(*lives)) >= 3

    assert await read(operator, *written) == list(written.values())
    assert await read(vault_with_file(tmp_path), *written) == list(written.values())
    for person in people:
        (key_id, kek_id), *more = await keys_of(person)
        assert (kek_id, more) == (2, [])
        assert (key_id, kek_id) not in before[person]


async def test_the_derived_key_hands_over_to_the_file(world: World, tmp_path: Path) -> None:
    """A deployment without a file begins with a key from its secret; a rotation makes the file."""
    bare, subject = AesVault(SECRET), world.new_id()
    place = await put(world, bare, subject, "536904399")
    index = bare.blind_index("tin", b"536904399")
    vault = vault_with_file(tmp_path)
    assert await keys_of(subject) == [((await keys_of(subject))[0][0], 0)]

    world.now = world.later(DAY)
    await rotate(vault, clock=lambda: world.now, batch=50)

    assert [kek for _, kek in await keys_of(subject)] == [1]
    assert await read(vault, place) == ["536904399"]
    assert vault.blind_index("tin", b"536904399") == index
    assert (tmp_path / "vault_keys").stat().st_mode & 0o077 == 0
    with pytest.raises(Sealed, match="not in the file"):
        await read(bare, place)


async def test_a_forgotten_person_opens_nowhere(world: World, tmp_path: Path) -> None:
    """The key is gone, so is every value; others keep theirs."""
    vault = vault_with_file(tmp_path)
    subject, other = world.new_id(), world.new_id()
    place = await put(world, vault, subject, "536904399")
    kept = await put(world, vault, other, "912903456")
    copy = await fetch_value("select sealed from sealed_value where row_id = $1", place.row_id)

    async with transaction():
        shredded = await operations.shred_subject(subject_id=subject)

    assert (shredded.keys, shredded.values) == (1, 1)
    assert await keys_of(subject) == []
    assert await read(vault, kept) == ["912903456"]
    assert b"536904399" not in copy
    async with transaction():
        again = await operations.shred_subject(subject_id=subject)
    assert (again.keys, again.values) == (0, 0)
