"""Every pair of state and event is decided, and a record tells when it was touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.disputes.rules import (
    APPEAL_DECISION_TIME,
    APPEAL_TIME,
    DECISION_TIME,
    MOVES,
    OFFER_COUNT_MAX,
    OVERDUE,
    DisputeEvent,
    DisputeParty,
    DisputeState,
    Step,
    available_events,
    chain_problem,
    due_at,
    next_state,
    record_seed,
    step_content,
    step_hash,
)

DISPUTE = UUID(int=1)
OPENED = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)


def record(count: int) -> list[Step]:
    steps, previous = [], record_seed(DISPUTE)
    for position in range(1, count + 1):
        content = step_content(
            position=position,
            event=DisputeEvent.ANSWER,
            party=DisputeParty.WORKER,
            text=f"line {position} ü",
            ruling=None,
            at=OPENED,
        )
        previous = step_hash(previous, content)
        steps.append(
            Step(
                position=position,
                event=DisputeEvent.ANSWER,
                party=DisputeParty.WORKER,
                text=f"line {position} ü",
                ruling=None,
                at=OPENED,
                hash=previous,
            )
        )
    return steps


def test_what_the_table_does_not_list_is_illegal() -> None:
    """Nothing leaves FINAL, and no pair is undecided."""
    for state, event in product(DisputeState, DisputeEvent):
        assert next_state(state, event) == MOVES.get((state, event))
    assert not any(state is DisputeState.FINAL for state, _ in MOVES)


def test_the_clock_can_move_every_open_dispute() -> None:
    """No dispute can hang for ever: each open state has a deadline and a legal event for it."""
    for state in set(DisputeState) - {DisputeState.FINAL}:
        assert (state, OVERDUE[state]) in MOVES
        assert due_at(state, opened_at=OPENED, ruled_at=OPENED, now=OPENED) is not None
    assert due_at(DisputeState.FINAL, opened_at=OPENED, ruled_at=OPENED, now=OPENED) is None


@given(
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.timedeltas(timedelta(0), timedelta(days=7)),
)
def test_every_branch_ends_in_time(
    answered: timedelta, escalated: timedelta, appealed: timedelta
) -> None:
    """Nine days to a decision, and fourteen more with an appeal, whoever waits how long (A13)."""
    now = OPENED + answered
    mediation = due_at(DisputeState.MEDIATION, opened_at=OPENED, ruled_at=None, now=now)
    now = min(now + escalated, mediation or now)
    panel = due_at(DisputeState.PANEL, opened_at=OPENED, ruled_at=None, now=now)
    assert panel is not None
    assert panel <= OPENED + DECISION_TIME
    closed = due_at(DisputeState.DECIDED, opened_at=OPENED, ruled_at=panel, now=panel)
    assert closed == panel + APPEAL_TIME
    now = panel + appealed
    last = due_at(DisputeState.APPEALED, opened_at=OPENED, ruled_at=panel, now=now)
    assert last == panel + APPEAL_DECISION_TIME
    assert last <= OPENED + DECISION_TIME + APPEAL_DECISION_TIME


def test_only_parties_events_are_offered() -> None:
    """A frontend offers what the operations take, and never what staff or the clock do."""
    ours = {
        DisputeEvent.OPEN,
        DisputeEvent.AGREE,
        DisputeEvent.RULE,
        DisputeEvent.MISS,
        DisputeEvent.SILENCE,
        DisputeEvent.CLOSE,
    }
    for state, is_worker in product(DisputeState, (True, False)):
        offered = available_events(state, for_worker=is_worker, offer_count=0)
        assert not ours & set(offered)
        assert all((state, event) in MOVES for event in offered)
        spent = available_events(state, for_worker=is_worker, offer_count=OFFER_COUNT_MAX)
        assert set(offered) - set(spent) <= {DisputeEvent.OFFER}
        assert DisputeEvent.OFFER not in spent
    awaiting = available_events(DisputeState.AWAITING_ANSWER, for_worker=True, offer_count=0)
    assert awaiting == ()


@given(st.integers(1, 6), st.data())
def test_a_touched_record_is_found(count: int, data: st.DataObject) -> None:
    """A changed, dropped, moved or foreign line breaks the chain."""
    steps = record(count)
    assert chain_problem(DISPUTE, steps) is None
    assert chain_problem(UUID(int=2), steps) is not None
    place = data.draw(st.integers(0, count - 1))
    changed = [*steps]
    changed[place] = replace(steps[place], text="something else")
    assert chain_problem(DISPUTE, changed) is not None
    if place < count - 1:
        assert chain_problem(DISPUTE, steps[:place] + steps[place + 1 :]) is not None
        swapped = [*steps]
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
        assert chain_problem(DISPUTE, swapped) is not None
