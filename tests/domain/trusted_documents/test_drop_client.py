"""A release is dropped when nobody has used it for 90 days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.errors import NotFound
from domain.trusted_documents.operations import drop_client, record_use, store_manifest
from domain.trusted_documents.queries import clients, texts_by_id
from domain.trusted_documents.rules import document_id_of
from tests.make.documents import client_of, stored, text_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio

LONG = timedelta(days=90)


async def test_an_unused_release_goes_with_what_is_its_own(world: World) -> None:
    """What another release holds stays."""
    old, new = client_of(world, "1.0"), client_of(world, "1.1")
    shared, own = text_of(world), text_of(world)
    await stored(world, shared, own, client=old)
    await stored(world, shared, client=new)

    drop = await drop_client(client=old, now=world.later(LONG))

    assert drop.needed_since is None and drop.dropped_count >= 1
    found = await texts_by_id(ids=[document_id_of(shared), document_id_of(own)])
    assert list(found.values()) == [shared]


async def test_what_was_just_uploaded_stays(world: World) -> None:
    """Its frontend may be live in an hour."""
    client = await stored(world, text_of(world))

    drop = await drop_client(client=client, now=world.later(LONG - timedelta(seconds=1)))

    assert drop.needed_since == world.now
    assert (await drop_client(client=client, now=world.now, is_forced=True)).dropped_count >= 1


async def test_what_is_used_stays(world: World) -> None:
    """Phones keep old releases for months."""
    text = text_of(world)
    client = await stored(world, text)
    used_at = world.later(timedelta(days=50))
    await record_use(document_id=document_id_of(text), clients=[client], now=used_at)

    early = await drop_client(client=client, now=world.later(LONG))
    late = await drop_client(client=client, now=used_at + LONG)

    assert early.needed_since == used_at
    assert late.needed_since is None


async def test_nobody_is_not_found(world: World) -> None:
    """A typing error must not look like success."""
    with pytest.raises(NotFound):
        await drop_client(client=client_of(world), now=world.now)


async def test_use_is_recorded_once_an_hour_and_for_holders_alone(world: World) -> None:
    """A busy document would otherwise write a row per request."""
    text = text_of(world)
    client, stranger = await stored(world, text), client_of(world)

    for minutes in (0, 59, 60):
        now = world.later(timedelta(minutes=minutes))
        await record_use(document_id=document_id_of(text), clients=[client, stranger], now=now)
        (record,) = [each for each in await clients() if each.client == client]
        assert record.last_used_at == world.later(timedelta(minutes=0 if minutes < 60 else 60))

    assert stranger not in {each.client for each in await clients()}


async def test_the_list_counts_documents(world: World) -> None:
    """Operators see at a glance what is out there."""
    client = await stored(world, text_of(world), text_of(world))
    later = world.later(timedelta(days=1))
    await store_manifest(client=client, texts=[text_of(world)], now=later)

    (record,) = [each for each in await clients() if each.client == client]

    assert (record.document_count, record.added_at, record.last_used_at) == (3, later, None)
