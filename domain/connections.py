"""Connections that were just used are handed on to the next who needs one."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

import asyncpg

ACQUIRE_SECONDS_MAX: Final = 5.0
SPARE_SECONDS: Final = 1.0
# The server cannot be reached, or is on its way down or up: nothing is wrong with the request.
AWAY: Final = (
    OSError,  # TimeoutError is one of them
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # the connection broke in the middle of a message
)


class SpareConnections:
    """Connections of the pool that were just used, handed on without its ceremony.

    The pool resets, times and wraps each one it hands out, which costs more than a short
    statement; and where somebody waits, much more. So who comes while all are taken waits here,
    and is given the next sound one. What anything went wrong on goes back to the pool, and so
    does whatever lay here for a second.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self._idle: list[asyncpg.Connection] = []
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._asking_pool = 0
        self._sweeping: asyncio.TimerHandle | None = None
        self._returning: set[asyncio.Task[None]] = set()

    async def acquire(self) -> asyncpg.Connection:
        """Waits at most `ACQUIRE_SECONDS_MAX`, then `TimeoutError`."""
        until: float | None = None
        while True:
            while self._idle:
                connection = self._idle.pop()
                with suppress(asyncpg.InterfaceError):  # closed meanwhile: the pool knows already
                    if not connection.is_closed():
                        return connection
            if not self._are_all_taken():
                break
            until = until or asyncio.get_running_loop().time() + ACQUIRE_SECONDS_MAX
            handed = await self._handed_on(until)
            if handed is not None:
                return handed
        self._asking_pool += 1
        try:
            return await self.pool.acquire(timeout=ACQUIRE_SECONDS_MAX)
        finally:
            self._asking_pool -= 1

    def keep(self, connection: asyncpg.Connection) -> bool:
        """False: give it to the pool instead, and say so by `returned`."""
        try:
            if connection.is_closed() or connection.is_in_transaction():
                return False
        except asyncpg.InterfaceError:  # closed meanwhile: the pool knows already
            return False
        waiting = self._first_waiting()
        if waiting is not None:
            waiting.set_result(connection)
            return True
        if self._asking_pool:
            return False
        self._idle.append(connection)
        if self._sweeping is None:
            loop = asyncio.get_running_loop()
            self._sweeping = loop.call_later(SPARE_SECONDS, self._sweep)
        return True

    def returned(self) -> None:
        """The pool has one again, for the first of those who wait."""
        waiting = self._first_waiting()
        if waiting is not None:
            waiting.set_result(None)

    def _are_all_taken(self) -> bool:
        return self.pool.get_size() == self.pool.get_max_size() and not self.pool.get_idle_size()

    async def _handed_on(self, until: float) -> asyncpg.Connection | None:
        """None: ask the pool."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[asyncpg.Connection | None] = loop.create_future()
        self._waiting.append(waiting)
        ending = loop.call_at(until, _give_up, waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if not waiting.cancelled():  # it came in the same moment: for the next one
                connection = waiting.result()
                if connection is None:
                    self.returned()
                elif not self.keep(connection):
                    await self._return(connection)
            raise
        finally:
            ending.cancel()

    def _first_waiting(self) -> asyncio.Future[asyncpg.Connection | None] | None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                return waiting
        return None

    async def close(self) -> None:
        """All of them go back to the pool."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        idle, self._idle = self._idle, []
        for connection in idle:
            await self._return(connection)
        while self._waiting:
            self.returned()

    async def _return(self, connection: asyncpg.Connection) -> None:
        with suppress(*AWAY):
            await self.pool.release(connection)
        self.returned()

    def _sweep(self) -> None:
        self._sweeping = None
        idle, self._idle = self._idle, []
        for connection in idle:
            task = asyncio.get_running_loop().create_task(self._return(connection))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)


def _give_up(waiting: asyncio.Future[asyncpg.Connection | None]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError("every connection is taken"))
