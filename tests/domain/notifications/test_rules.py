"""Who is told of what, how, and what nobody can refuse (P18, P19, P20)."""

from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest

from domain.events.rules import EventKind, Subject, subject_of
from domain.notifications.rules import (
    NOTIFIED,
    OPTIONAL,
    Channel,
    Choice,
    Side,
    Told,
    Topic,
    recipients,
    told,
)

WORKER, EMPLOYER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("kind", EventKind)
def test_each_event_is_told_to_those_it_concerns(kind: EventKind) -> None:
    """Never to anybody else, and never twice."""
    found = list(recipients(kind, member_id=WORKER, employer_id=EMPLOYER, actor_id=WORKER))
    expected = {
        None: [],
        Side.MEMBER: [WORKER],
        Side.EMPLOYER: [EMPLOYER],
        Side.BOTH: [WORKER, EMPLOYER],
        Side.OTHER: [EMPLOYER],
    }
    side = NOTIFIED[kind][1] if kind in NOTIFIED else None
    assert found == expected[side]
    alone = list(recipients(kind, member_id=WORKER, employer_id=WORKER, actor_id=None))
    assert len(alone) == (side is not None)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (Channel.EMAIL, Told(is_in_inbox=False, is_mailed=True)),
        (Channel.INBOX, Told(is_in_inbox=True, is_mailed=False)),
        (Channel.BOTH, Told(is_in_inbox=True, is_mailed=True)),
    ],
)
def test_a_payout_is_told_by_the_chosen_channel(channel: Channel, expected: Told) -> None:
    """P18: exactly so, for every kind of news about payouts."""
    kinds = [kind for kind in NOTIFIED if subject_of(kind) is Subject.PAYOUT]
    assert len(kinds) > 5
    choice = Choice(payout_channel=channel, muted=frozenset(Topic))
    assert {told(kind, choice) for kind in kinds} == {expected}


def test_what_is_mandatory_is_told_whatever_was_chosen() -> None:
    """P20: all refused, and there is no voluntary letter, but that of a sign-in still comes."""
    for kind, muted in product(NOTIFIED, (frozenset[Topic](), frozenset(Topic))):
        topic = NOTIFIED[kind][0]
        way = told(kind, Choice(muted=muted))
        assert way.is_in_inbox
        assert way.is_mailed is (topic not in OPTIONAL or topic not in muted)
    assert told(EventKind.SESSION_BEGUN, Choice(muted=frozenset(Topic))).is_mailed
    assert not told(EventKind.MESSAGE_SENT, Choice(muted=frozenset(Topic))).is_mailed
