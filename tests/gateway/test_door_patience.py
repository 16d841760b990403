"""Clients that are slow, or gone, while the short way answers them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.make.ask import Ask
from tests.make.locks import locked, until_waiting
from tests.make.members import add_worker

pytestmark = pytest.mark.asyncio

DOCUMENT: Final = "{ viewer { deposits { nodes { id } } } }"


class Client:
    """One request as a server hands it over; it goes when `gone` is set."""

    def __init__(self, *body: bytes, token: str = "", is_whole: bool = True) -> None:
        self.gone = asyncio.Event()
        self.sent: list[Any] = []
        last = len(body) - 1
        self._body = [
            {"type": "http.request", "body": part, "more_body": not is_whole or number < last}
            for number, part in enumerate(body)
        ][::-1]
        length = sum(map(len, body)) + (not is_whole)
        self._headers = {
            "host": "testserver",
            "content-type": "application/json",
            "content-length": str(length),
            "authorization": f"Bearer {token}",
        }

    async def ask(self, ask: Ask) -> None:
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in self._headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
        }
        await ask.app(scope, self._receive, self._send)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def body(self) -> bytes:
        body: bytes = b"".join(message.get("body", b"") for message in self.sent)
        return body

    async def _receive(self) -> Any:
        if self._body:
            return self._body.pop()
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)


async def test_a_body_that_never_ends_meets_the_deadline(ask: Ask) -> None:
    """Else every connection that sends all but its last byte would be kept for ever."""
    ask.app.state.web = replace(ask.app.state.web, deadline_seconds=0.2)
    token = await ask.token_of(await add_worker(ask.world))
    client = Client(b'{"query": "', token=token, is_whole=False)

    await asyncio.wait_for(client.ask(ask), 5)

    assert client.status == 503
    (error,) = json.loads(client.body)["errors"]
    assert error["extensions"]["code"] == "DEADLINE_EXCEEDED"


async def test_a_body_in_pieces_is_one_body(ask: Ask) -> None:
    """Servers hand a body over as it comes, a byte at a time if need be."""
    token = await ask.token_of(await add_worker(ask.world))
    said = json.dumps({"query": "{ viewer { id } }"}).encode()
    bodies = []
    for _ in range(2):
        client = Client(*(said[at : at + 1] for at in range(len(said))), token=token)
        await asyncio.wait_for(client.ask(ask), 5)
        bodies.append((client.status, json.loads(client.body)["data"]))

    assert bodies[0] == bodies[1] and bodies[0][0] == 200


async def test_who_goes_while_a_known_document_runs_gets_bytes(ask: Ask, database: str) -> None:
    """Nobody reads them, but a server takes nothing else for a body."""
    worker = await add_worker(ask.world)
    token = await ask.token_of(worker)
    await ask(DOCUMENT, viewer=worker)
    client = Client(json.dumps({"query": DOCUMENT}).encode(), token=token)
    async with locked(database, "deposit"):
        asked = asyncio.create_task(client.ask(ask))
        await until_waiting(1)
        client.gone.set()
        await asyncio.wait_for(asked, 2.5)
        await until_waiting(0)

    assert client.status == 499
    assert client.body == b""
