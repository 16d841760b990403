"""How fast the main job is, and how much memory it takes; `make bench`. Nothing is asserted."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console
from rich.table import Table

from tests.benchmarks.machine import load, machine, moment, resident_mebibytes
from tests.benchmarks.operations import BATCH, CLIENTS, Speeds, measure
from tests.gateway.replay.crowds import CrowdFiles, make_crowd
from tests.gateway.replay.processes import dsn_of, own_home, replaying, served
from tests.gateway.test_launch import Launcher
from tests.tidy.source import ROOT

FOLDER: Final[Path] = ROOT.parent / "shared" / "data" / "crowd" / "mozafari"
PAGE: Final[Path] = ROOT / "docs" / "benchmarks" / "main-job.md"
HTTP_WORKERS: Final = 16

pytestmark = [
    pytest.mark.skipif(not os.environ.get("PIECERATE_BENCH"), reason="`make bench` runs it"),
    pytest.mark.timeout(3600),
]


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    figure: str
    aim: str = ""


def test_the_main_job(tmp_path: Path) -> None:
    """The figures that the documentation shows come from here."""
    load_before = load()
    with own_home() as home:
        with timed() as cold, served(home):
            cold.stop()
        with timed() as warm, served(home) as launcher:
            warm.stop()
            rows = starts(cold, warm) + replays(launcher, tmp_path) + memory(launcher)
            rows += speeds(measure(dsn_of(home)))

    show(rows)
    write_page(rows, load_before=load_before)


@dataclass
class Watch:
    begun: float
    seconds: float = 0.0

    def stop(self) -> None:
        self.seconds = time.perf_counter() - self.begun


@contextmanager
def timed() -> Iterator[Watch]:
    yield Watch(time.perf_counter())


def starts(cold: Watch, warm: Watch) -> list[Row]:
    return [
        Row("cold start of `serve` (makes the database)", f"{cold.seconds:.1f} s"),
        Row("warm start of `serve`", f"{warm.seconds:.1f} s"),
    ]


def replays(launcher: Launcher, folder: Path) -> list[Row]:
    crowd, name = real_or_made_crowd(folder)
    place = {"PIECERATE_HOME": str(launcher.home), "PIECERATE_PORT": str(launcher.port)}
    with timed() as whole, replaying(crowd, said=folder / "said", **place) as replay:
        printed = replay.finish(seconds=1200)
        whole.stop()
    (folder / "http").mkdir()
    small = make_crowd(folder / "http", workers=HTTP_WORKERS, tasks=100, answers_per_task=5)
    options = ("--via", "http", "--concurrency", str(HTTP_WORKERS))
    with replaying(small, *options, said=folder / "said", **place) as replay:
        by_http = replay.finish(seconds=600)
    return [
        Row(f"answers of the replay ({name})", f"{printed.settled:,}"),
        Row("answers settled per second, by operations", f"{printed.per_second:,.0f}"),
        Row("seconds to settle them", f"{printed.settled / printed.per_second:.0f} s", "60 s"),
        Row("seconds with payouts and invoices", f"{whole.seconds:.0f} s"),
        Row(
            f"answers settled per second over HTTP, {HTTP_WORKERS} clients",
            f"{by_http.per_second:,.0f}",
        ),
    ]


def real_or_made_crowd(folder: Path) -> tuple[CrowdFiles, str]:
    if (FOLDER / "labels.tsv").exists():
        return CrowdFiles(FOLDER / "labels.tsv", FOLDER / "truth.tsv"), "mozafari, 83 workers"
    made = make_crowd(folder, workers=60, tasks=400, answers_per_task=5)
    return made, "made up, 60 workers"


def memory(launcher: Launcher) -> list[Row]:
    """After both replays. Of the web server's processes the largest is the one that answers."""
    web = max(map(resident_mebibytes, launcher.below("-m gateway.web")))
    jobs = max(map(resident_mebibytes, launcher.below("-m piecerate worker")))
    return [
        Row("memory of the web worker (RSS)", f"{web:.0f} MiB", "150 MB"),
        Row("memory of the job worker (RSS)", f"{jobs:.0f} MiB"),
    ]


def speeds(found: Speeds) -> list[Row]:
    return [
        Row(f"claims per second, {CLIENTS} clients", f"{found.claims:,.0f}"),
        Row(f"submissions per second, {CLIENTS} clients", f"{found.submissions:,.0f}"),
        Row(f"approvals per second, {CLIENTS} clients", f"{found.approvals:,.0f}"),
        Row("ledger transfers per second, one client", f"{found.transfers_alone:,.0f}"),
        Row(
            f"ledger transfers per second, {CLIENTS} clients",
            f"{found.transfers_by_clients:,.0f}",
        ),
        Row(
            f"ledger transfers per second, in batches of {BATCH}",
            f"{found.transfers_in_batches:,.0f}",
        ),
    ]


def show(rows: Sequence[Row]) -> None:
    table = Table(title="The main job")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("aim on 2 cores", justify="right")
    for row in rows:
        table.add_row(row.what, row.figure, row.aim)
    Console(width=100).print(table)


def write_page(rows: Sequence[Row], *, load_before: str) -> None:
    lines = [
        "# Benchmarks of the main job",
        "",
        "Written by `make bench`; nothing here is asserted by a test.",
        "",
        f"Taken {moment()} on {machine()}.",
        f"Load average (1, 5, 15 minutes) before the run: {load_before}; after it: {load()}.",
        "The run itself makes a load of about 2; whatever is above that was other work.",
        "PostgreSQL is the embedded one with its durable settings, on the same machine.",
        "",
        "| what | figure | aim on 2 cores |",
        "|---|---:|---:|",
        *(f"| {row.what} | {row.figure} | {row.aim} |" for row in rows),
        "",
    ]
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text("\n".join(lines))
