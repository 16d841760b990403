"""Whose word moves a ticket, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.tickets.rules import (
    REOPEN_TIME,
    TicketEvent,
    TicketSide,
    TicketState,
    available_events,
    next_state,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_resolved_ticket_is_opened_again_for_thirty_days_by_its_member() -> None:
    """P31: to the second; staff never open one again."""
    late = AT + REOPEN_TIME
    for now, target in ((late, TicketState.OPEN), (late + timedelta(seconds=1), None)):
        found = next_state(TicketState.RESOLVED, TicketEvent.REPLY, resolved_at=AT, now=now)
        assert found is target
    assert not available_events(TicketState.RESOLVED, TicketSide.STAFF, resolved_at=AT, now=AT)


def test_each_open_ticket_can_be_ended_by_either_side() -> None:
    """Nobody waits for ever for the other."""
    for state in set(TicketState) - {TicketState.RESOLVED}:
        for side in TicketSide:
            events = available_events(state, side, resolved_at=None, now=AT)
            assert TicketEvent.RESOLVE in events and len(events) == 2
