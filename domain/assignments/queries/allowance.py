"""Whether staff have limited how much somebody claims a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import fetch_row


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceRecord:
    claims_per_day: int
    reasons: str = field(repr=False)
    set_at: datetime
    ends_at: datetime


_ALLOWANCE: Final = """
    select claims_per_day, reasons, set_at, ends_at from claim_allowance
    where member_id = $1 and ends_at > $2
"""


async def allowance_of(*, member_id: UUID, now: datetime) -> AllowanceRecord | None:
    """None where nothing limits the member's claims. Ask for the member's own."""
    row = await fetch_row(_ALLOWANCE, member_id, now)
    return None if row is None else AllowanceRecord(**row)
