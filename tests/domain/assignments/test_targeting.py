"""For whom a campaign is: lists, the preview of a claim and the claim itself say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Final
from uuid import UUID

import pytest

from domain.assignments import operations, queries
from domain.assignments.operations import NotEligible
from domain.assignments.rules import ClaimReason, claim_reasons
from domain.campaigns import queries as campaigns
from domain.campaigns.operations import change_campaign
from domain.campaigns.rules import (
    Audience,
    Category,
    Comparator,
    ContentRating,
    Guard,
    Target,
    TargetField,
    Terms,
)
from domain.campaigns.rules.targeting import targeting_problem
from domain.database import execute, fetch, fetch_value, transaction
from domain.errors import NotFound
from domain.filters import Comparison, Operator
from domain.members import operations as members
from domain.members.rules import Device, Mark, WorkPreferences, age_on
from domain.paging import Page
from tests.make.campaigns import claim, draft, rich_employer, running, usd
from tests.make.members import add_worker
from tests.make.world import World

CODES: Final = {
    TargetField.COUNTRY: ("DE", "PH", "KE"),
    TargetField.LANGUAGE: ("de", "en", "sw"),
    TargetField.DEVICE: tuple(Device),
}
ASKING: Final = (Comparator.EXISTS, Comparator.NOT_EXISTS)
LISTING: Final = (Comparator.IN, Comparator.NOT_IN)
ORDERINGS: Final = (
    Comparator.LT, Comparator.LE, Comparator.GT, Comparator.GE, Comparator.EQ, Comparator.NE,
)  # fmt: skip
GERMANS: Final = Target(field=TargetField.COUNTRY, comparator=Comparator.IN, codes=("DE",))
WANTS_ADULT: Final = WorkPreferences(wants_adult=True)


def random_target(chance: Random) -> Target:
    field = chance.choice([each for each in TargetField if each is not TargetField.SKILL])
    if field is TargetField.FAVOURITE:
        return Target(field=field, comparator=chance.choice(ASKING))
    if field in CODES:
        comparator = chance.choice((*LISTING, *ASKING))
        codes = tuple(chance.sample(CODES[field], 2)) if comparator in LISTING else ()
        return Target(field=field, comparator=comparator, codes=codes)
    comparator = chance.choice((*ORDERINGS, *LISTING))
    numbers = tuple(chance.sample((0, 1, 2, 20, 21, 35, 90), 3 if comparator in LISTING else 1))
    return Target(field=field, comparator=comparator, numbers=numbers)


def expected(target: Target, values: set[str]) -> bool:
    """The same rule, said once more: by hand, over what a worker brings along."""
    wanted = {*target.codes, *map(str, target.numbers)}
    match target.comparator:
        case Comparator.EXISTS:
            return bool(values)
        case Comparator.NOT_EXISTS:
            return not values
        case Comparator.IN:
            return bool(values & wanted)
        case Comparator.NOT_IN:
            return not values & wanted
    (value,), (limit,) = map(int, values), target.numbers
    return {
        Comparator.LT: value < limit,
        Comparator.LE: value <= limit,
        Comparator.GT: value > limit,
        Comparator.GE: value >= limit,
        Comparator.EQ: value == limit,
        Comparator.NE: value != limit,
    }[target.comparator]


@pytest.mark.asyncio
async def test_preview_and_claim_say_the_same_and_what_the_clauses_say(world: World) -> None:
    """P43: random clauses against random workers, beside the rule said once more by hand."""
    chance = Random(world.name)  # noqa: S311  # no secret
    employer = await rich_employer(world)
    offers = {}
    for _ in range(12):
        asked = [random_target(chance) for _ in range(chance.randint(1, 3))]
        rating = chance.choice((ContentRating.GENERAL, ContentRating.GENERAL, ContentRating.ADULT))
        audience = Audience(targets=tuple(asked), content_rating=rating)
        offers[await running(world, employer, places=[20], audience=audience)] = audience
    for _ in range(5):
        worker, brings = await random_worker(world, chance, employer)
        preview = await reasons_of(world, worker, list(offers))
        for campaign, audience in offers.items():
            missed = {
                target.field.value
                for target in audience.targets
                if not expected(target, brings[target.field.value])
            }
            if audience.content_rating is ContentRating.ADULT and not brings["adult"]:
                assert campaign not in preview, "hidden from whom it is not for"
                with pytest.raises(NotFound):
                    await claim(world, worker, campaign)
                continue
            if audience.content_rating is ContentRating.ADULT and missed:
                assert campaign not in preview
                continue
            assert set(preview[campaign]) == missed
            if missed:
                with pytest.raises(NotEligible) as refusal:
                    await claim(world, worker, campaign)
                assert refusal.value.reasons == preview[campaign]
            else:
                assert await claim(world, worker, campaign)


async def random_worker(
    world: World, chance: Random, employer: UUID
) -> tuple[UUID, dict[str, set[str]]]:
    """With what the worker brings along, by field; `adult` is empty for who may not see it."""
    country, age = chance.choice(CODES[TargetField.COUNTRY]), chance.choice((20, 21, 35))
    born_on = date(world.now.year - age, 1, 1)
    worker = await add_worker(world, country=country, born_on=born_on)
    languages = chance.sample(CODES[TargetField.LANGUAGE], chance.randint(0, 2))
    devices = chance.sample(list(Device), chance.randint(0, 2))
    preferences = WorkPreferences(
        languages=tuple(languages), devices=tuple(devices), wants_adult=chance.random() < 0.7
    )
    await members.set_work_preferences(member_id=worker, preferences=preferences)
    is_favourite = chance.random() < 0.5
    if is_favourite:
        await members.mark_member(
            owner_id=employer, member_id=worker, mark=Mark.FAVOURITE, now=world.now
        )
    level = chance.randint(0, 2)
    async with transaction():
        await members.record_level(member_id=worker, level=level)
    return worker, {
        "country": {country},
        "age": {str(age)},
        "language": set(languages),
        "device": set(devices),
        "verification_level": {str(level)},
        "approved_count": {"0"},
        "level": {"0"},
        "success_rate": {"90"},
        "favourite": {"yes"} if is_favourite else set(),
        "adult": {"yes"} if preferences.wants_adult and age >= 21 else set(),
    }


async def reasons_of(
    world: World, worker: UUID, ids: list[UUID]
) -> dict[UUID, tuple[ClaimReason, ...]]:
    facts = await queries.claim_facts(
        campaign_ids=ids, worker_id=worker, task_id=None, now=world.now
    )
    return {campaign_id: claim_reasons(each) for campaign_id, each in facts.items()}


def test_each_field_that_can_be_missed_is_a_reason() -> None:
    """Else a claim would fail with an error instead of an answer."""
    assert {each.value for each in TargetField} | {"adult_content"} <= set(ClaimReason)


@pytest.mark.asyncio
async def test_the_database_counts_years_as_the_rule_does(world: World) -> None:
    """R31, A11: birthdays on 29 February too, which common years have on 1 March."""
    born = [date(2004, 2, 29), date(2005, 2, 28), date(2005, 3, 1), date(2005, 12, 31)]
    workers = {await add_worker(world, born_on=each): each for each in born}
    days = [
        date(year, month, day)
        for year in (2025, 2026, 2028)
        for month, day in ((2, 27), (2, 28), (3, 1), (12, 30), (12, 31))
    ]
    days.append(date(2028, 2, 29))
    rows = await fetch(
        "select id, at, (worker_facts(id, at) -> 'age' ->> 0)::int as age"
        " from unnest($1::uuid[]) id cross join unnest($2::timestamptz[]) at",
        list(workers),
        [datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC) for day in days],
    )
    assert len(rows) == len(born) * len(days)
    for row in rows:
        assert row["age"] == age_on(born_on=workers[row["id"]], on=row["at"].date())


@pytest.mark.asyncio
async def test_content_for_grown_ups_is_seen_from_21_on_by_those_who_want_it(world: World) -> None:
    """P6: not a day earlier, not without being asked for, and not by who is not signed in."""
    employer = await rich_employer(world)
    audience = Audience(content_rating=ContentRating.ADULT, guard=Guard.CLAIM)
    campaign = await running(world, employer, audience=audience)
    world.now = datetime(2026, 2, 28, 12, tzinfo=UTC)
    leapling = await add_worker(world, born_on=date(2004, 2, 29))
    wants_not = await add_worker(world)
    wants = await add_worker(world)
    for each in (leapling, wants):
        await members.set_work_preferences(member_id=each, preferences=WANTS_ADULT)
    born_later = await add_worker(world, born_on=date(2005, 3, 1))
    await members.set_work_preferences(member_id=born_later, preferences=WANTS_ADULT)

    for viewer in (None, wants_not, born_later):
        assert not await is_found(world, viewer, campaign)
    assert await is_found(world, wants, campaign)
    assert await is_found(world, leapling, campaign)  # 21 since last year's 1 March
    world.now += timedelta(days=1)
    assert await is_found(world, born_later, campaign)


async def is_found(world: World, viewer: UUID | None, campaign: UUID) -> bool:
    """In the list, in its count, and by its id: all or none."""
    this = Comparison("title", Operator.EQ, str(campaign))
    async with transaction():
        await execute("update campaign set title = id::text where id = $1", campaign)
    listed = await campaigns.open_campaigns(
        viewer_id=viewer, now=world.now, page=Page(limit=2), where=this
    )
    shown = await campaigns.campaigns_by_id(ids=[campaign], viewer_id=viewer, now=world.now)
    counted = await campaigns.count_open_campaigns(
        parent_ids=[campaign], viewer_id=viewer, now=world.now, where=this
    )
    assert len(listed) == len(shown) == counted[campaign].number
    return campaign in shown


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("guard", "is_seen", "is_told"),
    [(Guard.CLAIM, True, True), (Guard.PREVIEW, True, False), (Guard.DISCOVER, False, False)],
)
async def test_a_guard_says_what_others_see(
    world: World, guard: Guard, *, is_seen: bool, is_told: bool
) -> None:
    """2.3: everything, what it is called and pays, or nothing; who has worked there sees all."""
    employer, german = await rich_employer(world), await add_worker(world, country="DE")
    kenyan = await add_worker(world, country="KE")
    campaign = await running(world, employer, audience=Audience(targets=(GERMANS,), guard=guard))

    async def told(viewer: UUID | None) -> bool:
        return campaign in await campaigns.told_campaigns(
            ids=[campaign], viewer_id=viewer, now=world.now
        )

    for viewer in (None, kenyan):
        assert (await is_found(world, viewer, campaign), await told(viewer)) == (is_seen, is_told)
    assert (await is_found(world, german, campaign), await told(german)) == (True, True)
    await claim(world, german, campaign)
    async with transaction():
        await execute("update member set country = 'KE' where id = $1", german)
    assert (await is_found(world, german, campaign), await told(german)) == (True, True)


@pytest.mark.asyncio
async def test_who_is_blocked_does_not_work_there_either_way(world: World) -> None:
    """The mark of either side is enough, and taking it away opens the door again."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer)
    for owner, other in ((employer, worker), (worker, employer)):
        mark = partial(members.mark_member, owner_id=owner, member_id=other, now=world.now)
        await mark(mark=Mark.BLOCKED)
        with pytest.raises(NotEligible) as refusal:
            await claim(world, worker, campaign)
        assert refusal.value.reasons == (ClaimReason.BLOCKED,)
        assert (await reasons_of(world, worker, [campaign]))[campaign] == (ClaimReason.BLOCKED,)
        await mark(mark=None)
    assert await claim(world, worker, campaign)


@pytest.mark.asyncio
async def test_who_lets_three_claims_expire_waits_for_a_day(world: World) -> None:
    """R3: in whatever campaigns they were."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[9])
    for _ in range(3):
        await claim(world, worker, campaign)
        world.now += timedelta(minutes=16)
        await operations.expire_assignments(new_id=world.new_id, now=world.now)
    with pytest.raises(NotEligible) as refusal:
        await claim(world, worker, campaign)
    assert refusal.value.reasons == (ClaimReason.COOLING_DOWN,)
    world.now += timedelta(hours=24)
    assert await claim(world, worker, campaign)


@pytest.mark.asyncio
async def test_who_gives_three_places_of_a_campaign_back_waits_for_a_day(world: World) -> None:
    """Else one worker could hold the last place of it for ever. Other campaigns, and others'
    claims of this one, go on; the preview says the same.
    """
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign, other = await running(world, employer), await running(world, employer)
    for _ in range(3):
        mine = await claim(world, worker, campaign)
        await operations.return_assignment(worker_id=worker, assignment_id=mine, now=world.now)
        world.now += timedelta(minutes=10)
    with pytest.raises(NotEligible) as refusal:
        await claim(world, worker, campaign)
    assert refusal.value.reasons == (ClaimReason.COOLING_DOWN,)
    assert (await reasons_of(world, worker, [campaign]))[campaign] == (ClaimReason.COOLING_DOWN,)
    assert await claim(world, worker, other)
    theirs = await add_worker(world)
    held = await claim(world, theirs, campaign)
    await operations.return_assignment(worker_id=theirs, assignment_id=held, now=world.now)
    world.now += timedelta(hours=24) - timedelta(minutes=30)
    assert await claim(world, worker, campaign)


@pytest.mark.parametrize(
    "target",
    [
        Target(field=TargetField.COUNTRY, comparator=Comparator.IN),
        Target(field=TargetField.COUNTRY, comparator=Comparator.IN, codes=("XX",)),
        Target(field=TargetField.COUNTRY, comparator=Comparator.EQ, codes=("DE",)),
        Target(field=TargetField.COUNTRY, comparator=Comparator.IN, codes=("DE",) * 31),
        Target(field=TargetField.AGE, comparator=Comparator.GE, numbers=(1, 2)),
        Target(field=TargetField.AGE, comparator=Comparator.GE, codes=("DE",)),
        Target(field=TargetField.AGE, comparator=Comparator.IN, numbers=tuple(range(16))),
        Target(field=TargetField.AGE, comparator=Comparator.GE, numbers=(-1,)),
        Target(field=TargetField.FAVOURITE, comparator=Comparator.EQ, numbers=(1,)),
        Target(field=TargetField.LANGUAGE, comparator=Comparator.EXISTS, codes=("de",)),
    ],
)
def test_a_clause_that_says_nothing_is_refused(target: Target) -> None:
    """R28, with the place of the clause."""
    problem = targeting_problem([GERMANS, target])
    assert problem is not None
    assert problem.path == ("targets", "1")
    assert targeting_problem([GERMANS] * 10) is None
    assert targeting_problem([GERMANS] * 11) is not None


@pytest.mark.asyncio
async def test_new_terms_replace_the_clauses_of_a_draft(world: World) -> None:
    """What was asked before is not asked any more."""
    employer = await rich_employer(world)
    campaign = await draft(world, employer, audience=Audience(targets=(GERMANS, GERMANS)))
    terms = Terms(title="Is there a cat?", category=Category.LABELING, reward=usd("0.05"))
    grown_up = Target(field=TargetField.AGE, comparator=Comparator.GE, numbers=(30,))
    for asked in ((grown_up,), ()):
        audience = Audience(targets=asked)
        await change_campaign(
            employer_id=employer,
            campaign_id=campaign,
            terms=replace(terms, audience=audience),
            now=world.now,
        )
        assert (await campaigns.targets_of(campaign_ids=[campaign]))[campaign] == asked
        stored = await fetch_value("select is_targeted from campaign where id = $1", campaign)
        assert stored == audience.is_targeted
