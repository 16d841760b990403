"""Every row of GRAPHQL.md 4.2 and 4.3 that applies so far: what is answered, with which status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.make.ask import Ask
from tests.make.members import add_worker

pytestmark = pytest.mark.asyncio

OURS = "application/graphql-response+json"
PLAIN = "application/json"


def post(query: object, **more: object) -> dict[str, Any]:
    return {"content": json.dumps({"query": query, **more}).encode()}


async def ask_as(ask: Ask, accept: str, **options: Any) -> Any:
    headers = {"accept": accept, "content-type": "application/json", **options.pop("headers", {})}
    return await ask.send(options.pop("method", "POST"), headers=headers, **options)


DOUBLED = "".join(f"fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }} " for n in range(60))

WELL_FORMED = [
    ("SYNTAX_ERROR", post("{")),
    ("DOCUMENT_TOO_LARGE", post("{ " + "viewer { id } " * 700 + "}")),
    ("DOCUMENT_TOO_LARGE", post('{ node(id: "' + "x" * 100_000 + '") { id } }')),
    ("VALIDATION_FAILED", post("{ nope }")),
    ("VALIDATION_FAILED", post("{ ...nope }")),
    ("DOCUMENT_TOO_COMPLEX", post("{ " + "viewer{id} " * 399 + "}")),
    ("QUERY_TOO_DEEP", post("{ a" * 13 + "}" * 13)),
    ("TOO_MANY_ALIASES", post("{ " + " ".join(f"a{n}: viewer {{ id }}" for n in range(31)) + "}")),
    ("TOO_MANY_DIRECTIVES", post("{ viewer " + "@nope " * 11 + "{ id } }")),
    (
        "TOO_MANY_MUTATIONS",
        post(
            "mutation { "
            + " ".join(f"a{n}: sessionEnd(input: {{}}) {{ errors {{ code }} }}" for n in range(6))
            + "}"
        ),
    ),
    ("OPERATION_NAME_REQUIRED", post("query A { viewer { id } } query B { viewer { id } }")),
    ("INVALID_VARIABLES", post("query ($id: ID!) { node(id: $id) { id } }", variables={})),
    ("INVALID_PAGE_SIZE", post("{ viewer { sessions(first: 0) { nodes { id } } } }")),
    ("INVALID_PAGE_SIZE", post("{ viewer { sessions(first: 101) { nodes { id } } } }")),
    ("INVALID_PAGE_SIZE", post("{ viewer { sessions(first: 2, last: 2) { nodes { id } } } }")),
    (
        "INVALID_PAGE_SIZE",
        post(
            "query ($n: Int) { viewer { sessions(last: $n) { nodes { id } } } }",
            variables={"n": -1},
        ),
    ),
    ("DOCUMENT_NOT_FOUND", {"json": {"documentId": "sha256:00"}}),
    (
        "PERSISTED_QUERY_NOT_FOUND",
        {"json": {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00"}}}},
    ),
]


@pytest.mark.parametrize(("code", "request_"), WELL_FORMED)
async def test_a_well_formed_request_that_is_refused(
    ask: Ask, code: str, request_: dict[str, Any]
) -> None:
    """400 under our media type, 200 under plain JSON, and never a `data` key."""
    ours = await ask_as(ask, OURS, **request_)
    plain = await ask_as(ask, PLAIN, **request_)

    assert (ours.status, plain.status) == (400, 200)
    for answer in (ours, plain):
        assert "data" not in answer.body
        assert answer.code == code
        assert answer.errors[0]["extensions"]["requestId"]
    assert ours.headers["content-type"].startswith(OURS)
    assert plain.headers["content-type"].startswith(PLAIN)
    assert ours.headers["vary"] == "Accept, Accept-Language"


MALFORMED = [
    (400, "INVALID_JSON", {"content": b"{"}),
    (400, "INVALID_JSON", {"content": b"\xff\xfe"}),
    (400, "INVALID_JSON", {"content": b'{"query": "{ viewer { id } }", "variables": {"a": NaN}}'}),
    (400, "INVALID_JSON", {"content": b"[" * 60_000}),
    (400, "INVALID_REQUEST", {"content": b'"x"'}),
    (400, "INVALID_REQUEST", {"content": b"5"}),
    (400, "INVALID_REQUEST", {"content": b"null"}),
    (400, "INVALID_REQUEST", {"content": b"[1]"}),
    (400, "INVALID_REQUEST", {"content": b'[{"query": "{ viewer { id } }"}]'}),
    (400, "INVALID_REQUEST", post("{ viewer { id } }", variables=5)),
    (400, "INVALID_REQUEST", post("{ viewer { id } }", operationName=5)),
    (400, "INVALID_REQUEST", post(5)),
    (400, "QUERY_MISSING", {"content": b"{}"}),
    (400, "DOCUMENT_MISMATCH", post("{ viewer { id } }", documentId="sha256:00")),
    (400, "OPERATION_NOT_FOUND", post("query A { viewer { id } }", operationName="B")),
    (406, "SUBSCRIPTION_NEEDS_STREAM", post("subscription { payoutChanged { id } }")),
    (413, "BODY_TOO_LARGE", {"content": b" " * 1_000_001}),
    (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        post("{ viewer { id } }") | {"headers": {"content-type": "text/plain"}},
    ),
    (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        post("{ viewer { id } }") | {"headers": {"content-type": "application/jsonp"}},
    ),
    (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        {"content": b"", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    ),
    (
        401,
        "UNAUTHENTICATED",
        post("{ viewer { id } }") | {"headers": {"authorization": "Bearer x"}},
    ),
    (
        401,
        "UNAUTHENTICATED",
        post("{ viewer { id } }") | {"headers": {"authorization": "Basic eDp5"}},
    ),
]


@pytest.mark.parametrize(("status", "code", "request_"), MALFORMED)
async def test_a_request_that_is_wrong_in_itself(
    ask: Ask, status: int, code: str, request_: dict[str, Any]
) -> None:
    """The same status whatever the client accepts, in GraphQL's shape, never text."""
    for accept in (OURS, PLAIN):
        answer = await ask_as(ask, accept, **dict(request_))
        assert (answer.status, answer.code) == (status, code)
        assert "data" not in answer.body
        assert answer.errors[0]["extensions"]["requestId"]


async def test_an_unknown_token_says_how_to_sign_in(ask: Ask) -> None:
    """Clients find the scheme where HTTP puts it."""
    answer = await ask.with_token("{ viewer { id } }", "prs_unknown")

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_queries_may_come_by_get(ask: Ask) -> None:
    """Caches and links need it; variables are JSON in the address."""
    answer = await ask.send(
        "GET",
        params={
            "query": "query ($id: ID!) { node(id: $id) { id } }",
            "variables": '{"id": "rubbish"}',
        },
    )

    assert answer.status == 200
    assert answer.data == {"node": None}


async def test_mutations_may_not_come_by_get(ask: Ask) -> None:
    """A link must never change anything."""
    query = "mutation { sessionEnd(input: {}) { errors { code } } }"
    answer = await ask.send("GET", params={"query": query})

    assert (answer.status, answer.code) == (405, "MUTATION_NEEDS_POST")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_answer_in_our_shape(ask: Ask, method: str) -> None:
    """Litestar's router refuses them before any of our code runs."""
    answer = await ask.send(method)

    assert answer.status == 405
    assert answer.code == "INVALID_REQUEST"


async def test_nothing_acceptable(ask: Ask) -> None:
    """A client that cannot read JSON learns what there is."""
    answer = await ask_as(ask, "text/html", **post("{ viewer { id } }"))

    assert (answer.status, answer.code) == (406, "NOT_ACCEPTABLE")


async def test_the_better_liked_type_wins(ask: Ask) -> None:
    """Quality decides, not the order."""
    answer = await ask_as(ask, f"{PLAIN};q=0.5, {OURS};q=0.9", **post("{ viewer { id } }"))

    assert answer.headers["content-type"].startswith(OURS)
    assert answer.data == {"viewer": None}


async def test_success_and_field_errors_are_200(ask: Ask) -> None:
    """What ran is 200 under both types; `data` is there."""
    worker = await add_worker(ask.world)
    document = '{ viewer { sessions(after: "made up") { nodes { id } } } }'
    answer = await ask(document, viewer=worker)

    assert answer.status == 200
    assert answer.code == "INVALID_CURSOR"
    assert answer.data == {"viewer": {"sessions": None}}
    assert answer.headers["cache-control"] == "no-store"


async def test_one_invalid_document_gives_each_request_its_own_id(ask: Ask) -> None:
    """Cached errors are shared; an id written into one would show up in another's answer."""
    first = await ask("{ nope }")
    second = await ask("{ nope }")

    ids = {answer.errors[0]["extensions"]["requestId"] for answer in (first, second)}
    assert len(ids) == 2


async def test_every_answer_tells_its_cost(ask: Ask) -> None:
    """Clients tune their queries by it, before any limit bites."""
    by_literal = await ask("{ viewer { sessions(first: 7) { nodes { id } } } }")
    by_variable = await ask(
        "query ($n: Int) { viewer { sessions(first: $n) { nodes { id } } } }", n=7
    )

    assert by_literal.body["extensions"]["cost"] == {
        "requested": 20,
        "actual": 1,  # nobody is signed in: there is no viewer, and no list
        "limit": 5000,
        "available": 50_000,  # strangers on our own machine have no budget
        "restorePerSecond": 500,
    }
    assert by_variable.body["extensions"] == by_literal.body["extensions"]


async def test_an_expensive_query_is_refused(ask: Ask) -> None:
    """Page sizes in variables are priced when they are known."""
    document = """query ($n: Int) { viewer {
        a: sessions(first: $n) { nodes { id createdAt lastSeenAt expiresAt isCurrent } totalCount }
        b: sessions(first: $n) { edges { node { id createdAt lastSeenAt expiresAt } cursor } }
        c: sessions(first: $n) { edges { node { id createdAt lastSeenAt expiresAt } cursor } }
        d: sessions(first: $n) { edges { node { id createdAt lastSeenAt expiresAt } cursor } }
        e: sessions(first: $n) { edges { node { id createdAt lastSeenAt expiresAt } cursor } }
        f: sessions(first: $n) { edges { node { id createdAt lastSeenAt expiresAt } cursor } }
        g: sessions(first: $n) { edges { node { id createdAt lastSeenAt expiresAt } cursor } }
        h: sessions(first: $n) { edges { node { id createdAt lastSeenAt expiresAt } cursor } }
    } }"""

    assert (await ask(document, n=100)).code == "QUERY_TOO_EXPENSIVE"
    assert (await ask(document, n=10)).errors == []


async def test_a_fragment_bomb_is_measured_once_per_fragment(ask: Ask) -> None:
    """Doubling fragments: 2^60 fields on paper, answered at once."""
    document = "{ viewer { ...f0 } } " + DOUBLED + "fragment f60 on Viewer { id }"
    answer = await ask(document)

    assert answer.code == "QUERY_TOO_EXPENSIVE"


CHAIN = "{ viewer { ...f0 } } " + "".join(
    f"fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }} " for n in range(80)
)
HOSTILE = {
    "a chain of fragments, each spread twice": CHAIN + "fragment f80 on Viewer { id }",
    "the same nested field 399 times": "{ " + "viewer{id} " * 399 + "}",
    "600 aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(600)) + "}",
    "150 fragments with a nested field each": "{ viewer { "
    + " ".join(f"...f{n}" for n in range(150))
    + " } } "
    + " ".join(f"fragment f{n} on Viewer {{ member {{ id }} }}" for n in range(150)),
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_documents_are_answered(ask: Ask, document: str) -> None:
    """Stock limiters took seconds for some of them, and the event loop with them."""
    answer = await ask(document)

    assert "data" not in answer.body or answer.errors == []
