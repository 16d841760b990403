"""Who the tokens of requests belong to; those that come at one moment are looked up together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from domain.access.queries import LiveSession, Viewer, live_sessions, viewer_seen

TOGETHER_MAX: Final = 100
PATIENCE_SECONDS: Final = 0.01  # who comes later than that after the last question asks alone


class Waiting(NamedTuple):
    token: str
    now: datetime
    found: asyncio.Future[LiveSession | None]


class Viewers:
    """Of one process. Each token is looked up in the database after its request has come.

    While one question is under way, whoever comes waits for the next one: under load, several
    requests share a statement, which otherwise would be half of what a small one costs. Who comes
    alone asks at once, and no answer is kept.
    """

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._is_asking = False
        self._asked_at = 0.0  # by the time of the loop
        self._together: asyncio.Task[None] | None = None

    async def of(self, *, token: str, now: datetime) -> Viewer | None:
        """As `viewer_of`."""
        loop = asyncio.get_running_loop()
        if not self._is_asking:
            session = await self._first(token, now=now)
        elif loop.time() - self._asked_at < PATIENCE_SECONDS:
            waiting = Waiting(token, now, loop.create_future())
            self._waiting.append(waiting)
            session = await waiting.found
        else:
            session = (await live_sessions(tokens=[token], now=now)).get(token)
        return await viewer_seen(session, now=now)

    async def _first(self, token: str, *, now: datetime) -> LiveSession | None:
        loop = asyncio.get_running_loop()
        self._is_asking, self._asked_at = True, loop.time()
        try:
            return (await live_sessions(tokens=[token], now=now)).get(token)
        finally:  # also when nobody waits for this one any more
            self._is_asking = bool(self._waiting)
            if self._is_asking:
                self._together = loop.create_task(self._all_who_wait())

    async def _all_who_wait(self) -> None:
        """A task of its own: who hangs up takes nobody along."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                self._asked_at = loop.time()
                asking = self._waiting[:TOGETHER_MAX]
                del self._waiting[:TOGETHER_MAX]
                await answer(asking)
        finally:
            self._is_asking = False


async def answer(asking: Sequence[Waiting]) -> None:
    """One statement for all. What goes wrong with it is told to each of them."""
    try:
        found = await live_sessions(
            tokens=[each.token for each in asking], now=max(each.now for each in asking)
        )
    except BaseException as error:
        for each in asking:
            if not each.found.done():
                each.found.set_exception(error)
        if not isinstance(error, Exception):
            raise
    else:
        for each in asking:
            if not each.found.done():
                each.found.set_result(found.get(each.token))
