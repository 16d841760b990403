"""`piecerate serve` as a real process tree: killed in parts it comes back, stopped it goes."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from gateway.children import RESTARTS_MAX, Child, DiesTooOften, Restarts, stop_children
from gateway.embedded import EmbeddedPostgres
from gateway.embedded.places import free_port
from gateway.launch import is_healthy
from gateway.ports import PortRefused, kept_port, port_problem
from gateway.processes import process_exists, wait_until
from gateway.settings import KEYS

START_SECONDS_MAX = 60


def descendants(pid: int) -> dict[int, str]:
    """Every process below this one: number and command line."""
    rows = process_table()
    found: dict[int, str] = {}
    parents = {pid}
    while parents:
        children = {child: line for child, (parent, line) in rows.items() if parent in parents}
        found |= children
        parents = set(children)
    return found


def process_table() -> dict[int, tuple[int, str]]:
    """Number, parent and command line; a bare machine may have no `ps`."""
    if not Path("/proc/self/stat").exists():
        answer = subprocess.run(
            ["ps", "-ww", "-axo", "pid=,ppid=,args="],  # noqa: S607
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        rows = [line.split(maxsplit=2) for line in answer.splitlines()]
        return {int(row[0]): (int(row[1]), row[2]) for row in rows}
    found: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found[int(folder.name)] = (parent, line.strip())
    return found


@dataclass
class Launcher:
    home: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        return (self.home / "said").read_text(errors="replace")

    def is_ready(self) -> bool:
        """The database answers too."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()

    def below(self, words: str) -> list[int]:
        """The processes of this tree whose command line contains these words; oldest first."""
        return sorted(
            pid for pid, line in descendants(self.process.pid).items() if re.search(words, line)
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


Launch = Callable[..., Launcher]


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="piecerate-launch-"))
    folder.chmod(0o755)  # root starts the database as somebody else
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def launch(home: Path) -> Iterator[Launch]:
    """Starts `piecerate serve` in the home and waits until it is ready."""
    launchers: list[Launcher] = []

    def start(**environ: str) -> Launcher:
        port = launchers[0].port if launchers else free_port()
        launcher = Launcher(home, port, serve(home, port=port, **environ))
        launchers.append(launcher)
        assert wait_until(
            lambda: launcher.is_ready() or launcher.process.poll() is not None,
            seconds=START_SECONDS_MAX,
        ), launcher.said
        assert launcher.process.poll() is None, launcher.said
        return launcher

    yield start
    for launcher in launchers:
        if launcher.process.poll() is None:
            launcher.stop()


def serve(
    home: Path, *, port: int, command: str = "serve", **environ: str
) -> subprocess.Popen[bytes]:
    ours = {name for name in os.environ if name in {key.name for key in KEYS}}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    with (home / "said").open("wb") as said:
        return subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "piecerate", command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={
                **inherited,
                "PIECERATE_HOME": str(home),
                "PIECERATE_PORT": str(port),
                **environ,
            },
            start_new_session=True,
        )


@pytest.mark.timeout(180)
def test_every_part_may_be_killed_and_nothing_stays_behind(launch: Launch) -> None:
    """Server, job worker, database: each is back within seconds, and jobs run; then SIGINT."""
    launcher = launch()
    for words in ("-m gateway.web", "-m piecerate worker", "bin/postgres -D"):
        victim = launcher.below(words)[0]
        os.kill(victim, signal.SIGKILL)
        assert wait_until(
            lambda words=words, victim=victim: (
                victim not in launcher.below(words)[:1]  # type: ignore[misc]
                and launcher.below(words) != []
                and launcher.is_ready()
            ),
            seconds=30,
        ), launcher.said
    assert wait_until(lambda: jobs_have_run_since_the_kill(launcher.home), seconds=40), (
        launcher.said
    )
    everything = descendants(launcher.process.pid)
    assert len(everything) > 8

    assert launcher.stop(signal.SIGINT) == 0

    assert wait_until(lambda: not any(process_exists(pid) for pid in everything), seconds=5), (
        launcher.said
    )
    assert port_problem("127.0.0.1", launcher.port) is None


def jobs_have_run_since_the_kill(home: Path) -> bool:
    """The database was killed last, and came back a moment ago."""
    address = EmbeddedPostgres(home).running_address()
    assert address is not None

    async def ask() -> bool:
        connection = await asyncpg.connect(address.dsn)
        try:
            return bool(await connection.fetchval(RUN_SINCE_START))
        finally:
            await connection.close()

    return asyncio.run(ask())


RUN_SINCE_START = """
    select exists (select from jobs.pgqueuer_log
                   where status = 'successful' and created > pg_postmaster_start_time())
"""


@pytest.mark.timeout(180)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the children look twice a second")
def test_a_killed_launcher_takes_its_children_along_and_its_heir_adopts(launch: Launch) -> None:
    """A stale server would hold the port; the database lives on and is taken over."""
    launcher = launch()
    everything = descendants(launcher.process.pid)
    database = launcher.below("bin/postgres -D")
    launcher.process.kill()
    launcher.process.wait()
    ours = {pid for pid, line in everything.items() if "postgres" not in line}
    assert len(ours) == 3
    assert wait_until(lambda: not any(process_exists(pid) for pid in ours), seconds=5)
    assert all(process_exists(pid) for pid in database)

    heir = launch()

    assert process_exists(database[0])
    assert heir.stop() == 0
    assert not process_exists(database[0])


@pytest.mark.timeout(180)
def test_a_named_database_is_used_and_none_is_made(launch: Launch, database: str) -> None:
    """With DATABASE_URL nothing embedded starts."""
    launcher = launch(DATABASE_URL=database)

    assert launcher.below("postgres -D") == []
    assert not {"pgdata", "password", "lock"} & {path.name for path in launcher.home.iterdir()}


def refusal(home: Path, *, port: int | None = None, **environ: str) -> str:
    process = serve(home, port=port or free_port(), **environ)
    assert process.wait(60) == 1
    said = (home / "said").read_text()
    assert "Traceback" not in said
    return said.strip().splitlines()[-1]


def test_a_taken_port_is_one_sentence(home: Path) -> None:
    """Refused before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert f"piecerate: Port {port} on 127.0.0.1 is taken" in refusal(home, port=port)

    assert not (home / "pgdata").exists()


def test_an_unreachable_database_is_one_sentence(home: Path) -> None:
    """And the password in its address is not shown."""
    said = refusal(home, DATABASE_URL="postgresql://ann:hunter2@127.0.0.1:1/x")

    assert said.startswith("piecerate: The server of DATABASE_URL")
    assert "hunter2" not in said


def test_a_folder_nobody_can_write_is_one_sentence(home: Path) -> None:
    """A file in the way stops root too."""
    (home / "file").write_text("")

    said = refusal(home, PIECERATE_HOME=str(home / "file" / "home"))

    assert "cannot be written" in said


def test_assertions_cannot_be_switched_off(home: Path) -> None:
    """They guard the money."""
    assert refusal(home, PYTHONOPTIMIZE="1").startswith("piecerate: start Python without -O")


def test_two_launchers_cannot_share_a_port() -> None:
    """The web server asks the system for a shared port, so the launchers must look themselves."""
    port = free_port()

    with kept_port("127.0.0.1", port):
        assert "is taken" in (port_problem("127.0.0.1", port) or "")
        with pytest.raises(PortRefused), kept_port("127.0.0.1", port):
            pass

    assert port_problem("127.0.0.1", port) is None


def test_what_dies_again_and_again_ends_everything() -> None:
    """Five deaths within a minute are bad luck, six are a reason."""
    restarts = Restarts("web server")
    for second in range(RESTARTS_MAX):
        restarts.note(second)

    with pytest.raises(DiesTooOften, match="web server ended 6 times"):
        restarts.note(RESTARTS_MAX)


def test_deaths_far_apart_are_forgotten() -> None:
    """A server that is killed once an hour for a week is started again each time."""
    restarts = Restarts("web server")

    for hour in range(100):
        restarts.note(hour * 3600.0)

    assert len(restarts.instants) == 1


def test_a_child_that_does_not_stop_is_killed_with_all_of_its_own() -> None:
    """The second Ctrl-C waits for nobody."""
    child = Child("sleeper", ["timeit", "-n1", "-r1", STUBBORN], {})
    child.start()
    assert child.process is not None
    assert wait_until(lambda: len(descendants(os.getpid())) > 0, seconds=10)
    time.sleep(1)  # it has begun to ignore us
    below = descendants(child.process.pid)

    stop_children([child], is_urgent=lambda: True)

    assert child.has_ended()
    assert below and wait_until(lambda: not any(process_exists(pid) for pid in below), seconds=5)


STUBBORN = (
    "import signal, subprocess; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "subprocess.run(['sleep', '60'])"
)


def test_a_port_where_nobody_answers_is_not_healthy() -> None:
    """The launcher asks before anything listens."""
    assert not is_healthy(f"http://127.0.0.1:{free_port()}")
