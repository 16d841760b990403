"""Bytes of uploads in a folder of this machine, one file for each, named by us alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import mkstemp
from typing import Final
from uuid import UUID

from gateway.settings import Settings

FILES: Final = "files"
CHUNK_BYTES: Final = 1 << 18


class FolderStore:
    """Made at the first file. What has not come completely lies in `incoming`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"

    def new_file(self) -> Path:
        """To write into; on the same disk, so that `keep` is one step."""
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = mkstemp(dir=self._incoming)
        os.close(handle)
        return Path(name)

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


def file_store_of(settings: Settings) -> FolderStore:
    return FolderStore(settings.home / FILES)
