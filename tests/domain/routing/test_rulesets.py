"""Rulesets: written by one, approved by another, in force from their day, never edited."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, transaction
from domain.errors import (
    InvalidInput,
    InvalidTransition,
    NotAllowed,
    NotFound,
    SecondPersonNeeded,
)
from domain.routing import operations, queries
from domain.routing.provider import FeePayer, Rail
from domain.routing.rules import Rule, Ruleset, RulesetState, Schedule, When
from tests.make.members import add_finance_member, add_worker
from tests.make.routing import in_force
from tests.make.world import World

pytestmark = pytest.mark.asyncio

WHOLE = Rule(
    name="whole",
    when=When(
        country="DE",
        region="SEPA",
        destination_country="FR",
        currency="EUR",
        amount_from_micros=1,
        amount_to_micros=2,
        destination_kind="sepa_iban",
        rail=Rail.BANK_SEPA,
        level=2,
        member_age_days=30,
        legal_entity="PCR",
    ),
    providers=("b", "a"),
    router="first",
    minimum_micros=10_000_000,
    max_fee_basis_points=150,
    fee_payer=FeePayer.MEMBER,
    schedule=Schedule.WEEKLY,
    hold_hours=48,
)
REST = Rule(name="rest", providers=("c",))


async def draft(
    world: World, author: UUID, *rules: Rule, after: timedelta = timedelta(0), note: str = "why"
) -> int:
    return await operations.draft_ruleset(
        author_id=author,
        rules=rules,
        effective_from=world.now + after,
        note=note,
        new_id=world.new_id,
        now=world.now,
    )


async def test_what_was_written_decides_as_written(world: World) -> None:
    """Every condition and every result, in its order."""
    async with in_force(world, WHOLE, REST) as version:
        found = await queries.ruleset_at(world.now)

    assert found.rules == (WHOLE, REST)
    assert found.version == version
    assert {"DE", "FR"} <= found.regions["SEPA"]
    assert await queries.ruleset_at(world.now) == Ruleset()


async def test_one_person_alone_changes_nothing(world: World) -> None:
    """Not in the operation, and not in the database either."""
    author = await add_finance_member(world)
    version = await draft(world, author, REST)

    with pytest.raises(SecondPersonNeeded):
        await operations.approve_ruleset(version=version, approver_id=author, now=world.now)
    with pytest.raises(asyncpg.CheckViolationError, match="four_eyes"):
        async with transaction():
            await execute(
                "update routing_ruleset set state = 'approved', approver_id = author_id,"
                " approved_at = now() where version = $1",
                version,
            )

    assert (await queries.ruleset_at(world.now)).version is None


async def test_it_begins_on_its_day_and_the_newest_wins(world: World) -> None:
    """One that is not effective yet decides nothing."""
    author, approver = await add_finance_member(world), await add_finance_member(world)
    async with in_force(world, REST) as first:
        second = await draft(world, author, WHOLE, after=timedelta(days=1))
        await operations.approve_ruleset(version=second, approver_id=approver, now=world.now)

        versions = [
            (await queries.ruleset_at(world.now + after)).version
            for after in (timedelta(hours=23), timedelta(days=1))
        ]
        await operations.withdraw_ruleset(version=second, member_id=author, now=world.now)
        after_all = (await queries.ruleset_at(world.now + timedelta(days=2))).version

    assert versions == [first, second]
    assert after_all == first


@pytest.mark.parametrize(
    "change",
    [
        "update routing_ruleset set note = 'else' where version = $1",
        "update routing_ruleset set state = 'draft' where version = $1",
        "update routing_ruleset set effective_from = now() where version = $1",
        "update routing_rule set providers = '{x}' where version = $1",
        "delete from routing_rule where version = $1",
        "delete from routing_ruleset where version = $1",
    ],
)
async def test_nobody_edits_one(world: World, change: str) -> None:
    """Whoever wants other rules writes another version."""
    async with in_force(world, REST) as version:
        with pytest.raises(asyncpg.PostgresError, match=r"append-only|never edited"):
            async with transaction():
                await execute(change, version)


async def test_it_tells_who_did_what(world: World) -> None:
    """The audit of a decision about money begins with its author."""
    author, approver, stopper = [await add_finance_member(world) for _ in range(3)]
    version = await draft(world, author, REST)
    await operations.approve_ruleset(version=version, approver_id=approver, now=world.now)
    await operations.withdraw_ruleset(version=version, member_id=stopper, now=world.now)

    found = await queries.ruleset_record(version)

    assert found is not None
    assert (found.state, found.author_id, found.approver_id, found.withdrawn_by) == (
        RulesetState.WITHDRAWN,
        author,
        approver,
        stopper,
    )
    assert found.rules == (REST,)
    assert version in {each.version for each in await queries.rulesets()}
    with pytest.raises(InvalidTransition):
        await operations.approve_ruleset(version=version, approver_id=approver, now=world.now)
    with pytest.raises(NotFound):
        await operations.withdraw_ruleset(version=10**6, member_id=stopper, now=world.now)


async def test_nonsense_is_refused_with_its_place(world: World) -> None:
    """Nothing is kept of it."""
    author = await add_finance_member(world)

    with pytest.raises(InvalidInput) as refusal:
        await draft(world, author, REST, Rule(name="no providers"))
    with pytest.raises(InvalidInput, match="past"):
        await draft(world, author, REST, after=-timedelta(hours=1))
    with pytest.raises(InvalidInput, match="1 to 50 rules"):
        await draft(world, author)
    with pytest.raises(InvalidInput, match="no control characters"):
        await draft(world, author, REST, note="a\0b")

    assert refusal.value.path == ("rules", "1")


async def test_only_finance_writes_approves_and_withdraws(world: World) -> None:
    """Rules decide about everybody's money."""
    author, worker = await add_finance_member(world), await add_worker(world)
    version = await draft(world, author, REST)

    with pytest.raises(NotAllowed):
        await draft(world, worker, REST)
    with pytest.raises(NotAllowed):
        await operations.approve_ruleset(version=version, approver_id=worker, now=world.now)
    with pytest.raises(NotAllowed):
        await operations.withdraw_ruleset(version=version, member_id=worker, now=world.now)
