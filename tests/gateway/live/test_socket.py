"""graphql-transport-ws: what each message is answered with, and what closes the connection."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from domain.database import execute, transaction
from gateway.budget import Budgets
from schema.metering import REFUSED_PRICE
from tests.gateway.live.test_streams import began, now_of
from tests.make.ask import Ask
from tests.make.locks import locked, until_waiting
from tests.make.members import add_worker
from tests.make.streams import ANY_EVENT, PATIENCE, Served, hear, say, served, soon, subscribe
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def live(ask: Ask, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(ask, tmp_path) as open_server:
        yield open_server


async def close_code(socket: ClientConnection) -> int:
    await asyncio.wait_for(socket.wait_closed(), PATIENCE)
    assert socket.close_code is not None
    return socket.close_code


async def outcome(socket: ClientConnection, document: str, **variables: Any) -> Any:
    """The only answer of one operation: its data, or the code of its error."""
    await subscribe(socket, document, name="once", **variables)
    answer = await hear(socket)
    if answer["type"] == "error":
        return answer["payload"][0]["extensions"]["code"]
    assert (await hear(socket))["type"] == "complete"
    return answer["payload"]["data"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "SYNTAX_ERROR"),
        ("{ nope }", "VALIDATION_FAILED"),
        ("query A { viewer { id } } query B { viewer { id } }", "OPERATION_NAME_REQUIRED"),
        ("fragment F on Viewer { id }", "OPERATION_NOT_FOUND"),
        ("", "QUERY_MISSING"),
        ('{ node(id: "' + "x" * 100_000 + '") { id } }', "DOCUMENT_TOO_LARGE"),
    ],
)
async def test_a_wrong_operation_ends_alone(
    live: Served, world: World, document: str, code: str
) -> None:
    """A subscription on the same connection goes on, cold and warm cache alike."""
    worker = await add_worker(world)
    async with live.socket(await live.ask.token_of(worker)) as socket:
        await subscribe(socket, ANY_EVENT, name="live", after=await now_of(live, worker))
        for _ in range(2):
            assert await outcome(socket, document) == code
        assert await outcome(socket, "{ viewer { country } }") == {"viewer": {"country": "PH"}}

        await began(live, world, worker)
        event = await hear(socket)
    assert (event["id"], event["type"]) == ("live", "next")


@pytest.mark.parametrize(
    ("transport", "document"),
    [(each, text) for each in ("sse", "socket") for text in ("{", "{ nope }", "subscription {")]
    + [("socket", "")],
)
async def test_mistakes_have_their_price_on_streams_too(
    live: Served, world: World, transport: str, document: str
) -> None:
    """Else parsing and checking them would be free. Who cannot pay hears when to come back."""
    worker = await add_worker(world)
    token = await live.ask.token_of(worker)
    actor = f"member:{worker.hex}"
    slow = Budgets(limit=5_000, per_second=0.001, running_max=20)
    live.ask.app.state.budgets = slow

    async def code() -> str:
        if transport == "socket":
            async with live.socket(token) as socket:
                return str(await outcome(socket, document))
        async with live.sse(document, token) as events:
            return str((await soon(anext(events)))[1]["errors"][0]["extensions"]["code"])

    assert await code() != "THROTTLED"
    assert slow.available(actor) == 5_000 - REFUSED_PRICE
    assert await slow.take(actor, 5_000 - REFUSED_PRICE) == 0
    assert await code() == "THROTTLED"


@pytest.mark.parametrize("transport", ["sse", "socket"])
async def test_a_member_runs_so_much_at_once_on_streams_too(
    live: Served, world: World, database: str, transport: str
) -> None:
    """Else one member could wait for the whole database. Subscriptions run only when they begin."""
    worker = await add_worker(world)
    token = await live.ask.token_of(worker)
    after = await now_of(live, worker)
    await began(live, world, worker)
    live.ask.app.state.budgets = Budgets(limit=5_000, per_second=1, running_max=2)

    async def asked() -> str:
        if transport == "socket":
            async with live.socket(token) as socket:
                return str(await outcome(socket, document))
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            return (await client.post(live.url, json={"query": document}, headers=headers)).text

    document = "{ viewer { name } }"
    async with live.socket(token) as socket:
        for number in range(3):
            await subscribe(socket, ANY_EVENT, name=str(number), after=after)
            while (await hear(socket))["id"] != str(number):
                pass  # it runs until it has begun, and what it says shows that it has
        async with locked(database, "member_person"):
            running = [asyncio.create_task(asked()) for _ in range(2)]
            await until_waiting(2)
            assert "THROTTLED" in await soon(asked())
        assert not any("THROTTLED" in each for each in await asyncio.gather(*running))


async def test_whoever_hangs_up_is_no_error_and_leaves_nothing(
    live: Served, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Browsers close their tabs all day long. Sixty streams at once would be too many."""
    worker = await add_worker(world)
    token = await live.ask.token_of(worker)
    after = await now_of(live, worker)
    for _ in range(60):
        async with live.socket(token) as socket:
            for number in range(3):
                await subscribe(socket, "{ viewer { id } }", name=str(number))
            await subscribe(socket, ANY_EVENT, name="live")
            socket.transport.abort()
    await began(live, world, worker)
    async with live.socket(token) as socket:
        await subscribe(socket, ANY_EVENT, after=after)
        assert "errors" not in (await hear(socket))["payload"]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_what_fails_before_an_operation_is_told_and_logged(live: Served) -> None:
    """The client does not wait for ever, and does not hear our reasons."""

    def broken() -> datetime:
        raise RuntimeError("4711")

    async with live.socket(None) as socket:
        live.ask.app.state.services = replace(live.ask.services, clock=broken)
        with capture_logs() as logs:
            assert await outcome(socket, "{ viewer { id } }") == "INTERNAL"
            assert await outcome(socket, "") == "INTERNAL"
    assert [each["event"] for each in logs] == ["graphql.unexpected"] * 2


async def test_every_operation_is_asked_who_it_is(live: Served, world: World) -> None:
    """Loaders and identity are an operation's own, also on one connection."""
    worker = await add_worker(world)
    async with live.socket(await live.ask.token_of(worker)) as socket:
        assert await outcome(socket, "{ viewer { name } }") == {"viewer": {"name": "Wanda Worker"}}
    async with live.socket(None) as socket:
        assert await outcome(socket, "{ viewer { name } }") == {"viewer": None}


async def test_messages_are_in_the_language_of_the_connection(live: Served) -> None:
    """Browsers cannot set headers of a handshake, so the first message says it."""
    async with live.socket(None, acceptLanguage="de-AT") as socket:
        await subscribe(socket, ANY_EVENT)
        german = (await hear(socket))["payload"][0]["message"]
    async with live.socket(None) as socket:
        await subscribe(socket, ANY_EVENT)
        english = (await hear(socket))["payload"][0]["message"]
    assert german != english


async def test_a_wrong_token_is_refused(live: Served) -> None:
    """Before anything can be asked."""
    async with live.raw_socket() as socket:
        await say(socket, type="connection_init", payload={"authorization": "Bearer wrong"})
        assert await close_code(socket) == 4403


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", 4400),
        ("{}", 4400),
        ("no json", 4400),
        ('{"type": 5}', 4400),
        ('{"type": "nope"}', 4400),
        ('{"type": "subscribe", "id": ["1"], "payload": {}}', 4400),
        ('{"type": "subscribe", "id": "1"}', 4401),
        ('{"type": "connection_init", "payload": 5}', 4400),
        ('"' + "x" * 1_000_001 + '"', 4400),
    ],
)
async def test_a_malformed_message_closes_the_connection(
    live: Served, text: str, code: int
) -> None:
    """With the code of the protocol, never with an internal error."""
    async with live.raw_socket() as socket:
        await socket.send(text)
        assert await close_code(socket) == code


@pytest.mark.parametrize("payload", [None, 5, "x", [1]])
async def test_a_wrong_payload_is_the_operation_s_own_fault(live: Served, payload: Any) -> None:
    """The others on the connection go on."""
    async with live.socket(None) as socket:
        await say(socket, type="subscribe", id="1", payload=payload)
        answer = await hear(socket)
    assert answer["payload"][0]["extensions"]["code"] == "INVALID_REQUEST"


async def test_a_second_greeting_and_a_second_use_of_an_id_close(
    live: Served, world: World
) -> None:
    """As the protocol demands."""
    async with live.socket(None) as socket:
        await say(socket, type="connection_init", payload={})
        assert await close_code(socket) == 4429
    async with live.socket(await live.ask.token_of(await add_worker(world))) as socket:
        await subscribe(socket, ANY_EVENT)
        await subscribe(socket, ANY_EVENT)
        assert await close_code(socket) == 4409


async def test_a_foreign_page_gets_no_connection(live: Served) -> None:
    """Browsers tell where a page comes from; a cookie must not be used from elsewhere."""
    with pytest.raises(InvalidStatus) as refused:
        async with live.raw_socket(additional_headers={"Origin": "https://evil.example"}):
            pass
    assert refused.value.response.status_code == 403


async def test_more_than_fifty_streams_of_a_member_are_refused(live: Served, world: World) -> None:
    """With a code; those that run go on."""
    async with live.socket(await live.ask.token_of(await add_worker(world))) as socket:
        for number in range(50):
            await subscribe(socket, ANY_EVENT, name=str(number))
        assert await outcome(socket, "{ __typename }") == {"__typename": "Query"}
        await subscribe(socket, ANY_EVENT, name="too many")
        refused = await hear(socket)
    assert refused["payload"]["errors"][0]["extensions"]["code"] == "THROTTLED"


async def test_the_socket_answers_pings(live: Served) -> None:
    """So that clients notice a dead line."""
    async with live.socket(None) as socket:
        await socket.send(json.dumps({"type": "ping"}))
        assert await hear(socket) == {"type": "pong"}


@pytest.mark.parametrize("transport", ["sse", "socket"])
async def test_a_deadline_holds_on_streams_too(live: Served, world: World, transport: str) -> None:
    """A query that hangs ends with a code; the connection serves the next one."""
    worker = await add_worker(world)
    token = await live.ask.token_of(worker)
    web = live.ask.app.state.web
    live.ask.app.state.web = replace(web, deadline_seconds=0.3)
    document = "{ viewer { name } }"

    async with transaction():
        await execute("lock table member_person in access exclusive mode")
        if transport == "sse":
            async with live.sse(document, token) as events:
                (error,) = (await soon(anext(events)))[1]["errors"]
        else:
            async with live.socket(token) as socket:
                await subscribe(socket, document)
                error = (await hear(socket))["payload"][0]
    assert error["extensions"]["code"] == "DEADLINE_EXCEEDED"
