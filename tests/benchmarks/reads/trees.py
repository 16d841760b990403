"""What a tree of processes has used of the processor, and keeps in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
USED: Final = slice(11, 15)  # user, system, and both of the children it has buried


def tree(pid: int) -> list[int]:
    """The process and everything below it."""
    children: dict[int, list[int]] = {}
    for each, fields in _stats():
        children.setdefault(int(fields[1]), []).append(each)
    found = [pid]
    for each in found:  # grows while it is read
        found.extend(children.get(each, ()))
    return found


def seconds(pid: int) -> float:
    """Processor time of the whole tree since it began."""
    members = set(tree(pid))
    return sum(TICK * sum(map(int, fields[USED])) for each, fields in _stats() if each in members)


def _stats() -> Iterator[tuple[int, list[str]]]:
    """Of every process, the fields of its `stat` after the name."""
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            text = (folder / "stat").read_text()
            yield int(folder.name), text.rpartition(")")[2].split()
