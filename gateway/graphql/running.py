"""Runs an operation until its deadline, and only while somebody waits for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum
from typing import Any, Final, TypeVar

from litestar import Request, Response
from litestar.types import Receive

from gateway.front import CLIENT_GONE
from gateway.graphql.refusals import RequestRefused
from schema.context import Context

UNDOING_SECONDS: Final = 5.0  # for the database to take note
WATCHED_AFTER_SECONDS: Final = 0.05  # who hangs up on a quick answer has missed nothing

Result = TypeVar("Result")


async def answered(
    run: Callable[[], Awaitable[Response[Any]]],
    *,
    request: Request[Any, Any, Any],
    context: Context,
    seconds: float,
) -> Response[Any]:
    """Cancels the operation and what it runs in the database. Raises `RequestRefused`."""
    try:
        async with asyncio.timeout(seconds) as deadline:
            await request.body()  # then whatever else comes is the end of the connection
            return await while_connected(run, request=request, context=context)
    except TimeoutError:
        if not deadline.expired():
            raise
        raise cut_off(seconds) from None


async def while_connected(
    run: Callable[[], Awaitable[Response[Any]]],
    *,
    request: Request[Any, Any, Any],
    context: Context,
) -> Response[Any]:
    operation = asyncio.ensure_future(run())
    gone = asyncio.create_task(disconnected(request))
    try:
        await asyncio.wait({operation, gone}, return_when=asyncio.FIRST_COMPLETED)
        if operation.done():
            return operation.result()
        return Response(b"", status_code=CLIENT_GONE)
    finally:
        gone.cancel()
        await stopped(operation, context)


class End(Enum):
    LATE = "late"
    GONE = "gone"


class Ended(Exception):
    """What was waited for is cancelled."""


class Patience:
    """Of one request on the short way: until its deadline, and while somebody waits for it.

    As `answered`, with one timer and no task for what ends at once. Nobody watches the client
    before its body was read: whatever comes then is the end of the connection.
    """

    def __init__(self, *, seconds: float, receive: Receive) -> None:
        running = asyncio.current_task()
        assert running is not None
        self._running = running
        self._seconds = seconds
        self._receive = receive
        self._loop = running.get_loop()
        self._until = self._loop.time() + seconds
        is_short = seconds <= WATCHED_AFTER_SECONDS
        self._timer = self._loop.call_later(
            min(seconds, WATCHED_AFTER_SECONDS), self._late if is_short else self._look
        )
        self._end: End | None = None
        self._may_cancel = False
        self._is_to_watch = False
        self._has_looked = False
        self._watching: asyncio.Task[None] | None = None

    def close(self) -> None:
        self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()

    async def kept(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Raises `Ended`."""
        if self._is_over():
            work.close()
            raise Ended
        self._may_cancel = True
        try:
            return await work
        except asyncio.CancelledError:
            if not self._is_over() or self._running.uncancel() > 0:
                raise
            raise Ended from None
        finally:
            self._may_cancel = False

    async def answer(self, work: Coroutine[Any, Any, Any], *, context: Context) -> Any:
        """Of an operation whose request was read. Raises `RequestRefused`."""
        self._is_to_watch = True
        if self._has_looked:
            self._watch()
        try:
            return await self.kept(work)
        except Ended:
            context.stop_loading()
            if self._end is End.GONE:
                return Response(b"", status_code=CLIENT_GONE)
            raise cut_off(self._seconds) from None

    def _is_over(self) -> bool:
        return self._end is not None

    def _look(self) -> None:
        """It takes a while."""
        self._has_looked = True
        self._timer = self._loop.call_at(self._until, self._late)
        if self._is_to_watch:
            self._watch()

    def _late(self) -> None:
        self._stop(End.LATE)

    def _watch(self) -> None:
        async def watch() -> None:
            while (await self._receive())["type"] != "http.disconnect":
                pass
            self._stop(End.GONE)

        self._watching = self._loop.create_task(watch())

    def _stop(self, end: End) -> None:
        if self._end is None:
            self._end = end
            if self._may_cancel:
                self._running.cancel()


async def stopped(operation: asyncio.Future[Any], context: Context) -> None:
    """A transaction that was cut off is rolled back before the client hears of it."""
    if operation.done():
        return
    batches = set(context.loading)
    operation.cancel()
    context.stop_loading()
    await asyncio.wait({operation, *batches}, timeout=UNDOING_SECONDS)


async def disconnected(request: Request[Any, Any, Any]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def cut_off(seconds: float) -> RequestRefused:
    message = (
        f"The operation took longer than {seconds:g} s and was cancelled. A change happened "
        "wholly or not at all: repeat it with the same idempotency key."
    )
    return RequestRefused("DEADLINE_EXCEEDED", message, status=503)


def too_many_at_once() -> RequestRefused:
    message = "Too many operations of yours run at this moment. Wait for their answers."
    return RequestRefused("THROTTLED", message, status=429, retry_after=1)
