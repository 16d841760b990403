"""The servers of the comparison, each one process tree on a port of its own."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from gateway.embedded.places import free_port
from gateway.processes import wait_until
from gateway.settings import KEYS
from schema.ids import IdCodec
from tests.benchmarks.reads.packages import node_folder, peers_python
from tests.benchmarks.reads.questions import (
    GENERATED,
    OURS,
    PLAIN,
    TEXT,
    Asked,
    Dialect,
    Generated,
    Ours,
    Plain,
    Text,
)

PEERS: Final = Path(__file__).parent / "peers"
START_SECONDS_MAX: Final = 90
SECRET: Final = b"a secret that guards nothing but made-up rows"

PLAIN_DIALECT: Final = Plain(documents=PLAIN)
UVICORN: Final = (
    "-m", "uvicorn", "--app-dir", str(PEERS / "python"), "--host", "127.0.0.1",
    "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way to serve the same rows."""

    name: str
    dialect: Dialect
    runs_on: str  # ours, python or node
    module: str
    is_peer: bool = True
    environ: Mapping[str, str] = field(default_factory=dict)

    def command(self, port: int) -> list[str]:
        match self.runs_on:
            case "python":
                return [str(peers_python()), *UVICORN, "--port", str(port), f"{self.module}:app"]
            case "node":
                folder = node_folder()
                return [str(folder / "node"), str(folder / f"{self.module}.mjs")]
            case _:
                return [sys.executable, "-m", self.module]


PIECERATE: Final = Kind(
    name="Piecerate",
    dialect=Ours(documents=OURS, ids=IdCodec(SECRET)),
    runs_on="ours",
    module="gateway.web",
    is_peer=False,
    environ={
        "PIECERATE_BUDGET_POINTS": "1000000000",  # it is charged, and never used up
        "PIECERATE_BUDGET_PER_SECOND": "1000000000",
        "PIECERATE_DEADLINE_SECONDS": "60",
        "PIECERATE_ENV": "production",
        "PIECERATE_PUBLIC_URL": "http://127.0.0.1",
        "PIECERATE_ALLOWED_HOSTS": "127.0.0.1",
    },
)
WRITTEN: Final = replace(
    PIECERATE,
    name="Piecerate, written lists",
    environ={**PIECERATE.environ, "PIECERATE_WRITTEN_LISTS": "on"},
)
LIMIT: Final = Kind(
    name="text of one statement",
    dialect=Text(documents=TEXT),
    runs_on="ours",
    module="tests.benchmarks.reads.peers.limit",
    is_peer=False,
)
PYTHON_PEERS: Final = (
    Kind(name="stock Strawberry", dialect=PLAIN_DIALECT, runs_on="python", module="stock"),
    Kind(name="Ariadne", dialect=PLAIN_DIALECT, runs_on="python", module="ariadne_peer"),
    Kind(name="Graphene", dialect=PLAIN_DIALECT, runs_on="python", module="graphene_peer"),
)
NODE_PEERS: Final = (
    Kind(
        name="PostGraphile 5",
        dialect=Generated(documents=GENERATED),
        runs_on="node",
        module="postgraphile",
    ),
    Kind(name="mercurius-jit", dialect=PLAIN_DIALECT, runs_on="node", module="mercurius"),
    Kind(name="graphql-yoga", dialect=PLAIN_DIALECT, runs_on="node", module="yoga"),
)
EVERYBODY: Final = (PIECERATE, WRITTEN, LIMIT, *NODE_PEERS, *PYTHON_PEERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    kind: Kind
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask(self, asked: Asked) -> Any:
        """The whole answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(
                "POST",
                "/graphql",
                json.dumps(self.kind.dialect.body(asked)),
                {**self.kind.dialect.headers(asked), "content-type": "application/json"},
            )
            answer = connection.getresponse().read()
        finally:
            connection.close()
        return json.loads(answer)

    def answers(self) -> bool:
        """To anything, in any way; or it has died."""
        if self.process.poll() is not None:
            return True
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            connection.getresponse()
        except OSError:
            return False
        finally:
            connection.close()
        return True


@contextmanager
def served(*kinds: Kind, dsn: str, home: Path) -> Iterator[list[Served]]:
    """All of them at once, as soon as the last one answers; `home` is an empty folder."""
    with ExitStack() as stack:
        servers = [stack.enter_context(started(kind, dsn=dsn, home=home)) for kind in kinds]
        for server in servers:
            assert wait_until(server.answers, seconds=START_SECONDS_MAX), server.log.read_text()
            assert server.process.poll() is None, server.log.read_text()
        yield servers


@contextmanager
def started(kind: Kind, *, dsn: str, home: Path) -> Iterator[Served]:
    port = free_port()
    log = home / f"{kind.module}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603  # our own words
            kind.command(port),
            env=environment(kind, dsn=dsn, home=home, port=port),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        yield Served(kind=kind, port=port, process=process, log=log)
    finally:
        process.terminate()
        process.wait(START_SECONDS_MAX)


def environment(kind: Kind, *, dsn: str, home: Path, port: int) -> dict[str, str]:
    ours = {key.name for key in KEYS}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    secret = home / "secret"
    if not secret.exists():
        secret.write_bytes(SECRET)
        secret.chmod(0o600)
    return {
        **inherited,
        **database_environment(dsn),
        "DATABASE_URL": dsn,
        "PIECERATE_HOME": str(home),
        "PIECERATE_PORT": str(port),
        "PIECERATE_SECRET_KEY_FILE": str(secret),
        "PORT": str(port),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "PEER_SCHEMA": str(PEERS / "schema.graphql"),
        "PEER_SQL": str(PEERS / "sql"),
        **kind.environ,
    }


def database_environment(dsn: str) -> dict[str, str]:
    """What libpq, asyncpg and pg alike read."""
    parts = urlsplit(dsn)
    said = {name: values[0] for name, values in parse_qs(parts.query).items()}
    found = {
        "PGHOST": said.get("host") or parts.hostname or "127.0.0.1",
        "PGPORT": said.get("port") or str(parts.port or 5432),
        "PGUSER": unquote(parts.username or "postgres"),
        "PGDATABASE": parts.path.lstrip("/"),
    }
    if parts.password:
        found["PGPASSWORD"] = unquote(parts.password)
    return found
