"""Gold tasks, answers that are bought one by one, and what a crowd agreed on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

import pytest

from domain.assignments import operations, queries
from domain.assignments.operations import NotEligible
from domain.assignments.rules import ClaimReason
from domain.assignments.rules.weighing import (
    WeighedTask,
    aggregated,
    is_aggregation_due,
    next_answers,
)
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import ConsensusPlan, plan_problem
from domain.database import fetch
from domain.errors import InvalidInput, InvalidTransition
from domain.ledger.queries import differences
from domain.ledger.rules import AccountKind, Difference
from domain.paging import Page
from domain.quality.rules import Aggregator, Answer
from domain.tasks import operations as tasks
from domain.tasks import queries as task_reads
from domain.tasks.queries import TaskRecord
from domain.tasks.rules import NewTask, TaskState
from tests.make.campaigns import balance, claim, draft, publish, rich_employer, submit
from tests.make.members import add_worker
from tests.make.world import World

PLAN: Final = ConsensusPlan(labels=("yes", "no"), gold_percent=0)
PLACES: Final = "a task's places are its assignments"
BOOKS: Final = {PLACES: queries.CHECKS[PLACES], **task_reads.CHECKS}
GOLD: Final = NewTask(text="Picture 0", place_count=9, gold_label="yes")


async def weighed(
    world: World,
    employer: UUID,
    *,
    plan: ConsensusPlan = PLAN,
    given: Sequence[NewTask],
    approves_by_rule: bool = False,
) -> UUID:
    """An open campaign whose answers are weighed."""
    campaign = await draft(world, employer, approves_by_rule=approves_by_rule)
    await campaigns.plan_consensus(employer_id=employer, campaign_id=campaign, plan=plan)
    await tasks.add_tasks(
        employer_id=employer, campaign_id=campaign, tasks=given, new_id=world.new_id
    )
    await campaigns.fund_campaign(
        employer_id=employer,
        campaign_id=campaign,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )
    await publish(world, employer, campaign)
    return campaign


async def says(world: World, campaign: UUID, label: str, task: UUID | None = None) -> UUID:
    """A new worker's answer; the task that it was given to."""
    worker = await add_worker(world)
    assignment = await claim(world, worker, campaign, task)
    await submit(world, worker, assignment, label)
    (row,) = await fetch("select task_id from assignment where id = $1", assignment)
    task_id: UUID = row["task_id"]
    return task_id


async def look(world: World, campaign: UUID, employer: UUID) -> list[TaskRecord]:
    """After the sweep; it finds nothing to do a second time."""
    await operations.weigh_answers(new_id=world.new_id, now=world.now)
    assert await operations.weigh_answers(new_id=world.new_id, now=world.now) == 0
    return await task_reads.tasks_of(campaign_id=campaign, employer_id=employer, page=Page(limit=9))


async def wrong_about(campaign: UUID) -> list[Difference]:
    """And about tasks; machines of the ledger book on campaigns that there are not."""
    found = await differences(checks=BOOKS)
    return [
        each
        for each in found
        if not each.subject.startswith("campaign:") or str(campaign) in each.subject
    ]


@pytest.mark.asyncio
async def test_no_more_answers_are_bought_than_a_doubt_needs(world: World) -> None:
    """6.4: two at first, a third where two disagree, and the money of the rest comes back."""
    employer = await rich_employer(world)
    before = await balance(AccountKind.EMPLOYER_AVAILABLE, employer)
    campaign = await weighed(world, employer, given=[NewTask(text="Picture", place_count=5)])
    await says(world, campaign, "yes")
    await says(world, campaign, "no")
    with pytest.raises(NotEligible) as refused:
        await claim(world, await add_worker(world), campaign)
    (doubtful,) = await look(world, campaign, employer)
    await says(world, campaign, "yes")
    (still,) = await look(world, campaign, employer)
    await says(world, campaign, "yes")
    (agreed,) = await look(world, campaign, employer)

    assert refused.value.reasons == (ClaimReason.NO_PLACE_LEFT,)
    assert (doubtful.state, still.state, agreed.state) == (
        TaskState.OPEN,
        TaskState.OPEN,
        TaskState.AGREED,
    )
    assert (agreed.places.filled, agreed.places.cancelled, agreed.places.open) == (4, 1, 0)
    spent = before - await balance(AccountKind.EMPLOYER_AVAILABLE, employer)
    assert spent == 4 * (50_000 + 5_000 + 950)
    found = (await task_reads.consensus_of(task_ids=[agreed.id]))[agreed.id]
    assert (found.label, found.answer_count, found.confidence_percent) == ("yes", 4, None)
    assert await wrong_about(campaign) == []


@pytest.mark.asyncio
async def test_a_place_that_comes_back_after_the_agreement_is_paid_back(world: World) -> None:
    """A claim that was out when the others agreed is honoured, or its money returns."""
    employer = await rich_employer(world)
    campaign = await weighed(world, employer, given=[NewTask(text="Picture", place_count=3)])
    await says(world, campaign, "yes")
    second = await add_worker(world)
    work = await claim(world, second, campaign)
    await submit(world, second, work, "yes")
    (agreed,) = await look(world, campaign, employer)
    await operations.ask_revision(
        employer_id=employer,
        assignment_id=work,
        text="Look again.",
        new_id=world.new_id,
        now=world.now,
    )
    await operations.withdraw_assignment(
        worker_id=second, assignment_id=work, new_id=world.new_id, now=world.now
    )
    (after,) = await look(world, campaign, employer)

    assert (agreed.state, agreed.places.cancelled) == (TaskState.AGREED, 1)
    assert (after.state, after.places.cancelled, after.places.open) == (TaskState.AGREED, 2, 0)
    assert await wrong_about(campaign) == []


@pytest.mark.asyncio
async def test_gold_comes_by_chance_and_is_no_question_of_its_own(world: World) -> None:
    """6.1: some claims get it, it is paid like the rest, and it ends with the rest."""
    employer = await rich_employer(world)
    plan = ConsensusPlan(labels=("yes", "no"), gold_percent=50)
    ordinary = [NewTask(text=f"Picture {number}", place_count=2) for number in range(1, 9)]
    campaign = await weighed(world, employer, plan=plan, given=[*ordinary, GOLD])
    for worker in [await add_worker(world) for _ in range(2)]:
        with suppress(NotEligible):  # until there is nothing left for this one
            while True:
                await submit(world, worker, await claim(world, worker, campaign), "yes")
    *agreed, gold = await look(world, campaign, employer)

    assert {each.state for each in agreed} == {TaskState.AGREED}
    assert gold.state is TaskState.FULL
    assert gold.places.filled > 0
    assert (gold.places.open, gold.places.cancelled) == (0, 9 - gold.places.filled)
    found = await task_reads.consensus_of(task_ids=[each.id for each in (*agreed, gold)])
    assert list(found) == [each.id for each in agreed]
    assert await wrong_about(campaign) == []


@pytest.mark.asyncio
async def test_a_plan_comes_before_the_tasks_and_holds_for_them(world: World) -> None:
    """Gold needs a label of the plan, a task the places to be weighed, an answer a label."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await draft(world, employer)
    await campaigns.plan_consensus(employer_id=employer, campaign_id=campaign, plan=PLAN)
    for task, field in (
        (NewTask(text="x", place_count=9, gold_label="maybe"), "gold_label"),
        (NewTask(text="x", place_count=1), "place_count"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await tasks.add_tasks(
                employer_id=employer, campaign_id=campaign, tasks=[task], new_id=world.new_id
            )
        assert refused.value.path == ("tasks", "0", field)
    opened = await weighed(world, employer, given=[NewTask(text="x", place_count=2)])
    with pytest.raises(InvalidTransition):
        await campaigns.plan_consensus(employer_id=employer, campaign_id=opened, plan=PLAN)
    assignment = await claim(world, worker, opened)
    with pytest.raises(InvalidInput):
        await submit(world, worker, assignment, "maybe")
    await submit(world, worker, assignment, "yes")


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (ConsensusPlan(labels=("yes",)), "labels"),
        (ConsensusPlan(labels=("yes", "yes")), "labels"),
        (ConsensusPlan(labels=("yes", " no")), "labels"),
        (ConsensusPlan(labels=("a", "b"), answer_count_min=1), "answer_count_min"),
        (ConsensusPlan(labels=("a", "b"), confidence_percent=100), "confidence_percent"),
        (ConsensusPlan(labels=("a", "b"), gold_percent=51), "gold_percent"),
    ],
)
def test_a_plan_has_bounds(plan: ConsensusPlan, field: str) -> None:
    """R24, R25."""
    problem = plan_problem(plan)
    assert problem is not None
    assert problem.path == (field,)


def test_all_answers_are_looked_at_again_when_a_tenth_is_new_and_at_the_end() -> None:
    """An aggregation of many answers takes seconds."""

    def due(answers: int, before: int, *, is_over: bool = False) -> bool:
        return is_aggregation_due(answers=answers, before=before, is_over=is_over)

    assert [due(1, 0), due(109, 100), due(110, 100), due(101, 100, is_over=True)] == [
        True,
        False,
        True,
        True,
    ]
    assert not due(100, 100, is_over=True)


def test_who_knows_the_gold_is_believed_sooner_and_the_best_rule_is_chosen() -> None:
    """6.3 and 6.4: two who were right on gold settle a task; two who were wrong do not."""
    ids = [UUID(int=number) for number in range(32)]
    listed = [
        WeighedTask(
            id=key,
            gold_label=("yes", "no")[number % 2] if number < 30 else None,
            is_agreed=False,
            answers_asked=None if number < 30 else 2,
            place_count=5,
            has_open_place=True,
            is_waiting=False,
        )
        for number, key in enumerate(ids)
    ]
    answers = [
        Answer(worker, str(key), ("yes", "no")[number % 2 ^ (worker in "cd")])
        for number, key in enumerate(ids[:30])
        for worker in "abcd"
    ]
    answers += [Answer(worker, str(ids[30]), "yes") for worker in "ab"]
    answers += [Answer(worker, str(ids[31]), "yes") for worker in "ac"]
    plan = ConsensusPlan(labels=("yes", "no"), confidence_percent=95)
    after = next_answers(listed, answers, plan)
    whole = aggregated(listed, answers)

    assert (after.agreed, after.asked, after.is_over) == ([ids[30]], {ids[31]: 3}, False)
    assert [each.task_id for each in whole.found] == ids[30:]
    assert whole.aggregator in set(Aggregator)
    assert whole.found[0].label == "yes"
