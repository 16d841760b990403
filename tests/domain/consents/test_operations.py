"""Versions of policies, consents, and what waits for them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from domain.assignments.operations import NotEligible
from domain.assignments.queries import claim_facts
from domain.assignments.rules import ClaimReason, claim_reasons
from domain.campaigns.operations import publish_campaign
from domain.consents import queries
from domain.consents.operations import (
    ConsentRequired,
    PolicyOutdated,
    PolicyTooSoon,
    draft_policy,
    give_consent,
    post_policy,
    tell_of_policy,
)
from domain.consents.rules import MATERIAL_NOTICE, DataRegion, PolicyKind, PolicyState
from domain.database import execute, fetch, fetch_value, transaction
from domain.errors import (
    InvalidInput,
    InvalidTransition,
    NotAllowed,
    NotFound,
    SecondPersonNeeded,
)
from domain.members.rules import Role
from tests.make.campaigns import claim, funded, rich_employer, running, submit
from tests.make.members import add_staff, add_worker
from tests.make.policies import policy_draft, posted
from tests.make.world import World

pytestmark = pytest.mark.asyncio
SECOND = timedelta(seconds=1)


async def test_who_has_not_agreed_finishes_work_and_takes_no_more(policies: World) -> None:
    """P15: at the instant of its effect the preview and the claim say so, and a consent ends it."""
    world = policies
    employer_id, worker_id = await rich_employer(world), await add_worker(world)
    campaign_id, other_id = [await running(world, employer_id) for _ in range(2)]
    claimed_id = await claim(world, worker_id, campaign_id)
    first_id = await posted(world, after=SECOND)

    before = await _obstacles(world, worker_id, other_id)
    world.now += SECOND
    during = await _obstacles(world, worker_id, other_id)
    with pytest.raises(NotEligible) as refused:
        await claim(world, worker_id, other_id)
    await submit(world, worker_id, claimed_id)
    await give_consent(member_id=worker_id, version_id=first_id, language="de", now=world.now)
    await give_consent(member_id=worker_id, version_id=first_id, language="de", now=world.now)

    assert (before, during) == ((), (ClaimReason.POLICY,))
    assert refused.value.reasons == (ClaimReason.POLICY,)
    assert await claim(world, worker_id, other_id)
    (consent,) = await queries.consents_of(member_id=worker_id, limit=5)
    assert (consent.version_id, consent.language, consent.given_at) == (first_id, "de", world.now)
    assert consent.data_regions == (DataRegion.EU,)


async def _obstacles(world: World, worker_id: UUID, campaign_id: UUID) -> tuple[ClaimReason, ...]:
    facts = await claim_facts(
        campaign_ids=[campaign_id], worker_id=worker_id, task_id=None, now=world.now
    )
    return claim_reasons(facts[campaign_id])


async def test_nothing_is_published_without_a_consent(policies: World) -> None:
    """The money stays where it is, and the draft can be published a moment later."""
    world = policies
    employer_id = await rich_employer(world)
    campaign_id = await funded(world, employer_id)
    version_id = await posted(world, kind=PolicyKind.PRIVACY)
    publish = partial(
        publish_campaign, employer_id=employer_id, campaign_id=campaign_id, ends_at=None
    )

    with pytest.raises(ConsentRequired):
        await publish(now=world.now)
    await give_consent(member_id=employer_id, version_id=version_id, language="en", now=world.now)
    await publish(now=world.now)


async def test_each_material_version_is_agreed_to_anew(policies: World) -> None:
    """P15: also ahead of its effect; what is not material asks for nothing."""
    world = policies
    member_id = await add_worker(world)
    first_id = await posted(world)
    await give_consent(member_id=member_id, version_id=first_id, language="en", now=world.now)
    await posted(world, is_material=False)
    third_id = await posted(world, after=MATERIAL_NOTICE)
    told = await queries.policies_asked(member_id=member_id, now=world.now, limit=5)
    was_free = not await queries.lacks_consent(member_id=member_id, now=world.now)
    world.now += MATERIAL_NOTICE
    is_stopped = await queries.lacks_consent(member_id=member_id, now=world.now)
    with pytest.raises(PolicyOutdated):
        await give_consent(member_id=member_id, version_id=first_id, language="en", now=world.now)
    await give_consent(member_id=member_id, version_id=third_id, language="en", now=world.now)

    assert [(each.version, each.state) for each in told] == [(3, PolicyState.POSTED)]
    assert was_free and is_stopped
    assert not await queries.lacks_consent(member_id=member_id, now=world.now)
    assert len(await queries.consents_of(member_id=member_id, limit=5)) == 2


async def test_a_material_change_is_refused_a_second_too_early(policies: World) -> None:
    """P29, A11: counted from when the second person posts it, and held by the database as well."""
    world = policies
    author_id, second_id = [await add_staff(world, Role.STAFF) for _ in range(2)]
    await posted(world)
    write = partial(draft_policy, staff_id=author_id, kind=PolicyKind.TERMS, new_id=world.new_id)
    draft = policy_draft(world.later(MATERIAL_NOTICE))

    with pytest.raises(PolicyTooSoon):
        await write(draft=draft, now=world.later(SECOND))
    version_id = await write(draft=draft, now=world.now)
    with pytest.raises(PolicyTooSoon):
        await post_policy(staff_id=second_id, version_id=version_id, now=world.later(SECOND))
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction():
            await execute(
                "update policy_version set posted_by = $2, posted_at = $3 where id = $1",
                version_id,
                second_id,
                world.later(SECOND),
            )
    await post_policy(staff_id=second_id, version_id=version_id, now=world.now)
    with pytest.raises(PolicyTooSoon):  # it would be over before it began
        await write(draft=policy_draft(world.now, is_material=False), now=world.now)


async def test_two_of_the_staff_post_a_version(policies: World) -> None:
    """Nobody alone, nobody twice, and nobody who read another draft than the one that waits."""
    world = policies
    author_id, second_id = [await add_staff(world, Role.STAFF) for _ in range(2)]
    worker_id = await add_worker(world)
    draft = policy_draft(world.now)
    replaced_id, version_id = [
        await draft_policy(
            staff_id=author_id,
            kind=PolicyKind.TERMS,
            draft=draft,
            new_id=world.new_id,
            now=world.now,
        )
        for _ in range(2)
    ]

    for staff_id, id_, refusal in (
        (author_id, version_id, SecondPersonNeeded),
        (worker_id, version_id, NotAllowed),
        (second_id, replaced_id, NotFound),
    ):
        with pytest.raises(refusal):
            await post_policy(staff_id=staff_id, version_id=id_, now=world.now)
    hidden = await queries.policy_versions_by_id(
        ids=[version_id], viewer_id=worker_id, now=world.now
    )
    with pytest.raises(NotFound):
        await give_consent(member_id=worker_id, version_id=version_id, language="en", now=world.now)
    await post_policy(staff_id=second_id, version_id=version_id, now=world.now)
    with pytest.raises(InvalidTransition):
        await post_policy(staff_id=second_id, version_id=version_id, now=world.now)
    with pytest.raises(InvalidInput):
        await give_consent(member_id=worker_id, version_id=version_id, language="fr", now=world.now)

    assert hidden == {}


async def test_members_are_told_of_a_version_once(policies: World) -> None:
    """P29: however often the job runs; who came later is asked, not told."""
    world = policies
    member_id = await add_worker(world)
    world.now += SECOND
    version_id = await posted(world)
    late_id = await add_worker(world)

    while await tell_of_policy(version_id=version_id, now=world.now):
        pass

    kinds = "select kind from event where subject_id = $1 and member_id = $2"
    assert [row["kind"] for row in await fetch(kinds, version_id, member_id)] == ["policy_posted"]
    assert await fetch(kinds, version_id, late_id) == []
    waiting = "select count(*) from jobs.pgqueuer where entrypoint = 'policy_tell'"
    assert await fetch_value(waiting) > 0


@pytest.mark.parametrize(
    "sql",
    [
        "update policy_version set note = 'other'",
        "delete from policy_version",
        "update consent set given_at = given_at - interval '1 day'",
        "delete from consent",
    ],
)
async def test_what_was_posted_and_agreed_stays(policies: World, sql: str) -> None:
    """P15: whoever has agreed can show to what, and when."""
    world = policies
    version_id, member_id = await posted(world), await add_worker(world)
    await give_consent(member_id=member_id, version_id=version_id, language="en", now=world.now)

    with pytest.raises(asyncpg.PostgresError):
        async with transaction():
            await execute(sql)
