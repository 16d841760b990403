"""Uploads as rows have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch_row
from domain.uploads.rules import Kept, UploadKind, UploadState, Wanted

COLUMNS: Final = """
    u.id, u.owner_id, u.kind, u.media_type, u.byte_count, u.sha256, u.kept_byte_count,
    u.kept_sha256, u.state, u.asked_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRecord:
    id: UUID
    wanted: Wanted
    kept: Kept | None  # none until its bytes came
    state: UploadState
    asked_at: datetime


_ASKED: Final = f"""
    select {COLUMNS} from upload u where u.id = $1 and u.state = 'asked' and u.expires_at > $2
"""  # noqa: S608  # our own column list
_KEPT: Final = f"""
    select {COLUMNS} from upload u where u.id = $1 and u.state in ('checked', 'attached')
"""  # noqa: S608  # as above


async def asked_upload(*, upload_id: UUID, now: datetime) -> UploadRecord | None:
    """Whose bytes may come now."""
    row = await fetch_row(_ASKED, upload_id, now)
    return None if row is None else record_of(row)


async def kept_upload(*, upload_id: UUID) -> UploadRecord | None:
    """Whose bytes are there. Ask for whoever holds a signed address of it."""
    row = await fetch_row(_KEPT, upload_id)
    return None if row is None else record_of(row)


def record_of(row: Mapping[str, Any]) -> UploadRecord:
    return UploadRecord(
        id=row["id"],
        wanted=Wanted(
            kind=UploadKind(row["kind"]),
            media_type=row["media_type"],
            byte_count=row["byte_count"],
            sha256=row["sha256"],
        ),
        kept=_kept(row),
        state=UploadState(row["state"]),
        asked_at=row["asked_at"],
    )


def _kept(row: Mapping[str, Any]) -> Kept | None:
    if row["kept_sha256"] is None:
        return None
    return Kept(byte_count=row["kept_byte_count"], sha256=row["kept_sha256"])
