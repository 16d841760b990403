"""A process that dies in the middle: a statement of its never reaches the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from domain.database import engine


class Crashed(BaseException):
    """No `Exception`: nothing that catches failures may live on after it."""


class FragilePool:
    """Lends the connections of the real pool, one of which fails when it is told to."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._left: int | None = None

    async def acquire(self, *, timeout: float) -> FragileConnection:  # noqa: ASYNC109  # the pool's signature
        return FragileConnection(await self._pool.acquire(timeout=timeout), self)

    async def release(self, connection: FragileConnection) -> None:
        await self._pool.release(connection.real)

    @contextmanager
    def breaking(self, after: int | None) -> Iterator[None]:
        """Inside, so many statements are let through and the next one raises `Crashed`."""
        self._left = after
        try:
            yield
        finally:
            self._left = None

    def pass_one(self) -> None:
        if self._left is None:
            return
        if self._left == 0:
            self._left = None  # what ends the transaction comes through
            raise Crashed
        self._left -= 1


class FragileConnection:
    """What operations use of a connection."""

    def __init__(self, real: Any, pool: FragilePool) -> None:
        self.real = real
        self._pool = pool

    async def fetch(self, *arguments: Any) -> Any:
        self._pool.pass_one()
        return await self.real.fetch(*arguments)

    async def execute(self, *arguments: Any) -> Any:
        self._pool.pass_one()
        return await self.real.execute(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@contextmanager
def fragile() -> Iterator[FragilePool]:
    """In the place of the open pool while the block lasts."""
    pool = engine.pool
    assert pool is not None
    engine.pool = FragilePool(pool)
    try:
        yield engine.pool
    finally:
        engine.pool = pool
