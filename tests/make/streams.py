"""Streams over a real socket: the application on the server of production, and two clients."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import websockets
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from gateway.embedded.places import free_port
from gateway.live.feed import opened_feed
from tests.make.ask import Ask

PROTOCOL = Subprotocol("graphql-transport-ws")
PATIENCE = 20.0  # a busy machine; what is awaited comes within a second
ANY_EVENT = "subscription ($after: Cursor) { viewerChanged(after: $after) { id kind cursor } }"


@dataclass
class Served:
    """The application of a test behind a real port."""

    ask: Ask
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @asynccontextmanager
    async def sse(
        self, document: str, token: str | None, **variables: Any
    ) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
        """The events of one request, as `(name, data)`; comments are left out."""
        headers = {"accept": "text/event-stream"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        body = {"query": document, "variables": variables}
        async with (
            httpx.AsyncClient(timeout=PATIENCE) as client,
            client.stream("POST", self.url, json=body, headers=headers) as response,
        ):
            assert response.status_code == httpx.codes.OK, await response.aread()
            assert response.headers["content-type"].startswith("text/event-stream")
            yield events_of(response)

    @asynccontextmanager
    async def socket(self, token: str | None, **params: Any) -> AsyncIterator[ClientConnection]:
        """An acknowledged connection."""
        async with self.raw_socket() as socket:
            payload = {"authorization": f"Bearer {token}"} if token else {}
            await say(socket, type="connection_init", payload={**payload, **params})
            assert (await hear(socket))["type"] == "connection_ack"
            yield socket

    @asynccontextmanager
    async def raw_socket(self, **options: Any) -> AsyncIterator[ClientConnection]:
        url = self.url.replace("http", "ws", 1)
        async with websockets.connect(
            url, subprotocols=[PROTOCOL], open_timeout=PATIENCE, **options
        ) as socket:
            yield socket


async def events_of(response: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            text = line.removeprefix("data:").strip()
            yield name, json.loads(text) if text else None


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next message that is no ping."""
    while True:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
        if message["type"] != "ping":
            return message


async def subscribe(
    socket: ClientConnection, document: str, *, name: str = "1", **variables: Any
) -> None:
    payload = {"query": document, "variables": variables}
    await say(socket, type="subscribe", id=name, payload=payload)


async def soon(awaitable: Any) -> Any:
    return await asyncio.wait_for(awaitable, PATIENCE)


@asynccontextmanager
async def served(ask: Ask, folder: Path) -> AsyncIterator[Served]:
    async with opened_feed(folder / "draining") as feed:
        app = ask.with_changes(feed)
        port = free_port()
        async with running(app, port):
            yield Served(ask, port)


@asynccontextmanager
async def running(app: Litestar, port: int) -> AsyncIterator[None]:
    logging.getLogger("_granian").setLevel(logging.CRITICAL)
    server = Server(
        app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False
    )
    before = asyncio.all_tasks()
    task = asyncio.create_task(server.serve())
    try:
        await answering(port)
        yield
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # granian's
        await asyncio.wait_for(task, PATIENCE)
        await ended(asyncio.all_tasks() - before)


async def ended(tasks: set[asyncio.Task[Any]]) -> None:
    """In a process of its own they would end with it."""
    left = [task for task in tasks if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def answering(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
