"""A suspension from its proposal to the last word, and what the member may do meanwhile."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.access import queries as access
from domain.assignments.operations import NotEligible
from domain.assignments.rules import ClaimReason
from domain.campaigns import operations as campaigns
from domain.database import execute, fetch, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.events.rules import EventKind
from domain.ledger.queries import differences
from domain.ledger.rules import AccountKind
from domain.members import queries as members
from domain.members.operations import MemberRestricted
from domain.members.rules import MemberState, Role
from domain.money import Money
from domain.privacy.queries import obstacles_of
from domain.privacy.rules import Obstacle
from domain.quality.rules import Aggregator
from domain.suspensions import operations, queries
from domain.suspensions.rules import (
    APPEAL_TIME,
    REVIEW_TIME,
    SuspensionSource,
    SuspensionState,
    Work,
)
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask, TaskConsensus
from tests.domain.assignments.test_consensus import weighed
from tests.make import campaigns as make
from tests.make import suspensions as they
from tests.make.members import add_staff, add_worker, session_of
from tests.make.workers import gain
from tests.make.world import World

pytestmark = pytest.mark.asyncio
HOUR = timedelta(hours=1)


async def state_of(member_id: UUID) -> MemberState:
    return (await members.members_by_id(ids=[member_id]))[member_id].state


async def events_of(suspension_id: UUID) -> list[str]:
    rows = await fetch("select kind from event where subject_id = $1 order by seq", suspension_id)
    return [row["kind"] for row in rows]


async def test_a_proposal_keeps_from_new_work_and_from_nothing_else(world: World) -> None:
    """Live work is handed in and paid; a claim says why not, a campaign is not published."""
    employer = await make.rich_employer(world)
    worker = await add_worker(world)
    live = await make.claim(world, worker, await make.running(world, employer))
    another, third = [await make.running(world, employer) for _ in range(2)]
    case = await they.propose(world, worker, employer, live)
    unpublished = await make.funded(world, employer)
    await campaigns.pause_campaign(employer_id=employer, campaign_id=another)
    about_employer = await they.propose(world, employer, worker, live)

    with pytest.raises(NotEligible) as refused:
        await make.claim(world, worker, third)
    with pytest.raises(MemberRestricted):
        await make.publish(world, employer, unpublished)
    with pytest.raises(MemberRestricted):
        await campaigns.resume_campaign(employer_id=employer, campaign_id=another)
    with pytest.raises(MemberRestricted):
        await tasks.restart_campaign(
            employer_id=employer,
            campaign_id=third,
            task_id=None,
            place_count=1,
            ends_at=None,
            key=world.key(employer),
            new_id=world.new_id,
            now=world.now,
        )
    with pytest.raises(MemberRestricted):
        await tasks.extend_campaign(
            employer_id=employer,
            campaign_id=third,
            task_id=None,
            place_count=1,
            key=world.key(employer),
            new_id=world.new_id,
            now=world.now,
        )
    await make.submit(world, worker, live)
    await make.approve(world, employer, live)

    assert refused.value.reasons == (ClaimReason.RESTRICTED,)
    assert await make.balance(AccountKind.WORKER_EARNINGS, worker) == 50_000
    assert (await they.seen(case)).state is SuspensionState.HUMAN_REVIEW
    assert (await they.seen(about_employer)).due_at == world.now + REVIEW_TIME


async def test_silence_of_ours_dismisses_the_proposal(world: World) -> None:
    """R39: after 48 hours without a decision the member is as free as before."""
    case = await they.proposed(world)
    world.now += REVIEW_TIME - HOUR
    await operations.advance_suspensions(now=world.now)
    waiting = await state_of(case.member_id)
    world.now += HOUR
    await operations.advance_suspensions(now=world.now)

    record = await they.seen(case)
    assert waiting is MemberState.RESTRICTED
    assert await state_of(case.member_id) is MemberState.REGISTERED
    assert (record.state, record.dismissal) == (SuspensionState.DISMISSED, None)
    assert record.ended_at == world.now
    with pytest.raises(InvalidTransition):
        await they.impose(world, case)


async def test_only_another_person_imposes_it_and_says_why(world: World) -> None:
    """Never who proposed it, nor the member, nor a row without reasons, work, days and an end."""
    case = await they.proposed(world)
    for nobody in (case.proposer, case.member_id, case.employer_id):
        with pytest.raises(NotAllowed):
            await they.impose(world, case, by=nobody)
    stranger = Work(assignment_ids=(world.new_id(),))
    for text, work, days in (
        ("Because.", case.work, 1),
        (they.TEXT, stranger, 1),
        (they.TEXT, Work(), 1),
        (they.TEXT, case.work, 0),
    ):
        with pytest.raises(InvalidInput):
            await operations.impose_suspension(
                staff_id=case.judge,
                suspension_id=case.id,
                text=text,
                work=work,
                from_on=world.now.date(),
                to_on=world.now.date(),
                ends_at=world.now + timedelta(days=days),
                now=world.now,
            )
    with pytest.raises(Exception, match="a person imposes"):
        async with transaction():
            await execute("update suspension set state = 'imposed' where id = $1", case.id)

    await they.impose(world, case)

    record = await they.seen(case)
    assert await state_of(case.member_id) is MemberState.SUSPENDED
    assert (record.state, record.reasons) == (SuspensionState.IMPOSED, they.TEXT)
    assert (record.work, record.ends_at) == (case.work, world.now + they.LONG)
    assert await events_of(case.id) == [
        EventKind.SUSPENSION_HUMAN_REVIEW,
        EventKind.SUSPENSION_IMPOSED,
    ]


async def test_who_is_suspended_signs_in_and_decides_about_nobody(world: World) -> None:
    """Else nobody could appeal or be paid; a role of the staff sleeps."""
    clerk = await add_staff(world, Role.STAFF)
    employer = await make.rich_employer(world)
    work = await make.submitted(world, clerk, await make.running(world, employer))
    case = await they.propose(world, clerk, employer, work)
    await they.impose(world, case)

    token = (await session_of(world, clerk)).token
    viewer = await access.viewer_of(token=token, now=world.now)
    assert viewer is not None and viewer.roles == {Role.WORKER, Role.EMPLOYER}
    with pytest.raises(NotAllowed):
        await members.require_role(member_id=clerk, role=Role.STAFF)


async def test_it_ends_on_its_date(world: World) -> None:
    """By the clock alone; an appeal may follow, for what was lost, and is decided all the same.
    Half a year after the decision it is too late.
    """
    case, late = [await they.proposed(world) for _ in range(2)]
    for each in (case, late):
        await they.impose(world, each)
    world.now += they.LONG
    await operations.advance_suspensions(now=world.now)
    await operations.advance_suspensions(now=world.now)
    ended = await they.seen(case)
    free = await state_of(case.member_id)
    await they.appeal(world, case)
    await they.rule(world, case, is_reversed=False)
    imposed_at = (await they.seen(late)).imposed_at
    assert imposed_at is not None
    world.now = imposed_at + APPEAL_TIME
    with pytest.raises(InvalidTransition):
        await they.appeal(world, late)

    assert (ended.state, ended.ended_at) == (SuspensionState.IMPOSED, imposed_at + they.LONG)
    assert free is MemberState.REGISTERED
    assert (await they.seen(case)).state is SuspensionState.UPHELD


async def test_a_reversal_frees_the_member_and_pays_what_was_lost(world: World) -> None:
    """E16, once: by the earnings of the 30 days before, for the days until the reversal."""
    worker = await add_worker(world)
    await gain(world, worker, make.usd("30"))
    world.now += timedelta(days=1)
    employer = await make.rich_employer(world)
    work = await make.submitted(world, worker, await make.running(world, employer))
    case = await they.propose(world, worker, employer, work)
    await they.impose(world, case)
    await they.appeal(world, case)
    before = await make.balance(AccountKind.WORKER_EARNINGS, worker)
    assert (await obstacles_of(member_id=worker))[Obstacle.APPEAL] == 1
    world.now += timedelta(days=3)
    with pytest.raises(NotAllowed):
        await they.rule(world, case, is_reversed=True, by=case.judge)
    with pytest.raises(NotAllowed):
        await they.rule(world, case, is_reversed=True, by=case.proposer)
    key = world.key(case.other)

    async def again() -> bool:
        return await operations.rule_suspension(
            staff_id=case.other,
            suspension_id=case.id,
            is_reversed=True,
            text=they.TEXT,
            key=key,
            new_id=world.new_id,
            now=world.now,
        )

    assert [await again(), await again()] == [False, True]
    after = await make.balance(AccountKind.WORKER_EARNINGS, worker)
    assert Money(after - before, "USD") == make.usd("3")
    assert await state_of(worker) is MemberState.REGISTERED
    assert (await they.seen(case)).state is SuspensionState.REVERSED
    assert Obstacle.APPEAL not in await obstacles_of(member_id=worker)
    assert await differences(checks=queries.CHECKS) == []
    with pytest.raises(InvalidTransition):
        await they.appeal(world, case)


async def test_a_suspension_is_its_members_alone(world: World) -> None:
    """Others neither read it nor appeal; a second one waits until the first has ended."""
    case = await they.proposed(world)
    await they.impose(world, case)
    with pytest.raises(NotFound):
        await operations.appeal_suspension(
            member_id=case.employer_id, suspension_id=case.id, text=they.TEXT, now=world.now
        )
    assert not await queries.suspensions_by_id(ids=[case.id], viewer_id=case.employer_id)
    with pytest.raises(InvalidTransition):
        await they.propose(world, case.member_id, case.employer_id, case.work.assignment_ids[0])
    with pytest.raises(InvalidInput):
        await they.propose(world, case.judge, case.employer_id, case.work.assignment_ids[0])


async def test_gold_and_the_crowd_propose_and_nobody_is_suspended(world: World) -> None:
    """6.5: twenty wrong control answers and a crowd that disagrees, then a person decides; a
    worker with the same gold whom the crowd confirms is left alone, and nobody is proposed twice.
    """
    employer = await make.rich_employer(world)
    gold = [NewTask(text=f"Control {n}", place_count=2, gold_label="yes") for n in range(20)]
    campaign = await weighed(world, employer, given=[*gold, NewTask(text="Picture", place_count=2)])
    rows = await fetch("select id from task where campaign_id = $1 order by position", campaign)
    *controls, picture = [row["id"] for row in rows]
    careless, careful = await add_worker(world), await add_worker(world)
    for worker, label in ((careless, "no"), (careful, "yes")):
        for task in controls:
            await make.submit(world, worker, await make.claim(world, worker, campaign, task), "no")
        await make.submit(world, worker, await make.claim(world, worker, campaign, picture), label)
    async with transaction():
        agreed = TaskConsensus(task_id=picture, label="yes", answer_count=2, confidence_percent=90)
        await tasks.store_consensus(found=[agreed], aggregator=Aggregator.DAWID_SKENE)

    await operations.propose_unreliable(new_id=world.new_id, now=world.now)
    (found,) = await queries.suspensions_of(member_id=careless, limit=9)
    assert await state_of(careless) is MemberState.RESTRICTED
    assert (found.source, found.state) == (
        SuspensionSource.RELIABILITY,
        SuspensionState.HUMAN_REVIEW,
    )
    assert (found.gold_count, found.gold_right_count, found.agreement_percent) == (20, 0, 10)
    assert len(found.evidence.assignment_ids) == 20
    assert not await queries.suspensions_of(member_id=careful, limit=9)
    await operations.dismiss_suspension(
        staff_id=await add_staff(world, Role.STAFF),
        suspension_id=found.id,
        text=they.TEXT,
        now=world.now,
    )
    await operations.propose_unreliable(new_id=world.new_id, now=world.now)
    assert await state_of(careless) is MemberState.REGISTERED
