"""What answers say of their cost, and what happens when the budget is used up."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.providers import Providers
from gateway.web_settings import POINTS_MIN
from schema.limits import TRUSTED_LIMITS
from tests.make.ask import Ask
from tests.make.members import add_worker, session_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio

OURS: Final = "application/graphql-response+json"
PLAIN: Final = "application/json"
SESSIONS: Final = "{ viewer { sessions(first: 50) { nodes { id createdAt } totalCount } } }"
DEAR: Final = """{ viewer {
    a: sessions(first: 100) { nodes { id createdAt lastSeenAt expiresAt isCurrent } }
    b: sessions(first: 100) { nodes { id createdAt lastSeenAt expiresAt isCurrent } }
    c: sessions(first: 100) { nodes { id createdAt lastSeenAt expiresAt isCurrent } }
    d: sessions(first: 100) { nodes { id createdAt lastSeenAt expiresAt isCurrent } }
    e: sessions(first: 100) { nodes { id createdAt lastSeenAt expiresAt isCurrent } }
    f: sessions(first: 100) { nodes { id createdAt lastSeenAt expiresAt isCurrent } }
    g: sessions(first: 100) { nodes { id createdAt lastSeenAt expiresAt isCurrent } }
} }"""


@pytest.fixture
def poor(world: World, tmp_path: Path, providers: Providers) -> Ask:
    """The smallest budget, one point a second; strangers come through a proxy."""
    return Ask.of(
        world,
        tmp_path,
        providers,
        PIECERATE_BUDGET_POINTS="10000",
        PIECERATE_BUDGET_PER_SECOND="1",
        PIECERATE_TRUSTED_PROXIES="127.0.0.1",
    )


@pytest.fixture
def ask(world: World, tmp_path: Path, providers: Providers) -> Ask:
    """A full budget to which hardly anything comes back while a test looks."""
    return Ask.of(world, tmp_path, providers, PIECERATE_BUDGET_PER_SECOND="1")


def from_address(address: str, **more: str) -> dict[str, str]:
    return {"x-forwarded-for": address, "content-type": PLAIN, **more}


def wish(document: str, **variables: Any) -> str:
    return json.dumps({"query": document, "variables": variables})


async def left_with(ask: Ask, network: str, points: int) -> None:
    """Of the five thousand."""
    assert await ask.app.state.budgets.take(f"network:{network}", 10_000 - points) == 0


async def test_no_operation_is_dearer_than_the_smallest_budget() -> None:
    """Else it would wait for ever."""
    assert TRUSTED_LIMITS.cost == POINTS_MIN


async def test_what_is_paid_follows_the_lists_as_they_came(ask: Ask) -> None:
    """Three sessions instead of fifty: 1 + 5 + 20 and three times three."""
    worker = await add_worker(ask.world)
    for _ in range(2):
        await session_of(ask.world, worker)

    answer = await ask(SESSIONS, viewer=worker)

    assert answer.body["extensions"]["cost"] == {
        "requested": 1 + 5 + 20 + 50 * 3,
        "actual": 1 + 5 + 20 + 3 * 3,
        "limit": 5_000,
        "available": 50_000 - 35,
        "restorePerSecond": 1,
    }
    assert answer.headers["ratelimit-limit"] == "50000"
    assert answer.headers["ratelimit-remaining"] == "49965"
    assert answer.headers["ratelimit-reset"] == "35"


async def test_what_is_skipped_is_not_paid(ask: Ask) -> None:
    """And fragments on other types neither."""
    worker = await add_worker(ask.world)
    document = """query ($no: Boolean!) { viewer {
        ... on Viewer { id }
        sessions(first: 50) @skip(if: $no) { nodes { id } }
        roles __typename
    } }"""

    answer = await ask(document, viewer=worker, no=True)

    assert answer.body["extensions"]["cost"]["actual"] == 3


async def test_errors_tell_the_cost_too(ask: Ask) -> None:
    """Whatever is refused wherever: syntax, schema, variables, body, a field."""
    worker = await add_worker(ask.world)
    headers = {"authorization": f"Bearer {await ask.token_of(worker)}", "content-type": PLAIN}
    paid = 0
    for content in (b"{", wish("{"), wish("{ nope }"), wish("query ($n: Int!) { viewer { id } }")):
        answer = await ask.send("POST", content=content, headers=headers)
        paid += 10
        cost = answer.body["extensions"]["cost"]
        assert (cost["requested"], cost["actual"]) == (0, 10)
        assert cost["available"] == 50_000 - paid
        assert answer.headers["ratelimit-remaining"] == str(cost["available"])
    field = await ask('{ viewer { sessions(after: "x") { nodes { id } } } }', viewer=worker)
    assert field.body["extensions"]["cost"]["actual"] == 6


async def test_the_breakdown_is_there_on_request(ask: Ask) -> None:
    """Points per path of the answer; their sum is what was paid."""
    worker = await add_worker(ask.world)
    headers = {
        "authorization": f"Bearer {await ask.token_of(worker)}",
        "graphql-debug-cost": "1",
    }

    answer = await ask.send("POST", json={"query": SESSIONS}, headers=headers)

    assert answer.body["extensions"]["costBreakdown"] == {
        "viewer.sessions.totalCount": 20,
        "viewer.sessions": 5,
        "viewer": 1,
        "viewer.sessions.nodes": 1,
        "viewer.sessions.nodes.id": 1,
        "viewer.sessions.nodes.createdAt": 1,
    }
    assert answer.body["extensions"]["cost"]["actual"] == 29
    assert "costBreakdown" not in (await ask(SESSIONS, viewer=worker)).body["extensions"]


async def test_the_viewer_sees_the_budget(ask: Ask) -> None:
    """The same figures as in the extensions, with the moment when it is full."""
    worker = await add_worker(ask.world)
    document = "{ viewer { rateLimit { limit available restorePerSecond resetAt } } }"

    seen = (await ask(document, viewer=worker)).only()["rateLimit"]

    assert seen == {
        "limit": 50_000,
        "available": 49_994,
        "restorePerSecond": 1,
        "resetAt": (ask.world.now + timedelta(seconds=6)).isoformat().replace("+00:00", "Z"),
    }


@pytest.mark.parametrize("accept", [PLAIN, OURS])
async def test_an_empty_budget_is_429_for_everybody(poor: Ask, accept: str) -> None:
    """With the seconds to wait, as header and as extension; another member is not concerned."""
    worker, other = await add_worker(poor.world), await add_worker(poor.world)
    token = await poor.token_of(worker)
    headers = {"authorization": f"Bearer {token}", "accept": accept}
    first = await poor.send("POST", json={"query": DEAR}, headers=headers)
    assert first.errors == []
    spent = first.body["extensions"]["cost"]["actual"]
    refused = first
    for _ in range(200):
        refused = await poor.send("POST", json={"query": DEAR}, headers=headers)
        if refused.status != 200:
            break

    assert (refused.status, refused.code) == (429, "THROTTLED")
    wait = refused.errors[0]["extensions"]["retryAfterSeconds"]
    assert refused.headers["retry-after"] == str(wait) and 0 < wait < 5_000
    assert "data" not in refused.body
    assert refused.body["extensions"]["cost"]["actual"] == 0
    price = refused.body["extensions"]["cost"]["requested"]
    assert int(refused.headers["ratelimit-remaining"]) < price
    assert spent < 200
    assert (await poor(DEAR, viewer=other)).status == 200


async def test_mistakes_use_a_strangers_budget_up(poor: Ask) -> None:
    """Each costs ten points, then 429; the next network has its own budget."""
    await left_with(poor, "203.0.113.0/24", 40)
    wrong = [b"{", wish("{"), wish("{ nope }"), b'{"query": 5}']
    for content in wrong:
        known = await poor.send("POST", content=content, headers=from_address("203.0.113.7"))
        assert known.status in {200, 400} and known.code != "THROTTLED"

    for content in (*wrong, b" " * 1_000_001):
        refused = await poor.send("POST", content=content, headers=from_address("203.0.113.200"))
        assert (refused.status, refused.code) == (429, "THROTTLED")
        assert refused.headers["retry-after"]
    other = await poor.send(
        "POST", content=wish("{ viewer { id } }"), headers=from_address("203.0.114.7")
    )
    assert other.status == 200


async def test_guessing_tokens_has_a_price(poor: Ask) -> None:
    """401 costs the network, else tokens could be tried for nothing."""
    await left_with(poor, "198.51.100.0/24", 10)
    headers = from_address("198.51.100.7", authorization="Bearer prs_guess")
    first = await poor.send("POST", content=wish("{ viewer { id } }"), headers=headers)
    refused = await poor.send("POST", content=wish("{ viewer { id } }"), headers=headers)

    assert first.status == 401
    assert (refused.status, refused.code) == (429, "THROTTLED")
    assert refused.headers["retry-after"] == str(
        refused.errors[0]["extensions"]["retryAfterSeconds"]
    )


async def test_strangers_of_our_own_machine_have_one_budget_in_production(
    world: World, tmp_path: Path, providers: Providers
) -> None:
    """A proxy nobody told us of must not make strangers free."""
    ask = Ask.of(world, tmp_path, providers, production=True)

    answer = await ask("{ viewer { id } }")

    assert answer.headers["ratelimit-limit"] == "50000"
    assert int(answer.headers["ratelimit-remaining"]) < 50_000
