"""Files of assignments: who sent one sees it, and the employer once it is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.uploads.queries import COLUMNS, UploadRecord, record_of

UPLOAD_SEEN: Final = """
    {row}.owner_id = {viewer} and {row}.state <> 'dropped'
    or {row}.state = 'attached' and exists (
        select from assignment a join campaign c on c.id = a.campaign_id
        where a.id = {row}.subject_id and c.employer_id = {viewer})
"""
_SEEN: Final = f"""
    select {COLUMNS} from upload u
    where u.id = any($1) and ({UPLOAD_SEEN.format(row="u", viewer="$2")})
"""  # noqa: S608  # our own column list and condition
_HANDED_IN: Final = f"""
    select {COLUMNS} from upload u where u.id = any($1) and u.state = 'attached'
"""  # noqa: S608  # as above


async def uploads_by_id(*, ids: Sequence[UUID], viewer_id: UUID) -> dict[UUID, UploadRecord]:
    """The viewer's own, and what was handed in to the viewer."""
    return {row["id"]: record_of(row) for row in await fetch(_SEEN, list(ids), viewer_id)}


async def uploads_handed_in(*, ids: Sequence[UUID]) -> dict[UUID, UploadRecord]:
    """Ask only for files of submissions that the viewer was given."""
    return {row["id"]: record_of(row) for row in await fetch(_HANDED_IN, list(ids))}
