"""Shows staff the person behind a member, and keeps who looked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.errors import NotAllowed, NotFound
from domain.given import NewId
from domain.looks.rules import REASON_LENGTH_MAX, REASON_LENGTH_MIN
from domain.members import queries as members
from domain.members.queries import PersonRecord, ProfileChangeRecord
from domain.members.rules import Profile, Role
from domain.supplements.queries import SupplementRecord, supplements_of
from domain.texts import require_text

CHANGES_MAX: Final = 10
SUPPLEMENTS_MAX: Final = 20
_LOOKED: Final = """
    insert into staff_look (id, staff_id, member_id, reason, looked_at)
    values ($1, $2, $3, $4, $5)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """All that a member can tell of themselves, and what they asked staff to change."""

    person: PersonRecord = field(repr=False)
    profile: Profile = field(repr=False)
    changes: tuple[ProfileChangeRecord, ...]
    supplements: tuple[SupplementRecord, ...]


@one_transaction
async def look_at_person(
    *, staff_id: UUID, member_id: UUID, reason: str, new_id: NewId, now: datetime
) -> Looked:
    """The trace and the person come together: what is shown was written down.

    Refuses with `NotAllowed` (no staff, or oneself), `InvalidInput` or `NotFound`.
    """
    await members.require_role(member_id=staff_id, role=Role.STAFF)
    if staff_id == member_id:
        raise NotAllowed("somebody else looks after you")
    require_text(reason, path="reason", least=REASON_LENGTH_MIN, most=REASON_LENGTH_MAX)
    person = (await members.persons_by_id(ids=[member_id])).get(member_id)
    if person is None:
        raise NotFound("nobody is behind this member")
    await execute(_LOOKED, new_id(), staff_id, member_id, reason.strip(), now)
    return Looked(
        person=person,
        profile=await members.profile_of(member_id=member_id),
        changes=tuple(await members.profile_changes_of(member_id=member_id, limit=CHANGES_MAX)),
        supplements=tuple(await supplements_of(member_id=member_id, limit=SUPPLEMENTS_MAX)),
    )
