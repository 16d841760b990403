"""The embedded server survives what happens to servers: each test loses something else."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from gateway.embedded import EmbeddedPostgres, OwnedElsewhere, PostgresRefused, ServerAddress
from gateway.embedded.pid_file import DEAD_PID, disown_stranger, read_pid_file
from gateway.embedded.reachable import check_named_server, reachable_database, server_problem
from gateway.embedded.server import answers
from gateway.embedded.users import ServerUser
from gateway.processes import process_exists, wait_until
from gateway.settings import settings_from

OPTIONS = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}


def embedded(home: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(home, options=OPTIONS, dies_with_us=True)


def start_and_die(home: Path) -> None:
    """What `kill -9` of a launcher leaves: the server runs, and nobody holds the lock."""
    program = (
        "import os, pathlib, sys; from gateway.embedded import EmbeddedPostgres;"
        f"EmbeddedPostgres(pathlib.Path(sys.argv[1]), options={OPTIONS}).start(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(home)], check=True)  # noqa: S603


async def ask(address: ServerAddress, sql: str) -> object:
    connection = await asyncpg.connect(address.dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def enterable_folder() -> Path:
    """Pytest's own folders are shut, and root starts the server as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="piecerate tests "))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home with spaces in its name; the database in it is made once for this file."""
    folder = enterable_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def fresh_home() -> Iterator[Path]:
    folder = enterable_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    server = embedded(home)
    yield server
    server.stop()


def test_it_starts_warm_and_keeps_what_was_written(server: EmbeddedPostgres) -> None:
    """The second start finds yesterday's data, sorted the same on every system."""
    asyncio.run(ask(server.start(), "create table kept as select 7 as number"))
    server.stop()

    address = server.start()

    assert asyncio.run(ask(address, "select number from kept")) == 7
    assert asyncio.run(ask(address, "select current_setting('data_checksums')")) == "on"
    assert asyncio.run(ask(address, "select lower('Ä')")) == "ä"


def test_a_wrong_password_is_refused(server: EmbeddedPostgres) -> None:
    """The socket's folder is private; the password is the second door."""
    address = server.start()

    assert answers(address)
    assert not answers(ServerAddress(host=address.host, port=address.port, password="guess"))  # noqa: S106  # that is the point
    assert stat.S_IMODE(Path(address.host).stat().st_mode) == 0o700


def test_a_second_command_sees_that_the_home_is_taken(server: EmbeddedPostgres) -> None:
    """Two servers on one folder would destroy it; the second command uses the first's server."""
    address = server.start()

    with pytest.raises(OwnedElsewhere):
        embedded(server.home).start()

    assert embedded(server.home).running_address() == address
    with reachable_database(settings_from({"PIECERATE_HOME": str(server.home)})) as dsn:
        assert dsn == address.dsn
    assert server.is_alive()


def test_a_killed_server_starts_again_with_the_same_address(server: EmbeddedPostgres) -> None:
    """Clients keep their address; its children's shared memory needs a moment to go."""
    address = server.start()
    running = read_pid_file(server.data)
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    assert wait_until(lambda: not server.is_alive(), seconds=10)

    assert server.restart() == address
    assert answers(address)


def test_an_orphan_is_adopted_and_can_be_stopped(server: EmbeddedPostgres) -> None:
    """After `kill -9` of the launcher the server lives on; the next start takes it over."""
    start_and_die(server.home)
    orphan = server.running_address()
    running = read_pid_file(server.data)
    assert orphan is not None and running is not None

    assert server.start() == orphan
    assert server.is_alive()
    assert read_pid_file(server.data) == running
    server.stop()
    assert not process_exists(running.pid)


def test_a_number_that_belongs_to_a_stranger_now_does_not_stop_the_start(
    server: EmbeddedPostgres,
) -> None:
    """After a restart of the container the old number is often somebody else's."""
    server.start()
    server.stop()
    stale = server.data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n/nowhere\n\n1 1\nready\n")
    server_owner = server.data.stat()
    os.chown(stale, server_owner.st_uid, server_owner.st_gid)

    assert server.running_address() is None
    assert answers(server.start())


def test_the_stranger_is_replaced_and_the_rest_is_kept(tmp_path: Path) -> None:
    """The server still compares the shared memory that the old file names."""
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\nrest\nof it\n")

    disown_stranger(tmp_path)

    assert (tmp_path / "postmaster.pid").read_text() == f"{DEAD_PID}\nrest\nof it\n"


def test_another_major_version_is_refused_by_name(server: EmbeddedPostgres) -> None:
    """Starting 18 on a folder of 17 must not even be tried."""
    server.start()
    server.stop()
    version = server.data / "PG_VERSION"
    text = version.read_text()
    version.write_text("14\n")
    try:
        with pytest.raises(PostgresRefused, match="is PostgreSQL 14 and the programs are 18"):
            server.start()
    finally:
        version.write_text(text)

    assert answers(server.start())  # and the lock was given back


def test_a_half_made_database_is_made_anew(fresh_home: Path) -> None:
    """Killed while initdb ran: what it left lies beside, not in, the database's place."""
    (fresh_home / "pgdata.draft").mkdir()
    (fresh_home / "pgdata.draft" / "PG_VERSION").write_text("18\n")
    server = embedded(fresh_home)

    try:
        assert answers(server.start())
    finally:
        server.stop()


def test_a_folder_of_other_things_is_left_alone(fresh_home: Path) -> None:
    """Whatever lies in `pgdata`, it is not ours to remove."""
    data = fresh_home / "pgdata"
    data.mkdir()
    (data / "thesis.txt").write_text("years of work")
    ServerUser.choose(run_as="nobody", data=fresh_home / "gone").take(data)

    with pytest.raises(PostgresRefused, match="is not empty"):
        embedded(fresh_home).start()

    assert (data / "thesis.txt").exists()


def test_a_long_log_is_put_aside(server: EmbeddedPostgres) -> None:
    """It would grow for ever; one old one is kept."""
    with server.log.open("wb") as file:
        file.truncate(11 * 1024 * 1024)

    server.start()

    assert server.log.stat().st_size < 1024 * 1024
    assert server.log.with_suffix(".log.1").stat().st_size == 11 * 1024 * 1024


def test_its_log_quotes_no_rows(server: EmbeddedPostgres) -> None:
    """A row that breaks a rule may hold a name or an address."""
    make = "create temp table person (email text check (length(email) < 5))"
    wrong = "insert into person values ($1)"

    async def break_a_rule() -> None:
        connection = await asyncpg.connect(server.start().dsn)
        try:
            await connection.execute(make)
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute(wrong, "canary@example.org")
        finally:
            await connection.close()

    asyncio.run(break_a_rule())

    assert "person_email_check" in (log := server.log.read_text())
    assert "canary@example.org" not in log


def test_stopping_leaves_no_process_and_no_socket(server: EmbeddedPostgres) -> None:
    """Nothing stays behind after Ctrl-C."""
    address = server.start()
    running = read_pid_file(server.data)
    assert running is not None

    server.stop()

    assert not process_exists(running.pid)
    assert not Path(address.host).exists()
    assert read_pid_file(server.data) is None


@pytest.mark.parametrize(
    ("version", "encoding", "sentence"),
    [
        (140_011, "UTF8", "is PostgreSQL 14; 15 or newer is needed"),
        (150_000, "LATIN1", "encoded in LATIN1"),
        (150_000, "UTF8", None),
    ],
)
def test_a_named_server_must_be_new_enough_and_keep_all_text(
    version: int, encoding: str, sentence: str | None
) -> None:
    """Refused at the start, in words, rather than by a migration's error."""
    problem = server_problem(version=version, encoding=encoding)

    assert problem is None if sentence is None else sentence in (problem or "")


def test_the_server_of_the_tests_is_good_enough(database: str) -> None:
    """The check itself works against a live server."""
    check_named_server(database)
