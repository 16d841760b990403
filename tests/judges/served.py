"""The real server on a port of its own, over a database with the demo marketplace in it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.embedded.places import free_port
from gateway.processes import wait_until
from gateway.settings import KEYS

START_SECONDS_MAX: Final = 90  # on a machine that runs everything at once


@dataclass(frozen=True, slots=True)
class Served:
    """`tokens` by role; `count` events came to the employer after the cursor `after`."""

    port: int
    tokens: dict[str, str]
    after: str
    count: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()


def seeded(home: Path, *, dsn: str) -> str:
    """Fills the database; what it tells is for `served`, with a copy of both."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.judges.seed"],
        env=environment(home, dsn=dsn, port=free_port()),
        check=True,
        stdout=subprocess.PIPE,
        timeout=START_SECONDS_MAX,
    )
    return done.stdout.decode()


@contextmanager
def served(home: Path, *, dsn: str, told: str) -> Iterator[Served]:
    port = free_port()
    environ = environment(home, dsn=dsn, port=port)
    server = Served(port, log=home / "server.log", **json.loads(told))
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.web"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        assert wait_until(server.is_ready, seconds=START_SECONDS_MAX), server.log.read_text()
        yield server
    finally:
        process.terminate()
        process.wait(START_SECONDS_MAX)


def environment(home: Path, *, dsn: str, port: int) -> dict[str, str]:
    ours = {key.name for key in KEYS}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {
        **inherited,
        "DATABASE_URL": dsn,
        "PIECERATE_HOME": str(home),
        "PIECERATE_PORT": str(port),
        "PIECERATE_BUDGET_POINTS": "1000000000",  # a fuzzer is nobody's client
        "PIECERATE_BUDGET_PER_SECOND": "1000000",
    }
