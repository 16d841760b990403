"""The state machine of a suspension, who may decide, and what its reversal pays. Pure.

No rule suspends anybody: silence of ours dismisses a proposal, and nothing that was earned is
ever kept back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.money import Money

REVIEW_TIME: Final = timedelta(hours=48)  # R39
# As long as platforms must hear complaints about such decisions (Regulation 2022/2065, Art. 20).
APPEAL_TIME: Final = timedelta(days=183)
LENGTH_MAX: Final = timedelta(days=365)
WORK_COUNT_MAX: Final = 100
TEXT_LENGTH_MIN: Final = 20
TEXT_LENGTH_MAX: Final = 4_096
# What was lost is counted by what the member earned a day, over so many days before.
EARNINGS_TIME: Final = timedelta(days=30)
# Below it a worker's labels are no better than a coin; the easiest campaign has two of them.
ACCURACY_MIN: Final = 0.5


class SuspensionState(StrEnum):
    PROPOSED = "proposed"  # for no time: the review begins at once
    HUMAN_REVIEW = "human_review"  # the member is restricted
    IMPOSED = "imposed"
    DISMISSED = "dismissed"
    APPEALED = "appealed"
    UPHELD = "upheld"
    REVERSED = "reversed"


class SuspensionEvent(StrEnum):
    REVIEW = "review"
    IMPOSE = "impose"
    DISMISS = "dismiss"
    SILENCE = "silence"  # nobody decided in time
    APPEAL = "appeal"
    UPHOLD = "uphold"
    REVERSE = "reverse"


class SuspensionSource(StrEnum):
    """Where a proposal comes from."""

    STAFF = "staff"
    RELIABILITY = "reliability"  # control answers and the crowd agree (6.5)


_S, _E = SuspensionState, SuspensionEvent
MOVES: Final[Mapping[tuple[SuspensionState, SuspensionEvent], SuspensionState]] = {
    (_S.PROPOSED, _E.REVIEW): _S.HUMAN_REVIEW,
    (_S.HUMAN_REVIEW, _E.IMPOSE): _S.IMPOSED,
    (_S.HUMAN_REVIEW, _E.DISMISS): _S.DISMISSED,
    (_S.HUMAN_REVIEW, _E.SILENCE): _S.DISMISSED,
    (_S.IMPOSED, _E.APPEAL): _S.APPEALED,
    (_S.APPEALED, _E.UPHOLD): _S.UPHELD,
    (_S.APPEALED, _E.REVERSE): _S.REVERSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a suspension is about."""

    assignment_ids: tuple[UUID, ...] = ()
    campaign_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the rule of 6.5 saw of a worker since the last proposal."""

    gold_count: int
    gold_right_count: int
    agreement_percent: int


def next_state(state: SuspensionState, event: SuspensionEvent) -> SuspensionState | None:
    """None: this event is illegal in this state."""
    return MOVES.get((state, event))


def appeal_until(*, imposed_at: datetime, ends_at: datetime) -> datetime:
    """As long as it lasts, and for half a year in any case."""
    return max(imposed_at + APPEAL_TIME, ends_at)


def available_events(
    state: SuspensionState, *, until: datetime | None, now: datetime
) -> tuple[SuspensionEvent, ...]:
    """The member's own; `until` is when the time to appeal is over."""
    if until is None or now >= until:
        return ()
    return tuple(event for event in (_E.APPEAL,) if (state, event) in MOVES)


def work_problem(work: Work) -> str | None:
    count = len(work.assignment_ids) + len(work.campaign_ids)
    if not 1 <= count <= WORK_COUNT_MAX:
        return f"name the work it is about, at most {WORK_COUNT_MAX} pieces"
    return None


def days_problem(*, from_on: date, to_on: date, today: date) -> str | None:
    return None if from_on <= to_on <= today else "what happened has a first and a last day"


def end_problem(*, ends_at: datetime, now: datetime) -> str | None:
    if not now < ends_at <= now + LENGTH_MAX:
        return f"a suspension ends, within {LENGTH_MAX.days} days"
    return None


def compensations(
    *, earned: Sequence[Money], kept_from: datetime, kept_until: datetime
) -> list[Money]:
    """What a reversed suspension pays, by what was `earned` in `EARNINGS_TIME` before it.

    As if the member had gone on like before, down to a millionth; without currencies of nothing.
    """
    lost = kept_until - kept_from
    scale = timedelta(microseconds=1)
    owed = (
        Money(each.micros * (lost // scale) // (EARNINGS_TIME // scale), each.currency)
        for each in earned
    )
    return [each for each in owed if each.micros > 0]
