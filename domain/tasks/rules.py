"""What a task holds and how its places move. Counters, not rows: total is always their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.campaigns.rules import ConsensusPlan, WorkMode
from domain.campaigns.rules.variables import variables_problem
from domain.links import is_web_address
from domain.texts import text_problem

TASK_COUNT_MAX: Final = 1_000  # in one call
CONTENT_LENGTH_MAX: Final = 10_000
REFERENCE_LENGTH_MAX: Final = 200
PLACE_COUNT_MAX: Final = 100_000
EXTENSION_MAX: Final = 9_999  # R30
PLACE_TOTAL_MAX: Final = 100_000_000  # of a campaign
PRIORITY_MAX: Final = 100


class TaskState(StrEnum):
    OPEN = "open"
    FULL = "full"
    AGREED = "agreed"
    CLOSED = "closed"


class ContentKind(StrEnum):
    TEXT = "text"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """One unit of work. `url` makes it a link, with `text` saying what to do there."""

    text: str
    place_count: int
    url: str | None = None
    external_reference: str | None = None
    priority: int = 0
    gold_label: str | None = field(default=None, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)  # what the instructions leave open

    @property
    def texts(self) -> tuple[str, ...]:
        """All that a worker reads of it."""
        return self.text, self.url or "", *self.variables.values()

    @property
    def kind(self) -> ContentKind:
        return ContentKind.TEXT if self.url is None else ContentKind.LINK


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConsensus:
    """What the answers to a task most likely mean. `confidence_percent` is measured on gold of
    like confidence; None where none was met.
    """

    task_id: UUID
    label: str
    answer_count: int
    confidence_percent: int | None


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """total = open + held + filled + settled + cancelled."""

    total: int
    open: int
    held: int
    filled: int
    settled: int
    cancelled: int


def first_problem(tasks: Sequence[NewTask]) -> tuple[str, tuple[str, ...]] | None:
    """The first rule a task breaks, and its place in the list."""
    if not 1 <= len(tasks) <= TASK_COUNT_MAX:
        return f"1 to {TASK_COUNT_MAX} tasks at once", ("tasks",)
    for index, task in enumerate(tasks):
        found = _problem(task)
        if found is not None:
            message, field = found
            return message, ("tasks", str(index), field)
        if task.variables.keys() != tasks[0].variables.keys():
            message = "every task has values of the same names"
            return message, ("tasks", str(index), "variables")
    return None


def plan_problem(
    tasks: Sequence[NewTask], plan: ConsensusPlan | None
) -> tuple[str, tuple[str, ...]] | None:
    """Gold needs a plan that knows its label, and each other task the places to be weighed."""
    for index, task in enumerate(tasks):
        if task.gold_label is not None and (plan is None or task.gold_label not in plan.labels):
            message = "the known answer is one of the plan's labels"
            return message, ("tasks", str(index), "gold_label")
        if task.gold_label is None and plan and task.place_count < plan.answer_count_min:
            message = f"by its plan a task needs {plan.answer_count_min} places or more"
            return message, ("tasks", str(index), "place_count")
    return None


def mode_problem(tasks: Sequence[NewTask], mode: WorkMode) -> tuple[str, tuple[str, ...]] | None:
    """Where something is checked, each task shows what: at an address, or as its own values."""
    if mode is not WorkMode.CHECK:
        return None
    for index, task in enumerate(tasks):
        if task.url is None and not task.variables:
            return "what is to be checked: an address, or variables", ("tasks", str(index))
    return None


def _problem(task: NewTask) -> tuple[str, str] | None:
    problem = text_problem(task.text, most=CONTENT_LENGTH_MAX)
    if problem is not None:
        return f"a task's text: {problem}", "content"
    if task.url is not None and not is_web_address(task.url):
        return "a link begins with https:// or http:// and names a host", "content"
    if not 1 <= task.place_count <= PLACE_COUNT_MAX:
        return "a task has 1 to 100,000 places", "place_count"
    if not 0 <= task.priority <= PRIORITY_MAX:
        return "a priority lies between 0 and 100", "priority"
    reference = task.external_reference or ""
    problem = text_problem(reference, least=0, most=REFERENCE_LENGTH_MAX, is_line=True)
    if problem is not None:
        return f"an external reference: {problem}", "external_reference"
    problem = variables_problem(task.variables)
    return None if problem is None else (problem, "variables")
