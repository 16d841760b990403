"""The list of matches against brute force: everything claimable once, nothing else, best first."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.assignments.queries import claim_facts
from domain.assignments.rules import claim_reasons
from domain.database import fetch
from domain.filters import Comparison, Condition, Operator
from domain.matching import operations, queries
from domain.matching.rules import MILLION, MatchTerm, explores, score
from domain.members.operations import set_profile
from domain.members.rules import Profile
from domain.paging import Page
from tests.make.campaigns import approve, claim, rich_employer, running, submitted, usd
from tests.make.members import add_worker
from tests.make.ratings import approved, rate
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def walked(
    world: World, worker: UUID, *, size: int, where: Condition | None = None, backward: bool = False
) -> list[queries.MatchRecord]:
    seen: list[queries.MatchRecord] = []
    while True:
        at = None if not seen else (seen[0] if backward else seen[-1]).keys
        page = Page(
            limit=size,
            after=None if backward else at,
            before=at if backward else None,
            backward=backward,
        )
        found = await queries.matches_of(worker_id=worker, now=world.now, page=page, where=where)
        if not found:
            return seen
        seen = found + seen if backward else seen + found


async def test_every_claimable_campaign_is_on_some_page(world: World) -> None:
    """7.1: filter equals brute force, in pages of any size, forwards, backwards and filtered."""
    employer, worker = await rich_employer(world), await add_worker(world)
    names = ["open", "dear", "claimed", "done", "full"]
    rewards = dict.fromkeys(names, usd("0.05")) | {"dear": usd("5")}
    made = {
        name: await running(world, employer, places=(1,), reward=rewards[name]) for name in names
    }
    await claim(world, worker, made["claimed"])
    await submitted(world, worker, made["done"])
    await submitted(world, await add_worker(world), made["full"])
    own = await running(world, await rich_employer(world, usd("10")), places=(1,))

    mine = Comparison("employer_id", Operator.EQ, employer)
    everything = [row["id"] for row in await fetch("select id from campaign")]
    facts = await claim_facts(
        campaign_ids=everything, worker_id=worker, task_id=None, now=world.now
    )
    expected = {each for each in facts if not claim_reasons(facts[each])}
    whole = await walked(world, worker, size=100)
    assert {each.campaign_id for each in whole} == expected
    assert {own, made["open"], made["dear"]} <= expected and made["full"] not in expected
    assert [each.keys for each in whole] == sorted((each.keys for each in whole), reverse=True)
    for size, backward in ((1, False), (2, True)):
        part = await walked(world, worker, size=size, where=mine, backward=backward)
        assert [each.campaign_id for each in part] == [
            each.campaign_id for each in whole if each.campaign_id in made.values()
        ]
    counts = await queries.count_matches(parent_ids=[worker], now=world.now, where=mine)
    assert counts[worker].number == 2


async def test_an_interest_names_a_category_in_any_language(world: World) -> None:
    """C1: written small or large, of the campaign's category or one above it; others do nothing."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer)

    async def affinity(*interests: str) -> int:
        await set_profile(member_id=worker, profile=Profile(interests=interests))
        terms = await queries.match_terms(campaign_ids=[campaign], worker_id=worker, now=world.now)
        return terms[campaign][MatchTerm.AFFINITY]

    assert await affinity() == await affinity("gardening", "Umfragen") == 0
    assert await affinity("gardening", "labeling") == await affinity("KENNZEICHNUNG") == MILLION


async def test_the_score_is_what_its_reasons_add_up_to(world: World) -> None:
    """C1: better paid work of a category that one is good at comes first, and it says why."""
    employer, worker = await rich_employer(world), await add_worker(world)
    while explores(worker_id=worker, decided_count=1, on=world.now.date()):
        worker = await add_worker(world)
    before = await running(world, employer, places=(1,))
    await approve(world, employer, await submitted(world, worker, before))
    cheap = await running(world, employer, places=(1,), reward=usd("0.02"), seconds=60)
    dear = await running(world, employer, places=(1,), reward=usd("5"), seconds=60)
    while await operations.count_standings(now=world.now):
        pass

    terms = await queries.match_terms(campaign_ids=[cheap, dear], worker_id=worker, now=world.now)
    mine = Comparison("employer_id", Operator.EQ, employer)
    ranked = await walked(world, worker, size=9, where=mine)

    assert [each.campaign_id for each in ranked] == [dear, cheap]
    assert [each.score for each in ranked] == [score(terms[dear]), score(terms[cheap])]
    assert terms[dear][MatchTerm.AFFINITY] == 1_000_000  # of a category that was approved before
    assert terms[dear][MatchTerm.WAGE] > terms[cheap][MatchTerm.WAGE]
    newcomer = (
        await queries.match_terms(
            campaign_ids=[dear], worker_id=await add_worker(world), now=world.now
        )
    )[dear]
    assert terms[dear][MatchTerm.QUALITY] > newcomer[MatchTerm.QUALITY]
    assert await operations.count_standings(now=world.now) == 0
    world.now += timedelta(days=1)
    assert await operations.count_standings(now=world.now) >= 2
    kept = await queries.matches_of(
        worker_id=worker, now=world.now, page=Page(limit=9, after=ranked[0].keys), where=mine
    )
    assert [each.keys for each in kept] == [ranked[1].keys]


async def test_stars_raise_whoever_got_them(world: World) -> None:
    """P42: five stars each way; the worker's quality and the employer's rating rise with them."""
    work = await approved(world)
    campaign = await running(world, work.employer_id, places=(1,))
    await operations.count_standings(now=world.now)
    seen = []
    for _ in range(2):
        terms = await queries.match_terms(
            campaign_ids=[campaign], worker_id=work.worker_id, now=world.now
        )
        seen.append(terms[campaign])
        for author in (work.worker_id, work.employer_id):
            if not seen[1:]:
                await rate(world, work, author, stars=5)
        world.now += timedelta(days=1)
        while await operations.count_standings(now=world.now):
            pass

    for term in (MatchTerm.QUALITY, MatchTerm.EMPLOYER_RATING):
        assert seen[1][term] > seen[0][term]
