"""The state machine of a risk case, and its score. Pure.

A score makes people look, and does nothing else: only a person acts on a case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

SCORE_MAX: Final = 100
COUNTED_TIME: Final = timedelta(days=180)  # what was found longer ago counts no more
CLAIMS_PER_DAY_MAX: Final = 100
ALLOWANCE_TIME_MAX: Final = timedelta(days=90)


class SignalKind(StrEnum):
    """Its points are the dated rate `risk_points` of this scope."""

    PAYEE_SHARED = "payee_shared"  # another member is, or was, paid to the same account
    TAX_NUMBER_SHARED = "tax_number_shared"
    ADDRESS_SHARED = "address_shared"  # a few members sign in from one address
    SELF_REFERRAL = "self_referral"  # invited by somebody of the same name and day of birth
    CONTROLS_FAILED = "controls_failed"  # gold and questions of attention
    HASTE = "haste"  # a fraction of the time that others take


class RiskState(StrEnum):
    SIGNALLED = "signalled"
    OPEN = "open"
    IN_REVIEW = "in_review"
    CLEARED = "cleared"
    ACTIONED = "actioned"


class RiskEvent(StrEnum):
    REACH = "reach"  # the score is high enough for people to look
    TAKE = "take"
    CLEAR = "clear"
    ACT = "act"


class RiskMeasure(StrEnum):
    """What a person may do about it."""

    CLAIM_ALLOWANCE = "claim_allowance"  # fewer claims a day, until a date
    SUSPENSION_PROPOSAL = "suspension_proposal"  # another person decides


_S, _E = RiskState, RiskEvent
MOVES: Final[Mapping[tuple[RiskState, RiskEvent], RiskState]] = {
    (_S.SIGNALLED, _E.REACH): _S.OPEN,
    (_S.OPEN, _E.TAKE): _S.IN_REVIEW,
    (_S.IN_REVIEW, _E.TAKE): _S.IN_REVIEW,
    (_S.IN_REVIEW, _E.CLEAR): _S.CLEARED,
    (_S.IN_REVIEW, _E.ACT): _S.ACTIONED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that was found; `about` keeps it from being found twice."""

    member_id: UUID
    kind: SignalKind
    about: str
    other_id: UUID | None = None
    assignment_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So many claims in 24 hours, until then."""

    claims_per_day: int
    ends_at: datetime


def next_state(state: RiskState, event: RiskEvent) -> RiskState | None:
    """None: this event is illegal in this state."""
    return MOVES.get((state, event))


def available_events(state: RiskState, *, is_taker: bool) -> tuple[RiskEvent, ...]:
    """Of one of the staff: whoever decides has taken the case."""
    own = (_E.CLEAR, _E.ACT) if is_taker else (_E.TAKE,)
    return tuple(event for event in own if (state, event) in MOVES)


def score_of(found: Sequence[tuple[SignalKind, int]]) -> int:
    """0 to 100. Each kind counts once, by its highest points: ten shared accounts are one."""
    highest: dict[SignalKind, int] = {}
    for kind, points in found:
        highest[kind] = max(points, highest.get(kind, 0))
    return min(SCORE_MAX, sum(highest.values()))


def allowance_problem(allowance: Allowance, *, now: datetime) -> str | None:
    if not 1 <= allowance.claims_per_day <= CLAIMS_PER_DAY_MAX:
        return f"1 to {CLAIMS_PER_DAY_MAX} claims a day"
    if not now < allowance.ends_at <= now + ALLOWANCE_TIME_MAX:
        return f"it ends, within {ALLOWANCE_TIME_MAX.days} days"
    return None
