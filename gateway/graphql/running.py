"""Runs an operation until its deadline, and only while somebody waits for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Request, Response
from litestar.types import Receive

from gateway.front import CLIENT_GONE
from gateway.graphql.refusals import RequestRefused
from schema.context import Context

UNDOING_SECONDS: Final = 5.0  # for the database to take note
WATCHED_AFTER_SECONDS: Final = 0.05  # who hangs up on a quick answer has missed nothing


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


async def while_wanted(
    run: Callable[[], Awaitable[Any]],
    *,
    receive: Receive,
    context: Context,
    seconds: float,
) -> Any:
    """As `answered`, for a body that was read, and without a task for what ends at once."""
    running = asyncio.current_task()
    assert running is not None
    watching: list[asyncio.Task[None]] = []

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        running.cancel()

    loop = asyncio.get_running_loop()
    later = loop.call_later(
        WATCHED_AFTER_SECONDS, lambda: watching.append(loop.create_task(watch()))
    )
    try:
        async with asyncio.timeout(seconds) as deadline:
            return await run()
    except TimeoutError:
        if not deadline.expired():
            raise
        context.stop_loading()
        raise cut_off(seconds) from None
    except asyncio.CancelledError:
        if not (watching and watching[0].done() and running.uncancel() == 0):
            raise
        context.stop_loading()
        return Response(b"", status_code=CLIENT_GONE)
    finally:
        later.cancel()
        for each in watching:
            each.cancel()


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
