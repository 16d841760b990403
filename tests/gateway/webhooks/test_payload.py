"""Payloads: written at each attempt, with the eyes of the endpoint's owner."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import structlog

from domain.database import execute, fetch, transaction
from domain.events.queries import EventRecord, events_by_id
from domain.webhooks.provider import DocumentFailed, Occasion
from domain.webhooks.rules import event_type
from gateway.providers import Providers
from gateway.webhooks.payload import SchemaWriter
from schema import schema
from schema.ids import Tag
from schema.webhooks.documents import BUILT_IN, require_document
from tests.make.ask import Ask, services_for_tests
from tests.make.campaigns import rich_employer, running, submitted
from tests.make.locks import BEFORE_THE_LOCK_GIVES_UP, locked, until_waiting
from tests.make.members import add_worker
from tests.make.scene import Scene, made
from tests.make.world import World

pytestmark = pytest.mark.asyncio

SUBJECTS = {
    "campaign", "assignment", "deposit", "payout", "destination", "document", "verification",
    "message", "session",
}  # fmt: skip


@pytest.fixture
def writer(world: World, providers: Providers) -> SchemaWriter:
    return SchemaWriter(services_for_tests(world, providers))


def occasion(
    world: World, event: EventRecord | None, owner_id: UUID, *, document: str | None = None
) -> Occasion:
    return Occasion(
        delivery_id=world.new_id(),
        event_id=None if event is None else event.id,
        kind="test" if event is None else event.kind,
        owner_id=owner_id,
        document=document,
        created_at=world.now,
    )


async def events_of(*members: UUID) -> list[EventRecord]:
    rows = await fetch(
        "select id from event where member_id = any($1) or employer_id = any($1) order by seq",
        list(members),
    )
    found = await events_by_id(ids=[row["id"] for row in rows])
    return [found[row["id"]] for row in rows]


async def told(
    writer: SchemaWriter, world: World, event: EventRecord, owner_id: UUID, **more: Any
) -> Any:
    message = await writer.write(occasion(world, event, owner_id, **more))
    return None if message is None else msgspec.json.decode(message.body)


async def test_every_event_is_told_to_its_parties_and_nobody_else(
    ask: Ask, providers: Providers
) -> None:
    """Over a whole marketplace: the built-in documents say what changed, to whom it concerns."""
    scene: Scene = await made(ask, providers)
    world, writer = ask.world, SchemaWriter(ask.services)
    people = {name: key for name, key in scene.people.items() if name.endswith(("ann", "bob"))}
    events = await events_of(*people.values())
    seen = set()

    for event in events:
        for owner_id in people.values():
            body = await told(writer, world, event, owner_id)
            if owner_id not in (event.member_id, event.employer_id):
                assert body is None
                continue
            subject = event.kind.partition("_")[0]
            seen.add(subject)
            node = body["data"]["node"]
            assert body["type"] == event_type(event.kind)
            assert body["timestamp"] == node["occurredAt"]
            assert node["id"] == ask.id(Tag.EVENT, event.id)
            assert node["kind"] == event.kind.name
            assert node[subject]["id"] == ask.id(Tag(node[subject]["id"][:3]), event.subject_id)

    assert seen == SUBJECTS


async def test_the_built_in_documents_are_what_owners_may_register() -> None:
    """So nobody is refused who starts from one of them."""
    for text in BUILT_IN.values():
        require_document(text, schema._schema)  # noqa: SLF001  # GRAPHQL.md appendix B


async def test_the_id_is_that_of_the_event(writer: SchemaWriter, world: World) -> None:
    """The same in streams, in `node` and at every attempt."""
    employer = await rich_employer(world)
    await running(world, employer)
    event, *_ = await events_of(employer)

    messages = [await writer.write(occasion(world, event, employer)) for _ in range(2)]

    ids = services_ids(writer)
    assert [each and each.id for each in messages] == [ids(event.id)] * 2


async def test_an_owners_document_shapes_the_data(writer: SchemaWriter, world: World) -> None:
    """Exactly what was asked for, from the present state."""
    employer = await rich_employer(world)
    await running(world, employer)
    event, *_ = await events_of(employer)
    document = """
        query Mine($id: ID!) {
          node(id: $id) { ... on CampaignEvent { kind campaign { title state } } }
          viewer { country }
        }
    """

    body = await told(writer, world, event, employer, document=document)

    assert body["data"] == {
        "node": {
            "kind": "CAMPAIGN_FUNDED",
            "campaign": {"title": "Is there a cat?", "state": "RUNNING"},
        },
        "viewer": {"country": "DE"},
    }


async def test_a_document_sees_what_its_owner_sees(writer: SchemaWriter, world: World) -> None:
    """A worker's webhook must not read the employer's side."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await submitted(world, worker, await running(world, employer))
    event = (await events_of(worker))[0]
    document = """
        query ($id: ID!) {
          node(id: $id) { ... on AssignmentEvent { assignment { campaign { title } } } }
          viewer { roles session { id } payouts { nodes { id } } }
        }
    """

    body = await told(writer, world, event, worker, document=document)

    assert body["data"]["node"]["assignment"] == {"campaign": {"title": "Is there a cat?"}}
    assert body["data"]["viewer"]["session"] is None


async def test_what_the_owner_may_not_see_any_more_is_not_told(
    writer: SchemaWriter, world: World
) -> None:
    """A suspended member, a purged event, somebody else's event: nothing."""
    employer, stranger = await rich_employer(world), await add_worker(world)
    await running(world, employer)
    event, *_ = await events_of(employer)
    assert await told(writer, world, event, stranger) is None

    async with transaction() as planned:
        await execute("update member set state = 'closed' where id = $1", employer)
        assert await told(writer, world, event, employer) is None
        await planned.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
    async with transaction() as planned:
        await execute("delete from event where id = $1", event.id)
        assert await told(writer, world, event, employer) is None
        await planned.rollback()  # type: ignore[no-untyped-call]  # Piccolo's


async def test_a_test_says_that_it_is_one(writer: SchemaWriter, world: World) -> None:
    """No document runs, and nothing of the member is in it."""
    owner = await add_worker(world)
    message = await writer.write(occasion(world, None, owner, document="rubbish"))

    assert message is not None and message.id.startswith("whd1_")
    assert msgspec.json.decode(message.body) == {
        "type": "test",
        "timestamp": "2026-03-29T00:59:00Z",
        "data": {"message": "A test: nothing has happened."},
    }


@pytest.mark.parametrize(
    "document", ["query ($id: ID!) { gone(id: $id) }", "mutation ($id: ID!) { x }", "rubbish"]
)
async def test_a_document_that_does_not_run_any_more(
    writer: SchemaWriter, world: World, document: str
) -> None:
    """After a change of the schema its owner must hear of it; the log names no data."""
    employer = await rich_employer(world)
    await running(world, employer)
    event, *_ = await events_of(employer)

    with structlog.testing.capture_logs() as logs, pytest.raises(DocumentFailed):
        await told(writer, world, event, employer, document=document)

    assert document not in str(logs)


async def test_a_document_has_the_deadline_of_a_request(
    world: World, providers: Providers, database: str
) -> None:
    """Else a slow one keeps connections of the job worker, which also pays people."""
    hasty = SchemaWriter(services_for_tests(world, providers), within=timedelta(seconds=0.3))
    employer = await rich_employer(world)
    await running(world, employer)
    event, *_ = await events_of(employer)
    slow = "query ($id: ID!) { node(id: $id) { id } viewer { deposits { nodes { id } } } }"

    async with locked(database, "deposit"):
        with pytest.raises(DocumentFailed):
            await told(hasty, world, event, employer, document=slow)
        await asyncio.wait_for(until_waiting(0), BEFORE_THE_LOCK_GIVES_UP)


def services_ids(writer: SchemaWriter) -> Any:
    ids = writer._services.ids  # noqa: SLF001  # the same codec
    return lambda key: ids.encode(Tag.EVENT, key)
