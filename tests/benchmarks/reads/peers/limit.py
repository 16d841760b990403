"""The limit: a route that returns the text of one hand-written statement, and nothing else.

Served as Piecerate is: granian, one worker, asyncpg, uvloop.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
from granian.constants import Interfaces
from granian.server import Server

HERE: Final = Path(__file__).parent
TEXTS: Final = {
    name: (HERE / "sql" / f"{name}_text.sql").read_text() for name in ("q1", "q2", "m1")
}
HEADERS: Final = [(b"content-type", b"application/json")]


class Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg is untyped
    def get_reset_query(self) -> str:
        return ""  # no state is ever left on it


class Asked(msgspec.Struct):
    query: str
    variables: list[Any]


class Limit:
    """A bare ASGI application."""

    pool: Any = None

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        if self.pool is None:  # requests come one by one at first
            self.pool = await asyncpg.create_pool(
                min_size=10, max_size=10, connection_class=Connection
            )
        message = await receive()
        asked = msgspec.json.decode(message["body"], type=Asked)
        text = await self.pool.fetchval(TEXTS[asked.query], *asked.variables)
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": text.encode()})


application = Limit()

if __name__ == "__main__":
    Server(
        "tests.benchmarks.reads.peers.limit:application",
        address="127.0.0.1",
        port=int(os.environ["PORT"]),
        interface=Interfaces.ASGINL,
        workers=1,
    ).serve()
