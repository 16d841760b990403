"""The judges' own packages: installed once per lock file, into the user's cache.

They are not ours to depend on, so a judge whose packages cannot be had is skipped and says why.
With PIECERATE_TEST_JUDGES=required, as in `make judges`, it fails instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import pytest

HERE: Final = Path(__file__).parent
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "piecerate-judges"
REQUIRED: Final = "PIECERATE_TEST_JUDGES"
NODE_MAJOR_MIN: Final = 20
INSTALL_SECONDS_MAX: Final = 240
DONE: Final = "installed"

NPM: Final = (
    "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline",
    "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000",
)  # fmt: skip
PIP: Final = (
    "-m", "pip", "--disable-pip-version-check", "--retries=1", "--timeout=15",
    "install", "--quiet", "--require-hashes",
)  # fmt: skip


def node_packages() -> Path:
    """The folder that holds `node_modules`."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("Node and npm are not installed")
    version = run("node", "--version").stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < NODE_MAJOR_MIN:
        missing(f"Node {version} is older than {NODE_MAJOR_MIN}")
    files = [HERE / name for name in ("package.json", "package-lock.json", ".npmrc")]

    def install(folder: Path) -> None:
        for file in files:
            shutil.copy(file, folder)
        run(*NPM, folder=folder)

    return installed("node", lock=HERE / "package-lock.json", install=install)


def fuzzer_python() -> Path:
    """The interpreter of the environment that holds schemathesis."""
    lock = HERE / "schemathesis" / "requirements.lock"

    def install(folder: Path) -> None:
        run(sys.executable, "-m", "venv", str(folder))
        run(str(folder / "bin" / "python"), *PIP, "--requirement", str(lock))

    python = f"{sys.version_info.major}{sys.version_info.minor}"
    return installed(f"fuzzer{python}", lock=lock, install=install) / "bin" / "python"


def installed(
    name: str, *, lock: Path, install: Callable[[Path], None], cache: Path = CACHE
) -> Path:
    """Done once, whoever comes first; what was left half done is begun anew."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder = cache / f"{name}-{digest}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with alone(cache / f"{folder.name}.lock"):
            if not (folder / DONE).exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                install(folder)
                (folder / DONE).touch()
    except subprocess.TimeoutExpired:
        missing(f"{name}: no packages within {INSTALL_SECONDS_MAX} seconds")
    except subprocess.CalledProcessError as failure:
        said = " ".join((failure.stderr or "").split())[-300:]
        missing(f"{name}: the packages could not be fetched: {said}")
    except OSError as failure:
        missing(f"{name}: {failure}")
    return folder


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Test workers are processes: the second waits here and finds everything done."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def missing(reason: str) -> NoReturn:
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def run(
    *command: str, folder: Path | None = None, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own words
        command,
        cwd=folder,
        env={**os.environ, **(environ or {})},
        check=True,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS_MAX,
    )
