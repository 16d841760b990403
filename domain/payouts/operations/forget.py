"""Where somebody who left was paid."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, in_transaction

_FORGET_HOLD: Final = "delete from payout_member_hold where member_id = $1"
_FORGET_INSTRUCTIONS: Final = "delete from payout_instruction where worker_id = $1"
# The rows stay for the payouts that refer to them; 32 zeros are the fingerprint of nothing.
_EMPTY_DESTINATIONS: Final = """
    update destination
    set state = 'removed', removed_at = coalesce(removed_at, $2), label = '', fields = '',
        fingerprint = decode(repeat('00', 32), 'hex'), payee_hash = null
    where member_id = $1
"""


async def forget_destinations(*, member_id: UUID, now: datetime) -> dict[str, int]:
    """Part of the erasure, once no payout is open; rows touched, by table."""
    assert in_transaction()
    return {
        "payout_member_hold": await execute(_FORGET_HOLD, member_id),
        "payout_instruction": await execute(_FORGET_INSTRUCTIONS, member_id),
        "destination": await execute(_EMPTY_DESTINATIONS, member_id, now),
    }
