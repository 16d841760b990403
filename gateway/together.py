"""Questions to the database that come at one moment, asked by one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

TOGETHER_MAX: Final = 100
PATIENCE_SECONDS: Final = 0.01  # who comes later than that after the last question asks alone

Wish = TypeVar("Wish")
Found = TypeVar("Found")


@dataclass(slots=True)
class Waiting(Generic[Wish, Found]):
    """One that may have gone meanwhile."""

    wish: Wish
    found: asyncio.Future[Found]

    def tell(self, answer: Found) -> None:
        if not self.found.done():
            self.found.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.found.done():
            self.found.set_exception(error)


class Together(Generic[Wish, Found]):
    """Of one process. `ask` gives an answer for each wish, in their order.

    While one question is under way, whoever comes waits for the next one. Who comes alone asks at
    once, and no answer is kept: each is asked after its wish has come.
    """

    def __init__(self, ask: Callable[[Sequence[Wish]], Awaitable[Sequence[Found]]]) -> None:
        self._ask = ask
        self._waiting: list[Waiting[Wish, Found]] = []
        self._is_asking = False
        self._asked_at = 0.0  # by the time of the loop
        self._asking: asyncio.Task[None] | None = None

    async def answer(self, wish: Wish) -> Found:
        loop = asyncio.get_running_loop()
        if not self._is_asking:
            return await self._first(wish)
        if loop.time() - self._asked_at < PATIENCE_SECONDS:
            found: asyncio.Future[Found] = loop.create_future()
            self._waiting.append(Waiting(wish, found))
            return await found
        return (await self._ask([wish]))[0]

    async def _first(self, wish: Wish) -> Found:
        loop = asyncio.get_running_loop()
        self._is_asking, self._asked_at = True, loop.time()
        try:
            return (await self._ask([wish]))[0]
        finally:  # also when nobody waits for this one any more
            self._is_asking = bool(self._waiting)
            if self._is_asking:
                self._asking = loop.create_task(self._all_who_wait())

    async def _all_who_wait(self) -> None:
        """A task of its own: who hangs up takes nobody along."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                self._asked_at = loop.time()
                waiting = self._waiting[:TOGETHER_MAX]
                del self._waiting[:TOGETHER_MAX]
                await self._tell(waiting)
        finally:
            self._is_asking = False

    async def _tell(self, waiting: Sequence[Waiting[Wish, Found]]) -> None:
        """What goes wrong is told to each of them."""
        try:
            answers = await self._ask([each.wish for each in waiting])
        except Exception as error:  # noqa: BLE001  # theirs to judge
            for each in waiting:
                each.fail(error)
        except BaseException:
            for each in waiting:
                each.found.cancel()
            raise
        else:
            for each, found in zip(waiting, answers, strict=True):
                each.tell(found)
