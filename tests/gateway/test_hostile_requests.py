"""What strangers send to the port: always a clear answer in our shape, never a failure of ours."""

from __future__ import annotations

import asyncio
import json
from time import process_time
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from gateway.context import network_of
from schema.admission import PROBLEMS_MAX
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.members import add_worker

pytestmark = pytest.mark.asyncio

VIEWER: Final = "{ viewer { id } }"
DIGITS: Final = "9" * 5_000  # more than Python reads as a number
RATING: Final = 'mutation { ratingGive(input: {assignmentId: "x", stars: %s}) { errors { code } } }'


def complaints(logs: list[Any]) -> list[Any]:
    """Besides the line that every request gets."""
    return [each for each in logs if each["event"] != "http.request"]


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
    assert answer.status < 500 and complaints(logs) == []
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

    assert (answer.status, answer.code) == (404, "INVALID_REQUEST")
    assert complaints(logs) == []


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


@pytest.mark.parametrize("signature", ["", "x", "%C3%A9", "A" * 24])
@pytest.mark.parametrize("until", ["", "x", "0", "9" * 11])
async def test_links_that_nobody_signed(ask: Ask, until: str, signature: str) -> None:
    """Without a hint at what is wrong with them, and whoever sends them."""
    path = f"/documents/doc1_{'A' * 22}/pdf?until={until}&signature={signature}"

    answer = await ask.send("GET", path)

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


BOMBS: Final = {
    "a chain of 80 fragments, each spread twice": (
        "QUERY_TOO_EXPENSIVE",
        "{ viewer { ...F0 } }"
        + "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(80))
        + "fragment F80 on Viewer { id }",
    ),
    "1,000 aliases": (
        "DOCUMENT_TOO_LARGE",
        "{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(1_000)) + "}",
    ),
    "600 aliases of nothing": (
        "TOO_MANY_ALIASES",
        "{" + " ".join(f"a{n}: __typename" for n in range(600)) + "}",
    ),
    "100 levels": ("QUERY_TOO_DEEP", "{" + "a{" * 99 + "a" + "}" * 100),
    "900 levels": ("DOCUMENT_TOO_LARGE", "{" + "a{" * 899 + "a" + "}" * 900),
    "lists in lists": (
        "QUERY_TOO_EXPENSIVE",
        "{ campaigns(first: 100) { nodes { tasks(first: 100) { nodes { id } } } } }",
    ),
    "a page of a million": (
        "INVALID_PAGE_SIZE",
        "{ campaigns(first: 1000000) { nodes { id } } }",
    ),
    "a list of 1,900 ids": (
        "DOCUMENT_TOO_LARGE",
        "{ nodes(ids: [" + '"x" ' * 2_000 + "]) { id } }",
    ),
    "200 directives": (
        "TOO_MANY_DIRECTIVES",
        "{ viewer " + "@skip(if: false)" * 200 + "{ id } }",
    ),
    "one field 399 times": ("DOCUMENT_TOO_COMPLEX", "{" + "viewer { id } " * 399 + "}"),
    "introspection in circles": (
        "VALIDATION_FAILED",
        "{ __schema { types " + "{ fields { type " * 3 + "{ name }" + " } }" * 3 + " } }",
    ),
    "the names of all fields 13 times": (
        "QUERY_TOO_EXPENSIVE",
        "{"
        + " ".join(
            f"a{n}: __schema {{ types {{ fields {{ name type {{ name }} }} }} }}" for n in range(13)
        )
        + "}",
    ),
    "introspection 25 times": (
        "QUERY_TOO_EXPENSIVE",
        "{" + " ".join(f"a{n}: __schema {{ ...S }}" for n in range(25)) + "}"
        " fragment S on __Schema { types { ...T } queryType { ...T } directives { args"
        " { type { ...T } } } }"
        " fragment T on __Type { name kind description fields { name description args"
        " { name type { name ofType { name ofType { name } } } } type { name ofType { name } } }"
        " inputFields { name type { name } } enumValues { name } possibleTypes { name } }",
    ),
}


@pytest.mark.parametrize(("code", "document"), BOMBS.values(), ids=BOMBS)
async def test_bombs_are_answered_with_their_own_code(ask: Ask, code: str, document: str) -> None:
    """Before anything of them runs. The time of the processor is for people to read."""
    began = process_time()
    answer = await ask(document)
    print(f"{code}: {(process_time() - began) * 1000:.0f} ms")  # noqa: T201  # pytest -rP shows it

    assert {error["extensions"]["code"] for error in answer.errors} == {code}
    assert "data" not in answer.body


IDS: Final = "query ($v: [ID!]!) { nodes(ids: $v) { id } }"
WHERE: Final = "query ($v: CampaignWhere) { campaigns(where: $v) { nodes { id } } }"


@pytest.mark.parametrize(
    ("document", "value"),
    [
        pytest.param(IDS, [{}] * 200_000, id="wrong"),
        pytest.param(IDS, ["a"] * 150_000, id="right"),
        pytest.param(WHERE, {"or": [{}] * 200_000}, id="conditions"),
        pytest.param(WHERE, {"or": [{"and": [[[{}]]]} for _ in range(1_200)]}, id="in lists"),
        pytest.param(VIEWER, {str(number): 1 for number in range(50_000)}, id="nobody asks for it"),
        pytest.param(IDS, [{}] * 4_000, id="wrong, but not too many"),
    ],
)
async def test_large_variables_are_not_read(ask: Ask, document: str, value: object) -> None:
    """Reading the first of them took half a minute, in which nobody else was answered."""
    answer = await ask(document, v=value)

    assert {error["extensions"]["code"] for error in answer.errors} == {"INVALID_VARIABLES"}
    assert len(answer.errors) <= PROBLEMS_MAX + 1


async def test_ordinary_variables_are_read(ask: Ask) -> None:
    """As many as the largest list of ids or conditions holds."""
    assert (await ask(IDS, v=["x"] * 100)).errors == []
    values = [{"title": {"in": ["x"] * 100}} for _ in range(20)]
    assert (await ask(WHERE, v={"or": values})).errors == []


@pytest.mark.parametrize("name", ["accept", "authorization", "x-request-id", "origin", "cookie"])
async def test_no_header_gets_into_the_answer(ask: Ask, name: str) -> None:
    """A line break inside a header would add one of the attacker's own to our answer."""
    headers = {name: "x\r\nSet-Cookie: evil=1\r\n\r\n<script>"}

    response = await ask.client.post("/graphql", json={"query": VIEWER}, headers=headers)

    assert response.status_code in {200, 400, 401, 403, 406}
    assert "evil" not in str(response.headers) and "script" not in response.text


@pytest.mark.parametrize(
    "name",
    ["accept", "accept-language", "authorization", "cookie", "origin", "graphql-debug-cost",
     "x-forwarded-for", "x-client-name", "sec-fetch-site", "content-type", "host"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["", "\xff" * 50, "," * 60_000, ";q=" * 20_000, "a" * 60_000])
async def test_headers_of_any_kind_are_borne(ask: Ask, name: str, value: str) -> None:
    """Empty, not ASCII, or as long as no server would let through: answered, never a failure."""
    headers: Any = {"content-type": "application/json", name: value.encode("latin-1")}
    with capture_logs() as logs:
        response = await ask.client.post("/graphql", content=body(VIEWER), headers=headers)

    assert response.status_code < 500 and complaints(logs) == []
    assert all(error["extensions"]["code"] for error in response.json().get("errors", []))
