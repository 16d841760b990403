"""What a crowd most likely meant: Dawid and Skene's model of workers who err each in their own way.

A. P. Dawid, A. M. Skene, "Maximum likelihood estimation of observer error-rates using the EM
algorithm", Applied Statistics 28 (1979). Two things are added. A little weight on the diagonal
says that a worker is more often right than wrong. And each worker begins with the mistakes of
the whole crowd, worth `crowd_weight` answers: one who gave three answers is judged as others
are, one who gave a hundred by the own ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Matrix: TypeAlias = list[list[float]]  # [truth][said]

ROUNDS_MAX: Final = 50
TOLERANCE: Final = 1e-4
NOT_ZERO: Final = 1e-9  # a label nobody was ever right with still has a logarithm


@dataclass(frozen=True, slots=True)
class Answer:
    """What one worker said about one task. Of two by the same worker the later counts."""

    worker_id: str
    task_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """The confidence is the model's own and too high: `calibrate` it before a person sees it."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """What is believed of a worker before the first answer, in answers' worth."""

    smoothing: float = 0.01
    diagonal: float = 0.1
    crowd_weight: float = 1.5


@dataclass(frozen=True, slots=True)
class Consensus:
    """`reliability` is how much belief a worker's own labels ended with, from 0 to 1."""

    agreed: Mapping[str, Agreed]
    reliability: Mapping[str, float]


class Crowd:
    """Answers as small integers: `votes[task]` lists (worker, label) pairs."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        latest = {(answer.task_id, answer.worker_id): answer.label for answer in answers}
        self.labels = sorted(set(latest.values()))
        self.task_ids = list(dict.fromkeys(task_id for task_id, _ in latest))
        self.worker_ids = list(dict.fromkeys(worker_id for _, worker_id in latest))
        labels, tasks, workers = map(_places, (self.labels, self.task_ids, self.worker_ids))
        self.votes: list[list[tuple[int, int]]] = [[] for _ in self.task_ids]
        for (task_id, worker_id), label in latest.items():
            self.votes[tasks[task_id]].append((workers[worker_id], labels[label]))


def majority(answers: Iterable[Answer]) -> dict[str, Agreed]:
    """The most frequent label; of equally frequent ones the first in the alphabet."""
    crowd = Crowd(answers)
    found = {}
    for task_id, votes in zip(crowd.task_ids, crowd.votes, strict=True):
        counts = Counter(label for _, label in votes)
        most = min(counts, key=lambda label: (-counts[label], label))
        found[task_id] = Agreed(crowd.labels[most], counts[most] / len(votes))
    return found


def agree(answers: Iterable[Answer], *, priors: Priors = Priors()) -> Consensus:
    """Learns each worker's mistakes and the labels together.

    The same answers give the same result in whatever order they come: ties fall to the label
    that is first in the alphabet, and rounding is that of a fixed order.
    """
    crowd = Crowd(sorted(answers, key=lambda answer: (answer.task_id, answer.worker_id)))
    beliefs = _vote_shares(crowd)
    for _ in range(ROUNDS_MAX):
        log_prior, log_confusions = _learn(crowd, beliefs, priors)
        moved = 0.0
        for task, votes in enumerate(crowd.votes):
            belief = posterior(log_prior, [(log_confusions[who], said) for who, said in votes])
            moved = max(moved, *map(_distance, belief, beliefs[task]))
            beliefs[task] = belief
        if moved < TOLERANCE:
            break
    return Consensus(agreed=_agreed(crowd, beliefs), reliability=_reliability(crowd, beliefs))


def posterior(log_prior: Sequence[float], said: Iterable[tuple[Matrix, int]]) -> list[float]:
    """P(truth | answers) from each answering worker's log P(said | truth)."""
    scores = list(log_prior)
    for log_confusion, label in said:
        for truth, row in enumerate(log_confusion):
            scores[truth] += row[label]
    highest = max(scores)
    weights = [math.exp(score - highest) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]


def log_rows(counts: Matrix) -> Matrix:
    """Counts of (truth, said), none of them 0, as log P(said | truth)."""
    return [[math.log(count / total) for count in row] for row in counts for total in (sum(row),)]


def _vote_shares(crowd: Crowd) -> Matrix:
    shares = [[0.0] * len(crowd.labels) for _ in crowd.votes]
    for share, votes in zip(shares, crowd.votes, strict=True):
        for _, label in votes:
            share[label] += 1 / len(votes)
    return shares


def _learn(crowd: Crowd, beliefs: Matrix, priors: Priors) -> tuple[list[float], list[Matrix]]:
    size = range(len(crowd.labels))
    prior = [NOT_ZERO] * len(size)
    counts = [[[0.0] * len(size) for _ in size] for _ in crowd.worker_ids]
    together = [[0.0] * len(size) for _ in size]
    for belief, votes in zip(beliefs, crowd.votes, strict=True):
        for truth, share in enumerate(belief):
            prior[truth] += share
            for worker, label in votes:
                counts[worker][truth][label] += share
                together[truth][label] += share
    before = [
        [
            priors.smoothing
            + priors.diagonal * (truth == said)
            + priors.crowd_weight * together[truth][said] / max(sum(together[truth]), NOT_ZERO)
            for said in size
        ]
        for truth in size
    ]
    for matrix in counts:
        for row, more in zip(matrix, before, strict=True):
            row[:] = map(float.__add__, row, more)
    total = sum(prior)
    return [math.log(share / total) for share in prior], [log_rows(matrix) for matrix in counts]


def _agreed(crowd: Crowd, beliefs: Matrix) -> dict[str, Agreed]:
    return {
        task_id: Agreed(crowd.labels[belief.index(max(belief))], max(belief))
        for task_id, belief in zip(crowd.task_ids, beliefs, strict=True)
    }


def _reliability(crowd: Crowd, beliefs: Matrix) -> dict[str, float]:
    believed, given = [0.0] * len(crowd.worker_ids), [0] * len(crowd.worker_ids)
    for belief, votes in zip(beliefs, crowd.votes, strict=True):
        for worker, label in votes:
            believed[worker] += belief[label]
            given[worker] += 1
    return {
        worker_id: share / count
        for worker_id, share, count in zip(crowd.worker_ids, believed, given, strict=True)
    }


def _places(names: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def _distance(new: float, old: float) -> float:
    return abs(new - old)
