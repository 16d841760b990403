"""Documents are added under their hash, and never change."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from domain.database import execute, transaction
from domain.trusted_documents.operations import store_manifest
from domain.trusted_documents.queries import holding_count, holdings_after, texts_by_id
from domain.trusted_documents.rules import Client, client_named, document_id_of
from tests.make.documents import client_of, stored, text_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def held_by(*clients: Client) -> set[tuple[Client, str]]:
    return {
        (each.client, each.document_id)
        for each in await holdings_after(seq=0)
        if each.client in clients
    }


async def test_a_manifest_can_be_read_back(world: World) -> None:
    """Under the very id that the frontend's build wrote."""
    text = text_of(world)
    client = await stored(world, text)

    assert await held_by(client) == {(client, document_id_of(text))}
    assert await texts_by_id(ids=[document_id_of(text), "sha256:00"]) == {
        document_id_of(text): text
    }


async def test_a_release_shares_documents_with_the_one_before(world: World) -> None:
    """Most operations do not change; the text is kept once."""
    old, new = client_of(world, "1.0"), client_of(world, "1.1")
    shared, added = text_of(world), text_of(world)

    first = await store_manifest(client=old, texts=[shared], now=world.now)
    second = await store_manifest(client=new, texts=[shared, added], now=world.now)
    again = await store_manifest(client=new, texts=[shared, added], now=world.now)

    assert (first, second, again) == (1, 2, 0)
    assert len(await held_by(old, new)) == 3


async def test_a_stored_text_cannot_be_edited(world: World) -> None:
    """Not even by hand: clients trust that an id means what they built."""
    text = text_of(world)
    await stored(world, text)
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        async with transaction():
            await execute(
                "update trusted_document set text = text || ' ' where id = $1",
                document_id_of(text),
            )


async def test_a_text_under_the_wrong_id_is_refused_by_the_database(world: World) -> None:
    """The last wall, should the gateway forget to look."""
    with pytest.raises(asyncpg.CheckViolationError, match="trusted_document_id_is_hash"):
        async with transaction():
            await execute(
                "insert into trusted_document (id, text, added_at) values ($1, '{ a }', $2)",
                document_id_of("{ b }"),
                world.now,
            )


async def test_readers_who_go_on_after_the_last_row_miss_none(world: World) -> None:
    """Uploads at the same time take turns, so rows become visible in their order."""
    newest = max((each.seq for each in await holdings_after(seq=0)), default=0)
    count = await holding_count()
    seen: list[int] = []

    async def read() -> None:
        while len(seen) < 40:
            after = seen[-1] if seen else newest
            seen.extend(each.seq for each in await holdings_after(seq=after))

    manifests = [[text_of(world) for _ in range(5)] for _ in range(8)]
    async with asyncio.timeout(20):
        await asyncio.gather(read(), *(stored(world, *texts) for texts in manifests))

    assert await holding_count() == count + 40
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("name", "version"),
    [("", "1"), ("web", ""), ("web site", "1"), ("web\n", "1"), ("x" * 65, "1"), ("wéb", "1")],
)
async def test_headers_name_clients_or_nobody(name: str, version: str) -> None:
    """They come from anybody and end up in logs."""
    assert client_named(name, version) is None
    assert client_named("web", "1.4.2+build-7") == Client("web", "1.4.2+build-7")
