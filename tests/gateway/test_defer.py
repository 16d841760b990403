"""`@defer`: the answer in parts, for clients that ask for parts, and for nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.make.ask import Ask
from tests.make.members import add_worker

pytestmark = pytest.mark.asyncio

PARTS = "multipart/mixed;deferSpec=20220824, application/json"
DOCUMENT = '{ viewer { country ... @defer(label: "slow") { name balances { currency } } } }'


async def parts_of(ask: Ask, document: str, token: str | None, accept: str = PARTS) -> list[Any]:
    headers = {"accept": accept} | ({"authorization": f"Bearer {token}"} if token else {})
    response = await ask.client.post("/graphql", json={"query": document}, headers=headers)
    assert response.headers["content-type"].startswith("multipart/mixed"), response.text
    pieces = response.text.split("\r\n---")[0:]
    bodies = [piece.split("\r\n\r\n", 1)[1] for piece in pieces if "\r\n\r\n" in piece]
    return [json.loads(body.strip()) for body in bodies]


async def test_the_rest_comes_later(ask: Ask) -> None:
    """First what is quick, with its price; then the deferred part at its place."""
    token = await ask.token_of(await add_worker(ask.world))
    first, *later = await parts_of(ask, DOCUMENT, token)

    assert first["data"] == {"viewer": {"country": "PH"}}
    assert first["hasNext"] is True
    assert first["extensions"]["cost"]["requested"] > 0
    (part,) = [part for each in later for part in each.get("incremental", [])]
    assert part["path"] == ["viewer"]
    assert part["data"]["name"] == "Wanda Worker"
    assert later[-1]["hasNext"] is False


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "*/*"])
async def test_without_asking_for_parts_there_is_no_such_directive(ask: Ask, accept: str) -> None:
    """A client that cannot read parts never gets any."""
    body = {"query": DOCUMENT}
    answer = await ask.send("POST", json=body, headers={"accept": accept})
    assert answer.code == "VALIDATION_FAILED"


async def test_an_ordinary_answer_stays_whole(ask: Ask) -> None:
    """Clients send the same `Accept` with every request."""
    headers = {"accept": "multipart/mixed, application/graphql-response+json"}
    answer = await ask.send("POST", json={"query": "{ viewer { id } }"}, headers=headers)
    assert answer.headers["content-type"].startswith("application/graphql-response+json")
    assert answer.data == {"viewer": None}


async def test_a_failure_in_a_later_part_is_masked(ask: Ask) -> None:
    """With a request id for the client, and the cause in our log."""
    token = await ask.token_of(await add_worker(ask.world))
    document = '{ viewer { country ... @defer { sessions(after: "x") { nodes { id } } } } }'
    _, *later = await parts_of(ask, document, token)
    errors = [error for each in later for part in each["incremental"] for error in part["errors"]]
    assert [error["extensions"]["code"] for error in errors] == ["INVALID_CURSOR"]
    assert errors[0]["extensions"]["requestId"]


async def test_parts_keep_the_limits(ask: Ask) -> None:
    """Deferring makes nothing cheaper, and twenty directives are enough."""
    token = await ask.token_of(await add_worker(ask.world))
    many = " ".join("... @defer { id }" for _ in range(21))
    headers = {"accept": PARTS, "authorization": f"Bearer {token}"}
    body = {"query": f"{{ viewer {{ {many} }} }}"}
    assert (await ask.send("POST", json=body, headers=headers)).code == "TOO_MANY_DIRECTIVES"
    first, *_ = await parts_of(ask, DOCUMENT, token)
    cost = first["extensions"]["cost"]
    assert cost["actual"] == cost["requested"]
