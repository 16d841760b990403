"""What a PostgreSQL server writes about itself into `postmaster.pid`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.processes import PROC, process_exists, words_of

LINES: Final = 8
DEAD_PID: Final = 999_999_999  # above every system's largest


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    pid: int
    port: int
    socket_folder: str
    listen_address: str
    state: str

    @property
    def host(self) -> str:
        return self.socket_folder or self.listen_address


def read_pid_file(data: Path) -> RunningServer | None:
    """None while the file is missing or incomplete."""
    try:
        lines = [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(lines) < LINES or not lines[0].isdigit() or not lines[3].isdigit():
        return None
    return RunningServer(
        pid=int(lines[0]),
        port=int(lines[3]),
        socket_folder=lines[4],
        listen_address=lines[5],
        state=lines[7],
    )


def is_running(server: RunningServer, *, data: Path) -> bool:
    """That process lives and is a server on this folder, not somebody who got its number."""
    if not process_exists(server.pid):
        return False
    words = words_of(server.pid)
    return words is None or str(data) in words


def disown_stranger(data: Path) -> None:
    """After a restart of a machine or container the number may belong to another process.

    The server would then refuse to start for ever. The number is replaced, the rest kept:
    the server still finds out whether shared memory of the old one is in use.
    """
    path = data / "postmaster.pid"
    try:
        first, _, rest = path.read_text().partition("\n")
    except (FileNotFoundError, NotADirectoryError):
        return
    if not first.strip().isdigit() or not PROC.is_dir():
        return
    pid = int(first)
    words = words_of(pid)
    is_stranger = words is not None and str(data) not in words
    if is_stranger:
        with path.open("r+") as file:  # in place: the owner stays
            file.write(f"{DEAD_PID}\n{rest}")
            file.truncate()
