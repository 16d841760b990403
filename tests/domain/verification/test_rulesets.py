"""Rules by two people, never edited, found by country, region, role and entity."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.database import execute, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, SecondPersonNeeded
from domain.members.rules import Role
from domain.verification import operations, queries
from domain.verification.provider import CheckKind, Entity
from domain.verification.rules import (
    CheckRule,
    NotReadable,
    PaymentFacts,
    Requirement,
    Rule,
    Ruleset,
    RulesetState,
    When,
    deciding,
    read_ruleset,
    required_level,
)
from tests.make.ask import counted_statements
from tests.make.members import add_finance_member, add_worker
from tests.make.verifications import Office, by
from tests.make.world import World

LEVELS = {2: (by(CheckKind.DOCUMENT, "a", "b"),)}
GOOD = Rule(name="all", levels=LEVELS)
WRONG_RULES: dict[str, dict[str, Any]] = {
    "no level": {"levels": {}},
    "a level of nobody": {"levels": {4: LEVELS[2]}},
    "a check twice": {"levels": {2: LEVELS[2] * 2}},
    "an empty level": {"levels": {1: ()}},
    "nobody answers": {"levels": {1: (by(CheckKind.AGE),)}},
    "somebody twice": {"levels": {1: (by(CheckKind.AGE, "a", "a"),)}},
    "no verifier's name": {"levels": {1: (by(CheckKind.AGE, "A b"),)}},
    "an empty name": {"name": ""},
    "no country": {"when": When(country="ZZ")},
    "no region": {"when": When(region="Narnia")},
    "no attempt": {"attempts_max": 0},
    "a check for ever": {"levels": {1: (by(CheckKind.AGE, "a", recheck_days=0),)}},
}
WRONG_NEEDS: dict[str, dict[str, Any]] = {
    "level 0": {"level": 0},
    "level 4": {"level": 4},
    "an amount without a currency": {"amount_from_micros": 1},
    "an amount below zero": {"currency": "EUR", "year_from_micros": -1},
    "no currency": {"currency": "euro"},
    "no provider": {"provider": "A B"},
    "no such region": {"region": "Narnia"},
}


async def draft(world: World, author: Any, *rules: Rule, needs: Any = ()) -> int:
    return await operations.draft_ruleset(
        author_id=author,
        rules=rules,
        requirements=needs,
        effective_from=world.now,
        note="why",
        new_id=world.new_id,
        now=world.now,
    )


@pytest.mark.asyncio
async def test_two_people_make_a_ruleset(world: World) -> None:
    """It decides once the second has approved it, and is read back as it was written."""
    author, approver = await add_finance_member(world), await add_finance_member(world)
    rule = Rule(
        name="EU businesses",
        when=When(region="EU", role=Role.WORKER, entity=Entity.BUSINESS),
        levels={3: (CheckRule(check=CheckKind.VAT_ACTIVE, by=("vies",), recheck_days=30),)},
        attempts_max=5,
        retry_hours=1,
    )
    need = Requirement(
        name="large", level=3, region="EU", currency="EUR", amount_from_micros=1, provider="bank"
    )
    version = await draft(world, author, rule, needs=(need,))
    before = (await queries.ruleset_at(world.now)).version
    with pytest.raises(SecondPersonNeeded):
        await operations.approve_ruleset(version=version, approver_id=author, now=world.now)
    await operations.approve_ruleset(version=version, approver_id=approver, now=world.now)
    found = await queries.ruleset_at(world.now)
    record = await queries.ruleset_record(version)
    await operations.withdraw_ruleset(version=version, member_id=author, now=world.now)

    assert before != version
    assert (found.version, found.rules, found.requirements) == (version, (rule,), (need,))
    assert record is not None and record.state is RulesetState.APPROVED
    assert (await queries.rulesets())[0].state is RulesetState.WITHDRAWN
    assert (await queries.ruleset_at(world.now)).version == before
    with pytest.raises(InvalidTransition):
        await operations.withdraw_ruleset(version=version, member_id=author, now=world.now)
    with pytest.raises(NotFound):
        await operations.approve_ruleset(version=10**6, approver_id=author, now=world.now)


@pytest.mark.asyncio
@pytest.mark.parametrize("how", WRONG_RULES)
async def test_a_rule_that_says_nothing_sensible_is_refused(world: World, how: str) -> None:
    """With the place of the fault."""
    author = await add_finance_member(world)
    wrong = Rule(**{"name": "x", "levels": LEVELS, **WRONG_RULES[how]})

    with pytest.raises(InvalidInput) as refused:
        await draft(world, author, GOOD, wrong)

    assert refused.value.path == ("rules", "1")


@pytest.mark.asyncio
@pytest.mark.parametrize("how", WRONG_NEEDS)
async def test_a_requirement_that_says_nothing_sensible_is_refused(world: World, how: str) -> None:
    """With the place of the fault."""
    author = await add_finance_member(world)
    wrong = Requirement(**{"name": "x", "level": 1, **WRONG_NEEDS[how]})

    with pytest.raises(InvalidInput) as refused:
        await draft(world, author, GOOD, needs=(wrong,))

    assert refused.value.path == ("requirements", "0")


@pytest.mark.asyncio
async def test_only_finance_writes_and_nobody_edits(world: World) -> None:
    """Not even who holds the database."""
    author = await add_finance_member(world)
    with pytest.raises(NotAllowed):
        await draft(world, await add_worker(world), GOOD)
    with pytest.raises(InvalidInput):
        await draft(world, author)
    version = await draft(world, author, GOOD)

    for statement in (
        "update verification_ruleset set note = 'x' where version = $1",
        "update verification_rule set name = 'x' where version = $1",
        "delete from verification_ruleset where version = $1",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with transaction():
                await execute(statement, version)


def test_the_first_rule_whose_conditions_hold_decides() -> None:
    """All that is said must be so."""
    eu_business = Rule(name="1", when=When(region="EU", entity=Entity.BUSINESS), levels=LEVELS)
    german_staff = Rule(name="2", when=When(country="DE", role=Role.STAFF), levels=LEVELS)
    rest = Rule(name="3", levels=LEVELS)
    ruleset = Ruleset(
        rules=(eu_business, german_staff, rest), regions={"EU": frozenset({"DE", "FR"})}
    )

    def name(country: str, entity: Entity = Entity.PERSON, *roles: Role) -> str:
        rule = deciding(ruleset, country=country, roles=roles, entity=entity)
        return "" if rule is None else rule.name

    assert name("FR", Entity.BUSINESS) == "1"
    assert name("FR") == "3"
    assert name("DE", Entity.PERSON, Role.STAFF) == "2"
    assert name("US", Entity.BUSINESS) == "3"
    assert deciding(Ruleset(), country="DE", roles=(), entity=Entity.PERSON) is None


_needs = st.builds(
    Requirement,
    name=st.just("x"),
    level=st.integers(1, 3),
    country=st.sampled_from([None, "DE", "PH"]),
    region=st.sampled_from([None, "EU"]),
    currency=st.just("EUR"),
    amount_from_micros=st.sampled_from([None, 0, 10, 20]),
    year_from_micros=st.sampled_from([None, 15, 30]),
    provider=st.sampled_from([None, "bank"]),
)


@given(
    st.lists(_needs, max_size=5),
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from(["DE", "PH"]),
)
def test_more_money_never_needs_less(
    needs: list[Requirement], amount: int, more: int, country: str
) -> None:
    """The highest of all that apply; a further requirement never lowers it."""
    ruleset = Ruleset(requirements=tuple(needs), regions={"EU": frozenset({"DE"})})

    def required(micros: int, given: Ruleset = ruleset) -> int:
        facts = PaymentFacts(
            country=country,
            currency="EUR",
            amount_micros=micros,
            year_micros=micros,
            provider="bank",
        )
        return required_level(given, facts)

    assert required(amount) <= required(amount + more)
    fewer = Ruleset(requirements=tuple(needs[1:]), regions=ruleset.regions)
    assert required(amount, fewer) <= required(amount)


@pytest.mark.asyncio
async def test_an_office_leaves_no_rules_behind(office: Office, world: World) -> None:
    """The fixture itself: other tests must not meet these rules."""
    before = (await queries.ruleset_at(world.now)).version
    await office.rules(LEVELS)
    during = (await queries.ruleset_at(world.now)).version
    await office.close()
    office.versions.clear()

    assert during != before
    assert (await queries.ruleset_at(world.now)).version == before


WRITTEN = """
    [[verification]]
    name = "US workers"
    when.country = "US"
    when.role = "worker"
    level.2 = [{ check = "DOCUMENT", by = ["stripe_identity", "document"] }]
    level.3 = [
        { check = "TAX_ID_FORMAT", by = ["tax_ids"] },
        { check = "TAX_ID_ISSUED", by = ["irs"], recheck_days = 365, outage_days = 60 },
    ]

    [[verification]]
    name = "EU businesses"
    when.region = "EU"
    when.entity = "business"
    attempts_max = 5
    level.3 = [{ check = "VAT_ACTIVE", by = ["vies"] }]

    [[required]]
    name = "large"
    level = 2
    when.currency = "EUR"
    when.amount_from_micros = 1000000000
"""


def test_rules_are_written_as_toml() -> None:
    """As the design shows them; words in capitals or not."""
    rules, requirements = read_ruleset(WRITTEN)

    assert [each.name for each in rules] == ["US workers", "EU businesses"]
    assert rules[0].when == When(country="US", role=Role.WORKER)
    assert rules[0].levels[2][0].by == ("stripe_identity", "document")
    assert rules[0].levels[3][1] == by(
        CheckKind.TAX_ID_ISSUED, "irs", recheck_days=365, outage_days=60
    )
    assert rules[1].when.entity is Entity.BUSINESS
    assert rules[1].attempts_max == 5
    assert requirements == [
        Requirement(name="large", level=2, currency="EUR", amount_from_micros=1_000_000_000)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[[verification]",
        "[[verification]]\nname = 1\nlevel.1 = []",
        "[[verification]]\nname = 'x'\nlevel.one = []",
        "[[verification]]\nname = 'x'\nlevel.1 = [{ check = 'BLOOD', by = ['a'] }]",
        "[[verification]]\nname = 'x'\ncolour = 'blue'\nlevel.1 = []",
        "[[required]]\nname = 'x'\nlevel = '2'",
        "#" * 100_001,
    ],
)
def test_what_cannot_be_read_says_where(text: str) -> None:
    """A misspelt key is no condition that is left out."""
    with pytest.raises(NotReadable):
        read_ruleset(text)


@given(st.text(max_size=200))
def test_no_text_does_anything_else(text: str) -> None:
    """It is read or refused."""
    try:
        read_ruleset(text)
    except NotReadable:
        return


@pytest.mark.asyncio
async def test_twenty_rulesets_are_read_as_cheaply_as_one(world: World) -> None:
    """A statement per ruleset would make the list slower with every change of the rules."""
    author = await add_finance_member(world)
    counts = []
    for _ in range(2):
        version = await draft(world, author, GOOD)
        async with counted_statements() as sent:
            found = await queries.rulesets()
        counts.append(len(sent))
        assert found[0].version == version and found[0].ruleset.rules == (GOOD,)

    assert counts[0] == counts[1] <= 4
