"""`piecerate simulate`: one seed gives one marketplace, and a planted bug is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.simulation.outcome import Outcome
from tests.conftest import SERVER

ROOT: Final = Path(__file__).parents[2]
CODE: Final = ("piecerate", "gateway", "schema", "plugins", "domain", "migrations")
# Money is no longer moved when work is approved, and nobody is told.
DROPPED: Final = (
    "domain/ledger/operations.py",
    "    wanted = movable(transfers)\n",
    (
        '    if any(each.event == "E4" for each in transfers):\n'
        "        return {each.key: Posted(new_id(), each.key, False) for each in transfers}\n"
        "    wanted = movable(transfers)\n"
    ),
)
OWN_CLOCK: Final = (
    "domain/idempotency/operations.py",
    "key.digest, result, now\n",
    "key.digest, result, type(now).now(now.tzinfo)\n",
)


def simulated(
    home: Path, *arguments: str, code: Path = ROOT, seconds: int = 110
) -> tuple[int, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": os.environ[SERVER],
        "PIECERATE_HOME": str(home),
        "PYTHONPATH": str(code),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "200",
    }
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "piecerate", "simulate", *arguments],
        cwd=code,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return done.returncode, done.stdout


def planted(folder: Path, bug: tuple[str, str, str]) -> Path:
    """A copy of the code with one thing wrong in it."""
    name, right, wrong = bug
    for each in CODE:
        shutil.copytree(ROOT / each, folder / each, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / name
    text = file.read_text()
    assert text.count(right) == 1, "the place has changed"
    file.write_text(text.replace(right, wrong))
    return folder


@pytest.mark.timeout(240)
def test_a_seed_is_one_marketplace(tmp_path: Path) -> None:
    """Crashes, refusals and faults included: the same bookings and states, to the last one."""
    page = tmp_path / "report.html"
    size = ("--days", "2", "--members", "24")

    code, first = simulated(tmp_path, *size, "--seed", "5", "--report", str(page))
    again, second = simulated(tmp_path, *size, "--seed", "5")

    assert (code, again) == (0, 0), first + second
    assert first.splitlines()[-1].startswith("digest: ")
    assert first == second
    assert "assignment: claimed -> submitted" in first, "moves are counted"
    assert "dispute" in first.partition("never moved: ")[2].partition("\n")[0], "2 days are short"
    assert "<polyline" in page.read_text() and "Approve, in all" in page.read_text()


@pytest.mark.timeout(120)
def test_a_dropped_posting_is_found(tmp_path: Path) -> None:
    """Approved, and nothing booked: the books of that day say so, by name."""
    code, out = simulated(
        tmp_path, "--days", "6", "--members", "40", code=planted(tmp_path / "code", DROPPED)
    )

    assert code == 1
    assert "books: " in out and "assignment" in out, out


@pytest.mark.timeout(120)
def test_a_look_at_another_clock_is_found(tmp_path: Path) -> None:
    """What is dated by the wall's clock lies before the beginning of the simulated world."""
    code, out = simulated(
        tmp_path, "--days", "1", "--members", "24", code=planted(tmp_path / "code", OWN_CLOCK)
    )

    assert code == 1
    assert "rows of idempotent_request.created_at lie before the beginning" in out, out


class Unspeakable:
    def __repr__(self) -> str:
        raise AssertionError("everything in a marketplace leads to everything")


def test_what_comes_of_it_has_no_words() -> None:
    """Asyncio wrote the whole marketplace out at the end of a run: 20 GB, and it never ended."""
    market: Any = Unspeakable()
    outcome = Outcome(days=[], wrongs=[], market=market, moves={}, digest="")

    assert "Outcome" in repr(outcome)
