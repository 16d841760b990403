"""A member's own HTTP server: it notes what it gets and answers as the test says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

Script: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Received:
    line: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """`script` is raw bytes, or does with the connection whatever it wants."""

    scheme: str = "http"
    port: int = 0
    script: bytes | Script = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    received: list[Received] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hooks?from=piecerate"

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.script = "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.rstrip().split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (each.partition(":") for each in rest)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            self.received.append(Received(line, headers, body))
            if isinstance(self.script, bytes):
                writer.write(self.script)
                await writer.drain()
            else:
                playing = asyncio.ensure_future(self.script(writer))
                over = asyncio.ensure_future(self.over.wait())
                await asyncio.wait({playing, over}, return_when=asyncio.FIRST_COMPLETED)
                playing.cancel()
                over.cancel()
                await asyncio.gather(playing, over, return_exceptions=True)
        writer.close()


@asynccontextmanager
async def receiver(context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    made = Receiver(scheme="https" if context else "http")
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.over.set()
        server.close()


async def endless_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
        await writer.drain()


async def endless_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-more: " + b"x" * 0x2000 + b"\r\n")
        await writer.drain()


async def slow_headers(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"H")
        await writer.drain()
        await asyncio.sleep(0.05)


async def slow_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 OK\r\ncontent-length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silence(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
