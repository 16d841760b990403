"""The machine of invitations, its pace, and names that advertise nothing (P11, R32)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from domain.invitations.rules import (
    LIFETIME,
    LIVE,
    REMINDER_PAUSE,
    InvitationEvent,
    InvitationState,
    name_in_letter,
    next_at,
    next_state,
)

START = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
S, E = InvitationState, InvitationEvent


def test_every_pair_is_decided() -> None:
    """Only the listed moves exist: three letters, four ends, and nothing after an end."""
    letters = {S.CREATED: S.SENT, S.SENT: S.REMINDED_1, S.REMINDED_1: S.REMINDED_2}
    ends = {E.ACCEPT: S.ACCEPTED, E.OPT_OUT: S.OPTED_OUT, E.BOUNCE: S.BOUNCED, E.EXPIRE: S.EXPIRED}
    for state, event in product(S, E):
        expected = letters.get(state) if event is E.WRITE else None
        if event is not E.WRITE and state in LIVE - {S.CREATED}:
            expected = ends[event]
        assert next_state(state, event) is expected, (state, event)


def test_letters_keep_their_distance_and_end_with_the_invitation() -> None:
    """R32: 72 hours between letters, 30 days in all."""
    assert next_at(S.SENT, created_at=START, now=START) == START + REMINDER_PAUSE
    late = START + LIFETIME - timedelta(hours=1)
    assert next_at(S.REMINDED_1, created_at=START, now=late) == START + LIFETIME
    assert next_at(S.REMINDED_2, created_at=START, now=START) == START + LIFETIME


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann  Ó Brien", "Ann Ó Brien"),
        ("Dr. Ann", "Dr. Ann"),
        ("अनु शर्मा", "अनु शर्मा"),
        ("Win 500 now", None),
        ("see example.org", None),
        ("https://example", None),
        ("x" * 61, None),
    ],
)
def test_a_name_is_no_advertisement(name: str, shown: str | None) -> None:
    """Letters go to people who never asked for one."""
    assert name_in_letter(name) == shown
