"""Files that staff have brought, and what they say; for finance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch
from domain.provider_inbox.rules import FileArrivals, FileOutcome, FileState


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """`digest` is the SHA-256 of its bytes, in hex. `read_by` is None for the command line."""

    id: UUID
    instance_id: str
    file_id: str
    digest: str
    name: str
    state: FileState
    outcomes: tuple[FileOutcome, ...]
    arrivals: tuple[FileArrivals, ...]
    byte_count: int
    item_count: int
    line_count: int
    unknown_count: int
    differing_count: int
    unclear_count: int
    read_by: UUID | None
    read_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None


_COLUMNS: Final = """
    id, instance_id, file_id, encode(digest, 'hex') as digest, name, state, outcomes, arrivals,
    byte_count, item_count, line_count, unknown_count, differing_count, unclear_count, read_by,
    read_at, decided_by, decided_at, note
"""
_BY_ID: Final = f"select {_COLUMNS} from provider_file where id = any($1)"  # noqa: S608  # our own column list
_NEWEST: Final = f"""
    select {_COLUMNS} from provider_file
    order by state <> 'waiting', state <> 'confirmed', read_at desc, id desc limit $1
"""  # noqa: S608  # as above


async def files_by_id(*, ids: Sequence[UUID]) -> dict[UUID, FileRecord]:
    return {row["id"]: _record(row) for row in await fetch(_BY_ID, list(ids))}


async def files(*, limit: int) -> list[FileRecord]:
    """Those that wait for a second person first, then what is carried out, then the newest."""
    return [_record(row) for row in await fetch(_NEWEST, limit)]


def _record(row: Mapping[str, Any]) -> FileRecord:
    return FileRecord(
        **{
            **row,
            "state": FileState(row["state"]),
            "outcomes": msgspec.json.decode(row["outcomes"], type=tuple[FileOutcome, ...]),
            "arrivals": msgspec.json.decode(row["arrivals"], type=tuple[FileArrivals, ...]),
        }
    )
