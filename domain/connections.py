"""Connections that were just used are handed on to the next who needs one."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, NamedTuple

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


class Waiting(NamedTuple):
    """`until` is a time of the event loop."""

    future: asyncio.Future[asyncpg.Connection | None]
    until: float


class SpareConnections:
    """Connections of the pool that were just used, handed on without its ceremony.

    The pool resets, times and wraps each one it hands out, which costs more than a short
    statement; and where somebody waits, much more. So who comes while all are taken waits here,
    and is given the next sound one. What anything went wrong on goes back to the pool, and so
    does whatever lay here for a second.
    """

    def __init__(self, pool: asyncpg.Pool, *, patience: float = ACQUIRE_SECONDS_MAX) -> None:
        self.pool = pool
        self._patience = patience
        self._idle: list[asyncpg.Connection] = []
        self._waiting: deque[Waiting] = deque()
        self._lent = 0  # by the pool to us: to count its holders each time is dear
        self._asking_pool = 0
        self._sweeping: asyncio.TimerHandle | None = None
        self._giving_up: asyncio.TimerHandle | None = None
        self._returning: set[asyncio.Task[None]] = set()

    async def acquire(self) -> asyncpg.Connection:
        """Waits as long as it has patience, then `TimeoutError`."""
        until: float | None = None
        while True:
            connection = self.idle()
            if connection is not None:
                return connection
            if self._lent < self.pool.get_max_size():
                break
            until = until or asyncio.get_running_loop().time() + self._patience
            handed = await self._handed_on(until)
            if handed is not None:
                return handed
        return await self._asked_of_pool()

    def idle(self) -> asyncpg.Connection | None:
        """One that lies here, without waiting."""
        while self._idle:
            connection = self._idle.pop()
            if not is_gone(connection):
                return connection
            self._lent -= 1
        return None

    async def _asked_of_pool(self) -> asyncpg.Connection:
        self._asking_pool += 1
        self._lent += 1
        try:
            return await self.pool.acquire(timeout=self._patience)
        except BaseException:
            self.returned()
            raise
        finally:
            self._asking_pool -= 1

    def keep(self, connection: asyncpg.Connection) -> bool:
        """False: give it to the pool instead, and say so by `returned`."""
        if is_in_transaction(connection):
            return False
        if self._waiting and is_gone(connection):  # else whoever takes it looks
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
        self._lent = max(0, self._lent - 1)
        self._tell_first()

    def _tell_first(self) -> None:
        waiting = self._first_waiting()
        if waiting is not None:
            waiting.set_result(None)

    async def _handed_on(self, until: float) -> asyncpg.Connection | None:
        """None: ask the pool."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[asyncpg.Connection | None] = loop.create_future()
        self._waiting.append(Waiting(waiting, until))
        if self._giving_up is None:  # one for all: most wait for less than a millisecond
            self._giving_up = loop.call_at(until, self._give_up)
        try:
            return await waiting
        except asyncio.CancelledError:
            if not waiting.cancelled():  # it came in the same moment: for the next one
                connection = waiting.result()
                if connection is None:
                    self._tell_first()
                elif not self.keep(connection):
                    await self._return(connection)
            raise

    def _first_waiting(self) -> asyncio.Future[asyncpg.Connection | None] | None:
        while self._waiting:
            waiting = self._waiting.popleft().future
            if not waiting.done():
                return waiting
        return None

    def _give_up(self) -> None:
        """On those who have waited long enough."""
        loop = asyncio.get_running_loop()
        self._waiting = deque(each for each in self._waiting if not each.future.done())
        for each in self._waiting:
            if each.until <= loop.time():
                each.future.set_exception(TimeoutError("every connection is taken"))
        left = [each.until for each in self._waiting if not each.future.done()]
        self._giving_up = loop.call_at(min(left), self._give_up) if left else None

    async def close(self) -> None:
        """All of them go back to the pool."""
        for timer in (self._sweeping, self._giving_up):
            if timer is not None:
                timer.cancel()
        self._sweeping = self._giving_up = None
        idle, self._idle = self._idle, []
        for connection in idle:
            await self._return(connection)
        while self._waiting:
            self._tell_first()

    async def _return(self, connection: asyncpg.Connection) -> None:
        try:
            with suppress(*AWAY):
                await self.pool.release(connection)
        finally:
            self.returned()

    def _sweep(self) -> None:
        self._sweeping = None
        idle, self._idle = self._idle, []
        for connection in idle:
            task = asyncio.get_running_loop().create_task(self._return(connection))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)


def is_gone(connection: asyncpg.Connection) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # closed meanwhile: the pool knows already
        return True


def is_in_transaction(connection: asyncpg.Connection) -> bool:
    try:
        return bool(connection.is_in_transaction())
    except asyncpg.InterfaceError:  # the pool has it back: nothing of ours to hand on
        return True
