"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PROC = Path("/proc")


def machine() -> str:
    """One line, for the text above the table."""
    return (
        f"{os.cpu_count()} cores ({_value('cpuinfo', 'model name') or platform.machine()}), "
        f"{_kibibytes('meminfo', 'MemTotal') / 2**20:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def load() -> str:
    return ", ".join(f"{each:.1f}" for each in os.getloadavg())


def moment() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def resident_mebibytes(pid: int) -> float:
    """What the process keeps in memory; 0 where the system does not tell."""
    return _kibibytes(f"{pid}/status", "VmRSS") / 2**10


def _kibibytes(file: str, name: str) -> int:
    return int((_value(file, name) or "0 kB").split()[0])


def _value(file: str, name: str) -> str | None:
    try:
        lines = (PROC / file).read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None
