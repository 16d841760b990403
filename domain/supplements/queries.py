"""Which sources a member agrees to, and what they gave. For the member, and for staff who look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.supplements.rules import DataSource


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementRecord:
    id: UUID
    source: DataSource
    text: str = field(repr=False)
    found_in: str = field(repr=False)
    added_at: datetime


_AGREED: Final = """
    select source from source_consent where member_id = $1 and withdrawn_at is null order by source
"""
_SUPPLEMENTS: Final = """
    select s.id, c.source, s.text, s.found_in, s.added_at
    from profile_supplement s join source_consent c on c.id = s.consent_id
    where s.member_id = $1 order by s.added_at desc, s.id desc limit $2
"""


async def sources_of(*, member_id: UUID) -> list[DataSource]:
    """None by default."""
    return [DataSource(row["source"]) for row in await fetch(_AGREED, member_id)]


async def supplements_of(*, member_id: UUID, limit: int) -> list[SupplementRecord]:
    """Newest first."""
    return [
        SupplementRecord(
            id=row["id"],
            source=DataSource(row["source"]),
            text=row["text"],
            found_in=row["found_in"],
            added_at=row["added_at"],
        )
        for row in await fetch(_SUPPLEMENTS, member_id, limit)
    ]
