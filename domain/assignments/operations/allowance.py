"""Fewer claims a day for one member, until a date: a soft measure that staff take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, in_transaction

# Migration 0085 has the function by which a claim asks for it.
_LIMIT: Final = """
    insert into claim_allowance (member_id, claims_per_day, reasons, set_at, set_by, ends_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (member_id) do update
    set claims_per_day = excluded.claims_per_day, reasons = excluded.reasons,
        set_at = excluded.set_at, set_by = excluded.set_by, ends_at = excluded.ends_at
"""


async def limit_claims(
    *,
    member_id: UUID,
    claims_per_day: int,
    reasons: str,
    ends_at: datetime,
    staff_id: UUID,
    now: datetime,
) -> None:
    """In place of the last one. Part of the transaction in which staff decide."""
    assert in_transaction()
    await execute(_LIMIT, member_id, claims_per_day, reasons, now, staff_id, ends_at)


async def forget_allowance(*, member_id: UUID) -> Mapping[str, int]:
    """Rows by table. Part of an erasure."""
    assert in_transaction()
    sql = "delete from claim_allowance where member_id = $1"
    return {"claim_allowance": await execute(sql, member_id)}
