"""The states of a ticket, and what it can be about. Pure functions only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.access.rules import Limit

TEXT_LENGTH_MAX: Final = 4_096
MATTER_COUNT_MAX: Final = 10
REPLY_COUNT_MAX: Final = 50  # a thread that long is better begun anew
NOTE_COUNT_MAX: Final = 20
REOPEN_TIME: Final = timedelta(days=30)


class TicketCategory(StrEnum):
    MISUSE = "misuse"
    WORK = "work"
    PAYMENT = "payment"
    ACCOUNT = "account"
    PRIVACY = "privacy"
    OTHER = "other"


class TicketState(StrEnum):
    OPEN = "open"
    WAITING_FOR_MEMBER = "waiting_for_member"
    RESOLVED = "resolved"


class TicketSide(StrEnum):
    MEMBER = "member"
    STAFF = "staff"


class TicketEvent(StrEnum):
    REPLY = "reply"  # the member's word
    ANSWER = "answer"  # that of staff
    RESOLVE = "resolve"  # by either


class Matter(StrEnum):
    """What a ticket can be about."""

    CAMPAIGN = "campaign"
    ASSIGNMENT = "assignment"
    DEPOSIT = "deposit"
    PAYOUT = "payout"
    DISPUTE = "dispute"
    DOCUMENT = "document"


_S, _E = TicketState, TicketEvent
MOVES: Final[Mapping[tuple[TicketState, TicketEvent], TicketState]] = {
    (_S.OPEN, _E.REPLY): _S.OPEN,
    (_S.OPEN, _E.ANSWER): _S.WAITING_FOR_MEMBER,
    (_S.OPEN, _E.RESOLVE): _S.RESOLVED,
    (_S.WAITING_FOR_MEMBER, _E.REPLY): _S.OPEN,
    (_S.WAITING_FOR_MEMBER, _E.ANSWER): _S.WAITING_FOR_MEMBER,
    (_S.WAITING_FOR_MEMBER, _E.RESOLVE): _S.RESOLVED,
    (_S.RESOLVED, _E.REPLY): _S.OPEN,
}
_EVENTS: Final[Mapping[TicketSide, tuple[TicketEvent, ...]]] = {
    TicketSide.MEMBER: (_E.REPLY, _E.RESOLVE),
    TicketSide.STAFF: (_E.ANSWER, _E.RESOLVE),
}


def next_state(
    state: TicketState, event: TicketEvent, *, resolved_at: datetime | None, now: datetime
) -> TicketState | None:
    """None: not possible. What was resolved is opened again within 30 days, by its member."""
    if resolved_at is not None and now - resolved_at > REOPEN_TIME:
        return None
    return MOVES.get((state, event))


def available_events(
    state: TicketState, side: TicketSide, *, resolved_at: datetime | None, now: datetime
) -> tuple[TicketEvent, ...]:
    return tuple(
        event
        for event in _EVENTS[side]
        if next_state(state, event, resolved_at=resolved_at, now=now) is not None
    )


def ticket_limits(member: str) -> tuple[Limit, ...]:
    return (Limit(f"ticket:{member}", capacity=10, per_second=1 / 360),)


def reply_limits(member: str) -> tuple[Limit, ...]:
    return (Limit(f"ticket_reply:{member}", capacity=20, per_second=1 / 60),)
