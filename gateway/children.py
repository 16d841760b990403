"""Child processes of the launcher: started, watched, started anew, stopped with all of theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from gateway.processes import PARENT_PID, wait_until
from gateway.refused import CommandRefused

RESTARTS_MAX: Final = 5
RESTARTS_SECONDS: Final = 60.0
STOP_SECONDS_MAX: Final = 30.0


class DiesTooOften(CommandRefused):
    """Starting it again does not help."""


@dataclass
class Restarts:
    """More than five within a minute are too many."""

    name: str
    instants: deque[float] = field(default_factory=deque)

    def note(self, now: float) -> None:
        self.instants.append(now)
        while self.instants[0] < now - RESTARTS_SECONDS:
            self.instants.popleft()
        if len(self.instants) > RESTARTS_MAX:
            raise DiesTooOften(
                f"The {self.name} ended {len(self.instants)} times within a minute; "
                "what it said stands above."
            )


@dataclass
class Child:
    """A Python module of ours as a process, leading a session of its own.

    So Ctrl-C in the terminal reaches the launcher alone, and one signal reaches
    everything the child has started.
    """

    name: str
    module: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    restarts: Restarts = field(init=False)

    def __post_init__(self) -> None:
        self.restarts = Restarts(self.name)

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603  # our own words
            [sys.executable, "-P", "-m", *self.module],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **self.environment, PARENT_PID: str(os.getpid())},
            start_new_session=True,
        )

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def was_killed(self) -> bool:
        return self.process is not None and (self.process.poll() or 0) < 0

    def restart(self) -> None:
        """After its death: what it left behind may still hold the port."""
        self.restarts.note(time.monotonic())
        self.kill_all()
        self.start()

    def ask_to_stop(self) -> None:
        if self.process is not None and not self.has_ended():
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def kill_all(self) -> None:
        """The process and whatever it has started."""
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def stop_children(children: Sequence[Child], *, is_urgent: Callable[[], bool]) -> None:
    """They finish what they are doing, for 30 seconds at most or until it becomes urgent."""
    for child in children:
        child.ask_to_stop()
    wait_until(
        lambda: is_urgent() or all(child.has_ended() for child in children),
        seconds=STOP_SECONDS_MAX,
    )
    for child in children:
        child.kill_all()
