"""Piecerate and its peers under the same load; `make bench-reads`. Nothing is asserted but that
all say the same.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from rich.console import Console
from rich.markdown import Markdown

from domain.database import close_pool, open_pool
from gateway.embedded import EmbeddedPostgres
from gateway.embedded.pid_file import read_pid_file
from gateway.migrate import migrate
from tests.benchmarks.reads.answers import plain
from tests.benchmarks.reads.growth import costs
from tests.benchmarks.reads.measuring import Bench, pgbench
from tests.benchmarks.reads.page import FOLDER, Figures, write
from tests.benchmarks.reads.questions import OURS, Question, asked
from tests.benchmarks.reads.rows import Size, fill
from tests.benchmarks.reads.servers import EVERYBODY, PIECERATE, Served, served
from tests.judges.installed import REQUIRED

SECONDS: Final = float(os.environ.get("PIECERATE_BENCH_SECONDS", "14"))
SIZE: Final = Size(divisor=int(os.environ.get("PIECERATE_BENCH_DIVISOR", "1")))
SMALLER: Final = 10  # times fewer rows, to see growth
COMPARED_TURNS: Final = 8
OPTIONS: Final = {
    "shared_buffers": "1GB",
    "jit": "off",
    "autovacuum": "off",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
}

pytestmark = [
    pytest.mark.skipif(not os.environ.get("PIECERATE_BENCH"), reason="`make bench` runs it"),
    pytest.mark.timeout(7200),
]


def test_reads_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures that the documentation shows come from here."""
    load_before = os.getloadavg()
    monkeypatch.setenv(REQUIRED, "required")  # a peer without its packages is no reason to go on
    with own_server() as server:
        begun = time.perf_counter()
        bench = filled(server, "reads", SIZE)
        fill_seconds = time.perf_counter() - begun
        with served(*EVERYBODY, dsn=bench.dsn, home=made(tmp_path / "all")) as servers:
            hold_equal(servers, bench)
            found = bench.side_by_side(servers, list(Question))
        by_pgbench = {question: pgbench(bench, question, tmp_path) for question in Question}
        with served(PIECERATE, dsn=bench.dsn, home=made(tmp_path / "one")) as (ours,):
            alone, busy = bench.beside(ours)
            grown = costs(bench, ours)
        small = filled(server, "reads_small", Size(divisor=SIZE.divisor * SMALLER))
        with served(PIECERATE, dsn=small.dsn, home=made(tmp_path / "small")) as (ours,):
            grown = [*costs(small, ours), *grown]

    figures = Figures(
        size=SIZE,
        seconds=SECONDS,
        load_before=load_before,
        cores=os.cpu_count() or 1,
        fill_seconds=fill_seconds,
        found=found,
        by_pgbench=by_pgbench,
        growth=grown,
        alone=alone,
        busy=busy,
    )
    write(figures)
    Console().print(Markdown((FOLDER / "reads.md").read_text().partition("## How it is")[0]))


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@contextmanager
def own_server() -> Iterator[EmbeddedPostgres]:
    home = Path(tempfile.mkdtemp(prefix="piecerate-bench-"))
    home.chmod(0o711)  # root starts the server as somebody else, who must come in
    server = EmbeddedPostgres(home, options=OPTIONS, dies_with_us=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(server.place, ignore_errors=True)


def filled(server: EmbeddedPostgres, name: str, size: Size) -> Bench:
    address = server.running_address()
    running = read_pid_file(server.data)
    assert address is not None and running is not None
    dsn = address.dsn.replace("/postgres?", f"/{name}?")

    async def make() -> None:
        connection = await asyncpg.connect(address.dsn)
        await connection.execute(f"create database {name}")
        await connection.close()
        await open_pool(dsn, application_name="benchmark")
        await migrate()
        await close_pool()
        await fill(dsn, size, trusted=list(OURS.values()), has_policies=True)

    asyncio.run(make())
    return Bench(dsn=dsn, database_pid=running.pid, size=size, seconds=SECONDS)


def hold_equal(servers: Sequence[Served], bench: Bench) -> None:
    """Nobody is fast by leaving something out; each claims a place of the same campaign."""
    open_count = bench.size.open_campaigns
    first = next(bench.claims)
    for question, turn in itertools.product(Question, range(COMPARED_TURNS)):
        said = []
        for number, server in enumerate(servers):
            is_claim = question is Question.M1
            own_turn = first + turn + number * open_count if is_claim else turn
            each = asked(question, own_turn, bench.size)
            said.append(plain(server.kind.dialect, question, server.ask(each)))
            assert said[-1] == said[0], f"{server.kind.name} answers {each} otherwise"
    for _ in range(len(servers) * open_count):
        next(bench.claims)  # these are taken
