"""Pages: forward and backward without gaps, counts on demand, one statement per level."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.money import Money
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from schema.ids import Tag
from tests.make.ask import Ask, counted_statements
from tests.make.campaigns import draft, pay_in, rich_employer, running, submitted
from tests.make.members import add_employer, add_worker, session_of

pytestmark = pytest.mark.asyncio

SESSIONS = """
    query ($first: Int, $after: Cursor, $last: Int, $before: Cursor) { viewer {
      sessions(first: $first, after: $after, last: $last, before: $before) {
        nodes { id }
        edges { cursor node { id } }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
        totalCount totalCountIsEstimate
      }
    } }
"""
MARKET = """
    query ($first: Int) { campaigns(first: $first) { nodes {
      id title instructions { version clauses { id } } placeCounts { open } viewerCanClaim
      employer { id ratingSummary { count } ratings(first: 2) { nodes { stars } } }
    } } }
"""
OWN = """
    query ($first: Int) { viewer { campaigns(first: $first) { nodes {
      id cost { total { amount } } placeCounts { total }
      tasks(first: 2) { nodes { position campaign { id } } totalCount }
      assignments(first: 2) { nodes {
        id task { position } worker { id } campaign { title } instructions { version }
        submissions { revision items { __typename } } reviews { decision } ratings { stars }
      } }
    } } } }
"""


async def test_pages_forward_and_backward_meet(ask: Ask) -> None:
    """Every item once, in one order, whichever way one walks."""
    world = ask.world
    member = await add_worker(world)
    for _ in range(4):
        await session_of(world, member)
        world.now += timedelta(seconds=1)

    async def page(**arguments: Any) -> Any:
        return (await ask(SESSIONS, viewer=member, **arguments)).only()["sessions"]

    everything = await page()
    ids = [node["id"] for node in everything["nodes"]]
    assert len(ids) == 5 and everything["totalCount"] == 5
    assert everything["totalCountIsEstimate"] is False

    seen, after = [], None
    while True:
        found = await page(first=2, after=after)
        seen += [node["id"] for node in found["nodes"]]
        assert found["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert seen == ids

    backward: list[str] = []
    before = None
    while True:
        found = await page(last=2, before=before)
        backward = [node["id"] for node in found["nodes"]] + backward
        assert found["pageInfo"]["hasNextPage"] == (before is not None)
        before = found["pageInfo"]["startCursor"]
        if not found["pageInfo"]["hasPreviousPage"]:
            break
    assert backward == ids


async def test_a_cursor_belongs_to_one_list_and_order(ask: Ask) -> None:
    """A cursor of another list would point at nothing in particular."""
    member = await add_worker(ask.world)
    found = (await ask(SESSIONS, viewer=member)).only()
    cursor = found["sessions"]["pageInfo"]["endCursor"]
    document = "query ($after: Cursor) { viewer { payouts(after: $after) { nodes { id } } } }"

    answer = await ask(document, viewer=member, after=cursor)

    assert answer.code == "INVALID_CURSOR"
    assert answer.data == {"viewer": {"payouts": None}}


@pytest.mark.parametrize(("direction", "currency"), [("ASC", "MXN"), ("DESC", "PHP")])
async def test_the_market_is_filtered_and_ordered(ask: Ask, direction: str, currency: str) -> None:
    """Anybody may look, without signing in. No other test has campaigns in these currencies."""
    world = ask.world
    employer, made = await add_employer(world), []
    await pay_in(world, employer, Money(10_000_000, currency))
    for _ in range(3):
        campaign = await running(world, employer, reward=Money(50_000, currency))
        made.append(ask.id(Tag.CAMPAIGN, campaign))
        world.now += timedelta(seconds=1)
    document = """
        query ($where: CampaignWhere, $order: [CampaignOrder!], $first: Int, $last: Int) {
          campaigns(where: $where, orderBy: $order, first: $first, last: $last) { nodes { id } }
        }
    """
    order = [{"field": "PUBLISHED_AT", "direction": direction}]
    wanted = made[::-1] if direction == "DESC" else made

    async def found(size: dict[str, int], **where: Any) -> list[str]:
        where = {"currency": {"in": [currency, "INR"]}, **where}
        asked: dict[str, Any] = {"where": where, "order": order, **size}
        answer = (await ask(document, **asked)).only()
        return [node["id"] for node in answer["nodes"]]

    assert await found({}, category={"eq": "LABELING"}) == wanted
    assert await found({"first": 2}) == wanted[:2]
    assert await found({"last": 2}) == wanted[1:]
    assert await found({}, category={"eq": "SURVEY"}) == []
    assert await found({}, category={"eq": "SURVEY", "in": ["LABELING"]}) == []


async def statements_for(ask: Ask, document: str, viewer: UUID, first: int) -> int:
    await ask.token_of(viewer)
    async with counted_statements() as statements:
        answer = await ask(document, viewer=viewer, first=first)
    assert answer.errors == []
    return len(statements)


async def test_a_page_of_one_costs_as_many_statements_as_a_page_of_many(ask: Ask) -> None:
    """No N+1: each level of the document is one statement, however many items there are."""
    world = ask.world
    employer, worker = await rich_employer(world), await add_worker(world)
    for _ in range(4):
        campaign = await running(world, employer, places=[2, 2, 2])
        for _ in range(2):
            await submitted(world, worker, campaign)
        world.now += timedelta(seconds=1)

    assert await statements_for(ask, MARKET, worker, 1) == 8
    assert await statements_for(ask, MARKET, worker, 4) == 8
    assert await statements_for(ask, OWN, employer, 1) == await statements_for(
        ask, OWN, employer, 4
    )


async def test_tasks_and_claims_are_the_employers(ask: Ask) -> None:
    """Other members see the campaign, but not its tasks and claims; hidden is null."""
    world = ask.world
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = ask.id(Tag.CAMPAIGN, await running(world, employer))
    document = """
        query ($id: ID!) { campaign(id: $id) {
          title cost { placeCount } tasks { nodes { id } } assignments { nodes { id } }
          availableTransitions
        } }
    """

    own = (await ask(document, viewer=employer, id=campaign)).only()
    foreign = (await ask(document, viewer=worker, id=campaign)).only()
    nobodys = (await ask(document, id=campaign)).only()

    assert len(own["tasks"]["nodes"]) == 1 and own["availableTransitions"] == [
        "PAUSE",
        "EXTEND",
        "STOP",
    ]
    assert foreign == nobodys
    assert foreign["cost"] is foreign["tasks"] is foreign["assignments"] is None
    assert foreign["availableTransitions"] == []


async def test_task_pages_walk_by_position(ask: Ask) -> None:
    """A number orders them, not an instant; the cursors work all the same."""
    world = ask.world
    employer = await add_employer(world)
    campaign = await draft(world, employer)
    await tasks.add_tasks(
        employer_id=employer,
        campaign_id=campaign,
        tasks=[NewTask(text=f"Picture {number}", place_count=1) for number in range(1, 6)],
        new_id=world.new_id,
    )
    document = """
        query ($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
          campaign(id: $id) {
            tasks(first: $first, after: $after, last: $last, before: $before) {
              nodes { position } pageInfo { startCursor endCursor hasNextPage }
            }
          }
        }
    """

    async def page(**arguments: Any) -> tuple[list[int], Any]:
        asked = {"viewer": employer, "id": ask.id(Tag.CAMPAIGN, campaign), **arguments}
        found = (await ask(document, **asked)).only()["tasks"]
        return [node["position"] for node in found["nodes"]], found["pageInfo"]

    first, info = await page(first=2)
    second, _ = await page(first=2, after=info["endCursor"])
    last, info = await page(last=2)
    before, _ = await page(last=2, before=info["startCursor"])

    assert (first, second, before, last) == ([1, 2], [3, 4], [2, 3], [4, 5])
