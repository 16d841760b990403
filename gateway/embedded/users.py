"""The system user PostgreSQL runs as: ourselves, or another one when we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.embedded.faults import PostgresRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUser:
    """PostgreSQL refuses root, so root starts it as somebody else (`is_other`)."""

    uid: int
    gid: int
    is_other: bool

    @classmethod
    def choose(cls, *, run_as: str, data: Path) -> ServerUser:
        """The owner of a database that exists already, else `run_as`."""
        if os.geteuid() != 0:
            return cls(uid=os.geteuid(), gid=os.getegid(), is_other=False)
        if data.exists() and (owner := data.stat()).st_uid != 0:
            return cls(uid=owner.st_uid, gid=owner.st_gid, is_other=True)
        try:
            account = pwd.getpwnam(run_as)
        except KeyError:
            raise PostgresRefused(
                f"PostgreSQL does not run as root and there is no system user {run_as!r}: "
                "set PIECERATE_RUN_AS to one that exists, or start as a normal user."
            ) from None
        if account.pw_uid == 0:
            raise PostgresRefused(
                "PostgreSQL does not run as root: set PIECERATE_RUN_AS to a normal system user."
            )
        return cls(uid=account.pw_uid, gid=account.pw_gid, is_other=True)

    @property
    def name(self) -> str:
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def popen_arguments(self) -> dict[str, Any]:
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def can(self, access: str, path: Path) -> bool:
        """Asked of the system, as that user: mode bits alone do not know groups and lists."""
        if not self.is_other:
            return os.access(path, {"r": os.R_OK, "w": os.W_OK, "x": os.X_OK}[access])
        asked = ["test", f"-{access}", str(path)]
        try:
            answer = subprocess.run(asked, check=False, cwd="/", **self.popen_arguments())  # noqa: S603  # our own words
        except PermissionError:
            raise PostgresRefused(
                f"Root may not start processes as {self.name} here: start as a normal user, "
                "or set DATABASE_URL."
            ) from None
        return answer.returncode == 0
