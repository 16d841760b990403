"""What somebody who left has shown and typed."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, in_transaction

_CHECKS: Final = """
    verification_id in (select id from verification where member_id = $1)
"""
_EMPTY_UPLOADS: Final = f"""
    update verification_upload set content = null
    where content is not null and check_id in (select id from verification_check where {_CHECKS})
"""  # noqa: S608  # our own condition
# `redact_at` is when the verifier is told to forget; nothing of it is asked or checked again.
_EMPTY_CHECKS: Final = f"""
    update verification_check
    set given = null, facts = null, redirect_url = null, due_at = null, recheck_at = null,
        redact_at = case when provider_ref is null then redact_at else coalesce(redact_at, $2) end
    where {_CHECKS}
"""  # noqa: S608  # as above
_FORGET_PROFILE: Final = "delete from verification_profile where member_id = $1"


async def forget_proofs(*, member_id: UUID, now: datetime) -> dict[str, int]:
    """Part of the erasure; rows touched, by table. The level and its dates stay."""
    assert in_transaction()
    return {
        "verification_upload": await execute(_EMPTY_UPLOADS, member_id),
        "verification_check": await execute(_EMPTY_CHECKS, member_id, now),
        "verification_profile": await execute(_FORGET_PROFILE, member_id),
    }
