"""Rows of law: loaded once, never edited, confirmed once by finance, and missing ones refuse."""

from __future__ import annotations

import asyncio
from datetime import date

import asyncpg
import pytest

from domain.database import execute, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.reference import operations, queries
from domain.reference.rules import ReferenceRule, ReferenceRuleMissing, RuleBook, RuleKey
from tests.make.law import seed_rules
from tests.make.members import add_finance_member, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

ON = date(2026, 1, 1)


async def add(world: World, scope: str, *, revision: int = 1, amount: int = 1) -> RuleKey:
    async with transaction():
        await operations.add_rule(
            rule_kind="test_kind",
            scope=f"{world.name} {scope}",
            valid_from=ON,
            revision=revision,
            value={"amount": amount},
            source="a test",
        )
    return RuleKey(
        rule_kind="test_kind", scope=f"{world.name} {scope}", valid_from=ON, revision=revision
    )


async def test_the_migration_loads_every_row_of_the_files(world: World) -> None:
    """What is in the files is in the database, with its source."""
    assert world
    loaded = {rule.key: rule for rule in await queries.reference_rules()}

    for rule in seed_rules():
        assert loaded[rule.key].value == rule.value
        assert loaded[rule.key].source == rule.source
        assert loaded[rule.key].verified_on == rule.verified_on


async def test_every_member_of_the_union_has_a_rate_since_2020(world: World) -> None:
    """A member without one could not be sold to."""
    assert world
    book = await queries.rule_book(kinds=["vat_rate", "union_member"])
    members = {rule.key.scope for rule in book.rules if rule.key.rule_kind == "union_member"}

    assert len(members) == 28
    for country in members:
        assert book.get("vat_rate", country, date(2020, 1, 1))["basis_points"] > 0
    inside = [each for each in members if book.find("union_member", each, date(2026, 1, 1))]
    assert len(inside) == 27


async def test_the_same_row_again_is_none_and_another_is_an_error(world: World) -> None:
    """A file may grow and be loaded again; a row that says something else needs a revision."""
    await add(world, "same")
    await add(world, "same")

    with pytest.raises(ValueError, match="add a revision"):
        await add(world, "same", amount=2)
    await add(world, "same", amount=2, revision=2)

    book = await queries.rule_book(kinds=["test_kind"])
    assert book.get("test_kind", f"{world.name} same", ON) == {"amount": 2}


@pytest.mark.parametrize(
    "sql",
    [
        "update reference_rule set value = '{}' where rule_kind = 'vat_rate'",
        "update reference_rule set source = 'me' where rule_kind = 'vat_rate'",
        "update reference_rule set verified_on = '2026-01-01' where verified_on is null",
        "delete from reference_rule where rule_kind = 'vat_rate'",
        "truncate reference_rule",
    ],
)
async def test_the_database_refuses_to_edit_law(world: World, sql: str) -> None:
    """Decisions point at these rows for ever."""
    assert world
    with pytest.raises(asyncpg.RestrictViolationError):
        async with transaction():
            await execute(sql)


async def test_finance_confirms_an_unverified_row_once(world: World) -> None:
    """Two at once: one name stands there, and no third changes it."""
    key = await add(world, "confirm")
    people = [await add_finance_member(world) for _ in range(2)]

    outcomes = await asyncio.gather(
        *(
            operations.confirm_rule(actor_id=each, key=key, note=" read it ", now=world.now)
            for each in people
        ),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["InvalidTransition", "NoneType"]
    rule = (await queries.rules_by_key(keys=[key]))[key]
    assert rule.confirmed_by in people
    assert (rule.confirmed_at, rule.confirmed_note) == (world.now, "read it")
    assert not rule.is_unverified
    with pytest.raises(asyncpg.RestrictViolationError):
        async with transaction():
            await execute(
                "update reference_rule set confirmed_by = null, confirmed_at = null,"
                " confirmed_note = null where scope = $1",
                key.scope,
            )


async def test_who_may_not_confirm_and_what_cannot_be(world: World) -> None:
    """A worker, a row that is verified, one that is not there, and a confirmation without why."""
    key = await add(world, "refused")
    finance = await add_finance_member(world)
    verified = next(rule.key for rule in seed_rules() if rule.verified_on)
    unknown = RuleKey(rule_kind="test_kind", scope="nowhere", valid_from=ON, revision=1)

    for actor, rule, note, refusal in (
        (await add_worker(world), key, "why", NotAllowed),
        (finance, key, "  ", InvalidInput),
        (finance, verified, "why", InvalidTransition),
        (finance, unknown, "why", NotFound),
    ):
        with pytest.raises(refusal):
            await operations.confirm_rule(actor_id=actor, key=rule, note=note, now=world.now)


async def test_the_newest_row_not_after_the_day_counts_until_it_ends() -> None:
    """By day and by revision; what has ended has no successor by itself."""

    def row(on: date, *, revision: int = 1, until: date | None = None) -> ReferenceRule:
        key = RuleKey(rule_kind="k", scope="s", valid_from=on, revision=revision)
        return ReferenceRule(
            key=key, valid_to=until, value={"r": revision}, source="a test", verified_on=None
        )

    book = RuleBook(
        [row(ON), row(ON, revision=2), row(date(2027, 1, 1), until=date(2027, 6, 30), revision=7)]
    )

    assert book.find("k", "s", date(2025, 12, 31)) is None
    assert book.get("k", "s", ON) == {"r": 2}
    assert book.get("k", "s", date(2027, 6, 30)) == {"r": 7}
    with pytest.raises(ReferenceRuleMissing):
        book.get("k", "s", date(2027, 7, 1))
