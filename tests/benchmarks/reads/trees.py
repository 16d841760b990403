"""What a tree of processes has used of the processor, and keeps in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

PROC: Final = Path("/proc")
TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
PARENT: Final = 1
USED: Final = slice(11, 15)  # user, system, and both of the children it has buried

Stats: TypeAlias = Mapping[int, list[str]]  # of each process, the fields after its name


def stats_now() -> Stats:
    found = {}
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            text = (folder / "stat").read_text()
            found[int(folder.name)] = text.rpartition(")")[2].split()
    return found


def tree(pid: int) -> list[int]:
    """The process and everything below it."""
    return list(_below(pid, stats_now()))


def seconds(pid: int, read: Callable[[], Stats] = stats_now) -> float:
    """Processor time of the whole tree since it began: never less than a moment before.

    A parent inherits what an ended child has used. Read on both sides of that moment it is
    counted twice or not at all, so what is read counts where nobody ended just before or after.
    """
    before, now, after = (_below(pid, read()) for _ in range(3))
    while not before.keys() <= now.keys() <= after.keys():
        before, now, after = now, after, _below(pid, read())
    return TICK * sum(sum(map(int, fields[USED])) for fields in now.values())


def _below(pid: int, stats: Stats) -> Stats:
    children: dict[int, list[int]] = {}
    for each, fields in stats.items():
        children.setdefault(int(fields[PARENT]), []).append(each)
    found = [pid]
    for each in found:  # grows while it is read
        found.extend(children.get(each, ()))
    return {each: stats[each] for each in found if each in stats}
