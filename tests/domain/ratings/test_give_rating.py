"""`give_rating`: both ways, once, after the outcome, unseen until both have."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.assignments import operations as assignments
from domain.errors import InvalidInput, NotFound
from domain.paging import Page
from domain.ratings import operations, queries
from domain.ratings.queries import NO_RATINGS, RatingSummary
from domain.ratings.rules import RatingState
from tests.make import campaigns as make
from tests.make.members import add_worker
from tests.make.ratings import Work, approved, rate, seen_by
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_a_rating_is_hidden_from_the_other_side(world: World) -> None:
    """Who is rated first must not be able to answer in kind."""
    work = await approved(world)

    rating_id = await rate(world, work, work.worker_id, stars=2, comment=" Slow. ")

    assert await seen_by(work, work.worker_id) == {rating_id}
    assert await seen_by(work, work.employer_id) == set()
    assert not await queries.ratings_by_id(ids=[rating_id], viewer_id=work.employer_id)
    assert not await queries.ratings_by_id(ids=[rating_id], viewer_id=None)
    own = (await queries.ratings_by_id(ids=[rating_id], viewer_id=work.worker_id))[rating_id]
    assert (own.subject_id, own.stars, own.comment) == (work.employer_id, 2, "Slow.")
    assert (own.state, own.visible_at) == (RatingState.HIDDEN, None)
    assert not await listed_ratings(work.employer_id, Page(limit=9))
    summaries = await queries.rating_summaries(ids=[work.employer_id])
    assert summaries == {work.employer_id: NO_RATINGS}


async def test_both_become_visible_with_the_second(world: World) -> None:
    """From then on everybody may read them, and they count."""
    work = await approved(world)
    first = await rate(world, work, work.worker_id, stars=4)
    second = await rate(world, work, work.employer_id, stars=5)

    for viewer_id in (work.worker_id, work.employer_id, world.new_id()):
        assert await seen_by(work, viewer_id) == {first, second}
    assert set(await queries.ratings_by_id(ids=[first, second], viewer_id=None)) == {first, second}
    summaries = await queries.rating_summaries(ids=[work.employer_id, work.worker_id])
    assert summaries[work.employer_id] == RatingSummary((0, 0, 0, 1, 0))
    assert summaries[work.worker_id] == RatingSummary((0, 0, 0, 0, 1))


async def test_each_side_rates_once(world: World) -> None:
    """Also when it asks ten times at once; the other direction stays open."""
    work = await approved(world)
    outcomes = await asyncio.gather(
        *(rate(world, work, work.worker_id) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, UUID) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, operations.AlreadyRated) for outcome in outcomes) == 9
    assert await rate(world, work, work.employer_id)


async def test_a_stranger_rates_nothing(world: World) -> None:
    """And does not learn whether the assignment exists."""
    work = await approved(world)
    stranger = await add_worker(world)
    with pytest.raises(NotFound):
        await rate(world, work, stranger)
    unknown = replace(work, id=world.new_id())
    with pytest.raises(NotFound):
        await rate(world, unknown, work.worker_id)


async def test_not_before_the_outcome_is_final(world: World) -> None:
    """Claimed, handed in, rejected but contestable: too early. A final rejection may be rated."""
    employer_id = await make.rich_employer(world)
    worker_id = await add_worker(world)
    campaign_id = await make.running(world, employer_id)
    work = Work(employer_id, worker_id, await make.claim(world, worker_id, campaign_id))

    with pytest.raises(operations.NotSettled):
        await rate(world, work, worker_id)
    await make.submit(world, worker_id, work.id)
    with pytest.raises(operations.NotSettled):
        await rate(world, work, employer_id)
    await make.reject(world, employer_id, work.id)
    with pytest.raises(operations.NotSettled):
        await rate(world, work, worker_id)
    later = world.later(timedelta(days=8))
    while await assignments.close_rejections(new_id=world.new_id, now=later):
        pass
    assert await rate(world, work, worker_id, stars=1, now=later)


async def test_nonsense_is_named(world: World) -> None:
    """The path leads a form to its field."""
    work = await approved(world)
    with pytest.raises(InvalidInput) as stars:
        await rate(world, work, work.worker_id, stars=6)
    with pytest.raises(InvalidInput) as comment:
        await rate(world, work, work.worker_id, comment="x" * 1001)
    assert (stars.value.path, comment.value.path) == (("stars",), ("comment",))


async def test_a_members_ratings_come_page_by_page(world: World) -> None:
    """Newest first, both ways, hidden ones left out."""
    employer_id = await make.rich_employer(world)
    campaign_id = await make.running(world, employer_id, places=(6,))
    for minute in range(5):
        worker_id = await add_worker(world)
        work = Work(employer_id, worker_id, await make.submitted(world, worker_id, campaign_id))
        await make.approve(world, employer_id, work.id)
        moment = world.later(timedelta(minutes=minute // 2))
        await rate(world, work, worker_id, stars=minute + 1, now=moment)
        if minute < 4:
            await rate(world, work, employer_id, now=moment)

    listed = await listed_ratings(employer_id, Page(limit=9))
    assert {rating.stars for rating in listed} == {1, 2, 3, 4}
    order = [(rating.visible_at, rating.id) for rating in listed]
    assert order == sorted(order, reverse=True)
    after = Page(limit=2, after=(listed[0].visible_at, listed[0].id))
    assert await listed_ratings(employer_id, after) == listed[1:3]
    before = Page(limit=2, before=(listed[3].visible_at, listed[3].id), backward=True)
    assert await listed_ratings(employer_id, before) == listed[1:3]


async def listed_ratings(member_id: UUID, page: Page) -> list[queries.RatingRecord]:
    return (await queries.rating_pages(member_ids=[member_id], page=page))[member_id]
