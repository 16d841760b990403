"""The peers' own packages: installed once per lock file, into the user's cache."""

from __future__ import annotations

import platform
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import Final

from tests.judges.installed import CACHE, NPM, PIP, installed, missing, run

HERE: Final = Path(__file__).parent / "peers"
OWN_CACHE: Final = CACHE.with_name("piecerate-bench")
NODE_MAJOR_MIN: Final = 22
ARCHITECTURES: Final = {"x86_64": "x64", "aarch64": "arm64"}


@cache
def peers_python() -> Path:
    """The interpreter of the environment that holds the Python peers."""
    lock = HERE / "python" / "requirements.lock"

    def install(folder: Path) -> None:
        run(sys.executable, "-m", "venv", str(folder))
        run(str(folder / "bin" / "python"), *PIP, "--requirement", str(lock))

    python = f"{sys.version_info.major}{sys.version_info.minor}"
    folder = installed(f"python{python}", lock=lock, install=install, cache=OWN_CACHE)
    return folder / "bin" / "python"


@cache
def node_folder() -> Path:
    """Holds `node` and the newest text of each Node peer, beside their packages.

    Node comes as a package too: PostGraphile 5 needs 22, and a system has what it has.
    """
    if shutil.which("npm") is None:
        missing("npm is not installed")
    files = [HERE / "node" / name for name in ("package.json", "package-lock.json", ".npmrc")]

    def install(folder: Path) -> None:
        for file in files:
            shutil.copy(file, folder)
        run(*NPM, folder=folder)
        (folder / "node").symlink_to(node_among(folder / "node_modules"))

    lock = HERE / "node" / "package-lock.json"
    folder = installed("node", lock=lock, install=install, cache=OWN_CACHE)
    for peer in (HERE / "node").glob("*.mjs"):
        shutil.copy(peer, folder)
    return folder


def node_among(packages: Path) -> Path:
    """The packaged Node, or the system's own where there is none for this machine."""
    machine = ARCHITECTURES.get(platform.machine(), platform.machine())
    packaged = packages / f"node-{platform.system().lower()}-{machine}" / "bin" / "node"
    own = shutil.which("node")
    if packaged.exists() or own is None:
        return packaged
    version = run(own, "--version").stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < NODE_MAJOR_MIN:
        missing(f"Node {version} is older than {NODE_MAJOR_MIN}")
    return Path(own)
