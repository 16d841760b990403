"""A crowd made up for tests: careful workers, some who nearly always say no, and guessers."""

from __future__ import annotations

from random import Random

from domain.quality.rules import Answer

CAREFUL, NAYSAYERS, GUESSERS = range(30), range(30, 40), range(40, 50)


def yes_no_crowd(seed: int, *, tasks: int = 1000) -> tuple[list[Answer], dict[str, str]]:
    """A fifth of the tasks is yes; five of fifty workers answer each."""
    chance = Random(seed)  # noqa: S311  # the same crowd every time
    truth = {f"t{n}": "yes" if chance.random() < 0.2 else "no" for n in range(tasks)}
    right = {
        f"w{n:02}": {"no": chance.uniform(0.75, 0.95), "yes": chance.uniform(0.75, 0.95)}
        for n in CAREFUL
    }
    right |= {f"w{n}": {"no": 0.95, "yes": 0.15} for n in NAYSAYERS}
    right |= {f"w{n}": {"no": 0.5, "yes": 0.5} for n in GUESSERS}
    other = {"yes": "no", "no": "yes"}
    answers = [
        Answer(worker, task, true if chance.random() < right[worker][true] else other[true])
        for task, true in truth.items()
        for worker in chance.sample(sorted(right), 5)
    ]
    return answers, truth
