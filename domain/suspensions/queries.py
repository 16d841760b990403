"""Reads of suspensions: the member's own, and what waits for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.suspensions.rules import SuspensionSource, SuspensionState, Work, appeal_until


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionRecord:
    """Without the names of staff. From `reasons` on it is null until a person has imposed it."""

    id: UUID
    member_id: UUID
    state: SuspensionState
    source: SuspensionSource
    grounds: str | None = field(repr=False)
    evidence: Work
    gold_count: int | None
    gold_right_count: int | None
    agreement_percent: int | None
    proposed_at: datetime
    due_at: datetime
    dismissed_at: datetime | None
    dismissal: str | None = field(repr=False)
    appealed_at: datetime | None
    appeal: str | None = field(repr=False)
    ruled_at: datetime | None
    ruling: str | None = field(repr=False)
    ended_at: datetime | None
    reasons: str | None = field(repr=False)
    imposed_at: datetime | None
    work: Work
    from_on: date | None
    to_on: date | None
    ends_at: datetime | None

    @property
    def appeal_until(self) -> datetime | None:
        if self.imposed_at is None or self.ends_at is None:
            return None
        return appeal_until(imposed_at=self.imposed_at, ends_at=self.ends_at)


_SELECT: Final = """
    select s.*, d.reasons, d.decided_at, d.from_on, d.to_on, d.ends_at,
           coalesce(d.assignment_ids, '{}') as about_assignment_ids,
           coalesce(d.campaign_ids, '{}') as about_campaign_ids
    from suspension s left join suspension_decision d on d.suspension_id = s.id
"""
_BY_ID: Final = f"{_SELECT} where s.id = any($1) and (s.member_id = $2 or $3)"
_OF_MEMBER: Final = (
    f"{_SELECT} where s.member_id = $1 order by s.proposed_at desc, s.id desc limit $2"
)
_QUEUE: Final = f"""
    {_SELECT} where s.state in ('human_review', 'appealed')
    order by coalesce(s.appealed_at, s.proposed_at), s.id limit $1
"""
CHECKS: Final[Mapping[str, str]] = {
    "only a reversed suspension is compensated": """
        select 'suspension ' || s.id as subject, null as currency, 'reversed' as expected,
               s.state as found
        from ledger_transfer t join suspension s on s.id = t.correlation_id
        where t.event = 'E16' and s.state <> 'reversed'
    """,
}


async def suspensions_by_id(
    *, ids: Sequence[UUID], viewer_id: UUID | None, as_staff: bool = False
) -> dict[UUID, SuspensionRecord]:
    rows = await fetch(_BY_ID, list(ids), viewer_id, as_staff)
    return {row["id"]: _suspension(row) for row in rows}


async def suspensions_of(*, member_id: UUID, limit: int) -> list[SuspensionRecord]:
    """The member's own, newest first."""
    return [_suspension(row) for row in await fetch(_OF_MEMBER, member_id, limit)]


async def suspension_queue(*, limit: int) -> list[SuspensionRecord]:
    """What waits for a person, the oldest first. Ask for staff only."""
    return [_suspension(row) for row in await fetch(_QUEUE, limit)]


def _suspension(row: Mapping[str, Any]) -> SuspensionRecord:
    return SuspensionRecord(
        id=row["id"],
        member_id=row["member_id"],
        state=SuspensionState(row["state"]),
        source=SuspensionSource(row["source"]),
        grounds=row["grounds"],
        evidence=_work(row["assignment_ids"], row["campaign_ids"]),
        gold_count=row["gold_count"],
        gold_right_count=row["gold_right_count"],
        agreement_percent=row["agreement_percent"],
        proposed_at=row["proposed_at"],
        due_at=row["due_at"],
        dismissed_at=row["dismissed_at"],
        dismissal=row["dismissal"],
        appealed_at=row["appealed_at"],
        appeal=row["appeal"],
        ruled_at=row["ruled_at"],
        ruling=row["ruling"],
        ended_at=row["ended_at"],
        reasons=row["reasons"],
        imposed_at=row["decided_at"],
        work=_work(row["about_assignment_ids"], row["about_campaign_ids"]),
        from_on=row["from_on"],
        to_on=row["to_on"],
        ends_at=row["ends_at"],
    )


def _work(assignment_ids: Sequence[UUID], campaign_ids: Sequence[UUID]) -> Work:
    return Work(assignment_ids=tuple(assignment_ids), campaign_ids=tuple(campaign_ids))
