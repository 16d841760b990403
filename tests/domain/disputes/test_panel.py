"""Three who know nobody of it: who is asked, what they see, and that two of them decide."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from domain.database import execute, fetch, fetch_value, transaction
from domain.disputes import operations, queries
from domain.disputes.rules import (
    DECISION_TIME,
    MEDIATION_TIME,
    PANEL_TIME,
    VOTE_TIME,
    DisputeEvent,
    DisputeParty,
    DisputeState,
    Ruling,
    Verdict,
    majority,
    verdict_problem,
)
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.events.rules import PERSONAL_KINDS, EventKind
from domain.notifications.rules import NOTIFIED, Side, Topic
from domain.workers.rules import EXPERT_LEVEL
from tests.domain.disputes.test_operations import WORDS, Case
from tests.make.campaigns import claim, running
from tests.make.experts import experts
from tests.make.world import World

WORKER, EMPLOYER = Verdict(Ruling.WORKER), Verdict(Ruling.EMPLOYER)
HALF = Verdict(Ruling.SPLIT, 50)
VERDICTS = st.sampled_from(
    [WORKER, EMPLOYER, *(Verdict(Ruling.SPLIT, each) for each in (25, 50, 75))]
)


class Panel(Case):
    """A rejection that is contested, and experts of whom three are asked."""

    experts: list[UUID]

    async def escalated(self) -> None:
        await self.open()
        await self.answer()
        await self.escalate()

    async def seats(self) -> dict[UUID, UUID]:
        """By reviewer, of those who are asked now."""
        rows = await fetch(
            "select id, reviewer_id from panel_seat where dispute_id = $1 and ended_at is null",
            self.id,
        )
        return {row["reviewer_id"]: row["id"] for row in rows}

    async def vote(self, reviewer: UUID, verdict: Verdict, seat: UUID | None = None) -> None:
        seat = seat or (await self.seats())[reviewer]
        await operations.vote_on_panel(
            reviewer_id=reviewer, seat_id=seat, verdict=verdict, text=WORDS, now=self.world.now
        )

    async def tick(self) -> None:
        await operations.advance_panels(now=self.world.now)
        await super().tick()

    async def sits_until(self) -> object:
        return await fetch_value("select panel_until from dispute where id = $1", self.id)


@pytest_asyncio.fixture
async def case(world: World) -> AsyncIterator[Panel]:
    made = Panel(world)
    await made.begin()
    async with experts(world, 4) as found:
        made.experts = found
        yield made


@given(st.lists(VERDICTS, max_size=3))
def test_two_of_three_decide(votes: list[Verdict]) -> None:
    """Share and all: two splits that differ agree on nothing."""
    found = majority(votes)
    assert (found is None) == (len(set(votes)) == len(votes))
    assert found is None or votes.count(found) >= 2
    assert all(verdict_problem(each) is None for each in votes)


def test_a_panel_leaves_staff_time() -> None:
    """R12: whoever is late how long, nine days are enough for a panel and for staff after it."""
    latest = timedelta(hours=72) + MEDIATION_TIME
    assert latest + PANEL_TIME + timedelta(days=1) <= DECISION_TIME
    assert 2 * VOTE_TIME <= PANEL_TIME
    assert EXPERT_LEVEL == 8


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("verdict", "earned"), [(WORKER, 50_000), (EMPLOYER, 0), (Verdict(Ruling.SPLIT, 75), 37_500)]
)
async def test_two_who_agree_decide(case: Panel, verdict: Verdict, earned: int) -> None:
    """The money waits as after any decision; both sides read the reasons and no name."""
    await case.escalated()
    first, second, third = await case.seats()
    left = (await case.seats())[third]
    await case.vote(first, verdict)
    assert (await case.record()).state is DisputeState.PANEL
    await case.vote(second, verdict)
    record = await case.record()
    assert (record.state, record.ruling) == (DisputeState.DECIDED, verdict.ruling)
    assert await case.pending() == 50_000
    with pytest.raises(InvalidTransition):
        await case.vote(third, verdict, left)
    last = (await queries.steps_of_disputes(ids=[case.id]))[case.id][-1]
    assert (last.event, last.party) == (DisputeEvent.RULE, DisputeParty.PANEL)
    assert last.text == f"{WORDS}\n\n{WORDS}"
    for member in (case.worker, case.employer):
        await case.accept(member)
    assert await case.earned() == earned
    await case.check()


@pytest.mark.asyncio
async def test_three_opinions_leave_it_to_staff(case: Panel) -> None:
    """No majority: the panel ends, and a person of the platform decides as before."""
    await case.escalated()
    for reviewer, verdict in zip(await case.seats(), (WORKER, EMPLOYER, HALF), strict=True):
        await case.vote(reviewer, verdict)
    assert (await case.record()).state is DisputeState.PANEL
    assert (await case.seats(), await case.sits_until()) == ({}, None)
    await case.rule()
    await case.check()


@pytest.mark.asyncio
async def test_who_does_not_vote_is_replaced(case: Panel) -> None:
    """A day for each; after two days staff decide alone, and their nine days are not longer."""
    await case.escalated()
    due = (await case.record()).due_at
    asked = await case.seats()
    lazy, *others = asked
    await case.vote(others[0], WORKER)
    case.pass_time(hours=24)
    with pytest.raises(InvalidTransition):
        await case.vote(lazy, WORKER)
    await case.tick()
    (new,) = await case.seats()
    assert new not in asked
    case.pass_time(hours=24)
    await case.tick()
    assert (await case.seats(), await case.sits_until()) == ({}, None)
    record = await case.record()
    assert (record.state, record.due_at) == (DisputeState.PANEL, due)


@pytest.mark.asyncio
async def test_only_strangers_are_asked(case: Panel) -> None:
    """Not who had work with either side in 90 days, was suspended, or is of a lower level."""
    known, suspended, *free = case.experts
    another = await running(case.world, case.employer, places=[1])
    await claim(case.world, known, another)
    async with transaction():
        await execute("update member set state = 'suspended' where id = $1", suspended)
    async with experts(case.world, 1, EXPERT_LEVEL - 1):
        await case.escalated()
    assert (await case.seats(), await case.sits_until()) == ({}, None)
    assert len(free) == 2


@pytest.mark.asyncio
async def test_work_of_long_ago_makes_nobody_known(case: Panel) -> None:
    """After 90 days a reviewer may be asked again."""
    for each in case.experts[:2]:
        await claim(case.world, each, await running(case.world, case.employer, places=[1]))
    async with transaction():
        await execute("set local session_replication_role = replica")
        await execute(
            "update assignment set claimed_at = claimed_at - interval '91 days'"
            " where worker_id = any($1)",
            case.experts[:2],
        )
    await case.escalated()
    assert len(await case.seats()) == 3


@pytest.mark.asyncio
async def test_a_party_reviews_nothing(world: World) -> None:
    """Not by the draw, however experienced, and not past it: the database refuses the seat."""
    async with experts(world, 4) as (worker, *_):
        case = Panel(world)
        await case.begin(worker)
        await case.escalated()
        asked = await case.seats()
        assert len(asked) == 3 and worker not in asked
        with pytest.raises(asyncpg.CheckViolationError):
            async with transaction():
                await execute(
                    "insert into panel_seat (id, dispute_id, reviewer_id, seated_at, due_at)"
                    " values ($1, $2, $3, $4, $4)",
                    world.new_id(),
                    case.id,
                    worker,
                    world.now,
                )


@pytest.mark.asyncio
async def test_nobody_else_votes_or_reads(case: Panel) -> None:
    """Not with another's seat, not twice, not suspended, and only what a vote may say."""
    await case.escalated()
    asked = await case.seats()
    first, second, third = asked
    for who in (case.worker, case.employer, case.judges[0], second):
        with pytest.raises(NotFound):
            await case.vote(who, WORKER, asked[first])
        assert await queries.own_seat(seat_id=asked[first], reviewer_id=who) is None
    for wrong in (Verdict(Ruling.PLATFORM), Verdict(Ruling.SPLIT, 40), Verdict(Ruling.SPLIT)):
        with pytest.raises(InvalidInput):
            await case.vote(first, wrong)
    await case.vote(first, WORKER)
    with pytest.raises(InvalidTransition):
        await case.vote(first, EMPLOYER, asked[first])
    async with transaction():
        await execute("update member set state = 'suspended' where id = $1", third)
    with pytest.raises(NotAllowed):
        await case.vote(third, WORKER)
    mine = await queries.open_seats(reviewer_id=second, now=case.world.now, limit=3)
    assert [each.id for each in mine] == [asked[second]]
    said = await queries.statements_of(ids=[case.id])
    assert said[case.id] == [(DisputeParty.WORKER, WORDS), (DisputeParty.EMPLOYER, WORDS)]


@pytest.mark.asyncio
async def test_everybody_at_once_decides_once(case: Panel) -> None:
    """Three votes and a ruling of staff at the same instant: one decision, one line of it."""
    await case.escalated()
    outcomes = await asyncio.gather(
        *(case.vote(each, WORKER) for each in await case.seats()),
        case.rule(for_worker=False),
        return_exceptions=True,
    )
    assert all(each is None or isinstance(each, InvalidTransition | KeyError) for each in outcomes)
    steps = (await queries.steps_of_disputes(ids=[case.id]))[case.id]
    assert [each.event for each in steps].count(DisputeEvent.RULE) == 1
    assert (await case.record()).state is DisputeState.DECIDED
    assert await case.seats() == {}
    await case.check()


@pytest.mark.asyncio
async def test_who_is_asked_hears_of_it_alone(case: Panel) -> None:
    """By an event of their own, whose subject is the seat: it leads nobody to the dispute."""
    await case.escalated()
    asked = await case.seats()
    rows = await fetch(
        "select member_id, employer_id, campaign_id, subject_id from event"
        " where kind = 'dispute_seated' and member_id = any($1)",
        list(asked),
    )
    assert {row["member_id"]: row["subject_id"] for row in rows} == asked
    assert all((row["employer_id"], row["campaign_id"]) == (None, None) for row in rows)
    told = NOTIFIED[EventKind.DISPUTE_SEATED]
    assert told == (Topic.DISPUTES, Side.MEMBER)
    assert EventKind.DISPUTE_SEATED in PERSONAL_KINDS
