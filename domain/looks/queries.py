"""When staff looked at personal data: for the member without who and why, for staff all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.looks.rules import LookedAt


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRecord:
    """`is_secret`: the law keeps what it was about from the member."""

    id: UUID
    staff_id: UUID
    member_id: UUID
    about: LookedAt
    reason: str
    looked_at: datetime
    is_secret: bool


# What a check of a list found is told to nobody, so neither is that people looked at it.
_LOOKS: Final = """
    select * from (
        select id, staff_id, member_id, 'person' as about, reason, looked_at, false as is_secret
        from staff_look where member_id = $1
        union all
        select id, actor_id, member_id, 'tax_number', reason, revealed_at, false
        from tax_reveal where member_id = $1
        union all
        select l.id, l.member_id, v.member_id, 'identity', l.reason, l.looked_at,
               exists (select from verification_hit h where h.check_id = c.id)
        from verification v
        join verification_check c on c.verification_id = v.id
        join verification_look l on l.subject_id = c.id
        where v.member_id = $1
    ) looks
    where $2 or not is_secret
    order by looked_at desc, id desc limit $3
"""


async def looks_at(*, member_id: UUID, with_secret: bool, limit: int) -> list[LookRecord]:
    """Newest first. `with_secret` is for staff alone."""
    return [
        LookRecord(
            id=row["id"],
            staff_id=row["staff_id"],
            member_id=row["member_id"],
            about=LookedAt(row["about"]),
            reason=row["reason"],
            looked_at=row["looked_at"],
            is_secret=row["is_secret"],
        )
        for row in await fetch(_LOOKS, member_id, with_secret, limit)
    ]
