"""`piecerate documents`: what frontends' tools write goes in, all of it or nothing."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from domain.trusted_documents.operations import store_manifest
from domain.trusted_documents.rules import Client, document_id_of
from gateway import manifests
from gateway.refused import CommandRefused
from tests.conftest import PREFIX, clone_template, database_dsn
from tests.make.documents import client_of, text_of
from tests.make.world import World

TEXT = "query Look { viewer { id } }"
SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "manifest.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    "content",
    [
        {f"sha256:{SHA256}": TEXT},
        {SHA256: TEXT},
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": SHA256, "name": "Look", "type": "query", "body": TEXT}],
        },
    ],
    ids=["graphql-codegen", "relay", "apollo"],
)
def test_manifests_of_three_tools_are_read(tmp_path: Path, content: Any) -> None:
    """No frontend team must convert what its build writes."""
    assert manifests.read_manifest(written(tmp_path, content)) == {document_id_of(TEXT): TEXT}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not JSON"),
        ({}, "holds no documents"),
        ([TEXT], "holds no documents"),
        ({hashlib.md5(TEXT.encode()).hexdigest(): TEXT}, "of Look is no SHA-256"),  # noqa: S324  # Relay's default
        ({SHA256: TEXT, "0" * 64: None}, "is no document"),
        ({SHA256: {"text": TEXT}}, "is no document"),
        (
            {
                "format": "apollo-persisted-query-manifest",
                "operations": [{"id": SHA256, "body": TEXT}, {"id": None, "body": TEXT}],
            },
            "is no document",
        ),
        ({f"sha256:{SHA256}": TEXT + " "}, "The key of Look is not the SHA-256 of its text"),
    ],
)
def test_a_bad_manifest_is_refused_in_a_sentence(
    tmp_path: Path, content: Any, sentence: str
) -> None:
    """It says which document, and what to set in the tool that wrote it."""
    with pytest.raises(CommandRefused, match=sentence):
        manifests.read_manifest(written(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A wrong path in a build script is the likeliest mistake of all."""
    with pytest.raises(CommandRefused, match="cannot be read"):
        manifests.read_manifest(tmp_path / "nothing.json")


@pytest.mark.parametrize("text", ["web", "web@", "@1", "my web@1"])
def test_a_client_has_a_name_and_a_version(text: str) -> None:
    """A release without a version could never be dropped."""
    with pytest.raises(CommandRefused, match="name@version"):
        manifests.client_from(text)
    assert manifests.client_from("web@1.4.2") == Client("web", "1.4.2")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("query A { nope }", "nope"),
        ("query A { viewer { id }", "Syntax Error"),
        ("query A { " + "viewer { id } " * 900 + "}", "Parsing aborted"),
        ("query A { " + " ".join(f"a{n}: viewer {{ id }}" for n in range(31)) + "}", "31 aliases"),
        ("query A { viewer { sessions(first: 101) { nodes { id } } } }", "1 to 100"),
        ("query A { viewer { id } } #" + "x" * 100_000, "over 100,000 characters"),
        ("query A { viewer { id } } # \0", "holds NUL"),
    ],
)
def test_what_would_not_run_is_named(text: str, fault: str) -> None:
    """The schema, the limits and the length are those of a request."""
    good = {document_id_of(TEXT): TEXT}
    (broken,) = manifests.broken_of({**good, document_id_of(text): text})

    assert broken.name == "A"
    assert fault in broken.faults[0]


@pytest.mark.asyncio
async def test_check_names_the_clients_that_would_break(world: World) -> None:
    """The breaking-change test that knows real clients."""
    old, new = client_of(world, "1.0"), client_of(world, "1.1")
    gone = text_of(world, "viewer { fieldOfLastYear }")
    await store_manifest(client=old, texts=[gone, text_of(world)], now=world.now)
    await store_manifest(client=new, texts=[text_of(world)], now=world.now)

    found = await manifests.check()
    assert [each.document_id for each in found[old]] == [document_id_of(gone)]
    assert found[new] == []


@pytest.mark.asyncio
async def test_a_needed_client_is_dropped_by_force_alone(world: World) -> None:
    """And nobody's name is refused too."""
    client = client_of(world)
    await manifests.upload({"": text_of(world)}, client=client)

    with pytest.raises(CommandRefused, match="--force"):
        await manifests.drop(client=client, is_forced=False)
    assert await manifests.drop(client=client, is_forced=True) >= 1
    with pytest.raises(CommandRefused, match="no manifest"):
        await manifests.drop(client=client, is_forced=True)


async def command(*words: str, dsn: str, home: Path) -> tuple[int, str]:
    """As a person types it, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "piecerate", "documents", *words),
        env={**os.environ, "DATABASE_URL": dsn, "PIECERATE_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.asyncio
@pytest.mark.timeout(180)  # it starts the command many times
async def test_the_command_from_upload_to_drop(
    database: str, worker_id: str, tmp_path: Path
) -> None:
    """All or nothing at upload; `check` fails the build when the schema has moved on."""
    assert database
    name = f"{PREFIX}_documents_{worker_id}"
    await clone_template(name)
    dsn, broken = database_dsn(name), "query Broken { nope }"
    texts = {document_id_of(text): text for text in (TEXT, broken)}

    both = str(written(tmp_path, texts))
    refused = await command("upload", both, "--client", "web@1.0", dsn=dsn, home=tmp_path)
    good = str(written(tmp_path, {document_id_of(TEXT): TEXT}))
    uploaded = await command("upload", good, "--client", "web@1.0", dsn=dsn, home=tmp_path)
    checked = await command("check", dsn=dsn, home=tmp_path)
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "insert into trusted_document values ($1, $2, now())", document_id_of(broken), broken
    )
    await connection.execute(
        "insert into trusted_document_client (client_name, client_version, document_id, added_at) "
        "values ('web', '1.0', $1, now())",
        document_id_of(broken),
    )
    await connection.close()
    failed = await command("check", dsn=dsn, home=tmp_path)
    listed = await command("list", dsn=dsn, home=tmp_path)
    dropped = await command("drop", "--client", "web@1.0", "--force", dsn=dsn, home=tmp_path)

    assert refused[0] == 1 and "Broken" in refused[1] and "nothing is stored" in refused[1]
    assert uploaded == (0, "web@1.0 holds 1 documents, 1 of them new to it.\n")
    assert checked == (0, "web@1.0: all run\n")
    assert failed[0] == 1 and "web@1.0: 1 would break" in failed[1] and "nope" in failed[1]
    assert listed[0] == 0 and "web@1.0" in listed[1] and "never" in listed[1]
    assert dropped == (0, "web@1.0 is gone, and 2 documents with it.\n")
