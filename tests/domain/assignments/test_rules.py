"""The pure rules of assignments, and that the database holds the same ones."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assignments.queries import PAYABLE_AT
from domain.assignments.rules import (
    MOVES,
    AssignmentEvent,
    AssignmentState,
    ClaimFacts,
    ClaimReason,
    available_events,
    claim_reasons,
    next_state,
)
from domain.database import execute, fetch, fetch_value, transaction
from tests.make.campaigns import claim, rich_employer, running
from tests.make.members import add_worker
from tests.make.world import World


@pytest.mark.asyncio
async def test_rules_and_database_list_the_same_moves(database: str) -> None:
    """Two walls with one plan."""
    assert database
    rows = await fetch("select from_state, to_state from assignment_move")

    assert {(row[0], row[1]) for row in rows} == {
        (source.value, target.value) for (source, _), target in MOVES.items()
    }


@pytest.mark.asyncio
@pytest.mark.parametrize("target", ["approved", "rejected", "closed_rejected", "withdrawn"])
async def test_the_database_refuses_a_move_nobody_listed(world: World, target: str) -> None:
    """Even our own code cannot pay for work that was never handed in."""
    campaign = await running(world, await rich_employer(world), places=[1])
    assignment = await claim(world, await add_worker(world), campaign)

    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        async with transaction():
            await execute("update assignment set state = $2 where id = $1", assignment, target)

    assert refusal.value.constraint_name == "assignment_legal_move"


@pytest.mark.asyncio
@pytest.mark.parametrize("state", AssignmentState)
async def test_submitted_work_says_when_it_is_payable(world: World, state: AssignmentState) -> None:
    """P41: beside `approvesAt`; without maturity it is payable the moment it is approved."""
    approves_at, decided_at = world.now + timedelta(days=3), world.now
    source = (
        "(select $1::text as state, $2::timestamptz as approves_at, $3::timestamptz as decided_at,"
        " null::timestamptz as payable_at, 'USD' as currency)"
    )
    column = PAYABLE_AT.format(row="a")
    found = await fetch_value(
        f"select {column} from {source} a", state.value, approves_at, decided_at
    )

    known = {
        AssignmentState.SUBMITTED: approves_at,
        AssignmentState.APPROVED: decided_at,
        AssignmentState.PARTLY_APPROVED: decided_at,
    }
    assert found == known.get(state)


@pytest.mark.asyncio
async def test_the_database_refuses_a_changed_price(world: World) -> None:
    """P36: the reward a worker accepted is the reward he gets."""
    campaign = await running(world, await rich_employer(world), places=[1])
    assignment = await claim(world, await add_worker(world), campaign)

    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        async with transaction():
            await execute("update assignment set reward_micros = 1 where id = $1", assignment)

    assert refusal.value.constraint_name == "assignment_terms_fixed"


@pytest.mark.parametrize("state", AssignmentState)
@pytest.mark.parametrize("for_worker", [True, False])
def test_what_a_side_is_shown_is_legal(state: AssignmentState, *, for_worker: bool) -> None:
    """A3: frontends never offer what the operation would refuse."""
    for event in available_events(state, for_worker=for_worker):
        assert next_state(state, event) is not None


def test_the_clock_moves_nothing_a_person_decided() -> None:
    """Final states have no way out, but that an employer may always pay after all (R11)."""
    final = {
        state
        for state in AssignmentState
        if all(next_state(state, event) is None for event in AssignmentEvent)
    }
    assert final == {
        AssignmentState.APPROVED,
        AssignmentState.PARTLY_APPROVED,
        AssignmentState.RETURNED,
        AssignmentState.EXPIRED,
        AssignmentState.WITHDRAWN,
    }
    ways = {e for e in AssignmentEvent if next_state(AssignmentState.CLOSED_REJECTED, e)}
    assert ways == {AssignmentEvent.REVERSE}


FACTS = st.builds(
    ClaimFacts,
    is_worker=st.booleans(),
    is_running=st.booleans(),
    is_own=st.booleans(),
    has_live_claim=st.booleans(),
    assignment_count=st.integers(0, 5),
    per_worker_max=st.none() | st.integers(1, 5),
    is_done=st.booleans(),
    has_open_place=st.booleans(),
    is_cooling_down=st.booleans(),
    is_blocked=st.booleans(),
    missed=st.lists(
        st.sampled_from((ClaimReason.COUNTRY, ClaimReason.AGE, ClaimReason.ADULT_CONTENT)),
        unique=True,
    ).map(tuple),
    closed=st.lists(st.sampled_from((ClaimReason.NOT_YET, ClaimReason.DAY_LIMIT)), unique=True).map(
        tuple
    ),
)


@given(facts=FACTS)
def test_every_obstacle_is_named_and_only_real_ones(facts: ClaimFacts) -> None:
    """P43: a worker learns everything that stands in the way at once."""
    reasons = claim_reasons(facts)

    assert (ClaimReason.NOT_A_WORKER in reasons) == (not facts.is_worker)
    assert (ClaimReason.OWN_CAMPAIGN in reasons) == facts.is_own
    assert (ClaimReason.LIVE_CLAIM in reasons) == facts.has_live_claim
    assert (ClaimReason.COOLING_DOWN in reasons) == facts.is_cooling_down
    assert (ClaimReason.BLOCKED in reasons) == facts.is_blocked
    assert reasons[len(reasons) - len(facts.closed + facts.missed) :] == (
        facts.closed + facts.missed
    )
    is_limited = facts.per_worker_max is not None
    is_used_up = is_limited and facts.assignment_count >= (facts.per_worker_max or 0)
    assert (ClaimReason.WORKER_LIMIT in reasons) == is_used_up
    if not reasons:
        assert facts.is_running and facts.has_open_place and not facts.is_done
