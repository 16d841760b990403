"""Runs a judge and lets it speak when it disagrees."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SECONDS_MAX: Final = 100


def passed(
    folder: Path,
    *command: str,
    environ: Mapping[str, str] | None = None,
    stdin: str = "",
    seconds: int = SECONDS_MAX,
) -> str:
    """What it said; it must end with exit code 0."""
    bin_ = folder.parent / "node_modules" / ".bin"
    done = subprocess.run(  # noqa: S603  # our own words
        command,
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
            "NO_COLOR": "1",
            **(environ or {}),
        },
        input=stdin,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-8000:]}"
    return done.stdout
