"""Reads of saved searches, for the member whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.retention import Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRecord:
    name: str
    filter: str
    is_alerting: bool
    set_at: datetime


ENDED: Final = Ended(
    table="search_alert",
    ended_at="t.told_at",
    owner="t.member_id",
    key=("member_id", "campaign_id"),
)
_SEARCHES: Final = """
    select name, filter, is_alerting, set_at from saved_search
    where member_id = $1 order by name
"""


async def searches_of(*, member_id: UUID) -> list[SearchRecord]:
    """By name; at most 20."""
    return [
        SearchRecord(
            name=row["name"],
            filter=row["filter"],
            is_alerting=row["is_alerting"],
            set_at=row["set_at"],
        )
        for row in await fetch(_SEARCHES, member_id)
    ]
