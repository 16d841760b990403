"""Crowds made up for tests, and what a replay of any crowd must end with.

The figures are worked out from the files alone, by other means than the replay's own plan.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REWARD: Final = 50_000  # 0.05, the default of the command
FEE: Final = REWARD // 10
REFERRAL_REWARD: Final = REWARD // 20
CENT: Final = 10_000


@dataclass(frozen=True, slots=True)
class CrowdFiles:
    labels: Path
    truth: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a replay prints, money in micros."""

    answers: int
    workers: int
    approved: int
    rejected: int
    documents: int
    paid_in: int
    paid_out: int
    fees: int
    vat: int
    referral_rewards: int
    still_held: int


def make_crowd(
    folder: Path, *, workers: int, tasks: int, answers_per_task: int, seed: int = 7
) -> CrowdFiles:
    """Mostly right answers of three labels; the truth of every other task is known."""
    chance = random.Random(seed)  # noqa: S311  # the same crowd every time
    names = [f"worker-{number}" for number in range(workers)]
    labels, truths = [], []
    for number in range(tasks):
        right = chance.choice("AB")
        if number % 2:
            truths.append(f"task-{number}\t{right}\n")
        for name in chance.sample(names, answers_per_task):
            label = right if chance.random() < 0.75 else chance.choice("ABC")
            labels.append(f"{name}\ttask-{number}\t{label}\n")
    files = CrowdFiles(folder / "labels.tsv", folder / "truth.tsv")
    files.labels.write_text("".join(labels))
    files.truth.write_text("".join(truths))
    return files


def expected_figures(files: CrowdFiles) -> Figures:
    """Whoever was brought by another earns them a twentieth; whole cents are billed and paid."""
    answers = [line.split("\t") for line in files.labels.read_text().splitlines()]
    right = right_labels(files)
    workers = list(dict.fromkeys(worker for worker, _, _ in answers))
    approved = Counter(worker for worker, task, label in answers if label == right[task])
    earned = Counter({worker: count * REWARD for worker, count in approved.items()})
    rewards = 0
    for brought_by, worker in zip(workers[1::3], workers[2::3], strict=False):
        reward = approved[worker] * REFERRAL_REWARD
        earned[brought_by] += reward
        rewards += reward
    paid_out = sum(micros // CENT * CENT for micros in earned.values())
    paid_in = len(answers) * (REWARD + FEE)
    fees = approved.total() * FEE
    return Figures(
        answers=len(answers),
        workers=len(workers),
        approved=approved.total(),
        rejected=len(answers) - approved.total(),
        documents=1 + sum(micros >= CENT for micros in earned.values()),
        paid_in=paid_in,
        paid_out=paid_out,
        fees=fees,
        vat=0,  # the employer is abroad
        referral_rewards=rewards,
        still_held=paid_in + rewards - paid_out - fees,
    )


def right_labels(files: CrowdFiles) -> dict[str, str]:
    """The most frequent label, the first in the alphabet among equals; the truth goes before."""
    votes: dict[str, list[str]] = defaultdict(list)
    for line in files.labels.read_text().splitlines():
        _, task, label = line.split("\t")
        votes[task].append(label)
    right = {task: max(sorted(set(labels)), key=labels.count) for task, labels in votes.items()}
    for line in files.truth.read_text().splitlines():
        task, label = line.split("\t")
        right[task] = label
    return right
