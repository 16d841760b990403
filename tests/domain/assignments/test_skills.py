"""Paid tests: what a worker shows there is a value that other campaigns ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from domain.assignments import operations, queries
from domain.assignments.operations import NotEligible
from domain.assignments.rules import ClaimReason, claim_reasons
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import (
    Audience,
    Category,
    Comparator,
    ConsensusPlan,
    Guard,
    SkillTest,
    Target,
    TargetField,
    Terms,
)
from domain.campaigns.rules.targeting import targeting_problem
from domain.errors import InvalidInput, NotAllowed
from domain.ledger.rules import AccountKind
from domain.members.rules import Role
from domain.skills import operations as skills
from domain.skills import queries as skill_reads
from domain.skills.rules import SkillTerms, skill_problem, value_of
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from tests.make.campaigns import balance, claim, draft, publish, rich_employer, running, submit, usd
from tests.make.members import add_staff, add_worker
from tests.make.world import World

TERMS: Final = SkillTerms(
    name="Cats", description="Tells cats from dogs.", valid_days=30, retake_days=7, attempt_max=2
)
ABLE: Final = Target(field=TargetField.SKILL, comparator=Comparator.GE, numbers=(67,))


async def skill_of(world: World, employer: UUID, terms: SkillTerms = TERMS) -> UUID:
    return await skills.create_skill(
        actor_id=employer, is_of_platform=False, terms=terms, new_id=world.new_id, now=world.now
    )


async def open_test(world: World, employer: UUID, skill: UUID, *, questions: int = 6) -> UUID:
    """An open test of three answers a time: to each question the answer is yes."""
    campaign = await draft(world, employer)
    test = SkillTest(skill_id=skill, answer_count=3)
    plan = ConsensusPlan(labels=("yes", "no"), gold_percent=0, test=test)
    await campaigns.plan_consensus(employer_id=employer, campaign_id=campaign, plan=plan)
    await tasks.add_tasks(
        employer_id=employer,
        campaign_id=campaign,
        tasks=[
            NewTask(text=f"Picture {number}", place_count=9, gold_label="yes")
            for number in range(questions)
        ],
        new_id=world.new_id,
    )
    await campaigns.fund_campaign(
        employer_id=employer,
        campaign_id=campaign,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )
    await publish(world, employer, campaign)
    return campaign


async def answers(world: World, worker: UUID, campaign: UUID, *labels: str) -> None:
    for label in labels:
        await submit(world, worker, await claim(world, worker, campaign), label)
    await operations.weigh_answers(new_id=world.new_id, now=world.now)


async def reasons(world: World, worker: UUID, campaign: UUID) -> tuple[ClaimReason, ...]:
    """The same by the preview and by the claim."""
    found = await queries.claim_facts(
        campaign_ids=[campaign], worker_id=worker, task_id=None, now=world.now
    )
    previewed = claim_reasons(found[campaign])
    with pytest.raises(NotEligible) as refused:
        await claim(world, worker, campaign)
    assert refused.value.reasons == previewed
    return previewed


@pytest.mark.asyncio
async def test_a_paid_test_opens_the_campaigns_that_ask_for_its_skill(world: World) -> None:
    """2.3: three answers make a value, every one is paid, and who is below it is told so."""
    employer = await rich_employer(world)
    skill = await skill_of(world, employer)
    campaign = await open_test(world, employer, skill)
    audience = Audience(targets=(replace(ABLE, skill_id=skill),), guard=Guard.PREVIEW)
    work = await running(world, employer, places=[5, 5], audience=audience)
    able, unable = await add_worker(world), await add_worker(world)

    assert await reasons(world, able, work) == (ClaimReason.SKILL,)
    await answers(world, able, campaign, "yes", "yes", "yes")
    await answers(world, unable, campaign, "yes", "no", "yes")

    (granted,) = await skill_reads.grants_of(worker_id=able)
    assert (granted.skill_id, granted.value, granted.attempt) == (skill, 100, 1)
    assert [each.value for each in await skill_reads.grants_of(worker_id=unable)] == [66]
    assert await claim(world, able, work)
    assert await reasons(world, unable, work) == (ClaimReason.SKILL,)
    assert await balance(AccountKind.WORKER_PENDING, unable) == 3 * usd("0.05").micros
    world.now += timedelta(days=30)
    assert await reasons(world, able, work) == (ClaimReason.LIVE_CLAIM, ClaimReason.SKILL)


@pytest.mark.asyncio
async def test_a_test_is_taken_again_after_a_while_and_not_for_ever(world: World) -> None:
    """A result is due before the next answer, the latest one counts, and there are two."""
    employer = await rich_employer(world)
    skill = await skill_of(world, employer)
    campaign = await open_test(world, employer, skill, questions=9)
    worker = await add_worker(world)
    for label in ("yes", "no", "no"):
        await submit(world, worker, await claim(world, worker, campaign), label)

    assert await reasons(world, worker, campaign) == (ClaimReason.TEST_TAKEN,)
    await operations.weigh_answers(new_id=world.new_id, now=world.now)
    assert await operations.weigh_answers(new_id=world.new_id, now=world.now) == 0
    assert await reasons(world, worker, campaign) == (ClaimReason.TEST_TAKEN,)
    world.now += timedelta(days=7)
    await answers(world, worker, campaign, "yes", "yes", "no")
    world.now += timedelta(days=300)

    assert await reasons(world, worker, campaign) == (ClaimReason.TEST_TAKEN,)
    (granted,) = await skill_reads.grants_of(worker_id=worker)
    assert (granted.value, granted.attempt) == (66, 2)


@pytest.mark.asyncio
async def test_a_skill_is_its_owners_or_everybodys(world: World) -> None:
    """Another employer neither asks for it nor grants it; only staff grant the platform's."""
    employer, other, staff = (
        await rich_employer(world),
        await rich_employer(world),
        await add_staff(world, role=Role.STAFF),
    )
    skill = await skill_of(world, employer)
    ours = await skills.create_skill(
        actor_id=staff,
        is_of_platform=True,
        terms=replace(TERMS, name=f"Ours {world.name}"),
        new_id=world.new_id,
        now=world.now,
    )
    for asked, is_usable in ((skill, False), (ours, True), (world.new_id(), False)):
        audience = Audience(targets=(replace(ABLE, skill_id=asked),))
        if is_usable:
            assert await draft(world, other, audience=audience)
            continue
        with pytest.raises(InvalidInput) as refused:
            await draft(world, other, audience=audience)
        assert refused.value.path == ("targets", "0")
    with pytest.raises(NotAllowed):
        await open_test(world, other, ours)
    with pytest.raises(InvalidInput):
        await open_test(world, other, skill)
    with pytest.raises(NotAllowed):
        await skills.create_skill(
            actor_id=other, is_of_platform=True, terms=TERMS, new_id=world.new_id, now=world.now
        )
    with pytest.raises(InvalidInput) as taken:
        await skill_of(world, employer, replace(TERMS, name="cATS"))
    assert taken.value.path == ("name",)


@pytest.mark.asyncio
async def test_a_test_never_gets_a_limit_per_worker(world: World) -> None:
    """Below its number of answers nobody would ever get a result."""
    employer = await rich_employer(world)
    skill = await skill_of(world, employer)
    campaign = await draft(world, employer)
    plan = ConsensusPlan(labels=("a", "b"), test=SkillTest(skill_id=skill, answer_count=3))
    limited = await draft(world, employer, per_worker_max=2)
    with pytest.raises(InvalidInput):
        await campaigns.plan_consensus(employer_id=employer, campaign_id=limited, plan=plan)
    await campaigns.plan_consensus(employer_id=employer, campaign_id=campaign, plan=plan)
    terms = Terms(title="Cats", category=Category.LABELING, reward=usd("0.05"), per_worker_max=2)
    with pytest.raises(InvalidInput) as refused:
        await campaigns.change_campaign(
            employer_id=employer, campaign_id=campaign, terms=terms, now=world.now
        )
    assert refused.value.path == ("per_worker_max",)


def test_a_clause_about_a_skill_names_it(world: World) -> None:
    """And no other clause names one."""
    skill = world.new_id()
    named = replace(ABLE, skill_id=skill)
    assert targeting_problem([named]) is None
    assert targeting_problem([replace(named, comparator=Comparator.EXISTS, numbers=())]) is None
    assert targeting_problem([ABLE]) is not None
    assert targeting_problem([replace(named, field=TargetField.LEVEL)]) is not None
    assert targeting_problem([replace(named, numbers=())]) is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"description": ""}, "description"),
        ({"description": "a\x07"}, "description"),
        ({"valid_days": 0}, "valid_days"),
        ({"retake_days": -1}, "retake_days"),
        ({"attempt_max": 21}, "attempt_max"),
    ],
)
def test_what_a_skill_may_say(changes: dict[str, str], field: str) -> None:
    """Each rule names the field that breaks it."""
    problem = skill_problem(replace(TERMS, **changes))  # type: ignore[arg-type]  # wrong on purpose
    assert problem is not None
    assert problem[1] == field
    assert skill_problem(replace(TERMS, description="Two\nlines.")) is None


def test_a_value_is_rounded_down() -> None:
    """So that 100 is for who made no mistake."""
    assert [value_of(right_count=n, answer_count=3) for n in range(4)] == [0, 33, 66, 100]
