"""Everything that changes skills, and what workers got for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidInput
from domain.given import NewId
from domain.members import queries as members
from domain.members.rules import Role
from domain.skills.queries import skills_by_id
from domain.skills.rules import SKILL_COUNT_MAX, SkillTerms, skill_problem, value_of

_INSERT: Final = """
    insert into skill
        (id, owner_id, name, description, valid_days, retake_days, attempt_max, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_COUNT: Final = "select count(*) from skill where owner_id is not distinct from $1"


@one_transaction
async def create_skill(
    *, actor_id: UUID, is_of_platform: bool, terms: SkillTerms, new_id: NewId, now: datetime
) -> UUID:
    """A skill of an employer, or, by staff, one of the platform for every employer.

    Refuses with `NotAllowed` or `InvalidInput`.
    """
    await members.require_role(
        member_id=actor_id, role=Role.STAFF if is_of_platform else Role.EMPLOYER
    )
    problem = skill_problem(terms)
    if problem is not None:
        message, field = problem
        raise InvalidInput(message, path=(field,))
    owner_id = None if is_of_platform else actor_id
    if await fetch_value(_COUNT, owner_id) >= SKILL_COUNT_MAX:
        raise InvalidInput(f"at most {SKILL_COUNT_MAX} skills", path=("name",))
    skill_id = new_id()
    try:
        await execute(
            _INSERT,
            skill_id,
            owner_id,
            terms.name.strip(),
            terms.description.strip(),
            terms.valid_days,
            terms.retake_days,
            terms.attempt_max,
            now,
        )
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput("there is one of this name already", path=("name",)) from error
    return skill_id


async def unusable_skills(*, employer_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Those that campaigns of this employer may not ask for: another employer's, or none."""
    found = await skills_by_id(ids=list(ids))
    return {
        id_ for id_ in ids if id_ not in found or found[id_].owner_id not in (None, employer_id)
    }


async def require_grantable(*, employer_id: UUID, skill_id: UUID) -> None:
    """An employer's campaigns grant the employer's own skills; those of staff the platform's too.

    Refuses with `InvalidInput` or `NotAllowed`.
    """
    skill = (await skills_by_id(ids=[skill_id])).get(skill_id)
    if skill is None or skill.owner_id not in (None, employer_id):
        raise InvalidInput("no skill of yours", path=("skill_id",))
    if skill.owner_id is None:
        await members.require_role(member_id=employer_id, role=Role.STAFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a worker got right in one test."""

    worker_id: UUID
    right_count: int
    answer_count: int


# Two campaigns may be tests of one skill: the second result of a worker counts after the first.
_LOCK: Final = "select id from skill where id = $1 for no key update"
_GRANT: Final = """
    insert into skill_grant
        (worker_id, skill_id, attempt, campaign_id, right_count, answer_count, value, graded_at,
         expires_at)
    select w.worker_id, k.id,
           1 + (select count(*) from skill_grant g
                where g.worker_id = w.worker_id and g.skill_id = k.id),
           $2, w.right_count, w.answer_count, w.value, $3::timestamptz,
           $3::timestamptz + make_interval(days => k.valid_days)
    from skill k, unnest($4::uuid[], $5::int[], $6::int[], $7::int[])
        as w (worker_id, right_count, answer_count, value)
    where k.id = $1
"""


async def lock_skill(*, skill_id: UUID) -> None:
    """Whoever counts results of it comes one after the other."""
    assert in_transaction()
    await fetch_value(_LOCK, skill_id)


async def grant_skill(
    *, skill_id: UUID, campaign_id: UUID, results: Sequence[Result], now: datetime
) -> None:
    """One line each, of different workers. On a locked skill, in the transaction that looked
    which results are new.
    """
    assert in_transaction()
    await execute(
        _GRANT,
        skill_id,
        campaign_id,
        now,
        [each.worker_id for each in results],
        [each.right_count for each in results],
        [each.answer_count for each in results],
        [
            value_of(right_count=each.right_count, answer_count=each.answer_count)
            for each in results
        ],
    )
