"""Operations asked for by the id of a trusted document, in every mode."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.database import engine
from domain.trusted_documents.operations import drop_client
from domain.trusted_documents.queries import clients
from domain.trusted_documents.rules import Client, document_id_of
from gateway.providers import Providers
from schema.document_cache import KnownDocuments
from tests.make.ask import Answer, Ask, counted_statements
from tests.make.documents import stored, text_of
from tests.make.members import add_worker
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

OURS = {"accept": "application/graphql-response+json"}
SECOND = timedelta(seconds=1)


@pytest.fixture
def only(world: World, tmp_path: Path, providers: Providers) -> Ask:
    return Ask.of(world, tmp_path, providers, PIECERATE_DOCUMENTS="only")


@pytest.fixture
def off(world: World, tmp_path: Path, providers: Providers) -> Ask:
    return Ask.of(world, tmp_path, providers, PIECERATE_DOCUMENTS="off")


async def by_id(
    ask: Ask, document_id: str, headers: dict[str, str] | None = None, **more: Any
) -> Answer:
    body = {"documentId": document_id, **more}
    return await ask.send("POST", json=body, headers={**OURS, **(headers or {})})


def persisted(text: str) -> dict[str, Any]:
    sha256 = document_id_of(text).removeprefix("sha256:")
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256}}


# -- running by id ------------------------------------------------------------


async def test_a_stored_document_runs_by_its_id(ask: Ask) -> None:
    """With variables and a viewer, as its text would; Relay's ids lack the prefix."""
    worker = await add_worker(ask.world)
    token = {"authorization": f"Bearer {await ask.token_of(worker)}"}
    text = f"query Q{ask.world.new_id().hex}($id: ID!) {{ node(id: $id) {{ id }} viewer {{ id }} }}"
    await stored(ask.world, text)

    answer = await by_id(ask, document_id_of(text), token, variables={"id": "rubbish"})
    bare = await by_id(ask, document_id_of(text).removeprefix("sha256:"), variables={"id": "x"})
    empty = await by_id(ask, document_id_of(text), query="", variables={"id": "x"})

    assert (answer.status, answer.data["node"]) == (200, None)
    assert answer.data["viewer"]["id"]
    assert bare.data == empty.data == {"node": None, "viewer": None}


async def test_an_upload_works_without_a_restart(ask: Ask) -> None:
    """Within a second, though the id was asked for before it was there."""
    text = text_of(ask.world)
    before = await by_id(ask, document_id_of(text))
    await stored(ask.world, text)
    ask.world.now += SECOND
    after = await by_id(ask, document_id_of(text))

    assert (before.status, before.code) == (400, "DOCUMENT_NOT_FOUND")
    assert after.data == {"viewer": None}


async def test_a_dropped_document_is_forgotten(ask: Ask) -> None:
    """Within a minute: a document may be dropped because it does harm."""
    text, kept = text_of(ask.world), text_of(ask.world)
    client = await stored(ask.world, text)
    await stored(ask.world, kept)
    await by_id(ask, document_id_of(text))
    await drop_client(client=client, now=ask.world.now, is_forced=True)
    ask.world.now += timedelta(minutes=1)

    assert (await by_id(ask, document_id_of(text))).code == "DOCUMENT_NOT_FOUND"
    assert (await by_id(ask, document_id_of(kept))).errors == []


async def test_unknown_ids_make_no_statement_each(ask: Ask) -> None:
    """Else anybody could keep the database busy with made up ids."""
    await by_id(ask, "sha256:00")
    async with counted_statements() as statements:
        answers = await asyncio.gather(*(by_id(ask, f"sha256:{n:064x}") for n in range(50)))

    assert {answer.code for answer in answers} == {"DOCUMENT_NOT_FOUND"}
    assert statements == []


async def test_known_ids_make_no_statement(ask: Ask) -> None:
    """They are faster than texts, not slower."""
    text = text_of(ask.world)
    await stored(ask.world, text)
    await by_id(ask, document_id_of(text))
    async with counted_statements() as statements:
        answer = await by_id(ask, document_id_of(text))

    assert answer.errors == [] and statements == []


async def test_the_first_requests_of_a_process_wait_for_the_store(ask: Ask) -> None:
    """A burst after a restart is not told that its ids are unknown, nor reads them ten times."""
    text = text_of(ask.world)
    await stored(ask.world, text)

    async with counted_statements() as statements:
        answers = await asyncio.gather(*(by_id(ask, document_id_of(text)) for _ in range(10)))

    assert [answer.errors for answer in answers] == [[]] * 10
    assert sum("where seq > $1" in statement for statement in statements) == 1


async def test_without_the_database_unknown_ids_come_back_later(ask: Ask) -> None:
    """It may well be a known one: "not found" would be a lie."""
    text = text_of(ask.world)
    await stored(ask.world, text)
    known = text_of(ask.world, "__typename")
    await stored(ask.world, known)
    await by_id(ask, document_id_of(known))
    ask.world.now += timedelta(minutes=2)
    pool, engine.pool = engine.pool, NoPool()
    try:
        unknown = await by_id(ask, "sha256:00")
        answer = await by_id(ask, document_id_of(known))
    finally:
        engine.pool = pool

    assert (unknown.status, unknown.code) == (503, "UNAVAILABLE")
    assert answer.data == {"__typename": "Query"}


class NoPool:
    """A database that refuses every connection."""

    async def acquire(self, *, timeout: float) -> None:  # noqa: ASYNC109  # the pool's signature
        raise ConnectionRefusedError(f"nobody listens, waited {timeout} s")


# -- automatic persisted queries ----------------------------------------------


async def test_apollos_clients_send_the_text_when_told(ask: Ask) -> None:
    """The hash alone, then hash and text; the text is not stored for others."""
    text = text_of(ask.world)
    first = await ask.send("POST", json={"extensions": persisted(text)}, headers=OURS)
    second = await ask.send("POST", json={"query": text, "extensions": persisted(text)})
    third = await ask.send("POST", json={"extensions": persisted(text)}, headers=OURS)

    assert (first.code, first.errors[0]["message"]) == (
        "PERSISTED_QUERY_NOT_FOUND",
        "PersistedQueryNotFound",
    )
    assert second.data == {"viewer": None}
    assert third.code == "PERSISTED_QUERY_NOT_FOUND"


async def test_apollos_clients_read_what_is_stored(ask: Ask) -> None:
    """A manifest serves them as well."""
    text = text_of(ask.world)
    await stored(ask.world, text)
    answer = await ask.send("POST", json={"extensions": persisted(text)})

    assert answer.data == {"viewer": None}


@pytest.mark.parametrize("form", ["documentId", "extensions"])
async def test_a_wrong_hash_is_refused(ask: Ask, form: str) -> None:
    """Else a client could make us cache one text under the name of another."""
    wish = {"documentId": document_id_of("{ a }"), "extensions": persisted("{ a }")}
    answer = await ask.send("POST", json={"query": "{ viewer { id } }", form: wish[form]})

    assert (answer.status, answer.code) == (400, "DOCUMENT_MISMATCH")


# -- modes --------------------------------------------------------------------


async def test_mode_only_runs_what_is_stored(only: Ask) -> None:
    """By id or by text; a free text is refused whatever it asks for."""
    text = text_of(only.world)
    await stored(only.world, text)

    assert (await by_id(only, document_id_of(text))).data == {"viewer": None}
    assert (await only(text)).data == {"viewer": None}
    for free in (text + " ", "{ __schema { queryType { name } } }", "{ nope"):
        refused = await only.send("POST", json={"query": free}, headers=OURS)
        assert (refused.status, refused.code) == (400, "DOCUMENT_NOT_TRUSTED")
    unknown = {"query": "{ viewer { id } }", "extensions": persisted("{ viewer { id } }")}
    assert (await only.send("POST", json=unknown)).code == "DOCUMENT_NOT_TRUSTED"


async def test_mode_only_holds_for_documents_of_webhooks(only: Ask) -> None:
    """Else whoever registers an endpoint would have any text run, again and again."""
    world, worker, url = only.world, await add_worker(only.world), "https://hooks.example.org/"
    name = world.new_id().hex
    mutation = f"{example('webhookEndpointCreate')}# {name}"
    text = f"query Told{name}($id: ID!) {{ node(id: $id) {{ id }} }}"
    await stored(world, mutation)

    async def problems(document: str | None) -> list[str]:
        wish = {"url": url, "document": document, "stepUpId": "rubbish"}
        (error,) = (await only(mutation, viewer=worker, input=wish)).only()["errors"]
        found: list[str] = error.get("problems", [])
        return found

    assert await problems(text) == ["only trusted documents run here, and this is none"]
    assert await problems(None) == []
    await stored(world, text)
    assert await problems(text) == []


async def test_mode_off_knows_no_ids(off: Ask) -> None:
    """Texts run; an id is unknown though it is stored."""
    text = text_of(off.world)
    await stored(off.world, text)

    assert (await by_id(off, document_id_of(text))).code == "DOCUMENT_NOT_FOUND"
    assert (await off(text)).data == {"viewer": None}


async def test_free_texts_are_counted_by_client(ask: Ask) -> None:
    """So that an operator sees who must change before `only`; names are not believed blindly."""
    text = text_of(ask.world)
    await stored(ask.world, text)
    await by_id(ask, document_id_of(text))
    web = {"x-client-name": "web", "x-client-version": "1.0"}
    bad = {"x-client-name": "web\u00a0!" * 40, "x-client-version": "1.0"}

    for headers in (web, web, {name: value.encode().hex() * 9 for name, value in bad.items()}):
        await ask.send("POST", json={"query": "{ viewer { id } }"}, headers=headers)
    await ask(text)
    ask.world.now += timedelta(minutes=10)
    with capture_logs() as lines:
        await ask("{ viewer { id } }")

    (line,) = [each for each in lines if each["event"] == "graphql.free_texts"]
    assert line["count_by_client"] == {"web": 2, "(unnamed)": 2}


# -- who uses what ------------------------------------------------------------


async def last_used(client: Client) -> Any:
    (record,) = [each for each in await clients() if each.client == client]
    return record.last_used_at


async def test_use_is_noted_for_the_client_that_says_so(ask: Ask) -> None:
    """Once an hour, and not for the other holder of the same document."""
    text = text_of(ask.world)
    one, other = await stored(ask.world, text), await stored(ask.world, text)
    began = ask.world.now
    headers = {"x-client-name": one.name, "x-client-version": one.version}

    await by_id(ask, document_id_of(text), headers)
    ask.world.now += timedelta(minutes=59)
    await by_id(ask, document_id_of(text), headers)
    assert (await last_used(one), await last_used(other)) == (began, None)

    ask.world.now += timedelta(minutes=1)
    await by_id(ask, document_id_of(text), headers)
    assert await last_used(one) == ask.world.now


async def test_use_by_nobody_counts_for_every_holder(ask: Ask) -> None:
    """A frontend that sends no name must not lose its documents."""
    text = text_of(ask.world)
    one, other = await stored(ask.world, text), await stored(ask.world, text)

    await by_id(ask, document_id_of(text), {"x-client-name": "stranger", "x-client-version": "1"})

    assert await last_used(one) == await last_used(other) == ask.world.now


# -- caches -------------------------------------------------------------------


async def test_an_anonymous_answer_by_id_may_be_cached(ask: Ask) -> None:
    """Briefly, and never for somebody who is signed in."""
    text = text_of(ask.world, "campaigns(first: 1) { nodes { id } }")
    await stored(ask.world, text)
    token = await ask.token_of(await add_worker(ask.world))
    params = {"documentId": document_id_of(text)}

    anonymous = await ask.send("GET", params=params)
    signed_in = await ask.send("GET", params=params, headers={"authorization": f"Bearer {token}"})

    assert anonymous.headers["cache-control"] == "public, max-age=5"
    assert "Authorization" in anonymous.headers["vary"]
    assert signed_in.headers["cache-control"] == "no-store"
    assert anonymous.data == signed_in.data


async def test_nothing_else_may_be_cached(ask: Ask, off: Ask) -> None:
    """Free texts, posts, refusals, errors of fields, and what a cookie may have changed."""
    text = text_of(ask.world)
    failing = text_of(ask.world, 'campaigns(after: "made up") { nodes { id } }')
    await stored(ask.world, text, failing)
    id_, get = document_id_of(text), {"query": "{ viewer { id } }"}

    for answer in (
        await ask.send("GET", params=get),
        await by_id(ask, id_),
        await ask.send("GET", params={"documentId": id_}, headers={"cookie": "theme=dark"}),
        await ask.send("GET", params={"documentId": "sha256:00"}),
        await ask.send("GET", params={"documentId": document_id_of(failing)}),
        await off.send("GET", params={"documentId": id_, "query": text}),
    ):
        assert "public" not in answer.headers.get("cache-control", "")


async def test_a_mutation_by_get_and_id_is_refused(ask: Ask) -> None:
    """A link must never change anything, stored or not."""
    text = (
        f"mutation M{ask.world.new_id().hex} {{ sessionEnd(input: {{}}) {{ errors {{ code }} }} }}"
    )
    await stored(ask.world, text)
    answer = await ask.send("GET", params={"documentId": document_id_of(text)})

    assert (answer.status, answer.code) == (405, "MUTATION_NEEDS_POST")


async def test_free_texts_push_no_trusted_document_out() -> None:
    """Parsing takes most of the time of a small query."""
    known = KnownDocuments(free_max=100, trusted_max=100)
    known.trusted_texts = {"{ trusted }"}
    document: Any = object()
    known.add("{ trusted }", document)
    for number in range(50):
        known.add(f"{{ free{number} }}", document)

    assert known.get("{ trusted }") is not None
    assert known.get("{ free49 }") is not None and known.get("{ free0 }") is None
