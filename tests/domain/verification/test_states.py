"""The two machines: what no table lists is refused, and checks lead a verification on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.verification.provider import CheckState
from domain.verification.rules import (
    CHECK_MOVES,
    MOVES,
    OPEN,
    PASSED,
    VerificationEvent,
    VerificationState,
    event_of,
    level_of,
    may_check_move,
    may_start,
    next_state,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
_V, _E, _C = VerificationState, VerificationEvent, CheckState


@pytest.mark.parametrize(("state", "event"), list(product(_V, _E)))
def test_every_pair_is_listed_or_refused(
    state: VerificationState, event: VerificationEvent
) -> None:
    """All 56 pairs: the table of the design, and nothing else."""
    wanted = {
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
    assert next_state(state, event) is wanted.get((state, event))


@pytest.mark.parametrize(("source", "target"), list(product(_C, _C)))
def test_a_check_that_has_failed_never_passes(source: CheckState, target: CheckState) -> None:
    """All 100 pairs: what is over stays over, and nothing becomes verified but by an answer."""
    is_over = source in {_C.MISMATCH, _C.EXPIRED, _C.REVOKED}

    if is_over:
        assert not may_check_move(source=source, target=target)
    if target in PASSED and may_check_move(source=source, target=target):
        assert source in {_C.PENDING, _C.NEEDS_INPUT, _C.HIT} | PASSED
    if target is _C.EXPIRED and may_check_move(source=source, target=target):
        assert source in PASSED
    assert set(CHECK_MOVES) == set(_C)


@given(st.sampled_from(sorted(_V)), st.lists(st.sampled_from(sorted(_C)), min_size=1, max_size=6))
def test_checks_lead_to_an_end_by_legal_steps_only(
    state: VerificationState, checks: list[CheckState]
) -> None:
    """Whatever the checks say, the machine stops, and passes only when all of them do."""
    current = state
    steps = 0
    while (event := event_of(current, checks)) is not None:
        following = next_state(current, event)
        assert following is not None
        current, steps = following, steps + 1
        assert steps <= len(_V), "it moves in circles"

    if current is _V.VERIFIED and state is not _V.VERIFIED:
        assert all(each in PASSED for each in checks)
    if state in OPEN and _C.MISMATCH in checks:
        assert current is _V.DECLINED
    if (state, _E.START) in MOVES:
        assert current is state, "only a member starts"


@given(st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_a_level_stands_on_those_below_it(verified: set[int], defined: set[int]) -> None:
    """More proof never lowers it; a hole below keeps it down."""
    level = level_of(verified=verified, defined=defined)

    assert level == 0 or level in verified
    assert all(below in verified for below in defined if below < level)
    assert level_of(verified=verified | {3}, defined=defined) >= level
    assert level_of(verified=frozenset(), defined=defined) == 0


def test_a_new_attempt_has_its_time() -> None:
    """Declined without a time means never; what has expired may begin at once."""
    later = NOW + timedelta(hours=1)

    assert may_start(_V.NOT_STARTED, retry_at=None, now=NOW)
    assert may_start(_V.EXPIRED, retry_at=None, now=NOW)
    assert may_start(_V.DECLINED, retry_at=NOW, now=NOW)
    assert not may_start(_V.DECLINED, retry_at=later, now=NOW)
    assert not may_start(_V.REVOKED, retry_at=None, now=NOW)
    assert not may_start(_V.PENDING, retry_at=NOW, now=NOW)
