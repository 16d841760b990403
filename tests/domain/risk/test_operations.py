"""What is found of members makes a person look, and nothing else happens to them by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.access import operations as access
from domain.access.rules import Origin
from domain.assignments import queries as assignments
from domain.assignments.operations import NotEligible
from domain.assignments.rules import ClaimReason
from domain.database import execute, fetch, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.events.queries import events_of_subject
from domain.events.rules import BEGINNING, EventKind
from domain.members import queries as members
from domain.members.rules import MemberState
from domain.notifications.reads import is_mandatory
from domain.risk import operations, queries
from domain.risk.rules import Allowance, RiskMeasure, RiskState, Signal, SignalKind
from domain.suspensions import queries as suspensions
from domain.suspensions.rules import SuspensionState, Work
from domain.tasks.rules import NewTask
from tests.domain.assignments.test_consensus import weighed
from tests.make import campaigns as make
from tests.make import risk as they
from tests.make.events import all_readable
from tests.make.members import add_worker, session_of
from tests.make.payouts import VAULT, House
from tests.make.world import World

pytestmark = pytest.mark.asyncio
TEXT = "Most of the control questions of this week were answered wrongly."
DAY = timedelta(days=1)


async def state_of(member_id: UUID) -> MemberState:
    return (await members.members_by_id(ids=[member_id]))[member_id].state


async def act(
    world: World, staff_id: UUID, member_id: UUID, measure: Allowance | Work, text: str = TEXT
) -> None:
    await operations.act_on_case(
        staff_id=staff_id,
        member_id=member_id,
        text=text,
        measure=measure,
        new_id=world.new_id,
        now=world.now,
    )


async def test_an_account_of_two_members_opens_a_case_of_each(house: House) -> None:
    """C2: each names the other; both go on as before, and nothing is found twice."""
    world, account, payees = house.world, house.world.new_token()[:40], []
    for text in (account, f" {account.upper()}"):
        payee = await house.payee()
        fields = {"account": text, "scenario": "ok"}
        await house.add_destination(payee.id, payee.session, fields=fields)
        payees.append(payee.id)
    await operations.look_for_signals(new_id=world.new_id, now=world.now)
    await operations.look_for_signals(new_id=world.new_id, now=world.now)

    for one, other in (payees, payees[::-1]):
        case = await they.case_of(one)
        (signal,) = case.signals
        assert (case.state, case.score) == (RiskState.OPEN, 60)
        assert (signal.kind, signal.other_id) == (SignalKind.PAYEE_SHARED, other)
        assert await state_of(one) is MemberState.REGISTERED


async def test_an_address_of_a_few_is_a_sign_and_one_of_many_is_none(world: World) -> None:
    """C2, R27: alone it is too little to look at; schools and providers are many members. Who
    has left is not found, or those who left would fill the list of each night.
    """

    async def sign_in(member_id: UUID, address: str) -> None:
        await access.note_fingerprint(
            signed_in=await session_of(world, member_id),
            origin=Origin(address=address, browser="", language=""),
            vault=VAULT,
            now=world.now,
        )

    one, other, gone = [await add_worker(world) for _ in range(3)]
    school = [await add_worker(world) for _ in range(queries.ADDRESS_MEMBERS_MAX + 1)]
    home, campus = world.new_token(), world.new_token()
    for member in (one, other, gone):
        await sign_in(member, home)
    for member in school:
        await sign_in(member, campus)
    async with transaction():
        await execute("update member set state = 'closed' where id = $1", gone)
    found = await queries.found_signals(kind=SignalKind.ADDRESS_SHARED, now=world.now)
    await operations.look_for_signals(new_id=world.new_id, now=world.now)

    assert gone not in {each.member_id for each in found}
    for member in (one, other):
        case = await they.case_of(member)
        assert (case.state, case.score) == (RiskState.SIGNALLED, 20)
    assert [await queries.risk_cases_of(member_id=each, limit=1) for each in school] == [[]] * 6


async def test_haste_and_wrong_control_answers_add_up(world: World) -> None:
    """C2, R27: of two who are careless the one who is also hasty is looked at; who works as
    others do has no case. The evidence is the work itself, and it is found once.
    """
    employer = await make.rich_employer(world)
    gold = [NewTask(text=f"Control {n}", place_count=6, gold_label="yes") for n in range(10)]
    campaign = await weighed(world, employer, given=gold)
    rows = await fetch("select id from task where campaign_id = $1 order by position", campaign)
    careful = [await add_worker(world) for _ in range(4)]
    careless, hasty = await add_worker(world), await add_worker(world)

    async def answer(worker: UUID, count: int, label: str, seconds: int) -> None:
        for row in rows[:count]:
            assignment = await make.claim(world, worker, campaign, row["id"])
            world.now += timedelta(seconds=seconds)
            await make.submit(world, worker, assignment, label)

    for worker in careful:
        await answer(worker, 5, "yes", 60)
    await answer(careless, 5, "no", 60)
    await answer(hasty, 10, "no", 2)
    for _ in range(2):
        await operations.look_for_signals(new_id=world.new_id, now=world.now)

    found = await they.case_of(hasty)
    assert (found.state, found.score) == (RiskState.OPEN, 60)
    assert {each.kind for each in found.signals} == {SignalKind.CONTROLS_FAILED, SignalKind.HASTE}
    assert [len(each.assignment_ids) for each in found.signals] == [10, 10]
    alone = await they.case_of(careless)
    assert (alone.state, alone.score) == (RiskState.SIGNALLED, 30)
    assert [await queries.risk_cases_of(member_id=each, limit=1) for each in careful] == [[]] * 4


async def test_a_person_who_has_looked_decides(world: World) -> None:
    """Not the member, nobody who has not taken it, and no row without a person; what was cleared
    makes nobody look again, something new begins a new case.
    """
    member = (await they.suspect(world)).id
    first = await they.taken(world, member)
    second = await they.taken(world, member)
    for nobody in (first, member, await add_worker(world)):
        with pytest.raises(NotAllowed):
            await operations.clear_case(staff_id=nobody, member_id=member, text=TEXT, now=world.now)
    with pytest.raises(Exception, match="decided_by_a_person"):
        async with transaction():
            await execute("update risk_case set state = 'cleared' where member_id = $1", member)
    with pytest.raises(InvalidInput):
        await operations.clear_case(staff_id=second, member_id=member, text="No.", now=world.now)
    await operations.clear_case(staff_id=second, member_id=member, text=TEXT, now=world.now)
    case = await they.case_of(member)
    (known,) = case.signals
    again, new = (
        Signal(member_id=member, kind=known.kind, about=about, other_id=second)
        for about in (str(known.other_id), str(second))
    )

    async def note(signal: Signal) -> bool:
        return await operations.note_signals(
            member_id=member, signals=[signal], new_id=world.new_id, now=world.now + DAY
        )

    assert (case.state, case.decision) == (RiskState.CLEARED, TEXT)
    assert [await note(each) for each in (again, new, new)] == [False, True, False]
    assert (await they.case_of(member)).state is RiskState.OPEN


async def test_fewer_claims_a_day_until_a_date(world: World) -> None:
    """The preview and the claim say the same, the member reads why, and it ends by itself."""
    suspect = await they.suspect(world)
    staff = await they.taken(world, suspect.id)
    employer = await make.rich_employer(world)
    one, another = [await make.running(world, employer) for _ in range(2)]
    forever = Allowance(claims_per_day=2, ends_at=world.now + 400 * DAY)
    with pytest.raises(InvalidInput):
        await act(world, staff, suspect.id, forever)
    await act(world, staff, suspect.id, Allowance(claims_per_day=2, ends_at=world.now + 2 * DAY))
    await make.claim(world, suspect.id, one)  # the first of the day was paid already
    with pytest.raises(NotEligible) as refused:
        await make.claim(world, suspect.id, another)
    facts = await assignments.claim_facts(
        campaign_ids=[another], worker_id=suspect.id, task_id=None, now=world.now
    )
    told = await assignments.allowance_of(member_id=suspect.id, now=world.now)
    world.now += DAY
    await make.claim(world, suspect.id, another)

    assert refused.value.reasons == (ClaimReason.ALLOWANCE_USED,)
    assert facts[another].is_allowance_used
    assert told is not None and (told.claims_per_day, told.reasons) == (2, TEXT)
    assert (await they.case_of(suspect.id)).measure is RiskMeasure.CLAIM_ALLOWANCE
    world.now += DAY
    assert await assignments.allowance_of(member_id=suspect.id, now=world.now) is None
    with pytest.raises(NotFound):
        await act(world, staff, suspect.id, suspect.work)


async def test_whoever_may_claim_less_is_told_each_time(world: World) -> None:
    """A soft measure is none that works in silence: an event of the member's own, and the letter
    that nobody can refuse.
    """
    suspect = await they.suspect(world)
    for claims in (5, 2):
        staff = await they.taken(world, suspect.id)
        allowance = Allowance(claims_per_day=claims, ends_at=world.now + 2 * DAY)
        await act(world, staff, suspect.id, allowance)
        more = Signal(
            member_id=suspect.id, kind=SignalKind.PAYEE_SHARED, about=str(staff), other_id=staff
        )
        await operations.note_signals(
            member_id=suspect.id, signals=[more], new_id=world.new_id, now=world.now
        )

    await all_readable()
    told = await events_of_subject(subject_id=suspect.id, at=BEGINNING, limit=10)
    assert [(each.kind, each.member_id) for each in told] == [
        (EventKind.ALLOWANCE_SET, suspect.id)
    ] * 2
    assert is_mandatory(EventKind.ALLOWANCE_SET)


async def test_a_suspension_is_proposed_for_another_person(world: World) -> None:
    """3.19: a case never suspends; one about no work of the member is refused whole."""
    suspect = await they.suspect(world)
    staff = await they.taken(world, suspect.id)
    with pytest.raises(InvalidInput):
        await act(world, staff, suspect.id, Work(assignment_ids=(world.new_id(),)))
    assert (await they.case_of(suspect.id)).state is RiskState.IN_REVIEW
    await act(world, staff, suspect.id, suspect.work)

    case = await they.case_of(suspect.id)
    (proposed,) = await suspensions.suspensions_of(member_id=suspect.id, limit=1)
    assert (case.state, case.suspension_id) == (RiskState.ACTIONED, proposed.id)
    assert (proposed.state, proposed.grounds) == (SuspensionState.HUMAN_REVIEW, TEXT)
    assert await state_of(suspect.id) is MemberState.RESTRICTED


async def test_what_was_found_goes_with_the_member_unless_somebody_looks(world: World) -> None:
    """P25: an open case keeps its signals; the rest goes with the erasure."""
    member = (await they.suspect(world)).id
    async with transaction():
        assert await operations.forget_signals(member_id=member) == {}
    staff = await they.taken(world, member)
    await operations.clear_case(staff_id=staff, member_id=member, text=TEXT, now=world.now)
    async with transaction():
        assert await operations.forget_signals(member_id=member) == {"risk_signal": 1}
    assert (await they.case_of(member)).signals == ()


async def test_nobody_takes_a_case_that_is_too_little_to_look_at(world: World) -> None:
    """R27: below 60 nothing waits for a person."""
    member, other = await add_worker(world), await add_worker(world)
    found = Signal(member_id=member, kind=SignalKind.SELF_REFERRAL, about="r", other_id=other)
    await operations.note_signals(
        member_id=member, signals=[found], new_id=world.new_id, now=world.now
    )
    with pytest.raises(InvalidTransition):
        await they.taken(world, member)
