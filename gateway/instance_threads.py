"""An instance's own threads: a hanging provider starves itself, and not the process's end.

Python waits at its end for the threads of its own pools; a call that hangs would keep a job worker
alive that was told to stop. What such a call would have answered is asked for after the restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any, TypeAlias, TypeVar

Result = TypeVar("Result")
Work: TypeAlias = tuple[Future[Any], Callable[[], Any]]


class InstanceThreads:
    """`count` at most, each started when there is no idle one."""

    def __init__(self, count: int, *, name: str) -> None:
        self._count = count
        self._name = name
        self._started = 0
        self._idle = Semaphore(0)
        self._waiting: SimpleQueue[Work | None] = SimpleQueue()

    async def __call__(self, call: Callable[[], Result], /) -> Result:
        future: Future[Result] = Future()
        self._waiting.put((future, call))
        if not self._idle.acquire(blocking=False) and self._started < self._count:
            self._started += 1
            name = f"{self._name}_{self._started}"
            Thread(target=self._work, name=name, daemon=True).start()
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """What runs may end; what waits does not begin."""
        while not self._waiting.empty():
            work = self._waiting.get()
            if work is not None:
                work[0].cancel()
        for _ in range(self._started):
            self._waiting.put(None)

    def _work(self) -> None:
        while (work := self._waiting.get()) is not None:
            _carry_out(*work)
            del work  # nothing of it is kept while the thread waits
            self._idle.release()


def _carry_out(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        answer = call()
    except BaseException as error:  # noqa: BLE001  # it is raised where it is awaited
        future.set_exception(error)
    else:
        future.set_result(answer)
