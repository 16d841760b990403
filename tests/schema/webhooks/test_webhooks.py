"""Webhooks as their owner manages them over the API."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from domain.database import execute, transaction
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import rich_employer
from tests.make.members import PASSWORD, add_worker
from tests.make.webhooks import Post, some_events
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

URL = "https://hooks.example.org/piecerate"
ALL = """{ viewer { webhookEndpoints { totalCount nodes {
    id url kinds document state disabledReason failingSince previousSecretUntil createdAt
    deliveries(first: 5) { totalCount nodes {
        id type state attemptCount nextAttemptAt lastStatus lastProblem createdAt deliveredAt
        endpoint { id } event { id kind }
    } }
} } } }"""
EXPENSIVE = """query ($id: ID!) { node(id: $id) { id } viewer {
    payouts(first: 100) { nodes { destination { id } } }
    webhookEndpoints(first: 100) { nodes {
        deliveries(first: 100) { nodes { endpoint { id } } }
    } }
} }"""
MINE = "query ($id: ID!) { node(id: $id) { id ... on PayoutEvent { kind } } }"


async def stepped_up(ask: Ask, viewer: UUID, **action: Any) -> str:
    async with transaction():
        await execute("delete from rate_bucket")  # the limit of attempts is not what is tested
    begun = (await ask(example("stepUpBegin"), viewer=viewer, input={"action": action})).only()
    assert begun["errors"] == []
    proof = {"stepUpId": begun["stepUpId"], "proof": {"password": PASSWORD}}
    passed = (await ask(example("stepUpComplete"), viewer=viewer, input=proof)).only()
    ask.use(viewer, passed["token"])
    step_up_id: str = begun["stepUpId"]
    return step_up_id


async def create(ask: Ask, viewer: UUID, *, url: str = URL, **more: Any) -> Any:
    step_up_id = await stepped_up(ask, viewer, webhookEndpointCreate={"url": url})
    wish = {"url": url, "stepUpId": step_up_id, **more}
    return (await ask(example("webhookEndpointCreate"), viewer=viewer, input=wish)).only()


async def do(ask: Ask, viewer: UUID, mutation: str, **wish: Any) -> Any:
    return (await ask(example(mutation), viewer=viewer, input=wish)).only()


async def test_an_owner_reads_everything_but_the_secret(ask: Ask) -> None:
    """It is told at the creation, and by no query ever after."""
    owner = await add_worker(ask.world)

    made = await create(ask, owner, kinds=["PAYOUT_PAID"], document=MINE)
    test = await do(ask, owner, "webhookEndpointTest", endpointId=made["webhookEndpoint"]["id"])
    answer = await ask(ALL, viewer=owner)

    assert made["secret"].startswith("whsec_")
    (only,) = answer.only()["webhookEndpoints"]["nodes"]
    assert (only["url"], only["kinds"], only["document"]) == (URL, ["PAYOUT_PAID"], MINE)
    assert (only["state"], only["previousSecretUntil"]) == ("ACTIVE", None)
    (delivery,) = only["deliveries"]["nodes"]
    assert delivery["id"] == test["webhookDelivery"]["id"]
    assert (delivery["type"], delivery["state"], delivery["event"]) == ("test", "PENDING", None)
    assert delivery["endpoint"]["id"] == only["id"]
    text = json.dumps(answer.body)
    assert "whsec_" not in text and made["secret"].removeprefix("whsec_") not in text


async def test_rotation_tells_the_new_secret_once(ask: Ask) -> None:
    """And until when the old one is good."""
    owner = await add_worker(ask.world)
    made = await create(ask, owner)
    id_ = made["webhookEndpoint"]["id"]

    step_up_id = await stepped_up(ask, owner, webhookEndpointRotateSecret={"endpointId": id_})
    wish = {"endpointId": id_, "stepUpId": step_up_id}
    turned = await do(ask, owner, "webhookEndpointRotateSecret", **wish)
    again = await do(ask, owner, "webhookEndpointRotateSecret", **wish)

    assert turned["secret"].startswith("whsec_") and turned["secret"] != made["secret"]
    assert turned["webhookEndpoint"]["previousSecretUntil"] == "2026-03-30T00:59:00Z"
    assert again["errors"][0]["code"] == "STEP_UP_REQUIRED"
    assert again["secret"] is None


async def test_without_consent_there_is_no_secret(ask: Ask) -> None:
    """For another address, or with no step-up at all."""
    owner = await add_worker(ask.world)
    step_up_id = await stepped_up(ask, owner, webhookEndpointCreate={"url": URL})

    for url, consent in (("https://other.example.org/", step_up_id), (URL, "rubbish")):
        refused = await do(ask, owner, "webhookEndpointCreate", url=url, stepUpId=consent)
        assert refused["errors"][0]["code"] == "STEP_UP_REQUIRED"
        assert refused["secret"] is refused["webhookEndpoint"] is None


async def test_a_change_leaves_what_it_does_not_name(ask: Ask) -> None:
    """Absent is not null: null takes the document away, absence keeps it."""
    owner = await add_worker(ask.world)
    made = await create(ask, owner, kinds=["PAYOUT_PAID"], document=MINE)
    id_ = made["webhookEndpoint"]["id"]

    async def change(**wish: Any) -> Any:
        return await do(ask, owner, "webhookEndpointUpdate", endpointId=id_, **wish)

    off = (await change(state="DISABLED"))["webhookEndpoint"]
    assert (off["state"], off["disabledReason"]) == ("DISABLED", "OWNER")
    assert (off["kinds"], off["document"]) == (["PAYOUT_PAID"], MINE)
    on = (await change(state="ACTIVE", document=None, kinds=None))["webhookEndpoint"]
    assert (on["state"], on["disabledReason"], on["kinds"], on["document"]) == (
        "ACTIVE",
        None,
        [],
        None,
    )
    for wish, path in (
        ({"url": None}, "url"),
        ({"state": None}, "state"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"document": "rubbish"}, "document"),
    ):
        refused = await change(**wish)
        assert refused["errors"][0]["path"] == [path], wish


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("", "Syntax Error"),
        ("rubbish", "Syntax Error"),
        ("mutation ($id: ID!) { sessionEnd(input: {}) { errors { code } } }", "a query"),
        ("subscription ($id: ID!) { x }", "a query"),
        ("{ viewer { id } }", "exactly one variable"),
        ("query ($id: ID) { node(id: $id) { id } }", "exactly one variable"),
        ('query ($id: ID! = "x") { node(id: $id) { id } }', "exactly one variable"),
        ("query ($id: ID!, $b: Int) { node(id: $id) { id } }", "exactly one variable"),
        ("query A($id: ID!) { a: viewer { id } } query B { viewer { id } }", "exactly one"),
        ("fragment F on Node { id }", "exactly one"),
        ("query ($id: ID!) { node(id: $id) { gone } }", "gone"),
        ("query ($id: ID!) { viewer { id } }", "never used"),
        ("query ($id: ID!) { nodes(ids: [$id]) { id ...F } }", "F"),
        (
            EXPENSIVE,
            "cost",
        ),
        ("query ($id: ID!) { node(id: $id) { id } }" + " " * 10_000, "10000"),
        ("query ($id: ID!) { " + "a " * 3_000 + "}", "tokens"),
        ("query ($id: ID!) " + "{ a " * 500 + "}" * 500, ""),
    ],
)
async def test_a_document_that_could_not_run_is_refused(
    ask: Ask, document: str, problem: str
) -> None:
    """At the registration, with the reason: not days later, with an empty payload."""
    owner = await add_worker(ask.world)

    refused = await create(ask, owner, document=document)

    (error,) = refused["errors"]
    assert (error["code"], error["path"]) == ("WEBHOOK_DOCUMENT_REFUSED", ["document"])
    assert problem in " ".join(error["problems"])
    assert refused["webhookEndpoint"] is None


async def test_a_delivery_is_an_event_on_its_way(ask: Ask) -> None:
    """With the event as streams show it, filtered by state, delivered again by its id."""
    employer = await rich_employer(ask.world)
    made = await create(ask, employer)
    id_ = made["webhookEndpoint"]["id"]
    key = ask.key(Tag.WEBHOOK_ENDPOINT, id_)
    post = Post(ask.world)
    await some_events(ask.world, employer)
    first, second = await post.handed_out(key, count=2)
    await post.send(first.id)
    document = """query ($id: ID!, $where: WebhookDeliveryWhere) { node(id: $id) {
        ... on WebhookEndpoint { deliveries(where: $where) {
            totalCount nodes { id type state event { id kind } } } } } }"""

    async def found(*states: str) -> Any:
        where = {"state": {"in": list(states)}}
        return (await ask(document, viewer=employer, id=id_, where=where)).only()["deliveries"]

    delivered = await found("DELIVERED")
    assert delivered["totalCount"] == 1
    assert delivered["nodes"][0]["type"] == "campaign.funded"
    assert first.event_id is not None
    assert delivered["nodes"][0]["event"] == {
        "id": ask.id(Tag.EVENT, first.event_id),
        "kind": "CAMPAIGN_FUNDED",
    }
    assert [each["type"] for each in (await found("PENDING"))["nodes"]] == ["campaign.running"]
    assert (await found("DEAD", "DISCARDED"))["totalCount"] == 0
    both = (await ask(ALL, viewer=employer)).only()["webhookEndpoints"]["nodes"][0]["deliveries"]
    assert [each["id"] for each in both["nodes"]] == [
        ask.id(Tag.WEBHOOK_DELIVERY, each.id) for each in (second, first)
    ]

    again = await do(ask, employer, "webhookDeliver", deliveryId=delivered["nodes"][0]["id"])
    assert (again["webhookDelivery"]["state"], again["errors"]) == ("PENDING", [])
    await post.send(first.id)
    assert len(post.obedient.sent) == 2


async def test_an_endpoint_goes_with_its_deliveries(ask: Ask) -> None:
    """By its own id afterwards nothing is found."""
    owner = await add_worker(ask.world)
    id_ = (await create(ask, owner))["webhookEndpoint"]["id"]
    test = (await do(ask, owner, "webhookEndpointTest", endpointId=id_))["webhookDelivery"]["id"]

    removed = await do(ask, owner, "webhookEndpointRemove", endpointId=id_)
    again = await do(ask, owner, "webhookEndpointRemove", endpointId=id_)

    assert removed == {"removedEndpointId": id_, "errors": []}
    assert [(each["code"], each["path"]) for each in again["errors"]] == [
        ("INVALID_ID", ["endpointId"])
    ]
    for gone in (id_, test):
        assert (await ask(example("node"), viewer=owner, id=gone)).only() is None


async def test_the_eleventh_is_refused(ask: Ask) -> None:
    """With a code of its own, so that a frontend can say why."""
    owner = await add_worker(ask.world)
    post = Post(ask.world)
    for number in range(10):
        await post.endpoint(owner, url=f"{URL}/{number}")

    refused = await create(ask, owner)

    assert refused["errors"][0]["code"] == "TOO_MANY_ENDPOINTS"


async def test_private_hosts_are_the_operators_choice(ask: Ask) -> None:
    """Plain http to our own network is refused unless the operator named the host."""
    owner = await add_worker(ask.world)

    refused = await create(ask, owner, url="http://127.0.0.1:9000/hook")

    assert [(each["code"], each["path"]) for each in refused["errors"]] == [
        ("INVALID_INPUT", ["url"])
    ]
