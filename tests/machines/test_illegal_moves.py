"""A3: what a state machine does not list is refused, and refused as `InvalidTransition`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from itertools import product
from typing import Any, Final
from uuid import UUID

import pytest

from domain.assignments.operations import block_campaign
from domain.assignments.operations.settle import Locked as LockedAssignment
from domain.assignments.rules import Booking
from domain.assignments.rules import states as assignments
from domain.campaigns import operations
from domain.campaigns import rules as campaigns
from domain.campaigns.rules import CampaignEvent, CampaignState, PauseReason, Price
from domain.database import execute, transaction
from domain.deposits import rules as deposits
from domain.disputes import rules as disputes
from domain.disputes.operations.steps import Locked as LockedDispute
from domain.errors import InvalidTransition
from domain.members.operations import grant_role
from domain.members.rules import MemberState, Role
from domain.money import Money
from domain.payouts import rules as payouts
from domain.risk import rules as risk
from domain.risk.operations.decide import Locked as LockedCase
from domain.suspensions import rules as suspensions
from domain.suspensions.operations.steps import Locked as LockedSuspension
from domain.tasks import operations as tasks
from domain.verification.operations.rows import moved
from domain.verification.queries import VerificationRow
from domain.verification.rules import states as verification
from tests.machines.tables import all_pairs_of
from tests.make.campaigns import draft, rich_employer
from tests.make.members import add_employer
from tests.make.world import EDGE_OF_SUMMER_TIME as NOW
from tests.make.world import World

ID: Final = UUID(int=1)
TEXT: Final = "What is said here does not matter at all."
NOTHING: Final = Money(1, "USD")


def illegal(
    states: type[StrEnum], events: type[StrEnum], moves: Mapping[Any, Any]
) -> Iterator[tuple[Any, Any]]:
    return (pair for pair in product(states, events) if pair not in moves)


def assignment(state: assignments.AssignmentState) -> LockedAssignment:
    return LockedAssignment(
        task_id=ID,
        state=state,
        campaign_state=CampaignState.RUNNING,
        booking=Booking(
            assignment_id=ID,
            campaign_id=ID,
            employer_id=ID,
            worker_id=ID,
            price=Price(reward=NOTHING, fee=NOTHING, vat=NOTHING),
        ),
        instruction_version=1,
        revision_count=0,
        revision_count_max=2,
        review_time=timedelta(days=3),
        deadline_at=NOW,
        approves_at=None,
        decided_at=None,
        decided_by=None,
    )


DISPUTE: Final = LockedDispute(
    id=ID,
    assignment_id=ID,
    worker_id=ID,
    employer_id=ID,
    kind=disputes.DisputeKind.REJECTION,
    state=disputes.DisputeState.PANEL,
    opened_at=NOW,
    ruling=None,
    percent=None,
    offers=disputes.Offers(),
    ruled_by=None,
    ruled_at=None,
    accepted=frozenset(),
)
SUSPENSION: Final = LockedSuspension(
    id=ID,
    member_id=ID,
    state=suspensions.SuspensionState.PROPOSED,
    member_state=MemberState.ACTIVE,
    proposed_at=NOW,
    proposed_by=None,
    decided_by=None,
    appeal_until=None,
    ended_at=None,
)
RISK_CASE: Final = LockedCase(id=ID, member_id=ID, state=risk.RiskState.SIGNALLED, taken_by=None)
VERIFICATION: Final = VerificationRow(
    id=ID,
    member_id=ID,
    level=1,
    state=verification.VerificationState.STARTED,
    attempt_no=1,
    decline_count=0,
    ruleset_version=1,
    rule_name="everybody",
    attempts_max=3,
    retry_hours=24,
    started_at=NOW,
    decided_at=None,
    valid_until=None,
    retry_at=None,
    reasons=(),
    return_url="https://example.org/",
)


@all_pairs_of(assignments.MOVES)
def test_an_assignment_refuses_every_other_event() -> None:
    """All pairs of its table; the refusal names the state and the event."""
    events = assignments.AssignmentEvent
    for state, event in illegal(assignments.AssignmentState, events, assignments.MOVES):
        with pytest.raises(InvalidTransition) as refusal:
            assignment(state).require(event)
        assert (refusal.value.state, refusal.value.event) == (state, event)


@all_pairs_of(disputes.FRAUD_MOVES)
def test_a_dispute_about_fraud_refuses_every_other_event() -> None:
    """All pairs of its table: no offers, and the clock gives nobody the money."""
    fraud = replace(DISPUTE, kind=disputes.DisputeKind.FRAUD)
    for state, event in illegal(disputes.DisputeState, disputes.DisputeEvent, disputes.FRAUD_MOVES):
        with pytest.raises(InvalidTransition) as refusal:
            replace(fraud, state=state).require(event)
        assert (refusal.value.state, refusal.value.event) == (state, event)


@all_pairs_of(disputes.MOVES)
def test_a_dispute_refuses_every_other_event() -> None:
    """All pairs of its table."""
    for state, event in illegal(disputes.DisputeState, disputes.DisputeEvent, disputes.MOVES):
        with pytest.raises(InvalidTransition) as refusal:
            replace(DISPUTE, state=state).require(event)
        assert (refusal.value.state, refusal.value.event) == (state, event)


@all_pairs_of(suspensions.MOVES)
def test_a_suspension_refuses_every_other_event() -> None:
    """All pairs of its table."""
    states, events = suspensions.SuspensionState, suspensions.SuspensionEvent
    for state, event in illegal(states, events, suspensions.MOVES):
        with pytest.raises(InvalidTransition) as refusal:
            replace(SUSPENSION, state=state).require(event)
        assert (refusal.value.state, refusal.value.event) == (state, event)


@all_pairs_of(risk.MOVES)
def test_a_risk_case_refuses_every_other_event() -> None:
    """All pairs of its table; the score itself is no wish of anybody."""
    states, events = risk.RiskState, risk.RiskEvent
    for state, event in illegal(states, events, risk.MOVES):
        with pytest.raises(InvalidTransition) as refusal:
            replace(RISK_CASE, state=state).require(event)
        assert (refusal.value.state, refusal.value.event) == (state, event)


@all_pairs_of(verification.MOVES)
def test_a_verification_refuses_every_other_event() -> None:
    """All pairs of its table."""
    states, events = verification.VerificationState, verification.VerificationEvent
    for state, event in illegal(states, events, verification.MOVES):
        with pytest.raises(InvalidTransition) as refusal:
            moved(replace(VERIFICATION, state=state), event, now=NOW)
        assert (refusal.value.state, refusal.value.event) == (state, event)


@all_pairs_of(payouts.MOVES, deposits.MOVES)
@pytest.mark.parametrize("machine", [payouts, deposits])
def test_money_in_and_out_moves_along_its_table_alone(machine: Any) -> None:
    """Providers repeat themselves, so the same state again is no move; else the table decides."""
    for source, target in product(machine.MOVES, machine.MOVES):
        allowed = source is target or target in machine.MOVES[source]
        assert machine.may_move(source=source, target=target) is allowed


# By event: what a person sends for it.
Sent = Callable[[World, UUID, UUID, UUID], Awaitable[object]]
SENT: Final[Mapping[CampaignEvent, Sent]] = {
    CampaignEvent.FUND: lambda world, owner, _, id_: operations.fund_campaign(
        employer_id=owner,
        campaign_id=id_,
        key=world.key(owner),
        new_id=world.new_id,
        now=world.now,
    ),
    CampaignEvent.PUBLISH: lambda world, owner, _, id_: operations.publish_campaign(
        employer_id=owner, campaign_id=id_, ends_at=None, now=world.now
    ),
    CampaignEvent.APPROVE: lambda world, _, staff, id_: operations.approve_campaign(
        staff_id=staff, campaign_id=id_, now=world.now
    ),
    CampaignEvent.DECLINE: lambda world, _, staff, id_: operations.decline_campaign(
        staff_id=staff,
        campaign_id=id_,
        reason=campaigns.DeclineReason.OTHER,
        text=TEXT,
        now=world.now,
    ),
    CampaignEvent.PAUSE: lambda _, owner, __, id_: operations.pause_campaign(
        employer_id=owner, campaign_id=id_
    ),
    CampaignEvent.RESUME: lambda _, owner, __, id_: operations.resume_campaign(
        employer_id=owner, campaign_id=id_
    ),
    CampaignEvent.SUSPEND: lambda world, _, staff, id_: operations.suspend_campaign(
        staff_id=staff, campaign_id=id_, text=TEXT, now=world.now
    ),
    CampaignEvent.ACKNOWLEDGE: lambda world, owner, _, id_: operations.acknowledge_pause(
        employer_id=owner, campaign_id=id_, text=TEXT, now=world.now
    ),
    CampaignEvent.CLEAR: lambda world, _, staff, id_: operations.clear_campaign(
        staff_id=staff, campaign_id=id_, text=TEXT, now=world.now
    ),
    CampaignEvent.BLOCK: lambda world, _, staff, id_: block_campaign(
        staff_id=staff,
        campaign_id=id_,
        text=TEXT,
        key=world.key(staff),
        new_id=world.new_id,
        now=world.now,
    ),
    CampaignEvent.EXTEND: lambda world, owner, _, id_: tasks.extend_campaign(
        employer_id=owner,
        campaign_id=id_,
        task_id=None,
        place_count=1,
        key=world.key(owner),
        new_id=world.new_id,
        now=world.now,
    ),
    CampaignEvent.RESTART: lambda world, owner, _, id_: tasks.restart_campaign(
        employer_id=owner,
        campaign_id=id_,
        task_id=None,
        place_count=1,
        ends_at=None,
        key=world.key(owner),
        new_id=world.new_id,
        now=world.now,
    ),
    CampaignEvent.STOP: lambda world, owner, _, id_: tasks.stop_campaign(
        employer_id=owner,
        campaign_id=id_,
        key=world.key(owner),
        new_id=world.new_id,
        now=world.now,
    ),
}
# Sent by the clock and by rules of ours, which look before they move; and a publication that
# we hand to staff ourselves.
UNSENT: Final = {
    CampaignEvent.ASK_REVIEW,
    CampaignEvent.ASK_RESTART,
    CampaignEvent.PAUSE_BY_SYSTEM,
    CampaignEvent.EXHAUST,
    CampaignEvent.REOPEN,
    CampaignEvent.FINISH,
    CampaignEvent.ARCHIVE,
}
PAUSED: Final = {CampaignState.PAUSED_SYSTEM, CampaignState.PAUSED_ADMIN}


@pytest.mark.asyncio
async def test_a_campaign_refuses_every_other_event(world: World) -> None:
    """All pairs, through the operations that people send, on a row in that state."""
    assert SENT.keys() | UNSENT == set(CampaignEvent)
    owner, staff = await rich_employer(world), await add_employer(world)
    await grant_role(member_id=staff, role=Role.STAFF, now=world.now)
    id_ = await draft(world, owner)

    for state in CampaignState:
        reason = PauseReason.QUALITY.value if state in PAUSED else None
        async with transaction():
            await execute(
                "update campaign set state = $2, pause_reason = $3, blocked_at = $4 where id = $1",
                id_,
                state.value,
                reason,
                world.now,
            )
        for event, send in SENT.items():
            if (state, event) in campaigns.MOVES or _is_sent_to_staff(state, event):
                continue
            with pytest.raises(InvalidTransition) as refusal:
                await send(world, owner, staff, id_)
            assert refusal.value.state == state


@pytest.mark.asyncio
@all_pairs_of(campaigns.MOVES)
async def test_a_campaign_refuses_the_clock_too(world: World) -> None:
    """All pairs of the table, through the one function that moves a campaign."""
    owner = await rich_employer(world)
    record = await _record(world, owner)
    async with transaction():
        for state, event in illegal(CampaignState, CampaignEvent, campaigns.MOVES):
            with pytest.raises(InvalidTransition) as refusal:
                await operations.move_campaign(campaign=replace(record, state=state), event=event)
            assert (refusal.value.state, refusal.value.event) == (state, event)


def _is_sent_to_staff(state: CampaignState, event: CampaignEvent) -> bool:
    """A declined campaign that is published is looked at again."""
    return (state, event) == (CampaignState.DECLINED, CampaignEvent.PUBLISH)


async def _record(world: World, owner: UUID) -> Any:
    id_ = await draft(world, owner)
    async with transaction():
        return await operations.lock_campaign(campaign_id=id_)
