"""What people look into: attempts that no machine may decide, and what was proposed of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.payouts.rules import AttemptState, FrozenReason, ResolutionState, Verdict

DOUBTS_MAX: Final = 100
RESOLUTIONS_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionRecord:
    id: UUID
    attempt_id: UUID
    payout_id: UUID
    verdict: Verdict
    state: ResolutionState
    reason: str
    evidence: str
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtRecord:
    """An attempt that waits for people: frozen, or unknown or kept back for long."""

    attempt_id: UUID
    payout_id: UUID
    instance_id: str
    item_ref: str
    batch_ref: str
    state: AttemptState
    frozen_reason: FrozenReason | None
    provider_ref: str | None
    provider_code: str | None
    since: datetime
    last_error: str | None  # of the calls about its batch


_RESOLUTION: Final = """
    select r.id, r.attempt_id, a.payout_id, r.verdict, r.state, r.reason, r.evidence,
           r.proposed_by, r.proposed_at, r.decided_by, r.decided_at
    from payout_resolution r join payout_attempt a on a.id = r.attempt_id
"""
_OPEN: Final = _RESOLUTION + " where r.state = 'proposed' order by r.proposed_at limit $1"
_BY_ID: Final = _RESOLUTION + " where r.id = any($1)"
_DOUBTS: Final = """
    select a.id as attempt_id, a.payout_id, b.instance_id, a.item_ref, b.batch_ref, a.state,
           a.frozen_reason, a.provider_ref, a.provider_code,
           case when a.frozen_reason is null and a.state = 'unknown' then b.unknown_since
                else a.changed_at end as since,
           (select c.outcome || coalesce(' ' || c.error_code, '') || coalesce(': ' || c.detail, '')
            from provider_call c
            where c.subject_id in (a.id, b.id) and c.outcome <> 'ok'
            order by c.started_at desc limit 1) as last_error
    from payout_attempt a join payout_batch b on b.id = a.batch_id
    where a.frozen_reason is not null or (a.state = 'unknown' and b.unknown_since <= $1)
       or (a.state = 'on_hold' and a.changed_at <= $1)
    order by since, a.id limit $2
"""


async def payouts_in_doubt(*, unknown_before: datetime) -> list[DoubtRecord]:
    """The oldest first, `DOUBTS_MAX` at most."""
    return [_doubt(row) for row in await fetch(_DOUBTS, unknown_before, DOUBTS_MAX)]


async def open_resolutions() -> list[ResolutionRecord]:
    """The oldest first, `RESOLUTIONS_MAX` at most."""
    return [_resolution(row) for row in await fetch(_OPEN, RESOLUTIONS_MAX)]


async def resolution_by_id(resolution_id: UUID) -> ResolutionRecord | None:
    rows = await fetch(_BY_ID, [resolution_id])
    return _resolution(rows[0]) if rows else None


def _resolution(row: Mapping[str, Any]) -> ResolutionRecord:
    return ResolutionRecord(
        **{
            **row,
            "verdict": Verdict(row["verdict"]),
            "state": ResolutionState(row["state"]),
        }
    )


def _doubt(row: Mapping[str, Any]) -> DoubtRecord:
    reason = row["frozen_reason"]
    return DoubtRecord(
        **{
            **row,
            "state": AttemptState(row["state"]),
            "frozen_reason": None if reason is None else FrozenReason(reason),
        }
    )
