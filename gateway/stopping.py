"""Ctrl-C and its relatives, noted and looked at between steps: nothing is cut in half."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS: Final = 0.1


class Stopped(Exception):  # not an error: somebody asked for it
    """Raised between two steps of a start-up that is no longer wanted."""


class StopRequest:
    """Asked once: stop in order. Asked twice: stop now."""

    def __init__(self) -> None:
        self._count = 0

    def listen(self) -> None:
        for each in SIGNALS:
            signal.signal(each, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._count += 1

    def is_set(self) -> bool:
        return self._count > 0

    def is_urgent(self) -> bool:
        return self._count > 1

    def check(self) -> None:
        if self.is_set():
            raise Stopped

    def wait(self, seconds: float) -> bool:
        """Sleeps, unless asked to stop."""
        deadline = time.monotonic() + seconds
        while not self.is_set() and time.monotonic() < deadline:
            time.sleep(min(LOOK_SECONDS, seconds))
        return self.is_set()
