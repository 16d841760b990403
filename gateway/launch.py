"""`piecerate serve`: database, migrations, web server and job worker as one process tree.

The parent has no event loop of its own while it watches. It starts PostgreSQL first and
stops it last; nothing it has started stays behind.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from gateway.children import Child, Restarts, stop_children
from gateway.embedded import EmbeddedPostgres, OwnedElsewhere, PostgresRefused
from gateway.embedded.reachable import check_named_server
from gateway.live.drain import drain, drainable
from gateway.on_pool import modernise, run_on_pool
from gateway.ports import kept_port
from gateway.progress import Progress
from gateway.refused import CommandRefused
from gateway.settings import Settings, secret_key
from gateway.stopping import Stopped, StopRequest

LOOK_SECONDS: Final = 0.2
HEALTHY_SECONDS_MAX: Final = 60.0
HOME_SECONDS_MAX: Final = 5.0  # a short command may hold the home at this moment

Fill = Callable[[Settings], Awaitable[None]]


class LaunchRefused(CommandRefused):
    """The start did not succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`server` is None where DATABASE_URL names one, which others look after."""

    dsn: str
    server: EmbeddedPostgres | None


def serve(
    settings: Settings,
    *,
    progress: Progress,
    fill: Fill | None = None,
    when_ready: Callable[[], None] | None = None,
) -> None:
    """Returns when somebody asks to stop; raises one of the refusals when it cannot go on."""
    stop = StopRequest()
    stop.listen()
    with suppress(Stopped), ExitStack() as stack:
        stack.enter_context(kept_port(settings.host, settings.port))
        database = stack.enter_context(supervised_database(settings, progress=progress, stop=stop))
        secret_key(settings)
        stop.check()
        with progress.step("Bringing the database to the newest schema", "The schema is current"):
            run_on_pool(database.dsn, partial(modernise, settings), stop=stop)
        if fill is not None:
            stop.check()
            with progress.step("Filling the demo marketplace", "The demo marketplace is there"):
                run_on_pool(database.dsn, partial(fill, settings), stop=stop)
        stop.check()
        children = children_of(settings, dsn=database.dsn)
        stack.enter_context(drainable(settings.drain_file))
        stack.callback(stop_children, children, is_urgent=stop.is_urgent)
        stack.callback(drain, settings.drain_file)
        with progress.step("Starting the web server and the job worker", "Both run"):
            for child in children:
                child.start()
            wait_until_healthy(settings, children=children, stop=stop)
        if when_ready is not None:
            when_ready()
        watch(database, children=children, stop=stop, progress=progress)
    progress.say("Stopped.")


def children_of(settings: Settings, *, dsn: str) -> list[Child]:
    environment = settings.for_children(dsn)
    return [
        Child("web server", ["gateway.web"], environment),
        Child("job worker", ["piecerate", "worker"], environment),
    ]


@contextmanager
def supervised_database(
    settings: Settings, *, progress: Progress, stop: StopRequest
) -> Iterator[Database]:
    if settings.database_url is not None:
        with progress.step("Looking at the server of DATABASE_URL", "The database answers"):
            check_named_server(settings.database_url)
        yield Database(dsn=settings.database_url, server=None)
        return
    server = EmbeddedPostgres(settings.home, run_as=settings.run_as)
    try:
        with progress.step("Starting PostgreSQL", "PostgreSQL is ready"):
            dsn = start_embedded(server, stop=stop)
        yield Database(dsn=dsn, server=server)
    finally:
        server.stop()


def start_embedded(server: EmbeddedPostgres, *, stop: StopRequest) -> str:
    deadline = time.monotonic() + HOME_SECONDS_MAX
    while True:
        stop.check()
        try:
            return server.start().dsn
        except OwnedElsewhere:
            if time.monotonic() > deadline:
                raise PostgresRefused(
                    f"Another piecerate command uses the home {server.home}: stop it, or set "
                    "PIECERATE_HOME (and PIECERATE_PORT) to run a second one."
                ) from None
            stop.wait(LOOK_SECONDS)


def wait_until_healthy(settings: Settings, *, children: Sequence[Child], stop: StopRequest) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS_MAX
    while not is_healthy(settings.url):
        stop.check()
        for child in children:
            if child.was_killed():
                child.restart()
            elif child.has_ended():
                raise LaunchRefused(f"The {child.name} ended at its start; see what it said above.")
        if time.monotonic() > deadline:
            raise LaunchRefused(
                f"The web server did not answer on {settings.url}/healthz within "
                f"{HEALTHY_SECONDS_MAX:.0f} seconds."
            )
        stop.wait(LOOK_SECONDS)


def is_healthy(url: str) -> bool:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def watch(
    database: Database, *, children: Sequence[Child], stop: StopRequest, progress: Progress
) -> None:
    """Whatever dies is started again; what dies again and again ends everything."""
    restarts = Restarts("database server")
    while not stop.wait(LOOK_SECONDS):
        server = database.server
        if server is not None and not server.is_alive():
            progress.say("  ! The database server has ended; it is started again.")
            restarts.note(time.monotonic())
            server.restart()
        for child in children:
            if child.has_ended():
                progress.say(f"  ! The {child.name} has ended; it is started again.")
                child.restart()
