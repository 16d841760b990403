"""Trusted documents over streams: the same ids, the same refusals as over HTTP."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from domain.trusted_documents.queries import clients
from domain.trusted_documents.rules import document_id_of
from gateway.providers import Providers
from tests.make.ask import Ask
from tests.make.documents import stored, text_of
from tests.make.members import add_worker
from tests.make.streams import PATIENCE, events_of, hear, say, served, soon
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_a_socket_runs_documents_by_id(ask: Ask, world: World, tmp_path: Path) -> None:
    """The client names itself in the first message, whose names may look like headers."""
    worker = await add_worker(world)
    text = text_of(world, "viewer { name }")
    one, other = await stored(world, text), await stored(world, text)
    said = {
        "Authorization": f"Bearer {await ask.token_of(worker)}",
        "X-Client-Name": one.name,
        "X-Client-Version": one.version,
    }
    async with served(ask, tmp_path) as live, live.socket(None, **said) as socket:
        wish = {"documentId": document_id_of(text), "query": ""}
        await say(socket, type="subscribe", id="1", payload=wish)
        answer, end = await hear(socket), await hear(socket)
        await say(socket, type="subscribe", id="2", payload={"documentId": "sha256:00"})
        refused = await hear(socket)

    used = {each.client for each in await clients() if each.last_used_at is not None}
    assert answer["payload"]["data"] == {"viewer": {"name": "Wanda Worker"}}
    assert end["type"] == "complete"
    assert refused["payload"][0]["extensions"]["code"] == "DOCUMENT_NOT_FOUND"
    assert one in used and other not in used


async def test_an_event_stream_runs_documents_by_id(ask: Ask, world: World, tmp_path: Path) -> None:
    """Whether it streams is decided by the text behind the id, which names no protocol."""
    text = text_of(world, "viewer { id }").replace("query", "query #subscription\n")
    await stored(world, text)
    headers = {"accept": "application/json, text/event-stream"}
    async with (
        served(ask, tmp_path) as live,
        httpx.AsyncClient(timeout=PATIENCE) as client,
        client.stream(
            "POST", live.url, json={"documentId": document_id_of(text)}, headers=headers
        ) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        name, event = await soon(anext(events_of(response)))

    assert (name, event["data"]) == ("next", {"viewer": None})


async def test_mode_only_holds_on_a_socket(
    world: World, tmp_path: Path, providers: Providers
) -> None:
    """A second way in without the lock would make the first one pointless."""
    only = Ask.of(world, tmp_path, providers, PIECERATE_DOCUMENTS="only")
    text = text_of(world)
    await stored(world, text)
    async with served(only, tmp_path) as live, live.socket(None) as socket:
        await say(socket, type="subscribe", id="1", payload={"query": "{ viewer { id } }"})
        refused = await hear(socket)
        await say(socket, type="subscribe", id="2", payload={"query": text})
        answer = await hear(socket)

    assert refused["payload"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
    assert answer["payload"]["data"] == {"viewer": None}
