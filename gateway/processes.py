"""Small questions about processes, and how a child makes sure that it never outlives us."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
PR_SET_PDEATHSIG: Final = 1
PARENT_PID: Final = "PIECERATE_PARENT_PID"  # told to the children by their launcher
WATCH_SECONDS: Final = 0.5


def process_exists(pid: int) -> bool:
    """A zombie is gone: in a container nobody may ever collect an adopted one."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        state = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state != "Z"


def words_of(pid: int) -> list[str] | None:
    """The command line of a process; None where the system does not tell."""
    try:
        text = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return None
    return [os.fsdecode(word) for word in text.split(b"\0")]


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def ask_for_death_signal(number: signal.Signals) -> bool:
    """The kernel sends it to this process when its parent dies, even by `kill -9`; Linux only."""
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0) == 0)


def die_with_parent(parent_pid: int) -> None:
    """Called by a child at its start: no server and no job worker survives its launcher."""
    if not ask_for_death_signal(signal.SIGKILL):
        threading.Thread(target=_watch_parent, args=(parent_pid,), daemon=True).start()
    if os.getppid() != parent_pid:
        os._exit(1)  # it died before we asked


def _watch_parent(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(WATCH_SECONDS)
    os._exit(1)
