"""A mistake of ours, in every kind of resolver: masked for the client, whole in the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from domain.database import engine
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import rich_employer, running
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

SECRET: Final = "secret db password"  # noqa: S105  # what must not go out
SIGN_IN: Final = 1  # statement that every request begins with


class BreaksLater:
    """The real pool for so many statements, then a mistake of ours."""

    def __init__(self, pool: Any, *, good: int) -> None:
        self._pool = pool
        self._good = good

    async def acquire(self, *, timeout: float) -> Any:  # noqa: ASYNC109  # the pool's signature
        if self._good == 0:
            raise ZeroDivisionError(SECRET)
        self._good -= 1
        return await self._pool.acquire(timeout=timeout)

    async def release(self, connection: Any) -> None:
        await self._pool.release(connection)


@asynccontextmanager
async def breaking_after(good: int) -> AsyncIterator[list[Any]]:
    """What is logged meanwhile."""
    real, engine.pool = engine.pool, BreaksLater(engine.pool, good=good)
    try:
        with capture_logs() as logs:
            yield logs
    finally:
        engine.pool = real


COUNTS: Final = "placeCounts { filled }"
CLAIM: Final = "assignmentClaim(input: {campaignId: $campaign})"
KINDS: Final[dict[str, tuple[int, str, list[Any]]]] = {
    "a field with a query of its own": (
        SIGN_IN,
        "query { viewer { deposits { nodes { id } } } }",
        ["viewer", "deposits"],
    ),
    "a batch": (SIGN_IN, "query { viewer { name } }", ["viewer", "name"]),
    "a root list": (SIGN_IN, "query { campaigns { nodes { id } } }", ["campaigns"]),
    "a node of a connection": (
        SIGN_IN + 1,
        f"query {{ campaigns(first: 1) {{ nodes {{ {COUNTS} }} }} }}",
        ["campaigns"],
    ),
    "an edge of a connection": (
        SIGN_IN + 1,
        f"query {{ campaigns(first: 1) {{ edges {{ node {{ {COUNTS} }} }} }} }}",
        ["campaigns"],
    ),
    "a node": (SIGN_IN, "query ($campaign: ID!) { node(id: $campaign) { id } }", ["node"]),
    "a field behind an interface": (
        SIGN_IN + 1,
        f"query ($campaign: ID!) {{ node(id: $campaign) {{ ... on Campaign {{ {COUNTS} }} }} }}",
        ["node"],
    ),
    "nodes": (SIGN_IN, "query ($campaign: ID!) { nodes(ids: [$campaign]) { id } }", ["nodes"]),
    "a mutation": (
        SIGN_IN,
        f"mutation ($campaign: ID!) {{ {CLAIM} {{ errors {{ code }} }} }}",
        ["assignmentClaim"],
    ),
    "the object that a mutation answers with": (
        SIGN_IN + 1,
        f"mutation ($campaign: ID!) {{ {CLAIM} {{ assignment {{ id }} }} }}",
        ["assignmentClaim"],
    ),
}


@pytest.mark.parametrize(("good", "document", "path"), KINDS.values(), ids=KINDS)
async def test_a_mistake_is_masked_and_logged(
    ask: Ask, world: World, good: int, document: str, path: list[Any]
) -> None:
    """The client gets a code, a sentence and an id; the log has the cause under the same id."""
    employer = await rich_employer(world)
    campaign = ask.id(Tag.CAMPAIGN, await running(world, employer))
    worker = await add_worker(world)
    await ask("{ viewer { id } }", viewer=worker)  # then the budget is there already

    async with breaking_after(good) as logs:
        answer = await ask(document, viewer=worker, campaign=campaign)

    assert (answer.status, answer.code) == (200, "INTERNAL")
    (error,) = answer.errors
    assert error["path"][: len(path)] == path
    assert SECRET not in str(answer.body) and "ZeroDivision" not in str(answer.body)
    (line,) = [each for each in logs if each["event"] == "graphql.unexpected"]
    assert line["request_id"] == error["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert isinstance(line["exc_info"], ZeroDivisionError) and SECRET in str(line["exc_info"])


async def test_a_mistake_before_the_operation_is_masked_too(ask: Ask, world: World) -> None:
    """The token could not be looked up: 500, and nothing of why."""
    token = await ask.token_of(await add_worker(world))
    async with breaking_after(0) as logs:
        answer = await ask.with_token("{ viewer { id } }", token)

    assert (answer.status, answer.code) == (500, "INTERNAL")
    assert SECRET not in str(answer.body)
    (line,) = [each for each in logs if each["event"] == "graphql.unexpected"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert SECRET in str(line["exc_info"])


@pytest.mark.parametrize(
    "subscription",
    ["viewerChanged { kind }", "campaignChanged(id: $campaign) { kind }"],
)
async def test_a_mistake_in_a_stream_is_masked_too(
    ask: Ask, world: World, subscription: str
) -> None:
    """The stream says INTERNAL and ends; the log has the cause."""
    employer = await rich_employer(world)
    campaign = ask.id(Tag.CAMPAIGN, await running(world, employer))
    token = await ask.token_of(employer)
    await ask("{ viewer { id } }", viewer=employer)
    given = "($campaign: ID!)" if "$campaign" in subscription else ""
    body = {
        "query": f"subscription {given} {{ {subscription} }}",
        "variables": {"campaign": campaign},
    }
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}

    async with breaking_after(SIGN_IN) as logs:
        response = await ask.client.post("/graphql", json=body, headers=headers)

    assert '"code":"INTERNAL"' in response.text and "event: complete" in response.text
    assert SECRET not in response.text
    (line,) = [each for each in logs if each["event"] == "graphql.unexpected"]
    assert line["request_id"] == response.headers["x-request-id"]
    assert SECRET in str(line["exc_info"])
