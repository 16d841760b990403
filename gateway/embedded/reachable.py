"""A database to work on, for any command: the one that is named, that runs, or that we start."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from gateway.embedded.faults import OwnedElsewhere, PostgresRefused
from gateway.embedded.server import EmbeddedPostgres, answers
from gateway.refused import CommandRefused
from gateway.settings import Settings, masked

VERSION_MIN: Final = 150_000
WAIT_SECONDS_MAX: Final = 60.0


class DatabaseRefused(CommandRefused):
    """The server of DATABASE_URL cannot be used."""


@contextmanager
def reachable_database(settings: Settings) -> Iterator[str]:
    """Its address. What runs is used and left running; what we start is stopped at the end."""
    if settings.database_url is not None:
        check_named_server(settings.database_url)
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.home, run_as=settings.run_as)
    dsn = started_or_running(server)
    try:
        yield dsn
    finally:
        server.stop()  # nothing to do where it is another command's


def started_or_running(server: EmbeddedPostgres) -> str:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        try:
            return server.start().dsn
        except OwnedElsewhere:
            address = server.running_address()
            if address is not None and answers(address):
                return address.dsn
            if time.monotonic() > deadline:
                raise PostgresRefused(
                    f"Another piecerate command holds {server.home}, and its database does not "
                    "answer: stop it, or wait until it is ready."
                ) from None
            time.sleep(0.1)


def check_named_server(url: str) -> None:
    """Refuses one that is unreachable, too old, or keeps text as something but UTF8."""
    version, encoding = asyncio.run(version_and_encoding(url))
    problem = server_problem(version=version, encoding=encoding)
    if problem is not None:
        raise DatabaseRefused(problem)


def server_problem(*, version: int, encoding: str) -> str | None:
    if version < VERSION_MIN:
        return (
            f"The server of DATABASE_URL is PostgreSQL {version // 10_000}; 15 or newer is needed."
        )
    if encoding != "UTF8":
        return f"The database of DATABASE_URL is encoded in {encoding}; make one with UTF8."
    return None


async def version_and_encoding(url: str) -> tuple[int, str]:
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except TimeoutError as failure:
        raise DatabaseRefused(
            f"The server of DATABASE_URL ({masked(url)}) did not answer within 10 seconds."
        ) from failure
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as failure:
        raise DatabaseRefused(
            f"The server of DATABASE_URL ({masked(url)}) cannot be used: "
            f"{' '.join(str(failure).split()) or type(failure).__name__}."
        ) from failure
    try:
        row = await connection.fetchrow(
            "select current_setting('server_version_num')::int, current_setting('server_encoding')"
        )
    finally:
        await connection.close()
    return row[0], row[1]
