"""The state machines of a verification and of its checks, as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.verification.provider import CheckState


class VerificationState(StrEnum):
    """Of one member at one level."""

    NOT_STARTED = "not_started"
    STARTED = "started"
    PENDING = "pending"  # verifiers or people are at it
    NEEDS_INPUT = "needs_input"  # the member is asked for something
    VERIFIED = "verified"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVOKED = "revoked"


class VerificationEvent(StrEnum):
    START = "start"  # also again, once a new attempt is allowed
    HAND_OVER = "hand_over"
    ASK_MEMBER = "ask_member"
    PASS = "pass"  # noqa: S105  # an event
    DECLINE = "decline"
    EXPIRE = "expire"
    REVOKE = "revoke"


class HitState(StrEnum):
    """An entry of a list that may be the member."""

    OPEN = "open"
    CLEARED = "cleared"  # somebody else
    CONFIRMED = "confirmed"
    GONE = "gone"  # struck off or changed before anybody decided


HOLDING: Final = frozenset({HitState.OPEN, HitState.CONFIRMED})


class DecisionAction(StrEnum):
    """What a person decides about a check, or about a whole verification."""

    ACCEPT = "accept"
    DECLINE = "decline"
    REVOKE = "revoke"


_V, _E, _C = VerificationState, VerificationEvent, CheckState
MOVES: Final[Mapping[tuple[VerificationState, VerificationEvent], VerificationState]] = {
    (_V.NOT_STARTED, _E.START): _V.STARTED,
    (_V.STARTED, _E.HAND_OVER): _V.PENDING,
    (_V.STARTED, _E.ASK_MEMBER): _V.NEEDS_INPUT,
    (_V.PENDING, _E.ASK_MEMBER): _V.NEEDS_INPUT,
    (_V.PENDING, _E.PASS): _V.VERIFIED,
    (_V.PENDING, _E.DECLINE): _V.DECLINED,
    (_V.NEEDS_INPUT, _E.HAND_OVER): _V.PENDING,
    (_V.NEEDS_INPUT, _E.DECLINE): _V.DECLINED,
    (_V.VERIFIED, _E.EXPIRE): _V.EXPIRED,
    (_V.VERIFIED, _E.REVOKE): _V.REVOKED,
    (_V.DECLINED, _E.START): _V.STARTED,
    (_V.EXPIRED, _E.START): _V.STARTED,
    (_V.REVOKED, _E.START): _V.STARTED,
}
OPEN: Final = frozenset({_V.STARTED, _V.PENDING, _V.NEEDS_INPUT})

PASSED: Final = frozenset({_C.VERIFIED, _C.FORMAT_OK})
_UNDER_WAY: Final = frozenset(
    {
        _C.UNCHECKED,
        _C.PENDING,
        _C.NEEDS_INPUT,
        _C.FORMAT_OK,
        _C.VERIFIED,
        _C.MISMATCH,
        _C.HIT,
        _C.UNAVAILABLE,
    }
)
CHECK_MOVES: Final[Mapping[CheckState, frozenset[CheckState]]] = {
    _C.UNCHECKED: frozenset({_C.PENDING, _C.NEEDS_INPUT, _C.UNAVAILABLE}),
    _C.PENDING: _UNDER_WAY,
    _C.NEEDS_INPUT: _UNDER_WAY,
    _C.UNAVAILABLE: frozenset({_C.PENDING, _C.NEEDS_INPUT, _C.UNAVAILABLE}),
    _C.HIT: frozenset({_C.HIT, _C.VERIFIED, _C.MISMATCH, _C.REVOKED}),
    _C.FORMAT_OK: frozenset({_C.FORMAT_OK, _C.EXPIRED, _C.REVOKED}),
    _C.VERIFIED: frozenset({_C.VERIFIED, _C.HIT, _C.EXPIRED, _C.REVOKED}),
    # The end of this attempt; the next one has checks of its own.
    _C.MISMATCH: frozenset(),
    _C.EXPIRED: frozenset(),
    _C.REVOKED: frozenset(),
}
_FAILED: Final = frozenset({_C.MISMATCH, _C.REVOKED, _C.EXPIRED})


def next_state(state: VerificationState, event: VerificationEvent) -> VerificationState | None:
    """None: this event is illegal in this state."""
    return MOVES.get((state, event))


def may_check_move(*, source: CheckState, target: CheckState) -> bool:
    return target in CHECK_MOVES[source]


def event_of(state: VerificationState, checks: Collection[CheckState]) -> VerificationEvent | None:
    """What its checks make of a verification next; asked again until it is None."""
    assert checks
    if state is _V.VERIFIED:
        if _C.REVOKED in checks or _C.MISMATCH in checks:
            return _E.REVOKE
        return _E.EXPIRE if _C.EXPIRED in checks else None
    return _event_of_open(state, set(checks)) if state in OPEN else None


def _event_of_open(
    state: VerificationState, checks: Collection[CheckState]
) -> VerificationEvent | None:
    if state is not _V.STARTED and any(each in _FAILED for each in checks):
        return _E.DECLINE
    if _C.NEEDS_INPUT in checks:
        return None if state is _V.NEEDS_INPUT else _E.ASK_MEMBER
    if state is _V.PENDING:
        return _E.PASS if all(each in PASSED for each in checks) else None
    is_untouched = all(each is _C.UNCHECKED for each in checks)
    return None if state is _V.STARTED and is_untouched else _E.HAND_OVER


def level_of(*, verified: Collection[int], defined: Collection[int]) -> int:
    """The highest one that is verified together with all defined ones below it."""
    reached = 0
    for level in sorted(verified):
        if all(below in verified for below in defined if below < level):
            reached = max(reached, level)
    return reached


def may_start(state: VerificationState, *, retry_at: datetime | None, now: datetime) -> bool:
    """A declined or revoked one again only at its time; without a time never."""
    if (state, _E.START) not in MOVES:
        return False
    if state in (_V.DECLINED, _V.REVOKED):
        return retry_at is not None and retry_at <= now
    return True
