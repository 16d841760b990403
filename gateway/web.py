"""The web process: granian, whose workers run `gateway.app`."""

from __future__ import annotations

import gc
import multiprocessing
import os
from typing import TYPE_CHECKING, Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from gateway.logs import configure_logs, granian_logs
from gateway.ports import number_of
from gateway.processes import PARENT_PID, die_with_parent
from gateway.settings import read_settings

if TYPE_CHECKING:
    from litestar import Litestar

# What requests leave behind lies around until the next collection: with twenty times as many
# objects in between a worker keeps 6 MiB more, and is no quicker.
GC_THRESHOLDS: Final = (5_000, 50, 100)
KILL_SECONDS: Final = 10  # without it an open stream keeps a worker alive for ever


def main() -> None:
    """Stays small: the application is loaded by the workers alone."""
    if PARENT_PID in os.environ:
        die_with_parent(int(os.environ[PARENT_PID]))
    settings = read_settings()
    configure_logs(as_json=settings.is_production, process="web")
    Server(
        "gateway.web:application",
        factory=True,
        address=number_of(settings.host),
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.worker_count,
        workers_kill_timeout=KILL_SECONDS,
        respawn_failed_workers=True,
        log_level=LogLevels.error,
        log_dictconfig=granian_logs(),
    ).serve()


def application() -> Litestar:
    """In a worker, which must not hold the port when granian itself is killed."""
    granian = multiprocessing.parent_process()
    if granian is not None and granian.pid is not None:
        die_with_parent(granian.pid)
    from gateway.app import create_app  # noqa: PLC0415  # not in granian's own process

    settings = read_settings()
    configure_logs(as_json=settings.is_production, process="web")
    app = create_app(settings)
    # What is there now stays for ever: collections need not look at it again, and are short.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    return app


if __name__ == "__main__":
    main()
