"""Reads of skills, and of the viewer's own results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch

LISTED_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillRecord:
    """`owner_id` is None for a skill of the platform."""

    id: UUID
    owner_id: UUID | None
    name: str
    description: str
    valid_days: int | None
    retake_days: int
    attempt_max: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRecord:
    """The latest result of a worker in a skill, and how many there were."""

    skill_id: UUID
    value: int
    attempt: int
    graded_at: datetime
    expires_at: datetime | None


_COLUMNS: Final = (
    "id, owner_id, name, description, valid_days, retake_days, attempt_max, created_at"
)
_BY_ID: Final = f"select {_COLUMNS} from skill where id = any($1)"  # noqa: S608  # our own columns
_USABLE: Final = f"""
    select {_COLUMNS} from skill where owner_id = $1 or owner_id is null
    order by owner_id is null, created_at desc, id limit {LISTED_MAX}
"""  # noqa: S608  # our own columns and number
_GRANTS: Final = f"""
    select * from (
        select distinct on (skill_id) skill_id, value, attempt, graded_at, expires_at
        from skill_grant where worker_id = $1 order by skill_id, attempt desc) latest
    order by graded_at desc, skill_id limit {LISTED_MAX}
"""  # noqa: S608  # our own number


async def skills_by_id(*, ids: Sequence[UUID]) -> dict[UUID, SkillRecord]:
    """What a skill says is for everybody to read."""
    return {row["id"]: _skill(row) for row in await fetch(_BY_ID, list(ids))}


async def skills_usable_by(*, employer_id: UUID) -> list[SkillRecord]:
    """Which campaigns of this employer may ask for: the employer's own, newest first, then the
    platform's.
    """
    return [_skill(row) for row in await fetch(_USABLE, employer_id)]


async def grants_of(*, worker_id: UUID) -> list[GrantRecord]:
    """The worker's own, the latest result of each skill. Ask for nobody else."""
    return [GrantRecord(**dict(row)) for row in await fetch(_GRANTS, worker_id)]


def _skill(row: Mapping[str, Any]) -> SkillRecord:
    return SkillRecord(**dict(row))
