"""People say what a line is that no rule explains."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_row, one_transaction
from domain.errors import InvalidTransition, NotFound
from domain.members import queries as members
from domain.members.rules import Role
from domain.provider_inbox.rules import LineState
from domain.texts import require_text

NOTE_LENGTH_MAX: Final = 1_000

_EXPLAIN: Final = """
    update provider_statement_line
    set state = 'explained', reason = null, note = $2, explained_by = $3, settled_at = $4
    where id = $1
"""


@one_transaction
async def explain_line(*, line_id: UUID, note: str, explained_by: UUID, now: datetime) -> None:
    """It books nothing.

    Refuses with `NotAllowed`, `NotFound`, `InvalidTransition` or `InvalidInput`.
    """
    await members.require_role(member_id=explained_by, role=Role.FINANCE)
    require_text(note, path="note", most=NOTE_LENGTH_MAX, is_line=True)
    row = await fetch_row(
        "select state from provider_statement_line where id = $1 for update", line_id
    )
    if row is None:
        raise NotFound("no such line")
    if row["state"] not in (LineState.WAITING, LineState.EXCEPTION):
        raise InvalidTransition(subject="the line", state=row["state"], event="explain")
    await execute(_EXPLAIN, line_id, note, explained_by, now)
