"""One clock for several processes: the wall's, plus an offset that lies in a file."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from plugins.simulation import SimulatedClock

FORM: Final = "<q"  # microseconds


class SharedClock:
    """What is called as a clock by operations, here and in every process that has the file."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack(FORM, 0))
        with path.open("r+b") as file:
            self._place = mmap.mmap(file.fileno(), 0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    @property
    def offset(self) -> timedelta:
        (micros,) = struct.unpack_from(FORM, self._place)
        return timedelta(microseconds=micros)

    def advance(self, step: timedelta, *, others: Sequence[SimulatedClock] = ()) -> None:
        micros = (self.offset + step) // timedelta(microseconds=1)
        struct.pack_into(FORM, self._place, 0, micros)
        for each in others:
            each.advance(step)

    def close(self) -> None:
        self._place.close()
