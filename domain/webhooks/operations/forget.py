"""Endpoints of somebody who left."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.database import execute, in_transaction

_FORGET: Final = {
    "webhook_delivery": """
        delete from webhook_delivery
        where endpoint_id in (select id from webhook_endpoint where member_id = $1)
    """,
    "webhook_endpoint": "delete from webhook_endpoint where member_id = $1",
}


async def forget_endpoints(*, member_id: UUID) -> dict[str, int]:
    """Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {table: await execute(sql, member_id) for table, sql in _FORGET.items()}
