"""From the answers to a campaign's tasks to what is asked next. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.campaigns.rules import ConsensusPlan
from domain.quality.rules import (
    Aggregator,
    Answer,
    KnownWorkers,
    OverlapPlan,
    calibrate,
    choose,
    needs_another,
)
from domain.tasks.rules import TaskConsensus

AGGREGATED_AGAIN: Final = 10  # when a tenth more was answered: it looks at all answers at once


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedTask:
    """A task as the weighing sees it; gold is never weighed for itself."""

    id: UUID
    gold_label: str | None
    is_agreed: bool
    answers_asked: int | None
    place_count: int
    has_open_place: bool
    is_waiting: bool  # a place that was asked for is not handed in yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """Which tasks need how many answers, and which need no more: those that agree, and all gold
    where nobody is asked for an answer any more and the campaign is no test.
    """

    asked: Mapping[UUID, int]
    agreed: Sequence[UUID]
    gold_left: Sequence[UUID]
    is_over: bool  # nobody is asked for an answer any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregated:
    found: Sequence[TaskConsensus]
    aggregator: Aggregator


def next_answers(
    tasks: Sequence[WeighedTask], answers: Sequence[Answer], plan: ConsensusPlan
) -> Next:
    """A task with the answers it was asked for needs one more while they leave a doubt (R25)."""
    known = KnownWorkers(_gold(tasks), answers, labels=plan.labels)
    said = _by_task(answers)
    asked: dict[UUID, int] = {}
    agreed = [task.id for task in tasks if task.is_agreed]
    is_over = True
    for task in tasks:
        given = said[str(task.id)]
        if task.gold_label is not None or task.is_agreed:
            continue
        if len(given) < (task.answers_asked or 0):
            is_over = is_over and not task.is_waiting
            continue
        overlap = OverlapPlan(
            place_count_min=plan.answer_count_min,
            place_count_max=task.place_count,
            confidence_min=plan.confidence_percent / 100,
        )
        if not needs_another(known.belief(given), answer_count=len(given), plan=overlap):
            agreed.append(task.id)
        elif task.has_open_place:
            asked[task.id] = len(given) + 1
            is_over = False
    gold = [task.id for task in tasks if task.gold_label is not None]
    return Next(
        asked=asked,
        agreed=agreed,
        gold_left=gold if is_over and plan.test is None else (),
        is_over=is_over,
    )


def is_aggregation_due(*, answers: int, before: int, is_over: bool) -> bool:
    """Each looks at every answer, so not at each new one; the last one is always made."""
    if answers == before:
        return False
    return is_over or (answers - before) * AGGREGATED_AGAIN >= before


def aggregated(tasks: Sequence[WeighedTask], answers: Sequence[Answer]) -> Aggregated:
    """By whichever rule is best on the campaign's own gold. What is said of gold is known."""
    gold = _gold(tasks)
    chosen = choose(answers, gold=gold)
    confidence = calibrate(chosen.agreed, gold=gold)
    said = _by_task(answers)
    return Aggregated(
        found=[
            TaskConsensus(
                task_id=UUID(task_id),
                label=agreed.label,
                answer_count=len(said[task_id]),
                confidence_percent=_percent(confidence[task_id]),
            )
            for task_id, agreed in chosen.agreed.items()
            if task_id not in gold
        ],
        aggregator=chosen.aggregator,
    )


def _gold(tasks: Sequence[WeighedTask]) -> dict[str, str]:
    return {str(task.id): task.gold_label for task in tasks if task.gold_label is not None}


def _by_task(answers: Sequence[Answer]) -> Mapping[str, list[Answer]]:
    found: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        found[answer.task_id].append(answer)
    return found


def _percent(share: float | None) -> int | None:
    return None if share is None else round(share * 100)
