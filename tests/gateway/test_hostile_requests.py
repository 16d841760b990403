"""What strangers send to the port: always a clear answer in our shape, never a failure of ours."""

from __future__ import annotations

import asyncio
import json
from typing import Final

import pytest
from structlog.testing import capture_logs

from gateway.context import network_of
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.members import add_worker

pytestmark = pytest.mark.asyncio

VIEWER: Final = "{ viewer { id } }"
DIGITS: Final = "9" * 5_000  # more than Python reads as a number
RATING: Final = 'mutation { ratingGive(input: {assignmentId: "x", stars: %s}) { errors { code } } }'


def body(query: str, **more: object) -> str:
    return json.dumps({"query": query, **more})


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(body("{" + "a{" * 900 + "a" + "}" * 901), id="deep selections"),
        pytest.param(body("{ node(id: " + "[" * 990 + "]" * 990 + ") { id } }"), id="deep list"),
        pytest.param(body("{" + "... {" * 600 + "__typename" + "}" * 601), id="deep fragments"),
        pytest.param(f'{{"query": "{VIEWER}", "variables": ' + '{"a":' * 20_000, id="deep JSON"),
        pytest.param("[" * 100_000, id="deep array"),
        pytest.param(body(f"{{ campaigns(first: {DIGITS}) {{ nodes {{ id }} }} }}"), id="page"),
        pytest.param(body(f"{{ campaigns(first: -{DIGITS}) {{ nodes {{ id }} }} }}"), id="minus"),
        pytest.param(body(RATING % DIGITS), id="long number"),
        pytest.param(
            body(f"query ($n: Int = {DIGITS}) {{ campaigns(first: $n) {{ nodes {{ id }} }} }}"),
            id="long default",
        ),
        pytest.param(body(f"{{ node(id: {DIGITS}) {{ id }} }}"), id="long id"),
        pytest.param('{"query": "{ viewer { id } } #\\ud800"}', id="half a pair"),
        pytest.param(body('{ node(id: "\\uD800") { id } }'), id="half a pair in GraphQL"),
        pytest.param(body(VIEWER, operationName=""), id="empty name"),
        pytest.param(body("fragment F on Query { viewer { id } }"), id="no operation"),
        pytest.param(body("query A { a: viewer { id } } query B { viewer { id } }"), id="two"),
        pytest.param(f"[{body(VIEWER)}]", id="batch"),
        pytest.param('{"query": "{ viewer { id } }", "variables": {"n": NaN}}', id="NaN"),
        pytest.param(b'{"query": "{ viewer { id } } \xff"}', id="no UTF-8"),
        pytest.param(body(VIEWER).encode("utf-16"), id="UTF-16"),
        pytest.param(body(VIEWER + " " * 1_000_000), id="too large"),
        pytest.param(body("{ viewer " + "@skip(if: false)" * 300 + "{ id } }"), id="directives"),
        pytest.param(body("query " + "@a" * 900 + VIEWER), id="directives of the operation"),
        pytest.param(body("{" + "viewer { id } " * 300 + "}"), id="one field again and again"),
        pytest.param(
            body("{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(300)) + "}"), id="aliases"
        ),
        pytest.param(
            body(
                "{ ...F0 }"
                + "".join(
                    f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(99)
                )
                + "fragment F99 on Query { viewer { id } }"
            ),
            id="fragment bomb",
        ),
        pytest.param(
            body("{...A} fragment A on Query {...B} fragment B on Query {...A}"), id="ring"
        ),
        pytest.param(body("", extensions={"persistedQuery": {"sha256Hash": [1]}}), id="hash"),
    ],
)
async def test_hostile_bodies_are_refused_by_a_code(ask: Ask, content: str | bytes) -> None:
    """Each is told what is wrong with it, and nothing of it stands in the log."""
    headers = {"content-type": "application/json"}
    with capture_logs() as logs:
        answer = await ask.send("POST", content=content, headers=headers)

    codes = {error["extensions"]["code"] for error in answer.errors}
    assert answer.status < 500 and logs == []
    assert not codes & {"INTERNAL", "UNAVAILABLE"}
    assert codes or answer.data == {"node": None}


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/assets/%00",
        "/graphiql/assets/" + "a" * 5_000,
        "/graphiql/assets/%2e%2e%2f__init__.py",
        "/graphiql/assets/../../app.py",
        "/graphiql/assets//etc/passwd",
        "/graphiql/assets/%ed%a0%80",
        "/graphiql/assets/",
        "/nothing",
    ],
)
async def test_no_path_leads_out(ask: Ask, path: str) -> None:
    """Neither to another file nor into a failure."""
    with capture_logs() as logs:
        answer = await ask.send("GET", path)

    assert (answer.status, answer.code, logs) == (404, "INVALID_REQUEST", [])


async def test_another_site_is_not_let_in(ask: Ask) -> None:
    """No answer says that a page of another origin may read it."""
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for response in (
        await ask.client.options("/graphql", headers=asked),
        await ask.client.post("/graphql", json={"query": VIEWER}, headers=asked),
    ):
        assert not [name for name in response.headers if name.startswith("access-control-")]
        assert "set-cookie" not in response.headers


@pytest.mark.parametrize("id_", ["x", "%00", "%ff", "doc1_" + "A" * 22])
async def test_documents_that_are_not_there(ask: Ask, id_: str) -> None:
    """Malformed and unknown ids answer alike; nobody learns which ones exist."""
    path = f"/documents/{id_}/pdf"
    token = await ask.token_of(await add_worker(ask.world))

    assert (await ask.send("GET", path)).status == 401
    answer = await ask.send("GET", path, headers={"authorization": f"Bearer {token}"})
    assert (answer.status, answer.code) == (404, "INVALID_REQUEST")


async def test_a_hundred_at_once(ask: Ask) -> None:
    """One new document for all of them, parsed and kept while the others run."""
    member = await add_worker(ask.world)
    id_ = ask.id(Tag.MEMBER, member)
    question = f'{{ member(id: "{id_}") {{ id }} }}'

    answers = await asyncio.gather(*(ask(question) for _ in range(100)))

    assert {answer.status for answer in answers} == {200}
    assert all(answer.only() == {"id": id_} for answer in answers)


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8::9", "2001:db8::/64"),
        ("::ffff:127.0.0.1", None),
        ("127.0.0.1", None),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", None),
        (None, None),
    ],
)
async def test_neighborhoods_of_addresses(host: str | None, network: str | None) -> None:
    """All IPv4 clients of a socket that takes both would else share one limit."""
    assert network_of(host) == network
