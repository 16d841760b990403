"""Reads a file of crowd answers and says what the crowd agrees on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FIELD_LENGTH_MAX: Final = 200


class MalformedLine(RuntimeError):
    """Names file and line; nothing was written yet."""

    def __init__(self, path: Path, number: int, problem: str) -> None:
        super().__init__(f"{path}, line {number}: {problem}")


@dataclass(frozen=True, slots=True)
class Answer:
    worker: str
    task: str
    label: str


@dataclass(frozen=True, slots=True)
class Crowd:
    """`truth` is everything we can measure against; `known` what the employer judges by."""

    answers: tuple[Answer, ...]
    truth: Mapping[str, str]
    known: Mapping[str, str]

    def workers(self) -> list[str]:
        """In the order of their first answers."""
        return list(dict.fromkeys(answer.worker for answer in self.answers))

    def tasks(self) -> dict[str, int]:
        """How many answers each task has, in the order of the file."""
        return dict(Counter(answer.task for answer in self.answers))

    def expected(self) -> dict[str, str]:
        """What an answer must say to be approved: the known truth, else the consensus."""
        return {**consensus(self.answers), **self.known}


def read_crowd(labels: Path, *, truth: Path | None = None, gold: int | None = None) -> Crowd:
    """Refuses with `MalformedLine`. With `gold`, the employer knows only so many true answers."""
    answers = tuple(_answers(labels))
    true_answers = {} if truth is None else dict(_truths(truth))
    tasks = {answer.task for answer in answers}
    usable = {task: label for task, label in true_answers.items() if task in tasks}
    known = usable if gold is None else dict(list(usable.items())[:gold])
    return Crowd(answers=answers, truth=usable, known=known)


def consensus(answers: Sequence[Answer]) -> dict[str, str]:
    """The most frequent label of each task; of equally frequent ones the first in the alphabet."""
    votes: dict[str, Counter[str]] = {}
    for answer in answers:
        votes.setdefault(answer.task, Counter())[answer.label] += 1
    return {
        task: min(counts, key=lambda label: (-counts[label], label))
        for task, counts in votes.items()
    }


def accuracy(labels: Mapping[str, str], truth: Mapping[str, str]) -> tuple[int, int]:
    """How many labels are right, and how many could be compared."""
    compared = [task for task in labels if task in truth]
    return sum(labels[task] == truth[task] for task in compared), len(compared)


def _answers(path: Path) -> Iterator[Answer]:
    seen: set[tuple[str, str]] = set()
    for number, fields in _lines(path, columns=("worker", "task", "answer")):
        answer = Answer(*fields)
        if (answer.worker, answer.task) in seen:
            raise MalformedLine(path, number, f"{answer.worker} answered {answer.task} before")
        seen.add((answer.worker, answer.task))
        yield answer
    if not seen:
        raise MalformedLine(path, 1, "there is no answer in this file")


def _truths(path: Path) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for number, (task, label) in _lines(path, columns=("task", "answer")):
        if task in seen:
            raise MalformedLine(path, number, f"{task} has two true answers")
        seen.add(task)
        yield task, label


def _lines(path: Path, *, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Bytes are split before they are decoded, so that a broken character names its line."""
    try:
        content = path.read_bytes()
    except OSError as failure:
        raise MalformedLine(path, 0, f"cannot be read: {failure.strerror}") from failure
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        yield number, _fields(path, number, line.removesuffix(b"\r"), columns)


def _fields(path: Path, number: int, line: bytes, columns: tuple[str, ...]) -> list[str]:
    try:
        fields = line.decode().split("\t")
    except UnicodeDecodeError as failure:
        raise MalformedLine(path, number, "is not UTF-8") from failure
    if len(fields) != len(columns):
        wanted = " TAB ".join(columns)
        raise MalformedLine(path, number, f"expected {wanted}, found {len(fields)} columns")
    for name, field in zip(columns, fields, strict=True):
        if not field.strip() or "\0" in field:
            raise MalformedLine(path, number, f"the {name} is empty or not text")
        if len(field) > FIELD_LENGTH_MAX:
            raise MalformedLine(path, number, f"the {name} is over {FIELD_LENGTH_MAX} characters")
    return fields
