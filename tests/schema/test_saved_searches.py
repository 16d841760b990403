"""Members keep filters of the market, and are told once of campaigns that open and fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from domain.campaigns import operations as campaigns
from domain.campaigns.rules import Schedule
from domain.database import execute, fetch, transaction
from domain.events.queries import events_of_subject
from domain.events.rules import BEGINNING, EventKind
from domain.filters import Comparison, Condition, Every, Not, Operator, Some
from domain.notifications.operations import tell_events
from domain.searches.operations import set_search, tell_searches
from domain.searches.rules import ALERTS_A_DAY_MAX, SEARCH_COUNT_MAX
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import rich_employer, running, usd
from tests.make.events import all_readable
from tests.make.members import add_worker
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

FOUND: Final = "query ($where: CampaignWhere) { campaigns(where: $where) { nodes { id } } }"
TOLD: Final = """{ viewer { notifications(where: { kind: { eq: SEARCH_FOUND } }, first: 5) {
    nodes { topic isMandatory subjectId }
} } }"""
LATE: Final = "2020-01-31T09:30:00.5Z"


async def kept(ask: Ask, viewer: UUID, name: str, where: Any, **wish: Any) -> Any:
    wish = {"name": name, "where": where} | wish
    return (await ask(example("savedSearchSet"), viewer=viewer, input=wish)).only()


async def searches(ask: Ask, viewer: UUID) -> Any:
    return (await ask(example("viewerSavedSearches"), viewer=viewer)).data["viewer"][
        "savedSearches"
    ]


async def looked(world: World) -> None:
    """Until nothing is left, whatever other tests have opened."""
    await all_readable()
    while await tell_searches(now=world.now):
        pass


async def told(*members: UUID) -> list[set[UUID]]:
    sql = "select campaign_id from search_alert where member_id = $1"
    return [{row["campaign_id"] for row in await fetch(sql, each)} for each in members]


async def keep(world: World, member: UUID, *conditions: Condition) -> None:
    for number, condition in enumerate(conditions):
        await set_search(
            member_id=member,
            name=f"search {number}",
            filter="{}",
            condition=condition,
            is_alerting=True,
            now=world.now,
        )


def of(employer: UUID, *more: Condition) -> Condition:
    return Every((Comparison("employer_id", Operator.IN, (employer,)), *more))


async def test_a_search_comes_back_as_it_was_kept(ask: Ask, world: World) -> None:
    """P46: every kind of condition; what is read can be given to the list, and kept again."""
    worker, other = await add_worker(world), await add_worker(world)
    employer = await rich_employer(world)
    campaign = ask.id(Tag.CAMPAIGN, await running(world, employer))
    where = {
        "employerId": {"eq": ask.id(Tag.MEMBER, employer)},
        "reward": {"currency": "USD", "range": {"from": "0.01", "to": "900"}},
        "publishedAt": {"range": {"from": LATE}},
        "or": [{"category": {"in": ["SURVEY"]}}, {"endsAt": {"isNull": True}}],
        "not": {"and": [{"title": {"contains": "no such"}}, {"workMode": {"eq": "COLLECT"}}]},
    }

    first = await kept(ask, worker, " Mine ", where, isAlerting=False)
    assert first["errors"] == [] and first["savedSearch"]["name"] == "Mine"
    (search,) = await searches(ask, worker)
    again = json.loads(search["where"])
    assert again == where | {"publishedAt": {"range": {"from": "2020-01-31T09:30:00.500000Z"}}}
    found = await ask(FOUND, viewer=worker, where=again)
    assert [each["id"] for each in found.only()["nodes"]] == [campaign]
    assert (await kept(ask, worker, "Mine", again))["savedSearch"]["isAlerting"] is True
    assert len(await searches(ask, worker)) == 1 and await searches(ask, other) == []

    remove = example("savedSearchRemove")
    theirs = (await ask(remove, viewer=other, input={"name": "Mine"})).only()
    assert theirs["errors"][0]["code"] == "NOT_FOUND"
    assert (await ask(remove, viewer=worker, input={"name": "Mine"})).only()["name"] == "Mine"
    assert await searches(ask, worker) == []


async def test_what_cannot_be_kept_is_refused(ask: Ask, world: World) -> None:
    """Texts that turn others around, more than 20, and filters over the limits of lists."""
    worker = await add_worker(world)
    for name, where in (("", {}), ("a\u202eb", {}), ("fine", {"title": {"eq": "a\u202eb"}})):
        assert (await kept(ask, worker, name, where))["errors"][0]["code"] == "INVALID_INPUT"
    deep = {"not": {"not": {"not": {"not": {"title": {"eq": "x"}}}}}}
    wish = {"name": "deep", "where": deep}
    answer = await ask(example("savedSearchSet"), viewer=worker, input=wish)
    assert "nested" in answer.errors[0]["message"]
    await keep(world, worker, *[Every(())] * SEARCH_COUNT_MAX)
    assert (await kept(ask, worker, "one more", {}))["errors"][0]["path"] == ["name"]
    assert (await kept(ask, worker, "search 3", {}))["errors"] == []


async def test_members_are_told_of_what_opens_and_fits(ask: Ask, world: World) -> None:
    """P46: one event and one notification for the member alone, whichever searches fit, and never
    again; not of what they may not claim.
    """
    employer, dear = await rich_employer(world), usd("5")
    worker, picky, silent = [await add_worker(world) for _ in range(3)]
    rich = Comparison("reward.micros", Operator.FROM, 1_000_000)
    await keep(world, worker, of(employer), of(employer, rich), Some(()))
    await keep(world, picky, of(employer, Not(Not(rich))))
    await keep(world, silent, of(employer))
    async with transaction():
        await execute("update saved_search set is_alerting = false where member_id = $1", silent)
    await keep(world, employer, of(employer))
    tomorrow = Schedule(daily_from_hour=(world.now.hour + 1) % 24, daily_to_hour=world.now.hour)
    cheap = await running(world, employer, schedule=tomorrow)
    costly = await running(world, employer, reward=dear)

    await looked(world)
    assert await told(worker, picky, silent, employer) == [
        {cheap, costly}, {costly}, set(), set()
    ]  # fmt: skip
    await campaigns.pause_campaign(employer_id=employer, campaign_id=costly)
    await campaigns.resume_campaign(employer_id=employer, campaign_id=costly)
    await looked(world)
    await all_readable()
    while await tell_events(limit=500, new_id=world.new_id, now=world.now):
        pass
    inbox = (await ask(TOLD, viewer=picky)).data["viewer"]["notifications"]["nodes"]
    assert inbox == [
        {"topic": "SEARCHES", "isMandatory": False, "subjectId": ask.id(Tag.CAMPAIGN, costly)}
    ]
    seen = await events_of_subject(subject_id=costly, at=BEGINNING, limit=100)
    assert EventKind.SEARCH_FOUND not in {each.kind for each in seen}


async def test_nobody_is_told_of_too_much_a_day(world: World) -> None:
    """The oldest first; what opens on the next day is told again."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await keep(world, worker, of(employer))
    made = await opened(world, employer, ALERTS_A_DAY_MAX + 1)
    await looked(world)
    assert await told(worker) == [set(made[:-1])]

    world.now += timedelta(days=1)
    last = await opened(world, employer, 1)
    await looked(world)
    assert await told(worker) == [{*made[:-1], *last}]


async def opened(world: World, employer: UUID, number: int) -> Sequence[UUID]:
    return [await running(world, employer, places=(1,)) for _ in range(number)]
