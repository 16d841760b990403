"""Puts a file where the bank's client fetches it: whole, once, and never over another.

The journal remembers what was delivered, because the bank's client takes files away. All of
it happens under one lock of the journal, so that processes do not race. What is delivered
is moved by one rename, which is the moment of sending: before it nothing has left, after
it the file in `staging` is gone.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from domain.provider import ConfigError, DuplicateRef, NotSent, OutcomeUnknown

STAGING: Final = "staging"
DELIVERED: Final = "delivered"
NAMES: Final = "names"
LOCK: Final = "lock"


class DropFolder:
    """One bank's folder with our journal of it."""

    def __init__(self, *, folder: Path, journal: Path) -> None:
        self._folder = folder
        self._journal = journal

    def prepare(self) -> None:
        """Raises `ConfigError` when a delivery could not be one rename."""
        if not self._folder.is_dir() or not self._journal.is_dir():
            raise ConfigError("the folder or the journal is missing")
        if self._folder.stat().st_dev != self._journal.stat().st_dev:
            raise ConfigError("the folder and the journal lie on different disks")
        if self._journal.resolve().is_relative_to(self._folder.resolve()):
            raise ConfigError("the journal must lie outside of the folder")
        for name in (STAGING, DELIVERED, NAMES):
            (self._journal / name).mkdir(exist_ok=True)

    def is_well(self) -> bool:
        return all(os.access(place, os.W_OK) for place in (self._folder, self._journal))

    def deliver(self, *, name: str, content: bytes) -> bool:
        """False when the same file was delivered before: then nothing happens.

        Raises `DuplicateRef` for another content under a known name or a known content under
        another name, and `NotSent` when nothing has left.
        """
        try:
            with self._locked():
                return self._deliver(name, content)
        except OSError as error:
            raise NotSent(type(error).__name__) from error

    def reserve(self, *, name: str, owner: str) -> bool:
        """Whether `name` is `owner`'s: nobody else had it before."""
        try:
            with self._locked():
                place = self._journal / NAMES / name
                if not place.exists():
                    self._write(place, owner.encode())
                return place.read_text() == owner
        except OSError as error:
            raise NotSent(type(error).__name__) from error

    def _deliver(self, name: str, content: bytes) -> bool:
        digest = hashlib.sha256(content).hexdigest()
        staged = self._journal / STAGING / name
        if not staged.exists():
            if self._is_known(name, digest):
                return False
            self._write(staged, content)
        if staged.read_bytes() != content:
            raise DuplicateRef("an earlier try of this name held something else")
        self._note(name, digest)
        if (self._folder / name).exists():
            raise DuplicateRef("a foreign file of this name lies in the folder")
        staged.rename(self._folder / name)  # the moment of sending
        try:
            _settle(self._folder)
        except OSError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        return True

    def _is_known(self, name: str, digest: str) -> bool:
        """By name and by content, which belong together."""
        by_name = self._read(f"name-{name}")
        by_digest = self._read(f"digest-{digest}")
        if by_name not in (None, digest) or by_digest not in (None, name):
            raise DuplicateRef("another file of this name, or this file by another name")
        return by_name is not None

    def _note(self, name: str, digest: str) -> None:
        for key, value in ((f"digest-{digest}", name), (f"name-{name}", digest)):
            place = self._journal / DELIVERED / key
            if not place.exists():
                self._write(place, value.encode())

    def _read(self, key: str) -> str | None:
        place = self._journal / DELIVERED / key
        return place.read_text() if place.exists() else None

    def _write(self, place: Path, content: bytes) -> None:
        """Whole or not at all, also when the machine stops."""
        half = self._journal / f"{place.name}.half"
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(place)
        _settle(place.parent)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._journal / LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _settle(folder: Path) -> None:
    """Makes a rename last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
