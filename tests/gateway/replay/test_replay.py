"""`piecerate replay` as a process: figures, a second run, real clients, `kill -9`, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PREFIX, clone_template, database_dsn
from tests.gateway.replay.crowds import CrowdFiles, expected_figures, make_crowd
from tests.gateway.replay.faults import Siege, Victim
from tests.gateway.replay.processes import (
    DECIDED,
    asked,
    assert_books_agree,
    assert_paid_once,
    dsn_of,
    own_home,
    replaying,
    run,
    served,
)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def home() -> Iterator[Path]:
    with own_home() as folder:
        yield folder


@pytest.fixture
def crowd(tmp_path: Path) -> CrowdFiles:
    return make_crowd(tmp_path, workers=12, tasks=30, answers_per_task=4)


@pytest.fixture
def own_database(worker_id: str) -> str:
    """Books in which nothing has happened yet, on the server of the tests."""
    name = f"{PREFIX}_replay_{worker_id}"
    asyncio.run(clone_template(name))
    return database_dsn(name)


def test_by_operations_twice(home: Path, crowd: CrowdFiles, own_database: str) -> None:
    """Everything is settled as the file says; the second run finds it done and adds nothing."""
    place = {"DATABASE_URL": own_database, "PIECERATE_HOME": str(home)}

    with replaying(crowd, said=home / "said", **place) as replay:
        first = replay.finish()
    with replaying(crowd, said=home / "said", **place) as replay:
        second = replay.finish()

    assert first.own == second.own == expected_figures(crowd)
    assert (first.settled, second.settled) == (120, 0)
    assert first.accuracy.endswith("of 15)")
    assert_books_agree(own_database, second)
    assert_paid_once(home, own_database, second)


def test_over_http_as_by_operations(home: Path, tmp_path: Path) -> None:
    """Real clients get the same figures; by operations nothing is left to do afterwards."""
    crowd = make_crowd(tmp_path, workers=3, tasks=8, answers_per_task=3)

    with served(home) as launcher:
        place = {"PIECERATE_HOME": str(home), "PIECERATE_PORT": str(launcher.port)}
        with replaying(crowd, "--via", "http", said=home / "http", **place) as replay:
            by_http = replay.finish(seconds=120)
        with replaying(crowd, said=home / "operations", **place) as replay:
            by_operations = replay.finish()
        assert_books_agree(dsn_of(home), by_http)
        assert_paid_once(home, dsn_of(home), by_http)

    assert by_http.own == by_operations.own == expected_figures(crowd)
    assert (by_http.settled, by_operations.settled) == (24, 0)


def test_killed_in_every_part_and_resumed(home: Path, crowd: CrowdFiles) -> None:
    """The replay, the web server, job workers, PostgreSQL: nobody is paid twice or forgotten."""
    with served(home) as launcher:
        siege = Siege(launcher, crowd, answer_count=120, concurrency=2, seed=20)
        siege.endure([Victim.REPLAY])
        ((decided,),) = asked(dsn_of(home), DECIDED)
        assert decided < 120, "it was killed in the middle"
        siege.endure([Victim.WEB_SERVER, Victim.JOB_WORKER, Victim.POSTGRES, Victim.REPLAY])

        printed = siege.finish(seconds=120)

        assert printed.own == expected_figures(crowd), siege.log
        assert_books_agree(dsn_of(home), printed)
        assert_paid_once(home, dsn_of(home), printed)
        audit = run("verify", PIECERATE_HOME=str(home))
        assert audit.returncode == 0, audit.stdout + audit.stderr


@pytest.mark.parametrize("spoiled", ["labels", "truth"])
def test_a_malformed_line_is_named(home: Path, crowd: CrowdFiles, spoiled: str) -> None:
    """Before anything is written: not even a database is made for it."""
    path: Path = getattr(crowd, spoiled)
    path.write_text(path.read_text() + "only-one-column\n")
    line = len(path.read_text().splitlines())

    refused = run(
        "replay",
        str(crowd.labels),
        "--truth",
        str(crowd.truth),
        PIECERATE_HOME=str(home / "new"),
    )

    assert refused.returncode == 1
    assert f"piecerate: {path}, line {line}: expected" in refused.stderr
    assert {each.name for each in (home / "new").iterdir()} <= {"secret_key"}
