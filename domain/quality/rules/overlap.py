"""When enough workers have answered a task. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.quality.rules.consensus import Answer, Matrix, log_rows, posterior


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapPlan:
    """How many workers may do one task, and when to stop asking (R25)."""

    place_count_min: int = 2
    place_count_max: int = 7
    confidence_min: float = 0.90


def needs_another(belief: Sequence[float], *, answer_count: int, plan: OverlapPlan) -> bool:
    """Whether one more place of the task should open."""
    if answer_count < plan.place_count_min:
        return True
    return answer_count < plan.place_count_max and max(belief) < plan.confidence_min


class KnownWorkers:
    """What gold says of workers, and what to believe of a task from their answers.

    A worker is known by the own answers to gold; one without any counts as a worker who is
    right a little more often than not (0.5 on each field, 2 more on the diagonal).
    """

    def __init__(
        self, gold: Mapping[str, str], answers: Iterable[Answer], *, labels: Iterable[str] = ()
    ) -> None:
        on_gold = [answer for answer in answers if answer.task_id in gold]
        said = (answer.label for answer in on_gold)
        self.labels = sorted({*labels, *gold.values(), *said})
        self._place = {label: place for place, label in enumerate(self.labels)}
        counts = [1.0 + sum(label == truth for truth in gold.values()) for label in self.labels]
        self._log_prior = [math.log(count / sum(counts)) for count in counts]
        pairs: dict[str, list[tuple[int, int]]] = {}
        for answer in on_gold:
            pair = self._place[gold[answer.task_id]], self._place[answer.label]
            pairs.setdefault(answer.worker_id, []).append(pair)
        size = len(self.labels)
        self._log_confusion = {
            worker: log_rows(confusion_from_gold(of_worker, label_count=size))
            for worker, of_worker in pairs.items()
        }
        self._stranger = log_rows(confusion_from_gold((), label_count=size))

    def belief(self, answers: Iterable[Answer]) -> list[float]:
        """P(truth) per label of `labels`. A label that gold never met says nothing."""
        said = [
            (
                self._log_confusion.get(answer.worker_id, self._stranger),
                self._place[answer.label],
            )
            for answer in answers
            if answer.label in self._place
        ]
        return posterior(self._log_prior, said)


def confusion_from_gold(gold: Iterable[tuple[int, int]], *, label_count: int) -> Matrix:
    """(truth, said) counts of one worker; Dirichlet prior 0.5, plus 2 on the diagonal."""
    size = range(label_count)
    counts = [[0.5 + 2.0 * (truth == said) for said in size] for truth in size]
    for truth, said in gold:
        counts[truth][said] += 1
    return counts
