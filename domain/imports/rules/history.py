"""What the assignments of an MTurk HIT teach about the work: its time, how much was approved, and
what most answered. No member, no payment and no answer of one person comes out of them. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low
from typing import Final

from domain.campaigns.rules.fairness import SECONDS_MAX, SECONDS_MIN
from domain.imports.rules.draft import AgreedAnswer, Change, History
from domain.imports.rules.question_form import parsed, said
from domain.imports.rules.reading import Reader
from domain.texts import has_unprintable

NAME: Final = "Assignments"
ASSIGNMENT_COUNT_MAX: Final = 1_000
ANSWER_COUNT_MAX: Final = 20
ANSWER_LENGTH_MAX: Final = 200
UNKEPT: Final = (
    "ApprovalTime",
    "AssignmentId",
    "AutoApprovalTime",
    "HITId",
    "RejectionTime",
    "RequesterFeedback",
    "WorkerId",
)


@dataclass(frozen=True, slots=True)
class _Work:
    state: str
    seconds: int | None
    answers: tuple[tuple[str, str], ...]


def history_of(document: Reader) -> History | None:
    """None where the document tells of no assignments."""
    found = document.parts(NAME)
    if not found:
        return None
    if len(found) > ASSIGNMENT_COUNT_MAX:
        raise document.wrong(f"at most {ASSIGNMENT_COUNT_MAX:,}", NAME)
    works = [_work(each) for each in found]
    document.warn(NAME, Change.CHANGED, "became an estimate; who worked is not taken over")
    times = [work.seconds for work in works if work.seconds is not None]
    return History(
        work_count=len(times),
        approved_count=sum(work.state == "Approved" for work in works),
        rejected_count=sum(work.state == "Rejected" for work in works),
        estimated_seconds=min(max(median_low(times), SECONDS_MIN), SECONDS_MAX) if times else None,
        answers=_agreed(works),
    )


def _work(found: Reader) -> _Work:
    accepted, handed_in = found.instant("AcceptTime"), found.instant("SubmitTime")
    deadline = found.instant("Deadline")
    for name in UNKEPT:
        found.take(name)
    work = _Work(
        state=found.text("AssignmentStatus"),
        seconds=_seconds(found, accepted, handed_in, deadline),
        answers=tuple(_answers(found)),
    )
    found.leave_rest()
    return work


def _seconds(
    found: Reader, accepted: datetime | None, handed_in: datetime | None, deadline: datetime | None
) -> int | None:
    if handed_in is None:
        return None
    if accepted is None or handed_in < accepted:
        raise found.wrong("not before AcceptTime", "SubmitTime")
    if deadline is not None and deadline < handed_in:
        raise found.wrong("not after Deadline", "SubmitTime")
    return int((handed_in - accepted).total_seconds())


def _answers(found: Reader) -> list[tuple[str, str]]:
    if not found.text("Answer"):
        return []
    root = parsed(found, "Answer")
    given = []
    for each in root.iter("{*}Answer"):
        words = " ".join((said(each, "SelectionIdentifier") or said(each, "FreeText")).split())
        given.append((said(each, "QuestionIdentifier")[:ANSWER_LENGTH_MAX], words))
    return [
        (name, words)
        for name, words in given
        if 0 < len(words) <= ANSWER_LENGTH_MAX and not has_unprintable(name + words)
    ]


def _agreed(works: Sequence[_Work]) -> tuple[AgreedAnswer, ...]:
    """Of work that was not rejected, what most said first."""
    told = Counter(
        pair for work in works if work.state != "Rejected" for pair in sorted({*work.answers})
    )
    ranked = sorted(told.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        AgreedAnswer(question, answer, count)
        for (question, answer), count in ranked[:ANSWER_COUNT_MAX]
        if count > 1
    )
