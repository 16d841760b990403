"""A trial of the consensus rules on a file of answers whose truth is known."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from domain.quality.rules import (
    Aggregator,
    Agreed,
    Answer,
    KnownWorkers,
    OverlapPlan,
    aggregate,
    agree,
    needs_another,
    propose_suspension,
)

GOLD_SHARE: Final = 5  # every fifth task is gold in a trial of the overlap
CONFIDENCES: Final = (0.80, 0.90, 0.95)
ROUNDS: Final = 5
ANSWERS_MIN: Final = 30  # of a worker whose true accuracy is worth comparing


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`f1` is that of the rarest true label, None with more than two labels."""

    aggregator: Aggregator
    right: int
    compared: int
    f1: float | None
    cpu_seconds: float

    @property
    def accuracy(self) -> float | None:
        return self.right / self.compared if self.compared else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapOutcome:
    """Means of several orders of the same answers; gold is given, and its answers not counted."""

    confidence: float
    answers_per_task: float
    answers_per_task_all: float
    accuracy: float

    @property
    def saved(self) -> float:
        return 1 - self.answers_per_task / self.answers_per_task_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """Workers whom the rules would show to a person, against their true accuracy."""

    workers: int
    bad: int
    proposed: int
    wrongly: int


def try_aggregators(answers: Sequence[Answer], truth: Mapping[str, str]) -> Iterator[Outcome]:
    for by in Aggregator:
        begun = time.process_time()
        agreed = aggregate(answers, by)
        seconds = time.process_time() - begun
        compared = agreed.keys() & truth.keys()
        yield Outcome(
            aggregator=by,
            right=sum(agreed[task].label == truth[task] for task in compared),
            compared=len(compared),
            f1=_f1(agreed, truth),
            cpu_seconds=seconds,
        )


def try_overlap(
    answers: Sequence[Answer], truth: Mapping[str, str], *, place_count_max: int, seed: int
) -> Iterator[OverlapOutcome]:
    """Buys the file's own answers one by one, in an order made up from the seed."""
    by_task: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.task_id in truth:
            by_task.setdefault(answer.task_id, []).append(answer)
    for confidence in CONFIDENCES:
        plan = OverlapPlan(place_count_max=place_count_max, confidence_min=confidence)
        rounds = [_buy(by_task, truth, plan, Random(seed + n)) for n in range(ROUNDS)]  # noqa: S311  # an order, no secret
        bought, offered, right, tasks = (sum(column) for column in zip(*rounds, strict=True))
        yield OverlapOutcome(
            confidence=confidence,
            answers_per_task=bought / tasks,
            answers_per_task_all=offered / tasks,
            accuracy=right / tasks,
        )


def try_proposals(
    answers: Sequence[Answer], truth: Mapping[str, str], *, threshold: float, seed: int
) -> Proposals:
    """Each worker's first twenty answers of known truth, in a made-up order, are the gold."""
    reliability = agree(answers).reliability
    by_worker: dict[str, list[bool]] = {}
    for answer in answers:
        if answer.task_id in truth:
            is_right = answer.label == truth[answer.task_id]
            by_worker.setdefault(answer.worker_id, []).append(is_right)
    chance = Random(seed)  # noqa: S311  # an order, no secret
    judged = bad = proposed = wrongly = 0
    for worker, marks in sorted(by_worker.items()):
        if len(marks) < ANSWERS_MIN:
            continue
        gold = chance.sample(marks, 20)
        is_bad = sum(marks) / len(marks) < threshold
        is_proposed = propose_suspension(
            right=sum(gold),
            wrong=len(gold) - sum(gold),
            reliability=reliability[worker],
            threshold=threshold,
        )
        judged += 1
        bad += is_bad
        proposed += is_proposed
        wrongly += is_proposed and not is_bad
    return Proposals(workers=judged, bad=bad, proposed=proposed, wrongly=wrongly)


def _buy(
    by_task: Mapping[str, Sequence[Answer]],
    truth: Mapping[str, str],
    plan: OverlapPlan,
    chance: Random,
) -> tuple[int, int, int, int]:
    tasks = sorted(by_task)
    chance.shuffle(tasks)
    gold, rest = tasks[: len(tasks) // GOLD_SHARE], tasks[len(tasks) // GOLD_SHARE :]
    known = KnownWorkers(
        {task: truth[task] for task in gold}, (each for task in gold for each in by_task[task])
    )
    bought = offered = right = 0
    for task in rest:
        order = chance.sample(by_task[task], len(by_task[task]))
        given: list[Answer] = []
        belief = known.belief(given)
        while order and needs_another(belief, answer_count=len(given), plan=plan):
            given.append(order.pop())
            belief = known.belief(given)
        bought += len(given)
        offered += len(by_task[task])
        right += known.labels[belief.index(max(belief))] == truth[task]
    return bought, offered, right, len(rest)


def _f1(agreed: Mapping[str, Agreed], truth: Mapping[str, str]) -> float | None:
    labels = sorted(set(truth.values()))
    if len(labels) != 2:  # noqa: PLR2004  # yes and no
        return None
    rare = min(labels, key=list(truth.values()).count)
    both = [(agreed[task].label, truth[task]) for task in agreed.keys() & truth.keys()]
    hits = sum(said == rare == true for said, true in both)
    misses = sum((said == rare) != (true == rare) for said, true in both)
    return 2 * hits / (2 * hits + misses) if hits or misses else None
