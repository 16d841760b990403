"""Operations that take too long, and clients that do not wait: the database stops with them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from domain.database import fetch_value
from gateway.providers import Providers
from tests.make.ask import Ask
from tests.make.locks import BEFORE_THE_LOCK_GIVES_UP, locked, until_waiting, waiting
from tests.make.members import add_worker
from tests.make.streams import served
from tests.make.world import World
from tests.schema.documents import example
from tests.schema.test_access import person

pytestmark = pytest.mark.asyncio

READS: Final = {
    "a batch, which runs in a task of its own": ("member_person", "{ viewer { name } }"),
    "a resolver": ("deposit", "{ viewer { deposits { nodes { id } } } }"),
}


@pytest.fixture
def hasty(ask: Ask) -> Ask:
    """The same application with a deadline that a test can wait for."""
    ask.app.state.web = replace(ask.app.state.web, deadline_seconds=0.3)
    return ask


@pytest.mark.parametrize(("table", "document"), READS.values(), ids=READS)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_the_deadline_ends_the_statement_too(
    hasty: Ask, database: str, table: str, document: str, accept: str
) -> None:
    """503 for every client, and the server runs nothing any more for an answer that went out."""
    worker = await add_worker(hasty.world)
    headers = {"authorization": f"Bearer {await hasty.token_of(worker)}", "accept": accept}
    async with locked(database, table):
        asked = asyncio.create_task(hasty.send("POST", json={"query": document}, headers=headers))
        await until_waiting(1)
        answer = await asyncio.wait_for(asked, BEFORE_THE_LOCK_GIVES_UP)
        assert await waiting() == 0

    assert (answer.status, answer.code) == (503, "DEADLINE_EXCEEDED")
    assert answer.headers["retry-after"] == "5" and "data" not in answer.body
    assert "idempotency key" in answer.errors[0]["message"]
    cost = answer.body["extensions"]["cost"]
    assert cost["actual"] == cost["requested"] > 0
    assert (await hasty(document, viewer=worker)).status == 200


async def test_a_change_that_is_cut_off_happened_not_at_all(hasty: Ask, database: str) -> None:
    """The member was inserted and waited for the password: neither is there afterwards."""
    new = person(hasty)
    async with locked(database, "member_password"):
        cut = await hasty(example("memberRegister"), input=new)

    assert (cut.status, cut.code) == (503, "DEADLINE_EXCEEDED")
    count = "select count(*) from member_person where email_key = $1"
    assert await fetch_value(count, new["email"]) == 0
    again = (await hasty(example("memberRegister"), input=new)).only()
    assert again["errors"] == [] and await fetch_value(count, new["email"]) == 1


@pytest.mark.parametrize(("table", "document"), READS.values(), ids=READS)
async def test_a_client_that_goes_ends_the_statement(
    ask: Ask, database: str, table: str, document: str
) -> None:
    """Nobody reads the answer, so nothing goes on for it."""
    worker = await add_worker(ask.world)
    token = await ask.token_of(worker)
    gone, sent = asyncio.Event(), list[Any]()
    async with locked(database, table):
        asked = asyncio.create_task(raw(ask, document, token, gone=gone, sent=sent))
        await until_waiting(1)
        gone.set()
        await asyncio.wait_for(asked, BEFORE_THE_LOCK_GIVES_UP)
        assert await waiting() == 0

    assert [message["status"] for message in sent if "status" in message] == [499]


async def raw(ask: Ask, document: str, token: str, *, gone: asyncio.Event, sent: list[Any]) -> None:
    """One request as a server hands it over; the client goes when `gone` is set."""
    body = [{"type": "http.request", "body": json.dumps({"query": document}).encode()}]

    async def receive() -> dict[str, Any]:
        if body:
            return body.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }
    await ask.app(scope, receive, send)  # type: ignore[arg-type]  # plain dictionaries


async def test_one_member_runs_so_many_operations_at_once(
    world: World, tmp_path: Path, providers: Providers, database: str
) -> None:
    """One more is told to wait; other members are not, and it works again afterwards."""
    ask = Ask.of(world, tmp_path, providers, PIECERATE_RUNNING_MAX="3")
    worker, other = await add_worker(world), await add_worker(world)
    table, document = READS["a resolver"]
    await ask.token_of(worker)
    async with locked(database, table):
        running = [asyncio.create_task(ask(document, viewer=worker)) for _ in range(3)]
        await until_waiting(3)
        refused = await ask("{ viewer { id } }", viewer=worker)
        assert (await ask("{ viewer { id } }", viewer=other)).status == 200
    await asyncio.gather(*running)

    assert (refused.status, refused.code) == (429, "THROTTLED")
    assert refused.headers["retry-after"] == "1"
    assert refused.errors[0]["extensions"]["retryAfterSeconds"] == 1
    assert (await ask("{ viewer { id } }", viewer=worker)).status == 200


async def test_a_lost_connection_ends_the_statement(
    ask: Ask, database: str, tmp_path: Path
) -> None:
    """The same over a real port: the server tells us that the client has gone."""
    worker = await add_worker(ask.world)
    token = await ask.token_of(worker)
    table, document = READS["a resolver"]
    async with served(ask, tmp_path) as live, locked(database, table):
        asked = asyncio.create_task(post(live.url, document, token))
        await until_waiting(1)
        asked.cancel()
        await asyncio.wait_for(until_waiting(0), BEFORE_THE_LOCK_GIVES_UP)


async def post(url: str, document: str, token: str) -> None:
    async with httpx.AsyncClient(timeout=10) as client:
        headers = {"authorization": f"Bearer {token}"}
        await client.post(url, json={"query": document}, headers=headers)
