"""Rejections that wait for staff. Their employer sees them, and staff who ask as staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.assignments.rules import ReasonCode, RequestState
from domain.database import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionRequestRecord:
    id: UUID
    assignment_id: UUID
    state: RequestState
    reason_code: ReasonCode
    clause_id: str | None
    text: str
    asked_at: datetime
    decided_at: datetime | None
    answer: str | None


_COLUMNS: Final = """
    r.id, r.assignment_id, r.state, r.reason_code, r.clause_id, r.text, r.asked_at, r.decided_at,
    r.answer
"""
_BY_ID: Final = f"""
    select {_COLUMNS} from rejection_request r
    where r.id = any($1) and (r.employer_id = $2 or $3)
"""  # noqa: S608  # our own column list
_OF_ASSIGNMENTS: Final = f"""
    select {_COLUMNS} from rejection_request r
    where r.assignment_id = any($1) and r.employer_id = $2
"""  # noqa: S608
# What was approved, or asked to be revised, in the meantime waits for nobody.
_QUEUE: Final = f"""
    select {_COLUMNS} from rejection_request r join assignment a on a.id = r.assignment_id
    where r.state = 'waiting' and a.state = 'submitted'
    order by r.asked_at, r.id limit $1
"""  # noqa: S608


async def rejection_requests_by_id(
    *, ids: Sequence[UUID], viewer_id: UUID | None, as_staff: bool = False
) -> dict[UUID, RejectionRequestRecord]:
    rows = await fetch(_BY_ID, list(ids), viewer_id, as_staff)
    return {row["id"]: _as_record(row) for row in rows}


async def rejection_requests_of_assignments(
    *, ids: Sequence[UUID], viewer_id: UUID
) -> dict[UUID, RejectionRequestRecord]:
    """By assignment; the viewer's own."""
    rows = await fetch(_OF_ASSIGNMENTS, list(ids), viewer_id)
    return {row["assignment_id"]: _as_record(row) for row in rows}


async def rejection_queue(*, limit: int) -> list[RejectionRequestRecord]:
    """The oldest first. Ask for staff only."""
    return [_as_record(row) for row in await fetch(_QUEUE, limit)]


def _as_record(row: Mapping[str, Any]) -> RejectionRequestRecord:
    return RejectionRequestRecord(
        id=row["id"],
        assignment_id=row["assignment_id"],
        state=RequestState(row["state"]),
        reason_code=ReasonCode(row["reason_code"]),
        clause_id=row["clause_id"],
        text=row["text"],
        asked_at=row["asked_at"],
        decided_at=row["decided_at"],
        answer=row["answer"],
    )
