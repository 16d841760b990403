"""The seats of a panel. The dispute's row is locked by whoever calls."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from domain.database import execute, fetch
from domain.disputes.rules import (
    OPEN_SEAT_COUNT_MAX,
    PANEL_TIME,
    SEAT_COUNT,
    STRANGER_TIME,
    VOTE_TIME,
)
from domain.members.rules import FREE_STATES, Role
from domain.workers.rules import EXPERT_LEVEL


class Contested(Protocol):
    """What has to be known of a dispute to ask strangers about it."""

    @property
    def id(self) -> UUID: ...
    @property
    def worker_id(self) -> UUID: ...
    @property
    def employer_id(self) -> UUID: ...


# The constant is that of an index; a test holds it equal to the level of experts. The reviewers
# come in an order that follows from the dispute's id, which nobody could choose.
_DRAW: Final = """
    select m.id from worker_standing s join member m on m.id = s.worker_id
    where s.level >= 8 and s.level >= $4 and m.state = any($5) and not m.roles && $6
      and m.id not in ($2, $3)
      and not exists (select from panel_seat p where p.dispute_id = $1 and p.reviewer_id = m.id)
      and (select count(*) from panel_seat p
           where p.reviewer_id = m.id and p.ended_at is null) < $7
      and not exists (
          select from assignment a join campaign c on c.id = a.campaign_id
          where a.claimed_at >= $8
            and (a.worker_id = m.id and c.employer_id in ($2, $3)
                 or a.worker_id in ($2, $3) and c.employer_id = m.id))
    order by sha256(convert_to($1::uuid::text || m.id, 'UTF8')) limit $9
"""
_SEAT: Final = """
    insert into panel_seat (id, dispute_id, reviewer_id, seated_at, due_at)
    select md5($1::uuid::text || reviewer)::uuid, $1, reviewer, $3, $4
    from unnest($2::uuid[]) as asked (reviewer)
"""
_CLOSE: Final = """
    update panel_seat set ended_at = $2 where dispute_id = $1 and ended_at is null
"""


async def seat_panel(dispute: Contested, *, now: datetime) -> datetime | None:
    """Until when three strangers are asked; None where there are no three, and staff decide."""
    asked = await _drawn(dispute, SEAT_COUNT, now)
    if len(asked) < SEAT_COUNT:
        return None
    await execute(_SEAT, dispute.id, asked, now, now + VOTE_TIME)
    return now + PANEL_TIME


async def fill_seats(dispute: Contested, *, count: int, due_at: datetime, now: datetime) -> None:
    """Others for those who did not vote, as far as there are any."""
    asked = await _drawn(dispute, count, now)
    await execute(_SEAT, dispute.id, asked, now, due_at)


async def close_seats(dispute_id: UUID, now: datetime) -> None:
    """Whoever has not voted is not asked any more."""
    await execute(_CLOSE, dispute_id, now)


async def dismiss_panel(dispute_id: UUID, now: datetime) -> None:
    """It found no majority: staff decide, within the time that is left."""
    await close_seats(dispute_id, now)
    await execute("update dispute set panel_until = null where id = $1", dispute_id)


async def _drawn(dispute: Contested, count: int, now: datetime) -> list[UUID]:
    rows = await fetch(
        _DRAW,
        dispute.id,
        dispute.worker_id,
        dispute.employer_id,
        EXPERT_LEVEL,
        [state.value for state in FREE_STATES],
        [Role.STAFF.value, Role.FINANCE.value],
        OPEN_SEAT_COUNT_MAX,
        now - STRANGER_TIME,
        count,
    )
    return [row["id"] for row in rows]
