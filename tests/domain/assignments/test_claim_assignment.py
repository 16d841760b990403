"""`claim_assignment`: a place is handed out once, at any concurrency (R2)."""

from __future__ import annotations

import asyncio
from contextvars import Context
from uuid import UUID

import pytest

from domain.assignments import operations, queries
from domain.assignments.rules import AssignmentState, ClaimReason, claim_reasons
from domain.campaigns import operations as campaigns
from domain.database import fetch, transaction
from domain.errors import NotFound
from domain.paging import Page
from domain.tasks import queries as tasks
from domain.workers.rules import ADVANCED_LEVEL
from tests.make.campaigns import claim, draft, rich_employer, running, submit, submitted
from tests.make.members import add_worker
from tests.make.workers import on_level
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_fixes_price_and_instructions_at_the_claim(world: World) -> None:
    """P35, P36: later changes are for later claims."""
    employer = await rich_employer(world, country="US")
    campaign = await running(world, employer)
    worker = await add_worker(world)

    assignment = await claim(world, worker, campaign)

    record = (await queries.assignments_by_id(ids=[assignment], viewer_id=worker))[assignment]
    assert (record.state, record.reward.micros, record.fee.micros) == (
        AssignmentState.CLAIMED,
        50_000,
        5_000,
    )
    assert record.instruction_version == 1
    assert (record.deadline_at - record.claimed_at).total_seconds() == 15 * 60


async def test_two_hundred_claims_at_once_on_ten_places_give_ten(world: World) -> None:
    """A1 in small: everybody else is told that no place is left."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[10])
    workers = [await add_worker(world) for _ in range(200)]

    outcomes = await asyncio.gather(
        *(claim(world, worker, campaign) for worker in workers), return_exceptions=True
    )

    taken = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, operations.NotEligible)]
    assert (len(taken), len(refused)) == (10, 190)
    assert {refusal.reasons for refusal in refused} == {(ClaimReason.NO_PLACE_LEFT,)}
    places = (await tasks.places_of(campaign_ids=[campaign]))[campaign]
    assert (places.open, places.held) == (0, 10)


async def test_one_worker_at_many_windows_gets_one_live_claim(world: World) -> None:
    """R3: claims are for working on, not for hoarding."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[1] * 20)
    worker = await add_worker(world)

    outcomes = await asyncio.gather(
        *(claim(world, worker, campaign) for _ in range(20)), return_exceptions=True
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, operations.NotEligible)]
    assert len(refused) == 19
    assert all(ClaimReason.LIVE_CLAIM in refusal.reasons for refusal in refused)


async def test_different_workers_at_once_get_different_tasks(world: World) -> None:
    """Sixty askers for sixty tasks of one place: nobody waits in vain."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[1] * 60)
    workers = [await add_worker(world) for _ in range(60)]

    claimed = await asyncio.gather(*(claim(world, worker, campaign) for worker in workers))

    task_ids = set()
    for worker, assignment in zip(workers, claimed, strict=True):
        found = await queries.assignments_by_id(ids=[assignment], viewer_id=worker)
        task_ids.add(found[assignment].task_id)
    assert len(task_ids) == 60


async def test_a_worker_does_a_task_once(world: World) -> None:
    """Overlap and consensus need answers of different people."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[5])
    worker = await add_worker(world)
    await submitted(world, worker, campaign)

    with pytest.raises(operations.NotEligible) as refusal:
        await claim(world, worker, campaign)

    assert refusal.value.reasons == (ClaimReason.NO_PLACE_LEFT,)


async def test_the_limit_per_worker_counts_over_all_tasks(world: World) -> None:
    """R15: for a worker of level 4."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[1, 1, 1], per_worker_max=2)
    worker = await add_worker(world)
    await on_level(world, worker, ADVANCED_LEVEL)
    await submitted(world, worker, campaign)
    await submitted(world, worker, campaign)

    with pytest.raises(operations.NotEligible) as refusal:
        await claim(world, worker, campaign)

    assert refusal.value.reasons == (ClaimReason.WORKER_LIMIT,)


async def test_a_starter_takes_one_place_where_there_is_a_limit(world: World) -> None:
    """R15: more than one is for level 4 and above, and the preview says so as well."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1, 1, 1], per_worker_max=2)
    await on_level(world, worker, ADVANCED_LEVEL - 1)
    await submitted(world, worker, campaign)

    with pytest.raises(operations.NotEligible) as refusal:
        await claim(world, worker, campaign)

    assert refusal.value.reasons == (ClaimReason.WORKER_LIMIT,)
    await on_level(world, worker, ADVANCED_LEVEL)
    await claim(world, worker, campaign)


async def test_the_limit_per_worker_holds_for_a_claim_that_had_to_wait(world: World) -> None:
    """While it waited for its task, the same worker did another one: it counts as well."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1, 1], per_worker_max=1)
    pages = await tasks.tasks_of(campaign_id=campaign, employer_id=employer, page=Page(limit=2))
    first, second = (task.id for task in pages)

    async with transaction():
        await fetch("select id from task where id = $1 for update", second)
        waiting = asyncio.create_task(claim(world, worker, campaign, second), context=Context())
        await asyncio.sleep(0.2)
        other = submitted_task(world, worker, campaign, first)
        doing = asyncio.create_task(other, context=Context())
        await asyncio.wait([doing], timeout=0.5)

    outcomes = await asyncio.gather(waiting, doing, return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, operations.NotEligible)]
    assert len(refused) == 1, outcomes


async def submitted_task(world: World, worker: UUID, campaign: UUID, task: UUID) -> None:
    await submit(world, worker, await claim(world, worker, campaign, task))


async def test_nobody_works_for_himself(world: World) -> None:
    """P5: one member may be both, but not in one deal."""
    employer = await rich_employer(world)
    campaign = await running(world, employer)

    with pytest.raises(operations.NotEligible) as refusal:
        await claim(world, employer, campaign)

    assert refusal.value.reasons == (ClaimReason.OWN_CAMPAIGN,)


async def test_a_draft_of_somebody_else_does_not_exist(world: World) -> None:
    """Nothing reveals what an employer plans."""
    campaign = await draft(world, await rich_employer(world))

    with pytest.raises(NotFound):
        await claim(world, await add_worker(world), campaign)


async def test_a_paused_campaign_says_so(world: World) -> None:
    """The preview and the claim give the same reasons (P43)."""
    employer = await rich_employer(world)
    campaign = await running(world, employer)
    worker = await add_worker(world)
    await campaigns.pause_campaign(employer_id=employer, campaign_id=campaign)

    with pytest.raises(operations.NotEligible) as refusal:
        await claim(world, worker, campaign)

    facts = await queries.claim_facts(
        campaign_ids=[campaign], worker_id=worker, task_id=None, now=world.now
    )
    assert refusal.value.reasons == claim_reasons(facts[campaign]) == (ClaimReason.NOT_RUNNING,)
