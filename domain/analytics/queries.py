"""What members chose, and which rows are old."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.database import fetch_value
from domain.retention import Ended

ENDED: Final = Ended(
    table="analytics_event",
    ended_at="t.happened_at",
    owner="(select s.member_id from analytics_subject s where s.pseudonym = t.pseudonym)",
)
_ALLOWS: Final = """
    select exists (select from analytics_choice where member_id = $1 and is_allowed)
"""


async def allows_analytics(*, member_id: UUID) -> bool:
    """Of what is not essential; nobody does before they say so."""
    return bool(await fetch_value(_ALLOWS, member_id))
