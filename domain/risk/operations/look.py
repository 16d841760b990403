"""What a job finds of members, added up; from some score on a person has to look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, fetch_value, one_transaction
from domain.given import NewId
from domain.members.rules import SIGN_IN_STATES
from domain.rates.queries import count_of
from domain.rates.rules import RateKind
from domain.risk import queries
from domain.risk.rules import (
    COUNTED_TIME,
    RiskEvent,
    RiskState,
    Signal,
    SignalKind,
    next_state,
    score_of,
)

_MEMBER: Final = "select state from member where id = $1 for update"
_LIVE: Final = "select id, state from risk_case where member_id = $1 and decided_at is null"
_BEGIN: Final = """
    insert into risk_case (id, member_id, state, score, begun_at)
    values ($1, $2, 'signalled', 0, $3)
"""
_IS_NOTED: Final = """
    select exists (select from risk_signal where member_id = $1 and kind = $2 and about = $3)
"""
_NOTE: Final = """
    insert into risk_signal
        (id, case_id, member_id, kind, about, points, other_id, assignment_ids, found_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_COUNTED: Final = """
    select kind, points from risk_signal
    where case_id = $1 and found_at > $2::timestamptz - $3::interval
"""
_SCORE: Final = """
    update risk_case set score = $2, state = $3,
           opened_at = case when $4 then $5::timestamptz else opened_at end
    where id = $1
"""


async def look_for_signals(*, new_id: NewId, now: datetime) -> int:
    """How many members something new was found of. It makes people look, and does nothing else.

    May run twice at once.
    """
    found: dict[UUID, list[Signal]] = {}
    for kind in SignalKind:
        for signal in await queries.found_signals(kind=kind, now=now):
            found.setdefault(signal.member_id, []).append(signal)
    noted = [
        await note_signals(member_id=member_id, signals=signals, new_id=new_id, now=now)
        for member_id, signals in found.items()
    ]
    return sum(noted)


@one_transaction
async def note_signals(
    *, member_id: UUID, signals: Sequence[Signal], new_id: NewId, now: datetime
) -> bool:
    """Whether any of them was new, of a member who may sign in. Here comes in whatever is found,
    also elsewhere and at other times.
    """
    state = await fetch_value(_MEMBER, member_id)
    fresh = [each for each in signals if not await _is_noted(each)]
    if state not in SIGN_IN_STATES or not fresh:
        return False
    case_id, case_state = await _live_case(member_id, new_id=new_id, now=now)
    for each in fresh:
        points = await count_of(kind=RateKind.RISK_POINTS, scope=each.kind.value, on=now.date())
        await execute(
            _NOTE,
            new_id(),
            case_id,
            member_id,
            each.kind.value,
            each.about,
            points,
            each.other_id,
            list(each.assignment_ids),
            now,
        )
    await _score(case_id, case_state, now=now)
    return True


async def _is_noted(signal: Signal) -> bool:
    found: bool = await fetch_value(_IS_NOTED, signal.member_id, signal.kind.value, signal.about)
    return found


async def _live_case(member_id: UUID, *, new_id: NewId, now: datetime) -> tuple[UUID, RiskState]:
    """The member's row is locked, so there is one."""
    row = await fetch_row(f"{_LIVE} for update", member_id)
    if row is not None:
        return row["id"], RiskState(row["state"])
    case_id = new_id()
    await execute(_BEGIN, case_id, member_id, now)
    return case_id, RiskState.SIGNALLED


async def _score(case_id: UUID, state: RiskState, *, now: datetime) -> None:
    review_score = await count_of(kind=RateKind.RISK_REVIEW, scope="*", on=now.date())
    rows = await fetch(_COUNTED, case_id, now, COUNTED_TIME)
    score = score_of([(SignalKind(row["kind"]), row["points"]) for row in rows])
    reached = next_state(state, RiskEvent.REACH) if score >= review_score else None
    await execute(_SCORE, case_id, score, reached or state, reached is not None, now)
