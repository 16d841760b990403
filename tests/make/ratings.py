"""Approved work, and ratings of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.ratings import operations, queries
from tests.make import campaigns as make
from tests.make.members import add_worker
from tests.make.world import World


@dataclass(frozen=True, slots=True)
class Work:
    """An assignment and its two sides."""

    employer_id: UUID
    worker_id: UUID
    id: UUID


async def approved(world: World) -> Work:
    employer_id = await make.rich_employer(world)
    worker_id = await add_worker(world)
    campaign_id = await make.running(world, employer_id)
    assignment_id = await make.submitted(world, worker_id, campaign_id)
    await make.approve(world, employer_id, assignment_id)
    return Work(employer_id, worker_id, assignment_id)


async def rate(
    world: World,
    work: Work,
    author_id: UUID,
    *,
    stars: int = 5,
    comment: str | None = None,
    now: datetime | None = None,
) -> UUID:
    return await operations.give_rating(
        author_id=author_id,
        assignment_id=work.id,
        stars=stars,
        comment=comment,
        new_id=world.new_id,
        now=now or world.now,
    )


async def seen_by(work: Work, viewer_id: UUID) -> set[UUID]:
    found = await queries.ratings_of_assignments(ids=[work.id], viewer_id=viewer_id)
    return {rating.id for rating in found[work.id]}
