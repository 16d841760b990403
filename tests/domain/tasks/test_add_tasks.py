"""`add_tasks`: all of a list, or none of it."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.errors import InvalidInput, InvalidTransition
from domain.paging import Page
from domain.tasks import operations, queries
from domain.tasks.rules import NewTask
from tests.make.campaigns import draft, rich_employer, running
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_tasks_keep_their_order_over_several_calls(world: World) -> None:
    """Positions go on where the last call ended, also over pages."""
    employer = await rich_employer(world)
    campaign = await draft(world, employer)

    for part in (("a", "b"), ("c",)):
        await _add(world, employer, campaign, [NewTask(text=text, place_count=2) for text in part])

    found = await queries.tasks_of(campaign_id=campaign, employer_id=employer, page=Page(limit=10))
    assert [(task.position, task.text) for task in found] == [(1, "a"), (2, "b"), (3, "c")]
    last = await queries.tasks_of(
        campaign_id=campaign, employer_id=employer, page=Page(limit=2, backward=True)
    )
    assert [task.position for task in last] == [2, 3]


@pytest.mark.parametrize(
    ("task", "field"),
    [
        (NewTask(text=" ", place_count=1), "content"),
        (NewTask(text="x", place_count=0), "place_count"),
        (NewTask(text="x", place_count=100_001), "place_count"),
        (NewTask(text="x", place_count=1, priority=101), "priority"),
        (NewTask(text="x", place_count=1, url="javascript:alert(1)"), "content"),
        (NewTask(text="x", place_count=1, url="https://[broken"), "content"),
        (NewTask(text="x", place_count=1, external_reference="r" * 201), "external_reference"),
    ],
)
async def test_one_wrong_task_refuses_the_whole_list(
    world: World, task: NewTask, field: str
) -> None:
    """The path names the task, and nothing is half done."""
    employer = await rich_employer(world)
    campaign = await draft(world, employer)

    with pytest.raises(InvalidInput) as refusal:
        await _add(world, employer, campaign, [NewTask(text="fine", place_count=1), task])

    assert refusal.value.path == ("tasks", "1", field)
    assert (
        await queries.tasks_of(campaign_id=campaign, employer_id=employer, page=Page(limit=10))
        == []
    )


async def test_a_campaign_ends_at_a_hundred_million_places(world: World) -> None:
    """The counters have an end; whoever comes near it is told, and nothing breaks."""
    employer = await rich_employer(world)
    campaign = await draft(world, employer)
    await _add(world, employer, campaign, [NewTask(text="x", place_count=100_000)] * 1_000)

    with pytest.raises(InvalidInput) as refusal:
        await _add(world, employer, campaign, [NewTask(text="one more", place_count=1)])

    assert refusal.value.path == ("tasks",)


async def test_a_funded_campaign_takes_no_more_tasks(world: World) -> None:
    """Their places would have no money behind them."""
    employer = await rich_employer(world)
    campaign = await running(world, employer)

    with pytest.raises(InvalidTransition):
        await _add(world, employer, campaign, [NewTask(text="late", place_count=1)])


async def _add(
    world: World, employer_id: UUID, campaign_id: UUID, tasks: list[NewTask]
) -> list[UUID]:
    return await operations.add_tasks(
        employer_id=employer_id, campaign_id=campaign_id, tasks=tasks, new_id=world.new_id
    )
