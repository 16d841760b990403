"""Runs one call of a plugin so that whatever it does ends with the call.

It may swallow its cancellation, raise what no `except Exception` catches, or block the event loop:
the host goes on, and the log names who did it.
"""

from __future__ import annotations

import asyncio
import decimal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

STOP_SECONDS: Final = 1.0  # for its own clean-up, once it is cancelled
BLOCKED_SECONDS: Final = 1.0  # nothing else in the process could go on meanwhile


class Unstoppable(Exception):
    """It was cancelled and goes on: nobody waits for it any more."""


class Escaped(Exception):
    """What it raised is no `Exception`: it would have ended the process, or a task of ours.

    Also a cancellation that nobody has asked for.
    """


def said(error: BaseException) -> str:
    """Its class and its text, whether it escaped or not."""
    if isinstance(error, Escaped) and error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"


_left_alone: set[asyncio.Task[Any]] = set()  # else they would be collected in the middle


async def contained(
    work: Callable[[], Awaitable[Answer]],
    *,
    seconds: float,
    whose: str,
    clock: Callable[[], float] = monotonic,
) -> Answer:
    """Its answer, or what it raised as an `Exception` or as `Escaped`.

    Raises `TimeoutError` when the time is up, `Unstoppable` when it does not even stop then.
    Whoever is cancelled while waiting here stays cancelled, and so is the work.
    """
    task = asyncio.create_task(_Watched(_outcome(work), whose=whose, clock=clock))
    try:
        done, _ = await asyncio.wait({task}, timeout=max(0.0, seconds))
    except asyncio.CancelledError:
        await _stop(task, whose=whose)
        raise
    if not done:
        if not await _stop(task, whose=whose):
            raise Unstoppable
        raise TimeoutError
    outcome = task.result()
    if outcome.error is not None:
        raise outcome.error
    return outcome.answer  # type: ignore[return-value]  # there is one where there is no error


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[Answer]):
    answer: Answer | None = None
    error: Exception | None = None


async def _outcome(work: Callable[[], Awaitable[Answer]]) -> _Outcome[Answer]:
    """Never raises: a task that raises SystemExit or KeyboardInterrupt ends the event loop."""
    decimal.setcontext(decimal.getcontext().copy())  # of this task alone; it may be set at will
    try:
        return _Outcome(answer=await work())
    except Exception as error:  # noqa: BLE001  # it is raised by who waits
        return _Outcome(error=error)
    except BaseException as error:  # noqa: BLE001  # as above
        escaped = Escaped(type(error).__name__)
        escaped.__cause__ = error
        return _Outcome(error=escaped)


async def _stop(task: asyncio.Task[Any], *, whose: str) -> bool:
    """Whether it has stopped. It may clean up, for a moment."""
    task.cancel()
    await asyncio.wait({task}, timeout=STOP_SECONDS)
    if task.done():
        return True
    log.error("plugin.call.unstoppable", instance=whose)
    _left_alone.add(task)
    task.add_done_callback(_left_alone.discard)
    return False


class _Watched(Coroutine[Any, Any, Answer]):
    """Measures each step of a coroutine between two awaits."""

    def __init__(
        self, inner: Coroutine[Any, Any, Answer], *, whose: str, clock: Callable[[], float]
    ) -> None:
        self._inner = inner
        self._whose = whose
        self._clock = clock

    def send(self, value: Any) -> Any:
        since = self._clock()
        try:
            return self._inner.send(value)
        finally:
            self._tell(self._clock() - since)

    def throw(self, *error: Any) -> Any:
        since = self._clock()
        try:
            return self._inner.throw(*error)
        finally:
            self._tell(self._clock() - since)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Any:
        return self._inner.__await__()

    def _tell(self, seconds: float) -> None:
        if seconds >= BLOCKED_SECONDS:
            log.warning("plugin.loop.blocked", instance=self._whose, seconds=round(seconds, 1))
