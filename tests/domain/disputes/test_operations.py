"""A contested rejection: who may say what until when, and where its money ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import product
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from domain.assignments import operations as assignments
from domain.assignments import queries as assignment_queries
from domain.assignments.rules import AssignmentState
from domain.database import fetch_value, transaction
from domain.disputes import operations, queries
from domain.disputes.rules import DisputeEvent, DisputeState, Ruling, next_state
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.ledger.queries import differences
from domain.ledger.rules import AccountKind
from domain.members.rules import Role
from domain.money import Money
from tests.make.campaigns import balance, reject, rich_employer, running, submitted
from tests.make.members import add_staff, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
WORDS = "I did what clause one asks for, see the second proof."


class Case:
    """One rejected assignment, its parties, two of the staff, and a clock."""

    def __init__(self, world: World, *, reward: Money | None = None) -> None:
        self.world = world
        self.reward = reward

    async def begin(self, worker: UUID | None = None) -> None:
        self.employer = await rich_employer(self.world)
        self.worker = worker or await add_worker(self.world)
        self.judges = [await add_staff(self.world, Role.STAFF) for _ in range(2)]
        self.campaign = await running(self.world, self.employer, places=[1], reward=self.reward)
        self.assignment = await submitted(self.world, self.worker, self.campaign)
        await reject(self.world, self.employer, self.assignment)

    def pass_time(self, **span: float) -> None:
        self.world.now += timedelta(**span)

    async def open(self) -> UUID:
        self.id = await operations.open_dispute(
            worker_id=self.worker,
            assignment_id=self.assignment,
            text=WORDS,
            new_id=self.world.new_id,
            now=self.world.now,
        )
        return self.id

    async def answer(self) -> None:
        await operations.answer_dispute(
            member_id=self.employer, dispute_id=self.id, text=WORDS, now=self.world.now
        )

    async def concede(self, employer: UUID | None = None) -> None:
        assert not await operations.concede_dispute(
            member_id=employer or self.employer,
            dispute_id=self.id,
            key=self.world.key(employer or self.employer),
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def escalate(self, member: UUID | None = None) -> None:
        await operations.escalate_dispute(
            member_id=member or self.worker, dispute_id=self.id, now=self.world.now
        )

    async def rule(
        self, judge: UUID | None = None, *, for_worker: bool = True, percent: int | None = None
    ) -> None:
        await operations.rule_dispute(
            staff_id=judge or self.judges[0],
            dispute_id=self.id,
            is_for_worker=for_worker,
            percent=percent,
            text=WORDS,
            key=self.world.key(judge or self.judges[0]),
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def offer(self, member: UUID, percent: int) -> None:
        assert not await operations.offer_share(
            member_id=member,
            dispute_id=self.id,
            percent=percent,
            key=self.world.key(member),
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def appeal(self, member: UUID | None = None) -> None:
        await operations.appeal_dispute(
            member_id=member or self.employer, dispute_id=self.id, text=WORDS, now=self.world.now
        )

    async def accept(self, member: UUID) -> None:
        await operations.accept_ruling(
            member_id=member,
            dispute_id=self.id,
            key=self.world.key(member),
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def tick(self) -> None:
        """Other tests' disputes may be due as well, so how many moved says nothing."""
        await operations.advance_disputes(new_id=self.world.new_id, now=self.world.now)

    async def record(self) -> queries.DisputeRecord:
        found = await queries.disputes_by_id(ids=[self.id], viewer_id=self.worker)
        return found[self.id]

    async def earned(self) -> int:
        return await balance(AccountKind.WORKER_EARNINGS, self.worker)

    async def pending(self) -> int:
        return await balance(AccountKind.WORKER_PENDING, self.worker)

    async def check(self) -> None:
        """The books, the assignment and the record agree. Tests of the ledger leave escrows of no
        campaign, which are none of ours.
        """
        assert await differences(checks=queries.CHECKS) == []
        found = await differences(checks=assignment_queries.CHECKS)
        assert [each for each in found if self.is_ours(each.subject)] == []
        assert await queries.broken_records() == []

    def is_ours(self, subject: str) -> bool:
        return any(str(each) in subject for each in (self.campaign, self.assignment, self.id))


@pytest_asyncio.fixture
async def case(world: World) -> Case:
    made = Case(world)
    await made.begin()
    return made


async def test_while_it_is_contested_nobody_has_the_money(case: Case) -> None:
    """The seven days after a rejection end nothing any more, and the reward stays where it is."""
    await case.open()
    case.pass_time(days=8)
    await assignments.close_rejections(new_id=case.world.new_id, now=case.world.now)
    assert await case.pending() == 50_000
    await case.check()


async def test_silence_pays_the_worker(case: Case) -> None:
    """An employer who says nothing for 72 hours has no case, and no appeal."""
    await case.open()
    case.pass_time(hours=71)
    await case.tick()
    assert (await case.record()).state is DisputeState.AWAITING_ANSWER
    case.pass_time(hours=1)
    await case.tick()
    await case.tick()
    assert (await case.record()).state is DisputeState.FINAL
    assert await case.earned() == 50_000
    with pytest.raises(InvalidTransition):
        await case.appeal()
    await case.check()


async def test_conceding_pays_the_worker(case: Case) -> None:
    """Before or after an answer."""
    await case.open()
    await case.answer()
    await case.concede()
    record = await case.record()
    assert (record.state, record.ruling) == (DisputeState.FINAL, Ruling.WORKER)
    assert await case.earned() == 50_000
    await case.check()


async def test_a_ruling_moves_money_only_when_it_is_final(case: Case) -> None:
    """Seven days remain to appeal; the place opens again when the employer was right."""
    await case.open()
    await case.answer()
    await case.escalate()
    await case.rule(for_worker=False)
    assert (await case.record()).state is DisputeState.DECIDED
    assert await case.pending() == 50_000
    case.pass_time(days=7)
    await case.tick()
    assert (await case.record()).state is DisputeState.FINAL
    assert (await case.earned(), await case.pending()) == (0, 0)
    assert await balance(AccountKind.CAMPAIGN_ESCROW, case.campaign) == 50_000
    await case.check()


async def test_both_accept_and_need_not_wait(case: Case) -> None:
    """One side alone cannot cut the other's time to appeal."""
    await case.open()
    await case.answer()
    await case.escalate(case.employer)
    await case.rule()
    await case.accept(case.worker)
    await case.accept(case.worker)
    assert (await case.record()).state is DisputeState.DECIDED
    await case.accept(case.employer)
    assert (await case.record()).state is DisputeState.FINAL
    assert await case.earned() == 50_000
    await case.check()


async def test_an_appeal_is_decided_by_somebody_else(case: Case) -> None:
    """Whoever decided before is not asked again, and the second word is the last."""
    await case.open()
    await case.answer()
    await case.escalate()
    await case.rule(case.judges[0])
    await case.appeal()
    with pytest.raises(NotAllowed):
        await case.rule(case.judges[0], for_worker=False)
    await case.rule(case.judges[1], for_worker=False)
    record = await case.record()
    assert (record.state, record.ruling) == (DisputeState.FINAL, Ruling.EMPLOYER)
    assert await case.earned() == 0
    with pytest.raises(InvalidTransition):
        await case.appeal(case.worker)
    await case.check()


@pytest.mark.parametrize("with_appeal", [False, True])
async def test_our_own_delay_harms_neither(case: Case, *, with_appeal: bool) -> None:
    """The employer's money goes back, and the worker is paid from ours (E16)."""
    await case.open()
    await case.answer()
    await case.escalate()
    if with_appeal:
        await case.rule(for_worker=False)
        await case.appeal(case.worker)
        case.pass_time(days=14)
    else:
        case.pass_time(days=9)
        await case.tick()
        assert (await case.record()).state is DisputeState.DECIDED
        case.pass_time(days=7)
    await case.tick()
    record = await case.record()
    assert (record.state, record.ruling) == (DisputeState.FINAL, Ruling.PLATFORM)
    assert await case.earned() == 50_000
    assert await balance(AccountKind.CAMPAIGN_ESCROW, case.campaign) == 50_000
    await case.check()


async def test_nobody_escalates_so_the_clock_does(case: Case) -> None:
    """After 72 hours of mediation staff take it up; it cannot be forgotten."""
    await case.open()
    case.pass_time(hours=60)
    await case.answer()
    case.pass_time(hours=72)
    await case.tick()
    assert (await case.record()).state is DisputeState.PANEL
    assert case.id in {each.id for each in await queries.dispute_queue(limit=500)}


async def test_only_rejections_of_a_week_are_contested(case: Case) -> None:
    """Not somebody else's, not twice, not too late."""
    world = case.world
    stranger = await add_worker(world)
    with pytest.raises(NotFound):
        await operations.open_dispute(
            worker_id=stranger,
            assignment_id=case.assignment,
            text=WORDS,
            new_id=world.new_id,
            now=world.now,
        )
    case.pass_time(days=7, seconds=1)
    with pytest.raises(InvalidTransition):
        await case.open()
    case.pass_time(seconds=-1)
    await case.open()
    with pytest.raises(InvalidTransition):
        await case.open()


async def test_strangers_find_nothing(case: Case) -> None:
    """Not to read, answer, concede, escalate, appeal or accept; the worker answers for nobody."""
    await case.open()
    stranger = await rich_employer(case.world)
    assert await queries.disputes_by_id(ids=[case.id], viewer_id=stranger) == {}
    assert await queries.disputes_by_id(ids=[case.id], viewer_id=None) == {}
    for attempt in (
        case.concede(stranger),
        case.concede(case.worker),
        case.escalate(stranger),
        case.appeal(stranger),
        case.offer(stranger, 50),
        case.accept(stranger),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await case.record()).state is DisputeState.AWAITING_ANSWER


async def test_only_staff_rule_and_never_in_their_own_case(case: Case) -> None:
    """Neither a party nor a stranger decides, whatever the state."""
    await case.open()
    await case.answer()
    await case.escalate()
    for who in (case.employer, case.worker, await add_worker(case.world)):
        with pytest.raises(NotAllowed):
            await case.rule(who)


async def test_every_illegal_step_is_refused(case: Case) -> None:
    """All states, all steps of people: what the table does not list changes nothing."""
    steps = {
        DisputeEvent.ANSWER: case.answer,
        DisputeEvent.CONCEDE: case.concede,
        DisputeEvent.OFFER: lambda: case.offer(case.worker, 40),
        DisputeEvent.ESCALATE: case.escalate,
        DisputeEvent.RULE: case.rule,
        DisputeEvent.APPEAL: case.appeal,
    }
    ways = {
        DisputeState.AWAITING_ANSWER: (),
        DisputeState.MEDIATION: (case.answer,),
        DisputeState.PANEL: (case.escalate,),
        DisputeState.DECIDED: (case.rule,),
        DisputeState.APPEALED: (case.appeal,),
    }
    await case.open()
    for state, way in ways.items():
        for step in way:
            await step()
        assert (await case.record()).state is state
        for event, step in steps.items():
            if next_state(state, event) is None:
                with pytest.raises(InvalidTransition):
                    await step()
        assert (await case.record()).state is state


@pytest.mark.parametrize("text", ["too short", "\0" * 30, "x" * 5_000])
async def test_words_are_checked_before_anything_is_read(case: Case, text: str) -> None:
    """A refusal by its text leaves no trace."""
    with pytest.raises(InvalidInput):
        await operations.open_dispute(
            worker_id=case.worker,
            assignment_id=case.assignment,
            text=text,
            new_id=case.world.new_id,
            now=case.world.now,
        )
    assert await fetch_value("select state from assignment where id = $1", case.assignment) == (
        AssignmentState.REJECTED
    )


async def test_everybody_at_once_moves_the_money_once(case: Case) -> None:
    """The employer concedes five times while the clock finds the silence five times."""
    await case.open()
    case.pass_time(hours=72)
    outcomes = await asyncio.gather(
        *(step() for step, _ in product((case.concede, case.tick), range(5))),
        return_exceptions=True,
    )
    assert all(outcome is None or isinstance(outcome, InvalidTransition) for outcome in outcomes)
    assert await case.earned() == 50_000
    await case.check()


async def test_opening_races_with_the_end_of_the_week(case: Case) -> None:
    """Either the rejection is final or it is contested, never both."""
    case.pass_time(days=7)
    world = case.world
    outcome, _ = await asyncio.gather(
        case.open(),
        assignments.close_rejections(new_id=world.new_id, now=world.now),
        return_exceptions=True,
    )
    assert isinstance(outcome, UUID | InvalidTransition)
    await case.check()


async def test_the_record_cannot_be_changed(case: Case) -> None:
    """Not through the database's front door; and whoever gets past it is found by the chain."""
    await case.open()
    with pytest.raises(asyncpg.RestrictViolationError):
        await fetch_value("update dispute_step set text = 'x' where dispute_id = $1", case.id)
    async with transaction() as current:
        await current.connection.execute("set local session_replication_role = replica")
        await current.connection.execute(
            "update dispute_step set text = 'x' where dispute_id = $1", case.id
        )
    assert [each.subject for each in await queries.broken_records()] == [f"dispute {case.id}"]
    async with transaction() as current:
        await current.connection.execute("set local session_replication_role = replica")
        await current.connection.execute(
            "update dispute_step set text = $2 where dispute_id = $1", case.id, WORDS
        )
    await case.check()
