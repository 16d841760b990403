"""The supervisor of one embedded server (POSIX): lock, initdb, start, adopt, stop."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from gateway.embedded.faults import OwnedElsewhere, PostgresRefused
from gateway.embedded.installation import find_installation, runnable_installation
from gateway.embedded.pid_file import RunningServer, disown_stranger, is_running, read_pid_file
from gateway.embedded.places import choose_endpoint, choose_place, known_place
from gateway.embedded.users import ServerUser
from gateway.processes import ask_for_death_signal, process_exists, wait_until

BUILTIN_LOCALE_MAJOR: Final = 17
LOG_BYTES_MAX: Final = 10 * 1024 * 1024
START_SECONDS_MAX: Final = 300.0  # a long recovery is no failure
STOP_SECONDS_MAX: Final = 30.0
PASSING_SECONDS_MAX: Final = 30.0
OPTIONS: Final = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "log_error_verbosity": "terse",  # else the log quotes the rows at fault, personal columns too
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    host: str  # socket folder or 127.0.0.1
    port: int
    password: str

    @property
    def dsn(self) -> str:
        where = f"host={quote(self.host, safe='/')}&port={self.port}"
        return f"postgresql://postgres:{quote(self.password)}@/postgres?{where}"


class EmbeddedPostgres:
    """`start` gives the address; whoever started it calls `stop`, or leaves an orphan to adopt."""

    def __init__(
        self,
        home: Path,
        *,
        run_as: str = "nobody",
        options: Mapping[str, str] | None = None,
        dies_with_us: bool = False,
    ) -> None:
        """`dies_with_us` is for tests: what users keep in a database outlives a killed launcher."""
        self.home = home = home.resolve()
        self.run_as = run_as
        self.dies_with_us = dies_with_us
        self.options = {**OPTIONS, **(options or {})}
        self.log = home / "postgres.log"
        self.password_file = home / "password"
        self.lock = home / "lock"
        self.place = home
        self._child: subprocess.Popen[bytes] | None = None
        self._adopted_pid: int | None = None
        self._lock_descriptor: int | None = None
        self._endpoint: tuple[str, int] | None = None
        self._socket_folder: Path | None = None

    @property
    def data(self) -> Path:
        return self.place / "pgdata"

    # -- life ---------------------------------------------------------------

    def start(self, *, seconds: float = START_SECONDS_MAX) -> ServerAddress:
        """Refuses with `OwnedElsewhere` while another command holds the home."""
        self._take_lock()
        try:
            return self._start(time.monotonic() + seconds)
        except BaseException:
            self._release_lock()
            raise

    def _start(self, deadline: float) -> ServerAddress:
        known = known_place(self.home)
        user = ServerUser.choose(run_as=self.run_as, data=(known or self.home) / "pgdata")
        self.place = choose_place(self.home, user=user)
        self._refuse_foreign_data(user)
        installation, major = runnable_installation(
            find_installation(), place=self.place, user=user
        )
        self._initialise(installation, user=user, major=major)
        data_major = (self.data / "PG_VERSION").read_text().strip()
        if data_major != str(major):
            raise PostgresRefused(
                f"The database in {self.data} is PostgreSQL {data_major} and the programs are "
                f"{major}: dump it with the old programs and restore it with these."
            )
        patience_until = min(deadline, time.monotonic() + PASSING_SECONDS_MAX)
        while True:
            adopted = self._adopt(deadline)
            if adopted is not None:
                return adopted
            try:
                return self._launch(installation, user=user, deadline=deadline)
            except PostgresRefused as failure:
                # After a killed postmaster its children keep the shared memory
                # and the lock file for a few hundred milliseconds.
                is_passing = "lock file" in str(failure) or "shared memory" in str(failure)
                if not is_passing or time.monotonic() > patience_until:
                    raise
                time.sleep(0.1)

    def restart(self, *, seconds: float = START_SECONDS_MAX) -> ServerAddress:
        """After its death; the lock is kept, so nobody comes between."""
        self._child = self._adopted_pid = None
        return self._start(time.monotonic() + seconds)

    def is_alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return self._adopted_pid is not None and process_exists(self._adopted_pid)

    def stop(self, *, seconds: float = STOP_SECONDS_MAX) -> None:
        """Fast shutdown: SIGINT. SIGTERM would wait for every client to leave."""
        pid = self._child.pid if self._child is not None else self._adopted_pid
        for each in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if pid is None or not self.is_alive():
                break
            with suppress(ProcessLookupError):
                os.kill(pid, each)
            wait_until(lambda: not self.is_alive(), seconds=seconds)
        self._child = self._adopted_pid = None
        if self._socket_folder is not None and pid is not None:
            with suppress(OSError):
                self._socket_folder.rmdir()
        self._release_lock()

    def running_address(self) -> ServerAddress | None:
        """Of the server that runs on this home's database, whoever started it."""
        self.place = known_place(self.home) or self.home
        running = read_pid_file(self.data)
        if running is None or running.state != "ready" or not is_running(running, data=self.data):
            return None
        return self._address_of(running)

    # -- preparation --------------------------------------------------------

    def _take_lock(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as failure:
            raise PostgresRefused(
                f"The folder {self.home} cannot be written ({failure.strerror}): set "
                "PIECERATE_HOME to a folder of yours."
            ) from failure
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            os.close(descriptor)
            raise OwnedElsewhere(str(self.home)) from busy
        self._lock_descriptor = descriptor

    def _release_lock(self) -> None:
        if self._lock_descriptor is not None:
            os.close(self._lock_descriptor)
            self._lock_descriptor = None

    def _refuse_foreign_data(self, user: ServerUser) -> None:
        if not self.data.exists():
            return
        owner = self.data.stat().st_uid
        if owner != user.uid:
            raise PostgresRefused(
                f"The database folder {self.data} belongs to the user with number {owner}, not to "
                f"{user.name}: start as its owner, or set PIECERATE_HOME to another folder."
            )
        if not user.can("x", self.data):
            raise PostgresRefused(
                f"The user {user.name} owns the database folder {self.data} and cannot enter it: "
                f"let other users pass through {self.home} (chmod o+x)."
            )

    def _initialise(self, installation: Path, *, user: ServerUser, major: int) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        if not self.password_file.exists():
            write_secret(self.password_file, secrets.token_urlsafe(24))
        # Beside its final place: a start that is killed leaves no half database behind.
        draft = self.place / "pgdata.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        user.take(draft)
        finished = self._run_initdb(installation, user=user, major=major, folder=draft)
        if finished.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise PostgresRefused(f"initdb failed: {finished.stderr[-800:].strip()}")
        try:
            if self.data.exists():
                self.data.rmdir()  # only an empty one
            draft.rename(self.data)
        except OSError as failure:
            raise PostgresRefused(
                f"The folder {self.data} is not empty and holds no database: move it away."
            ) from failure

    def _run_initdb(
        self, installation: Path, *, user: ServerUser, major: int, folder: Path
    ) -> subprocess.CompletedProcess[str]:
        locale = ["--locale=C"]
        if major >= BUILTIN_LOCALE_MAJOR:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        durability = ["--no-sync"] if self.options.get("fsync") == "off" else []
        # Beside the folder: its user can come here, and initdb wants the folder itself empty.
        with tempfile.TemporaryDirectory(dir=self.place, prefix="initdb-") as scratch:
            password_copy = Path(scratch) / "password"
            write_secret(password_copy, f"{self.password_file.read_text().strip()}\n")
            user.take(password_copy)
            user.take(Path(scratch))
            return subprocess.run(  # noqa: S603  # our own words
                [
                    str(installation / "bin" / "initdb"), "-D", str(folder), "-U", "postgres",
                    "-E", "UTF8", *locale, *durability, "--auth=scram-sha-256",
                    "--pwfile", str(password_copy), "--data-checksums", "--no-instructions",
                ],
                check=False, capture_output=True, text=True, cwd="/",
                start_new_session=True,  # Ctrl-C waits until it is done
                **user.popen_arguments(),
            )  # fmt: skip

    # -- running ------------------------------------------------------------

    def _launch(self, installation: Path, *, user: ServerUser, deadline: float) -> ServerAddress:
        if self._endpoint is None or self._endpoint[0] != "127.0.0.1":  # the same port again
            self._endpoint = choose_endpoint(self.home, user=user)
        host, port = self._endpoint
        over_tcp = host == "127.0.0.1"
        disown_stranger(self.data)
        command = [
            str(installation / "bin" / "postgres"), "-D", str(self.data), "-p", str(port),
            "-h", host if over_tcp else "", "-k", "" if over_tcp else host,
            "-c", "unix_socket_permissions=0700",
            *(word for key, value in self.options.items() for word in ("-c", f"{key}={value}")),
        ]  # fmt: skip
        self._rotate_log()
        with self.log.open("ab") as log:
            child = subprocess.Popen(  # noqa: S603  # our own words
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal must not reach it
                preexec_fn=fast_stop_with_parent if self.dies_with_us else None,  # noqa: PLW1509  # tests alone, before any thread
                **user.popen_arguments(),
            )  # fmt: skip
        while time.monotonic() < deadline:
            if child.poll() is not None:
                raise PostgresRefused(f"PostgreSQL does not start: {tail(self.log)}")
            running = read_pid_file(self.data)
            if running is not None and running.pid == child.pid and running.state == "ready":
                self._child = child
                return self._address_of(running)
            time.sleep(0.02)
        child.send_signal(signal.SIGQUIT)
        child.wait(STOP_SECONDS_MAX)
        raise PostgresRefused(f"PostgreSQL was not ready in time: {tail(self.log)}")

    def _adopt(self, deadline: float) -> ServerAddress | None:
        """A server whose parent was killed lives on; take it over if it knows our password."""
        while (running := read_pid_file(self.data)) and is_running(running, data=self.data):
            if running.state == "ready" and answers(self._address_of(running)):
                self._adopted_pid = running.pid
                if not running.socket_folder:
                    self._endpoint = running.host, running.port
                return self._address_of(running)
            if time.monotonic() > deadline or running.state == "ready":
                return None
            time.sleep(0.1)  # it is starting or stopping
        return None

    def _address_of(self, running: RunningServer) -> ServerAddress:
        try:
            password = self.password_file.read_text().strip()
        except OSError as failure:
            raise PostgresRefused(
                f"The password of the database, {self.password_file}, cannot be read: "
                f"{failure.strerror}."
            ) from failure
        self._socket_folder = Path(running.socket_folder) if running.socket_folder else None
        return ServerAddress(host=running.host, port=running.port, password=password)

    def _rotate_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".log.1"))


def fast_stop_with_parent() -> None:
    ask_for_death_signal(signal.SIGINT)


def answers(address: ServerAddress) -> bool:
    async def ask() -> bool:
        try:
            connection = await asyncpg.connect(address.dsn, timeout=5)
        except (TimeoutError, OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    return asyncio.run(ask())


def write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def tail(path: Path, size: int = 800) -> str:
    return path.read_text(errors="replace")[-size:].strip()
