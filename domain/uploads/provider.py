"""Where the bytes of uploads lie. The gateway implements this."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from uuid import UUID


class FileStore(Protocol):
    async def keep(self, upload_id: UUID, path: Path) -> None:
        """Take this file over; what was kept under the id before is replaced."""

    async def forget(self, upload_id: UUID) -> None:
        """No harm where there is none."""
