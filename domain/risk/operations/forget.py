"""What was found goes with the member, unless a person has to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_value, in_transaction

_IS_OPEN: Final = """
    select exists (select from risk_case where member_id = $1 and state in ('open', 'in_review'))
"""


async def forget_signals(*, member_id: UUID) -> Mapping[str, int]:
    """Rows by table; empty where there were none, or while a case is open. Part of an erasure."""
    assert in_transaction()
    if await fetch_value(_IS_OPEN, member_id):
        return {}
    count = await execute("delete from risk_signal where member_id = $1", member_id)
    return {"risk_signal": count} if count else {}
