"""Legal holds: while one stands, nothing of the member is erased or purged."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_row, one_transaction
from domain.errors import NotFound, Refused
from domain.given import NewId
from domain.members.queries import require_role
from domain.members.rules import TEXT_LENGTH_MAX, Role
from domain.texts import require_text


class HeldAlready(Refused):
    """A hold stands on this member's data."""

    code = "HELD_ALREADY"
    argument = "member_id"


_PLACE: Final = """
    insert into legal_hold (id, member_id, reason, placed_by, placed_at)
    select $1, m.id, $3, $4, $5 from member m where m.id = $2
    on conflict (member_id) where lifted_at is null do nothing
"""
_IS_KNOWN: Final = "select id from member where id = $1 for no key update"
_LIFT: Final = """
    update legal_hold set lifted_by = $2, lifted_at = $3 where member_id = $1 and lifted_at is null
"""


@one_transaction
async def place_hold(
    *, staff_id: UUID, member_id: UUID, reason: str, new_id: NewId, now: datetime
) -> None:
    """Waits for an erasure that has begun. Refuses with `NotAllowed`, `InvalidInput`,
    `NotFound` or `HeldAlready`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    require_text(reason, path="reason", most=TEXT_LENGTH_MAX)
    if await fetch_row(_IS_KNOWN, member_id) is None:
        raise NotFound("no such member")
    if await execute(_PLACE, new_id(), member_id, reason.strip(), staff_id, now) == 0:
        raise HeldAlready("a hold stands already")


@one_transaction
async def lift_hold(*, staff_id: UUID, member_id: UUID, now: datetime) -> None:
    """What waited goes with the next sweep. Refuses with `NotAllowed` or `NotFound`."""
    await require_role(member_id=staff_id, role=Role.STAFF)
    if await execute(_LIFT, member_id, staff_id, now) == 0:
        raise NotFound("no hold stands")
