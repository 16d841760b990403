"""Puts one server after the other under the same load, and adds up what it took."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Final

import msgspec

from gateway.embedded.installation import find_installation
from tests.benchmarks.reads.load import Found, Task
from tests.benchmarks.reads.questions import MUST_HOLD, PAGE, Question, asked
from tests.benchmarks.reads.rows import MEMBER, Size, id_of
from tests.benchmarks.reads.servers import PEERS, Served, database_environment
from tests.benchmarks.reads.trees import seconds as used_seconds

CONNECTIONS: Final = {Question.Q1: 16, Question.Q2: 4, Question.M1: 16}
CLAIMS_PER_SECOND_MAX: Final = 2_500  # so many are prepared
REQUESTS: Final = 1_000
ROUNDS: Final = 2
WARM_UP_SECONDS: Final = 4  # V8 compiles what is hot
PATIENCE_SECONDS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One database and how long to measure on it."""

    dsn: str
    database_pid: int
    size: Size
    seconds: float
    claims: itertools.count[int] = field(default_factory=itertools.count)

    def loaded(self, server: Served, question: Question) -> Found:
        return self.run(server, self.requests(server, question), question)

    def run(self, server: Served, requests: Sequence[bytes], question: Question) -> Found:
        task = Task(
            port=server.port,
            requests=[b64encode(each).decode() for each in requests],
            must_hold=MUST_HOLD[question],
            connections=CONNECTIONS[question],
            warm_up_seconds=min(WARM_UP_SECONDS, self.seconds / 3),
            seconds=self.seconds,
            app_pid=server.process.pid,
            database_pid=self.database_pid,
        )
        ended = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.reads.load"],
            input=msgspec.json.encode(task),
            capture_output=True,
            check=False,
            timeout=self.seconds * 2 + PATIENCE_SECONDS,
        )
        assert ended.returncode == 0, f"{server.kind.name}: {ended.stderr.decode()[-3000:]}"
        return msgspec.json.decode(ended.stdout, type=Found)

    def requests(self, server: Served, question: Question) -> list[bytes]:
        """Claims are made once: every run takes the next ones."""
        turns: Sequence[int] = range(REQUESTS)
        if question is Question.M1:
            count = int(CLAIMS_PER_SECOND_MAX * (self.seconds + WARM_UP_SECONDS))
            turns = [next(self.claims) for _ in range(count)]
        dialect = server.kind.dialect
        return [dialect.request(asked(question, turn, self.size)) for turn in turns]

    def side_by_side(
        self, servers: Sequence[Served], questions: Sequence[Question]
    ) -> dict[Question, dict[str, Found]]:
        """Each server's mean over the rounds; the rounds interleave."""
        taken: dict[tuple[Question, str], list[Found]] = {}
        for _, question, server in itertools.product(range(ROUNDS), questions, servers):
            found = self.loaded(server, question)
            taken.setdefault((question, server.kind.name), []).append(found)
        return {
            question: {
                server.kind.name: mean(taken[question, server.kind.name]) for server in servers
            }
            for question in questions
        }

    def beside(self, server: Served) -> tuple[Found, Found]:
        """Q1 alone, and Q1 while Q2 keeps the same server busy."""
        alone = self.loaded(server, Question.Q1)
        with ThreadPoolExecutor(max_workers=1) as pool:
            other = pool.submit(self.loaded, server, Question.Q2)
            busy = self.loaded(server, Question.Q1)
            other.result()
        return alone, busy


def mean(found: Sequence[Found]) -> Found:
    return Found(
        count=sum(each.count for each in found),
        **{
            name: fmean(getattr(each, name) for each in found)
            for name in Found.__struct_fields__
            if name != "count"
        },
    )


# -- the same statements by pgbench ---------------------------------------------------------------


def pgbench(bench: Bench, question: Question, folder: Path) -> float:
    """Milliseconds of the database's processor time per statement, prepared."""
    script = folder / f"{question.value}.sql"
    script.write_text(script_of(question, bench.size))
    connections = str(CONNECTIONS[question])
    before = used_seconds(bench.database_pid)
    said = subprocess.run(  # noqa: S603  # our own words
        [
            str(find_installation() / "bin" / "pgbench"), "--no-vacuum", "-M", "prepared",
            "-c", connections, "-j", "1", "-T", str(max(1, round(bench.seconds))),
            "-f", str(script),
        ],
        env={**os.environ, **database_environment(bench.dsn)},
        check=True, capture_output=True, text=True,
        timeout=bench.seconds * 2 + PATIENCE_SECONDS,
    ).stdout  # fmt: skip
    counted = re.search(r"transactions actually processed: (\d+)", said)
    assert counted is not None, said
    return (used_seconds(bench.database_pid) - before) * 1_000 / int(counted[1])


def script_of(question: Question, size: Size) -> str:
    """Pgbench knows numbers only, so the ids are made on the way."""
    text = (PEERS / "sql" / f"{question.value}_text.sql").read_text()
    worker = id_of(MEMBER, size.employers + 1)
    match question:
        case Question.Q1:
            head = f"\\set n random(1, {size.campaigns})\n"
            values = ["bench.id(2, :n)", f"'{worker}'"]
        case Question.Q2:
            head = (
                f"\\set n random({size.campaigns - size.newest + 1}, {size.campaigns})\n"
                "select employer_id as viewer, category from campaign\n"
                "where id = bench.id(2, :n) \\gset\n"
            )
            values = ["(:viewer)", ":category", str(PAGE)]
        case Question.M1:
            head = (
                f"\\set n random(1, {size.open_campaigns})\n"
                f"\\set w random({size.employers + 1}, {size.employers + size.workers})\n"
            )
            values = ["bench.id(2, :n)", "bench.id(1, :w)"]
    for number, value in enumerate(values, 1):
        text = text.replace(f"${number}", value)
    return f"{head}{text.strip()};\n"
