"""Where the database folder and the socket lie, so that the server's user can live there.

Normally in the home. Root starts the server as another user, who may be unable to
enter the home: then the folder lies outside it, and a note in the home says where.
"""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.embedded.faults import PostgresRefused
from gateway.embedded.users import ServerUser

NOTE: Final = "database_folder"  # in the home: where the database lies, when it is not there
OWNER_NOTE: Final = "home"  # in a folder outside: whose it is
SOCKET_PATH_LENGTH_MAX: Final = 100  # the server refuses more than 107 bytes


def digest_of(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]


def noted_place(home: Path) -> Path | None:
    """What an earlier start wrote down; refuses when that folder has gone."""
    try:
        place = Path((home / NOTE).read_text().strip())
    except FileNotFoundError:
        return None
    if not place.is_dir():
        raise PostgresRefused(
            f"The database folder {place}, noted in {home / NOTE}, has gone: put it back, or "
            "delete that note to begin with an empty database."
        )
    owner = path_in(place / OWNER_NOTE) or home.resolve()
    is_copy = owner != home.resolve() and path_in(owner / NOTE) == place
    return None if is_copy else place  # a copied home must not share its model's database


def path_in(note: Path) -> Path | None:
    try:
        return Path(note.read_text().strip())
    except OSError:
        return None


def known_place(home: Path) -> Path | None:
    """Where the database of this home lies already."""
    return home if (home / "pgdata").exists() else noted_place(home)


def choose_place(home: Path, *, user: ServerUser) -> Path:
    """The folder that holds `pgdata`: the same one at every start."""
    known = known_place(home)
    if known is not None:
        return known
    if not user.is_other or user.can("x", home):
        return home
    name = digest_of(home)
    for parent in outside_parents():
        place = parent / name
        if make_open_folder(parent) and make_open_folder(place) and user.can("x", place):
            (place / OWNER_NOTE).write_text(f"{home.resolve()}\n")
            (home / NOTE).write_text(f"{place}\n")
            return place
    raise PostgresRefused(
        f"The user {user.name}, who runs PostgreSQL for root, can enter neither {home} nor a "
        "folder of its own: set PIECERATE_HOME to a folder that other users can enter."
    )


def outside_parents() -> list[Path]:
    """The last ones may be emptied by a restart of the machine; the note then says so."""
    return [
        Path("/var/lib/piecerate"),
        Path("/var/tmp/piecerate"),  # noqa: S108  # ownership is checked
        Path(tempfile.gettempdir()) / "piecerate",
    ]


def make_open_folder(path: Path) -> bool:
    """Ours, no link, and enterable: the name is guessable and the parent may be shared."""
    try:
        path.mkdir(mode=0o755, parents=path.parent != Path(tempfile.gettempdir()))
        path.chmod(0o755)
    except FileExistsError:
        pass
    except OSError:
        return False
    try:
        status = path.lstat()
    except OSError:
        return False
    return path.is_dir() and not path.is_symlink() and status.st_uid == os.geteuid()


def choose_endpoint(
    home: Path, *, user: ServerUser, parents: Sequence[Path] | None = None
) -> tuple[str, int]:
    """A private socket folder; the loopback address and a free port where none can be had."""
    name = f"piecerate-{digest_of(home)}"
    for parent in socket_parents(user) if parents is None else parents:
        folder = parent / name
        is_short = len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LENGTH_MAX
        if is_short and user.can("x", parent) and make_private_folder(folder, user=user):
            return str(folder), 5432
    return "127.0.0.1", free_port()


def socket_parents(user: ServerUser) -> list[Path]:
    parents = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108  # ownership is checked
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and not user.is_other:
        parents.insert(0, Path(runtime))
    return [parent for parent in dict.fromkeys(parents) if os.access(parent, os.W_OK | os.X_OK)]


def make_private_folder(path: Path, *, user: ServerUser) -> bool:
    """Refuses a folder that somebody else has put there."""
    try:
        path.mkdir(mode=0o700)
        user.take(path)
    except FileExistsError:
        pass
    except OSError:
        return False
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        is_ours = os.fstat(folder).st_uid == user.uid
        if is_ours:
            os.fchmod(folder, 0o700)
    finally:
        os.close(folder)
    return is_ours


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
