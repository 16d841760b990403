"""Of somebody who leaves: the sessions end, and later all that tells how they signed in goes."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, in_transaction

_FORGET: Final = {
    "step_up_challenge": """
        delete from step_up_challenge
        where session_id in (select id from login_session where member_id = $1)
    """,
    "login_fingerprint": "delete from login_fingerprint where member_id = $1",
    "login_session": "delete from login_session where member_id = $1",
    "member_password": "delete from member_password where member_id = $1",
}


_END: Final = """
    update login_session set revoked_at = $2, revoke_reason = 'revoked'
    where member_id = $1 and revoked_at is null
"""


async def end_sessions(*, member_id: UUID, now: datetime) -> None:
    """All of them. Part of the caller's transaction."""
    assert in_transaction()
    await execute(_END, member_id, now)


async def forget_sign_ins(*, member_id: UUID) -> dict[str, int]:
    """Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {table: await execute(sql, member_id) for table, sql in _FORGET.items()}
