"""`amend_rating` and `freeze_ratings`: one change within two days, then it stays and counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.database import fetch
from domain.errors import InvalidTransition, NotFound
from domain.ratings import operations, queries
from domain.ratings.rules import AMENDABLE_FOR, RatingState
from domain.workers.queries import standings_of
from tests.make.ratings import Work, approved, rate
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def both_rated(world: World) -> tuple[Work, UUID]:
    """Visible now; the id is that of the employer's rating, of four stars."""
    work = await approved(world)
    await rate(world, work, work.worker_id, stars=2)
    return work, await rate(world, work, work.employer_id, stars=4)


async def amend(work: Work, rating_id: UUID, *, now: datetime, stars: int = 5) -> None:
    await operations.amend_rating(
        author_id=work.employer_id, rating_id=rating_id, stars=stars, comment=None, now=now
    )


async def test_an_author_changes_a_rating_once(world: World) -> None:
    """R40: within 48 hours of being visible, not while it is hidden, and nobody else's."""
    work, rating_id = await both_rated(world)
    for stranger in (work.worker_id, world.new_id()):
        with pytest.raises(NotFound):
            await operations.amend_rating(
                author_id=stranger, rating_id=rating_id, stars=1, comment=None, now=world.now
            )
    await amend(work, rating_id, now=world.later(AMENDABLE_FOR - timedelta(seconds=1)))

    found = (await queries.ratings_by_id(ids=[rating_id], viewer_id=None))[rating_id]
    assert (found.state, found.stars) == (RatingState.AMENDED, 5)
    summary = (await queries.rating_summaries(ids=[work.worker_id]))[work.worker_id]
    assert summary.counts == (0, 0, 0, 0, 1)
    with pytest.raises(InvalidTransition):
        await amend(work, rating_id, now=world.now, stars=1)
    hidden = await approved(world)
    early = await rate(world, hidden, hidden.employer_id)
    with pytest.raises(InvalidTransition):
        await amend(hidden, early, now=world.now)


async def test_a_rating_freezes_and_five_stars_become_points_once(world: World) -> None:
    """Before that they could be taken back, and points never fall."""
    work, rating_id = await both_rated(world)
    await amend(work, rating_id, now=world.now)
    await freeze(world.later(AMENDABLE_FOR - timedelta(seconds=1)))
    assert (await standings_of(ids=[work.worker_id]))[work.worker_id].five_star_count == 0

    for _ in range(2):
        await freeze(world.later(AMENDABLE_FOR))

    found = await queries.ratings_by_id(ids=[rating_id], viewer_id=None)
    assert found[rating_id].state is RatingState.FROZEN
    standing = (await standings_of(ids=[work.worker_id]))[work.worker_id]
    assert (standing.five_star_count, standing.points) == (1, 20)
    assert (await standings_of(ids=[work.employer_id]))[work.employer_id].five_star_count == 0
    with pytest.raises(InvalidTransition):
        await amend(work, rating_id, now=world.now, stars=1)
    with pytest.raises(asyncpg.CheckViolationError):
        await fetch("update rating set stars = 1 where id = $1", rating_id)


async def test_who_is_late_is_told_that_it_is_frozen(world: World) -> None:
    """Also in the minute before the sweep comes by."""
    work, rating_id = await both_rated(world)
    with pytest.raises(InvalidTransition, match="frozen"):
        await amend(work, rating_id, now=world.later(AMENDABLE_FOR))


async def freeze(now: datetime) -> None:
    while await operations.freeze_ratings(now=now):
        pass
