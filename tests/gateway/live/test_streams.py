"""Live updates over a real socket: server-sent events and graphql-transport-ws."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from domain.access.operations import log_out
from domain.access.queries import viewer_of
from domain.campaigns.operations import pause_campaign
from domain.events.queries import events_of_member
from domain.events.rules import BEGINNING
from gateway.providers import Providers
from schema.context import Context
from schema.cursors import Position
from schema.events.streams import follow
from schema.events.types import ORDER, cursor_of
from schema.ids import Tag
from schema.metering import Meter, NoLimit
from tests.make.ask import Ask
from tests.make.campaigns import approve, claim, rich_employer, running, submit
from tests.make.events import all_readable
from tests.make.members import add_worker, session_of
from tests.make.scene import made
from tests.make.streams import ANY_EVENT, Served, hear, served, soon, subscribe
from tests.make.world import World
from tests.schema.documents import FOLDER, example

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def live(ask: Ask, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(ask, tmp_path) as open_server:
        yield open_server


async def test_a_worker_hears_of_their_assignment(live: Served, world: World) -> None:
    """From the claim to the approval, each once, with the balance as it is then."""
    employer = await rich_employer(world)
    campaign_id = await running(world, employer)
    worker = await add_worker(world)
    token = await live.ask.token_of(worker)
    document = """subscription ($after: Cursor) { viewerChanged(after: $after) {
        kind ... on AssignmentEvent { assignment { state } viewer { id } } } }"""
    after = await now_of(live, worker)

    async with live.sse(document, token, after=after) as events:
        assignment_id = await claim(world, worker, campaign_id)
        await submit(world, worker, assignment_id)
        await approve(world, employer, assignment_id)
        heard = [(await soon(anext(events)))[1]["data"]["viewerChanged"] for _ in range(3)]

    assert [each["kind"] for each in heard] == [
        "ASSIGNMENT_CLAIMED",
        "ASSIGNMENT_SUBMITTED",
        "ASSIGNMENT_APPROVED",
    ]
    assert heard[-1]["assignment"]["state"] == "APPROVED"
    assert all(each["viewer"]["id"] == live.ask.id(Tag.VIEWER, worker) for each in heard)


async def now_of(live: Served, member_id: UUID) -> str:
    """An answer of the server may come before its stream has begun: so tests say where from."""
    await all_readable()
    answer = await live.ask("{ viewer { liveCursor } }", viewer=member_id)
    cursor: str = answer.only()["liveCursor"]
    return cursor


async def began(live: Served, world: World, worker: UUID) -> None:
    """One more event of the worker's."""
    employer = await rich_employer(world)
    await claim(world, worker, await running(world, employer))
    assert live


async def cursors_of(live: Served, worker: UUID) -> list[str]:
    """Everything that the worker may hear of, in order, read in one go."""
    await all_readable()
    at, found = BEGINNING, []
    cursors = live.ask.services.cursors
    while records := await events_of_member(member_id=worker, at=at, limit=3):
        found += [str(cursor_of(record, cursors)) for record in records]
        at = records[-1].position
    return found


async def test_a_lost_stream_goes_on_where_it_was(live: Served, world: World) -> None:
    """What happened in between comes first, nothing twice; over either transport."""
    worker = await add_worker(world)
    token = await live.ask.token_of(worker)
    await began(live, world, worker)
    await began(live, world, worker)
    *_, first, second = await cursors_of(live, worker)

    async with live.sse(ANY_EVENT, token, after=first) as events:
        assert (await soon(anext(events)))[1]["data"]["viewerChanged"]["cursor"] == second
    await began(live, world, worker)
    async with live.socket(token) as socket:
        await subscribe(socket, ANY_EVENT, after=second)
        third = (await hear(socket))["payload"]["data"]["viewerChanged"]["cursor"]

    assert (await cursors_of(live, worker))[-3:] == [first, second, third]


async def test_many_changes_and_a_torn_line_lose_nothing(live: Served, world: World) -> None:
    """Twelve changes at once; the reader hangs up after every other event."""
    worker = await add_worker(world)
    token = await live.ask.token_of(worker)
    await began(live, world, worker)
    *_, start = await cursors_of(live, worker)
    employer = await rich_employer(world)
    campaigns = [await running(world, employer) for _ in range(12)]

    changes = asyncio.gather(*(claim(world, worker, each) for each in campaigns))
    heard: list[str] = [start]
    while len(heard) < 13:
        async with live.sse(ANY_EVENT, token, after=heard[-1]) as events:
            for _ in range(min(2, 13 - len(heard))):
                event = (await soon(anext(events)))[1]["data"]["viewerChanged"]
                heard.append(event["cursor"])
    await changes

    assert heard == (await cursors_of(live, worker))[-len(heard) :]


async def test_a_restarted_server_goes_on_from_the_cursor(
    ask: Ask, world: World, tmp_path: Path
) -> None:
    """Cursors belong to the deployment, not to a process."""
    worker = await add_worker(world)
    token = await ask.token_of(worker)
    async with served(ask, tmp_path) as before:
        await began(before, world, worker)
        *_, start = await cursors_of(before, worker)
    async with served(ask, tmp_path) as after:
        await began(after, world, worker)
        async with after.sse(ANY_EVENT, token, after=start) as events:
            event = (await soon(anext(events)))[1]["data"]["viewerChanged"]
        assert (await cursors_of(after, worker))[-2:] == [start, event["cursor"]]


async def test_a_closing_server_sends_its_streams_elsewhere(
    live: Served, world: World, tmp_path: Path
) -> None:
    """Nobody waits for the end of an open stream; the client comes again."""
    token = await live.ask.token_of(await add_worker(world))
    async with live.sse(ANY_EVENT, token) as events:
        (tmp_path / "draining").touch()
        heard = [each async for each in events]

    assert heard[0][1]["errors"][0]["extensions"]["code"] == "RECONNECT"
    assert [name for name, _ in heard] == ["next", "complete"]


@pytest.mark.parametrize("transport", ["sse", "socket"])
async def test_a_stream_ends_with_its_session(live: Served, world: World, transport: str) -> None:
    """A stolen laptop hears nothing more once its session is revoked."""
    worker = await add_worker(world)
    session = await session_of(world, worker)
    await began(live, world, worker)
    *_, start = await cursors_of(live, worker)
    await began(live, world, worker)

    async def end() -> None:
        await log_out(session_id=session.session_id, now=world.now)
        await began(live, world, worker)

    if transport == "sse":
        async with live.sse(ANY_EVENT, session.token, after=start) as events:
            await soon(anext(events))
            await end()
            (code,) = (await soon(anext(events)))[1]["errors"]
        assert code["extensions"]["code"] == "TOKEN_ENDED"
        return
    async with live.socket(session.token) as socket:
        await subscribe(socket, ANY_EVENT, after=start)
        await hear(socket)
        await end()
        await soon(socket.wait_closed())
    assert socket.close_code == 4403


async def test_an_employer_hears_of_the_work_and_others_of_the_campaign(
    live: Served, world: World
) -> None:
    """Whose assignment it is stays between worker and employer."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign_id = await running(world, employer)
    stranger = await add_worker(world)
    id_ = live.ask.id(Tag.CAMPAIGN, campaign_id)
    document = """subscription ($id: ID!, $after: Cursor) {
        campaignChanged(id: $id, after: $after) { kind } }"""
    after = await now_of(live, employer)

    async with (
        live.sse(document, await live.ask.token_of(employer), id=id_, after=after) as ours,
        live.sse(document, await live.ask.token_of(stranger), id=id_, after=after) as theirs,
    ):
        await claim(world, worker, campaign_id)
        await pause_campaign(employer_id=employer, campaign_id=campaign_id)
        heard = [(await soon(anext(ours)))[1]["data"]["campaignChanged"]["kind"] for _ in range(2)]
        seen = (await soon(anext(theirs)))[1]["data"]["campaignChanged"]["kind"]

    assert heard == ["ASSIGNMENT_CLAIMED", "CAMPAIGN_PAUSED"]
    assert seen == "CAMPAIGN_PAUSED"


async def first_code(live: Served, document: str, token: str | None, **variables: Any) -> str:
    async with live.sse(document, token, **variables) as events:
        heard = [data async for _, data in events]
    code: str = heard[0]["errors"][0]["extensions"]["code"]
    assert heard[0].get("data") is None
    return code


WATCH = "subscription ($id: ID!) { assignmentChanged(id: $id) { kind } }"


async def test_only_what_one_may_see_is_watched(live: Served, world: World) -> None:
    """Hidden, unknown and malformed look alike; nobody watches nothing."""
    worker, other = await add_worker(world), await add_worker(world)
    employer = await rich_employer(world)
    claimed = await claim(world, worker, await running(world, employer))
    id_ = live.ask.id(Tag.ASSIGNMENT, claimed)
    token = await live.ask.token_of(other)

    assert await first_code(live, WATCH, token, id=id_) == "INVALID_ID"
    assert await first_code(live, WATCH, token, id="asg1_rubbish") == "INVALID_ID"
    assert await first_code(live, WATCH, None, id=id_) == "UNAUTHENTICATED"
    assert await first_code(live, "subscription { nope }", token) == "VALIDATION_FAILED"
    assert await first_code(live, "subscription {", token) == "SYNTAX_ERROR"
    assert await first_code(live, ANY_EVENT, token, after="x") == "INVALID_CURSOR"


async def test_a_cursor_older_than_the_feed_says_so(live: Served, world: World) -> None:
    """The client loads everything anew instead of missing something in silence."""
    worker = await add_worker(world)
    await began(live, world, worker)
    *_, start = await cursors_of(live, worker)
    token = await live.ask.token_of(worker)
    world.now = datetime.now(UTC) + timedelta(days=31)
    token = (await session_of(world, worker)).token

    assert await first_code(live, ANY_EVENT, token, after=start) == "EVENTS_EXPIRED"


async def test_nothing_falls_between_loading_and_listening(live: Served, world: World) -> None:
    """The cursor of before the loading brings everything since."""
    worker = await add_worker(world)
    token = await live.ask.token_of(worker)
    await began(live, world, worker)
    cursor = await now_of(live, worker)
    await began(live, world, worker)

    *_, newest = await cursors_of(live, worker)

    heard: list[str] = []
    async with live.sse(ANY_EVENT, token, after=cursor) as events:
        while newest not in heard:  # while others write, a cursor stays behind and tells more
            heard.append((await soon(anext(events)))[1]["data"]["viewerChanged"]["cursor"])
    assert heard == (await cursors_of(live, worker))[-len(heard) :]


async def test_queries_are_answered_on_a_stream_too(live: Served, world: World) -> None:
    """Some clients speak one transport for everything."""
    token = await live.ask.token_of(await add_worker(world))
    async with live.sse("{ viewer { country } }", token) as events:
        heard = [each async for each in events]
    assert heard[0][1]["data"] == {"viewer": {"country": "PH"}}
    assert heard[1] == ("complete", None)


async def test_every_live_example_runs_as_it_stands(live: Served, providers: Providers) -> None:
    """From the first event on, with all its fields, inside the limits."""
    scene = await made(live.ask, providers)
    start = Position(ORDER, ("0", 0, datetime.now(UTC).isoformat()))
    after = live.ask.services.cursors.encode(start)
    known = {
        "viewerChanged": ("worker_ann", None),
        "campaignChanged": ("employer_ann", "campaign_running_ann"),
        "marketChanged": ("worker_ann", None),
        "assignmentChanged": ("worker_ann", "assignment_approved_ann"),
        "depositChanged": ("employer_ann", "deposit_employer_ann"),
        "payoutChanged": ("worker_ann", "payout_worker_ann"),
    }
    examples = {
        path.stem for path in FOLDER.glob("*.graphql") if "\nsubscription " in path.read_text()
    }

    assert known.keys() == examples
    for name, (person, subject) in known.items():
        token = await live.ask.token_of(scene.people[person])
        variables = {"after": after} | ({"id": scene.ids[subject]} if subject else {})
        async with live.sse(example(name), token, **variables) as events:
            _, heard = await soon(anext(events))
        assert "errors" not in heard, heard
        assert heard["data"][name]["kind"], name


class Poor(NoLimit):
    """A budget that is empty once, for a moment."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def take(self, points: int) -> int:
        self.asked.append(points)
        return 1 if len(self.asked) == 1 else 0


async def test_events_cost_and_come_later_when_the_budget_is_empty(
    live: Served, world: World
) -> None:
    """An old cursor does not buy thirty days of events for the price of one."""
    worker = await add_worker(world)
    for _ in range(2):
        await began(live, world, worker)
    viewer = await viewer_of(token=await live.ask.token_of(worker), now=world.now)
    budget = Poor()
    context = Context(
        request_id="r",
        viewer=viewer,
        now=world.now,
        services=live.ask.services,
        network=None,
        meter=Meter(budget=budget, requested=13),
    )

    read = partial(events_of_member, member_id=worker)
    stream = follow(context, topic=worker, read=read, at=BEGINNING)
    kinds = [(await anext(stream)).kind for _ in range(2)]
    await stream.aclose()

    assert len(kinds) == 2
    assert budget.asked == [13, 13]
