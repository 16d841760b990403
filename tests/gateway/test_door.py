"""The short way to an answer says what the framework's way says: status, headers and body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from gateway.graphql.door import BODY_MAX
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import rich_employer, running
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

MOVING: Final = {"x-request-id", "ratelimit-remaining", "ratelimit-reset"}
CAMPAIGN: Final = "query C($id: ID!) { campaign(id: $id) { id title employer { id } } }"
REQUESTS: Final[dict[str, tuple[dict[str, Any], dict[str, str]]]] = {
    "an answer": ({"query": CAMPAIGN, "variables": {"id": "ours"}}, {}),
    "its media type": (
        {"query": CAMPAIGN, "variables": {"id": "ours"}},
        {"accept": "application/graphql-response+json"},
    ),
    "its language": (
        {"query": CAMPAIGN, "variables": {"id": "ours"}},
        {"accept-language": "fr"},
    ),
    "an error beside data": (
        {"query": '{ campaigns(after: "nonsense") { nodes { id } } }'},
        {},
    ),
    "a wrong variable": ({"query": CAMPAIGN, "variables": {"id": {}}}, {}),
    "no such operation": ({"query": CAMPAIGN, "operationName": "D"}, {}),
    "a wrong token": ({"query": CAMPAIGN}, {"authorization": "Bearer nobody"}),
    "a variable that is null": ({"query": CAMPAIGN, "variables": {"id": None}}, {}),
    "variables that are null": ({"query": "{ viewer { id } }", "variables": None}, {}),
    "a name that is empty": ({"query": "query C { viewer { id } }", "operationName": ""}, {}),
    "one of several operations": (
        {"query": "query A { viewer { id } } query B { campaigns { totalCount } }"}
        | {"operationName": "B"},
        {},
    ),
    "none of several operations": (
        {"query": "query A { viewer { id } } query B { campaigns { totalCount } }"},
        {},
    ),
    "an id that is not the hash": (
        {"query": "{ viewer { id } }", "documentId": "sha256:00"},
        {},
    ),
    "a session that is over": (
        {"query": CAMPAIGN},
        {"authorization": "", "cookie": "__Host-piecerate=nobody", "sec-fetch-site": "same-origin"},
    ),
    "a page size too large": (
        {"query": "query P($n: Int) { campaigns(first: $n) { nodes { id } } }"}
        | {"variables": {"n": 101}},
        {},
    ),
    "a condition that is null": (
        {"query": "query I($x: Boolean = true) { viewer @include(if: $x) { id } }"}
        | {"variables": {"x": None}},
        {},
    ),
    "a price in the answer": (
        {"query": "{ campaigns { nodes { id } } }"},
        {"graphql-debug-cost": "1"},
    ),
    "a mutation": (
        {
            "query": "mutation R($a: ID!) { assignmentReturn(input: {assignmentId: $a})"
            " { errors { code message path } } }",
            "variables": {"a": "asg1_AAAAAAAAAAAAAAAAAAAAAA"},
        },
        {},
    ),
}


async def said(ask: Ask, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
    answer = await ask.client.post(
        "/graphql",
        content=json.dumps(body),
        headers={"content-type": "application/json"} | dict(headers),
    )
    shown = {name: value for name, value in answer.headers.items() if name not in MOVING}
    return answer.status_code, shown, without_ids(answer.json())


async def by_framework(ask: Ask, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
    """Blanks make a request too long for the door, and change nothing else."""
    answer = await ask.client.post(
        "/graphql",
        content=json.dumps(body) + " " * BODY_MAX,
        headers={"content-type": "application/json"} | dict(headers),
    )
    shown = {name: value for name, value in answer.headers.items() if name not in MOVING}
    return answer.status_code, shown, without_ids(answer.json())


def without_ids(body: Any) -> Any:
    """Of the request, and of what moves with each of them."""
    for error in body.get("errors", []):
        error["extensions"].pop("requestId", None)
    body.get("extensions", {}).get("cost", {}).pop("available", None)
    return body


@pytest.mark.parametrize(("body", "headers"), REQUESTS.values(), ids=REQUESTS)
async def test_both_ways_say_the_same(
    ask: Ask, world: World, body: dict[str, Any], headers: dict[str, str]
) -> None:
    """Asked twice, since the door opens only for documents that were asked for before."""
    employer = await rich_employer(world)
    campaign = ask.id(Tag.CAMPAIGN, await running(world, employer))
    token = await ask.token_of(await add_worker(world))
    body = json.loads(json.dumps(body).replace("ours", campaign))
    headers = {"authorization": f"Bearer {token}"} | headers
    headers = {name: value for name, value in headers.items() if value}
    first = await said(ask, body, headers)

    assert await said(ask, body, headers) == first
    assert await by_framework(ask, body, headers) == first


async def test_what_is_unusual_goes_on(ask: Ask) -> None:
    """Other methods, media types and broken bodies get the framework's answers, whole."""
    json_type = {"content-type": "application/json"}
    await ask("{ viewer { id } }")
    streamed = {**json_type, "accept": "text/event-stream"}

    statuses = [
        (await ask.client.post("/graphql", content=content, headers=headers)).status_code
        for content, headers in (
            ('{"query": "{ viewer { id } }"}', {"content-type": "text/plain"}),
            ('{"query": ', json_type),
            ("[]", json_type),
            ('{"query": "{ viewer { id } }"}', {**json_type, "accept": "image/png"}),
            ('{"query": "{ viewer { id } }"}', streamed),
        )
    ]

    assert statuses == [415, 400, 400, 406, 200]
