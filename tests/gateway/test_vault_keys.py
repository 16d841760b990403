"""The file of the vault's keys: whole or refused, shut to others, read again when it changes."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from subprocess import check_output

import pytest
import pytest_asyncio

from domain.database import execute, transaction
from gateway.said import SettingsRefused
from gateway.settings import settings_from
from gateway.vault import AesVault
from gateway.vault_keys import VaultKeys, read_keys, write_keys
from tests.make.vault import SECRET, keys_of, put, read, vault_with_file
from tests.make.world import World

GOOD = VaultKeys(keks={1: b"a" * 32, 7: b"b" * 32}, index=b"c" * 32)


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """By its owner alone; its repr shows no key."""
    path = tmp_path / "vault_keys"

    write_keys(path, GOOD)

    assert read_keys(path) == GOOD
    assert path.stat().st_mode & 0o777 == 0o600
    assert "aaaa" not in repr(GOOD) and "cccc" not in repr(GOOD)
    assert [each.name for each in tmp_path.iterdir()] == ["vault_keys"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "index = 7",
        'index = "YQ=="\n[kek]\n1 = "YQ=="',
        'index = "?"\n[kek]',
        f'index = "{"YWFh" * 10}YWE="\n[kek]\nx = "YQ=="',
        "[kek",
    ],
)
def test_a_damaged_file_is_refused_without_its_content(tmp_path: Path, text: str) -> None:
    """A start-up says which file, never what is in it."""
    path = tmp_path / "vault_keys"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(SettingsRefused, match="damaged") as refusal:
        read_keys(path)

    assert "YQ" not in str(refusal.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Whoever reads it and a backup opens everything."""
    path = tmp_path / "vault_keys"
    write_keys(path, GOOD)
    path.chmod(0o644)

    with pytest.raises(SettingsRefused, match="chmod 600"):
        read_keys(path)


def test_a_running_process_sees_a_new_key(tmp_path: Path) -> None:
    """A rotation restarts nothing."""
    operator, server = vault_with_file(tmp_path), vault_with_file(tmp_path)
    assert server.newest_kek() == 0

    assert operator.add_kek() == 1
    assert server.newest_kek() == 1
    assert operator.add_kek() == 2
    assert server.newest_kek() == 2
    assert server.kek_ids() == {0, 1, 2}


def test_the_file_is_where_the_settings_say(tmp_path: Path) -> None:
    """In the home by default; children of a process are told."""
    default = settings_from({"PIECERATE_HOME": str(tmp_path)})
    named = settings_from(
        {"PIECERATE_HOME": str(tmp_path), "PIECERATE_VAULT_KEYS_FILE": str(tmp_path / "k")}
    )

    assert default.vault_keys_file == tmp_path / "vault_keys"
    assert named.vault_keys_file == tmp_path / "k"
    assert named.for_children("x")["PIECERATE_VAULT_KEYS_FILE"] == str(tmp_path / "k")


@pytest_asyncio.fixture
async def nobody(database: str) -> str:
    """The command turns everybody's keys, and those of other tests have files of their own."""
    async with transaction():
        await execute("delete from sealed_value")
        await execute("delete from data_key")
    return database


@pytest.mark.asyncio
@pytest.mark.timeout(240)  # two processes
async def test_the_command_turns_the_keys_and_shows_them(
    world: World, nobody: str, tmp_path: Path
) -> None:
    """As an operator types it; no key is printed, and everything opens afterwards."""
    (tmp_path / "key").write_bytes(SECRET)
    (tmp_path / "key").chmod(0o600)
    environ = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": nobody,
        "PIECERATE_ENV": "production",  # else a demo company would be made
        "PIECERATE_PUBLIC_URL": "https://work.example.com",
        "PIECERATE_HOME": str(tmp_path),
        "PIECERATE_SECRET_KEY_FILE": str(tmp_path / "key"),
    }
    subject = world.new_id()
    place = await put(world, AesVault(SECRET), subject, "536904399")

    said = [
        await asyncio.to_thread(
            check_output,
            [sys.executable, "-m", "piecerate", "vault", verb],
            env=environ,
            text=True,
        )
        for verb in ("show", "rotate", "show")
    ]

    assert "derived from the secret key: 1" in said[0]
    assert "1 people have new keys, 1 values are sealed anew." in said[1]
    assert "key 1: 1" in said[2]
    assert [kek for _, kek in await keys_of(subject)] == [1]
    assert await read(vault_with_file(tmp_path), place) == ["536904399"]
