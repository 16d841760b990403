"""What is not yet a document of somebody who left; the documents stay."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.database import execute, in_transaction

_FORGET: Final = {
    "document_draft": "delete from document_draft where counterparty_id = $1",
    "document_preference": "delete from document_preference where member_id = $1",
}


async def forget_drafts(*, member_id: UUID) -> dict[str, int]:
    """Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {table: await execute(sql, member_id) for table, sql in _FORGET.items()}
