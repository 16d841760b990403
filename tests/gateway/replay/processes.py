"""The commands as processes: a marketplace served in a home of its own, replays, the audit."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

import asyncpg

from gateway.embedded import EmbeddedPostgres
from gateway.embedded.places import free_port
from gateway.processes import process_exists, wait_until
from gateway.settings import KEYS
from plugins.payments.sandbox.memory import SandboxMemory
from tests.gateway.replay.crowds import CrowdFiles, Figures
from tests.gateway.test_launch import Launcher, descendants, serve
from tests.tidy.source import ROOT

Result = TypeVar("Result")

START_SECONDS_MAX: Final = 90.0
ROW_OF: Final = {"documents": "documents issued", "vat": "VAT"}
MONEY: Final = ("paid_in", "paid_out", "fees", "vat", "referral_rewards", "still_held")
COUNTS: Final = ("answers", "workers", "approved", "rejected", "documents")

PAGE: Final = ROOT / "docs" / "operating" / "replay.md"
DECIDED: Final = "select count(*) from assignment where state in ('approved', 'rejected')"
PAYOUTS: Final = "select id::text, state, amount_micros - fee_micros, currency from payout"


def environment(**said: str) -> dict[str, str]:
    """Ours, without what the outside says about a marketplace."""
    ours = {key.name for key in KEYS}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {**inherited, "COLUMNS": "120", **said}


@dataclass
class Replay:
    """One run of the command; what it says goes to a file."""

    process: subprocess.Popen[bytes]
    path: Path

    @property
    def said(self) -> str:
        return self.path.read_text(errors="replace")

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def has_begun(self, step: str) -> bool:
        return f"… {step}\n" in self.said

    def finish(self, *, seconds: float = 60) -> Printed:
        assert self.process.wait(seconds) == 0, self.said
        return Printed.of(self.said)


@dataclass(frozen=True, slots=True)
class Printed:
    own: Figures
    everything: dict[str, int]
    trial_balance: int
    settled: int
    per_second: float
    accuracy: str

    @classmethod
    def of(cls, said: str) -> Printed:
        rows = {
            fields[0]: fields[1:]
            for fields in (re.split(r" {2,}", line.strip()) for line in said.splitlines())
            if len(fields) > 1
        }
        own = {name: number(rows[ROW_OF.get(name, name)][0]) for name in COUNTS}
        money = {name: rows[ROW_OF.get(name, name.replace("_", " "))] for name in MONEY}
        speed = rows["assignments settled per second"][0]
        return cls(
            own=Figures(**own, **{name: micros(row[0]) for name, row in money.items()}),
            everything={name: micros(row[1]) for name, row in money.items()},
            trial_balance=number(rows["trial balance"][0]),
            settled=number(rows["settled now"][0]),
            per_second=0 if speed == "none" else number(speed),
            accuracy=rows["label accuracy"][0],
        )


def number(text: str) -> int:
    return int(text.replace(",", ""))


def micros(text: str) -> int:
    amount, currency = text.split()
    assert currency == "USD"
    return int(Decimal(amount).scaleb(6))


@contextmanager
def replaying(crowd: CrowdFiles, *options: str, said: Path, **environ: str) -> Iterator[Replay]:
    """Whatever still runs at the end is killed, and its job worker dies with it."""
    with said.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603  # our own words
            [*command("replay"), str(crowd.labels), "--truth", str(crowd.truth), *options],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=environment(**environ),
        )
    below: dict[int, str] = {}
    try:
        yield Replay(process, said)
        below = descendants(process.pid)
    finally:
        process.kill()
        process.wait()
        wait_until(lambda: not any(process_exists(pid) for pid in below), seconds=5)


def run(
    name: str, *arguments: str, seconds: float = 60, **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own words
        [*command(name), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds,
        env=environment(**environ),
    )


def command(name: str) -> Sequence[str]:
    return [sys.executable, "-m", "piecerate", name]


@contextmanager
def own_home() -> Iterator[Path]:
    """Below the folder for temporary files: the database's own user can enter it."""
    home = Path(tempfile.mkdtemp(prefix="piecerate-replay-"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def served(home: Path) -> Iterator[Launcher]:
    """`piecerate serve` until it is ready; nothing of it stays behind."""
    port = free_port()
    launcher = Launcher(home, port, serve(home, port=port))
    everything: dict[int, str] = {}
    try:
        await_ready(launcher)
        yield launcher
    finally:
        everything = descendants(launcher.process.pid)
        with suppress(subprocess.TimeoutExpired):
            launcher.stop()
        launcher.process.kill()
        launcher.process.wait()
        for pid in filter(process_exists, everything):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def await_ready(launcher: Launcher) -> None:
    assert wait_until(
        lambda: launcher.is_ready() or launcher.process.poll() is not None,
        seconds=START_SECONDS_MAX,
    ), launcher.said
    assert launcher.process.poll() is None, launcher.said


def dsn_of(home: Path) -> str:
    address = EmbeddedPostgres(home).running_address()
    assert address is not None, "its database runs"
    return address.dsn


def asked(dsn: str, question: str) -> list[asyncpg.Record]:
    async def ask() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return list(await connection.fetch(question, timeout=30))
        finally:
            await connection.close()

    return asyncio.run(ask())


def patiently(question: Callable[[], Result], *, otherwise: Result) -> Result:
    """The database may be the one that was killed a moment ago."""
    try:
        return question()
    except (OSError, TimeoutError, AssertionError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return otherwise


def assert_books_agree(dsn: str, printed: Printed) -> None:
    """By the SQL of the documentation, where nothing but one replay has happened."""
    own = told("own")
    everything = own.replace("and t.correlation_id in (select id from about)", "")
    assert own != everything
    for question in (own, everything):
        (sums,) = asked(dsn, question)
        assert {name: int(sums[name] or 0) for name in MONEY} == printed.everything
    assert {name: getattr(printed.own, name) for name in MONEY} == printed.everything
    (trial_balance,) = asked(dsn, told("trial balance"))
    assert printed.trial_balance == trial_balance["sum"] == 0
    counts = {row["state"]: row["count"] for row in asked(dsn, told("decisions"))}
    assert counts == {"approved": printed.own.approved, "rejected": printed.own.rejected}


def told(name: str) -> str:
    """What docs/operating/replay.md tells people to ask."""
    found = re.search(rf"<!-- {name} -->\n```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None, name
    return found[1]


def assert_paid_once(home: Path, dsn: str, printed: Printed) -> None:
    """What the sandbox has done is what the payouts wanted: nothing twice, nothing missing."""
    memory = home / "sandbox.sqlite"
    intents = asked(dsn, PAYOUTS)
    effects = [
        (item.payout_id, item.amount.micros, item.amount.currency)
        for item in SandboxMemory(memory).items()
    ]

    assert {state for _, state, _, _ in intents} == {"paid"}
    assert sorted(effects) == sorted((id_, amount, unit) for id_, _, amount, unit in intents)
    assert sum(amount for _, amount, _ in effects) == printed.own.paid_out
    with sqlite3.connect(memory) as connection:
        deposits = connection.execute("select amount_micros from deposit").fetchall()
    connection.close()
    assert deposits == [(printed.own.paid_in,)]
