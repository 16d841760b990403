"""Where the bytes of uploads lie: the port, and a folder of this machine with one file for each,
named by us alone.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import mkstemp
from typing import Final, Protocol
from uuid import UUID

from domain.uploads.provider import FileStore

CHUNK_BYTES: Final = 1 << 18


class StoreAway(Exception):
    """Nothing can be kept or read at the moment; the same may succeed later."""


class Files(FileStore, Protocol):
    """What the web server does with uploads beyond the domain."""

    def new_file(self) -> Path:
        """To write into, until it is kept."""
        ...

    async def has(self, upload_id: UUID) -> bool: ...

    def read(self, upload_id: UUID) -> AsyncIterator[bytes]:
        """In pieces."""
        ...


class FolderStore:
    """Made at the first file. What has not come completely lies in `incoming`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"

    def new_file(self) -> Path:
        """On the same disk, so that `keep` is one step."""
        return incoming_file(self._incoming)

    async def keep(self, upload_id: UUID, path: Path) -> None:
        place = self._place(upload_id)

        def move() -> None:
            place.parent.mkdir(mode=0o700, exist_ok=True)
            path.replace(place)

        await asyncio.to_thread(move)

    async def forget(self, upload_id: UUID) -> None:
        await asyncio.to_thread(self._place(upload_id).unlink, missing_ok=True)

    async def has(self, upload_id: UUID) -> bool:
        return await asyncio.to_thread(self._place(upload_id).exists)

    async def read(self, upload_id: UUID) -> AsyncIterator[bytes]:
        """In pieces. Opened with the first of them, so that nobody who never asks leaks it."""
        with await asyncio.to_thread(self._place(upload_id).open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield piece

    def _place(self, upload_id: UUID) -> Path:
        """By the last digits, which are random: the first tell the time."""
        return self._folder / upload_id.hex[-2:] / upload_id.hex


def incoming_file(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = mkstemp(dir=folder)
    os.close(handle)
    return Path(name)
