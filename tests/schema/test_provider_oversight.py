"""What finance sees and does about providers, as a client would."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain.database import execute, transaction
from domain.provider_inbox import operations as inbox
from domain.provider_news import VerifiedWebhook
from gateway.provider_reports import Reports
from schema.ids import Tag
from schema.provider_reports import ProviderStatus
from tests.make.ask import Ask
from tests.make.members import add_employer, add_finance_member, add_worker
from tests.make.news import open_newsroom
from tests.make.payouts import House
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    instance_id = f"seen-{zlib.crc32(world.name.encode())}"
    async with open_newsroom(world, tmp_path, instance_id=instance_id) as (house, _, _):
        yield house


@pytest.fixture
def ask(world: World, tmp_path: Path, house: House) -> Ask:
    return Ask.of(world, tmp_path, house.opened)


async def seen(ask: Ask) -> dict[str, Any]:
    viewer = await add_finance_member(ask.world)
    found: dict[str, Any] = (await ask(example("financeProviders"), viewer=viewer)).only()
    return found


async def test_finance_sees_how_providers_are(ask: Ask, house: House) -> None:
    """Status, what it can do, where it may call, and what is under way there."""
    (instance_id,) = house.opened.payouts.instance_ids
    await house.sent("slow")
    await house.sent("timeout-sent")

    (found,) = [each for each in (await seen(ask))["payoutProviders"] if each["id"] == instance_id]

    assert (found["status"], found["reason"], found["plugin"]) == ("READY", "", "sandbox")
    assert {"ReceivesWebhooks", "ReadsFiles", "ReadsStatements"} <= set(found["abilities"])
    assert found["webhookPaths"] == [f"/hooks/{instance_id}/events"]
    assert (found["openAttempts"], found["unknownAttempts"]) == (2, 1)
    assert found["lastCallAt"] is not None
    assert found["destinationSchema"][0]["kind"] == "sandbox"


async def test_a_quarantine_shows_with_its_reason(ask: Ask, house: House) -> None:
    """Whether this process or another one stopped it; and an open circuit is down."""
    (instance_id,) = house.opened.payouts.instance_ids
    guard = house.opened.payouts.named(instance_id).guard

    async def status() -> tuple[str, str]:
        (found,) = [
            each for each in (await seen(ask))["payoutProviders"] if each["id"] == instance_id
        ]
        return found["status"], found["reason"]

    async with transaction():
        await execute(
            "insert into provider_quarantine (instance_id, reason, since) values ($1, $2, $3)",
            instance_id,
            "AuthError: HTTP 401",
            ask.world.now,
        )
    assert await status() == ("QUARANTINED", "AuthError: HTTP 401")

    guard.quarantine = "3 bugs within an hour"
    assert await status() == ("QUARANTINED", "3 bugs within an hour")
    guard.quarantine = None
    for _ in range(5):
        guard.breaker.failed()
    found = await Reports(house.opened).payout_providers(now=ask.world.now)
    assert [each.status for each in found if each.id == instance_id] == [ProviderStatus.DOWN]


async def test_plugins_that_nobody_allowed_are_named(ask: Ask, house: House) -> None:
    """An operator who misses a provider sees why it is not there."""
    blocked = [each.name for each in house.opened.plugins if each.status == "blocked"]

    found = {each["id"]: each["status"] for each in (await seen(ask))["payoutProviders"]}

    assert blocked
    assert {found.get(name) for name in blocked} == {"BLOCKED"}


async def test_nobody_else_sees_or_replays(ask: Ask) -> None:
    """Neither workers nor employers."""
    worker = await add_worker(ask.world)
    await inbox.take_webhook(
        instance_id="sandbox",
        webhook=VerifiedWebhook(event_id=ask.world.name, route="events", body=b"{}"),
        received_at=ask.world.now,
        vault=ask.services.vault,
        new_id=ask.world.new_id,
    )
    listed = [
        each for each in (await seen(ask))["providerEvents"] if each["externalId"] == ask.world.name
    ]
    answer = await ask(example("financeProviders"), viewer=worker)
    assert answer.errors[0]["extensions"]["code"] == "FORBIDDEN"

    wish = {"eventId": listed[0]["eventId"] if listed else ask.id(Tag.PROVIDER_EVENT, worker)}
    refused = (await ask(example("providerEventReplay"), viewer=worker, input=wish)).only()
    assert [each["code"] for each in refused["errors"]] == ["NOT_ALLOWED"]


async def test_a_refund_as_its_employer_sees_it(ask: Ask) -> None:
    """Asked once under one key; another member's deposit is not there."""
    world = ask.world
    employer = await add_employer(world)
    wish = {"amount": {"amount": "50.00", "currency": "EUR"}, "idempotencyKey": "in"}
    started = (await ask(example("depositStart"), viewer=employer, input=wish)).only()
    deposit_id = ask.key(Tag.DEPOSIT, started["deposit"]["id"])
    async with transaction():
        await execute(
            "update deposit set state = 'underpaid', arrived_micros = 50000000,"
            " arrived_currency = 'EUR' where id = $1",
            deposit_id,
        )
    decision = {"depositId": started["deposit"]["id"], "decision": "CREDIT", "note": "seen"}
    for key in ("first person", "second person"):
        viewer = await add_finance_member(world)
        decision["idempotencyKey"] = key
        decided = (await ask(example("depositDecide"), viewer=viewer, input=decision)).only()
        assert decided["errors"] == []
    assert decided["isDecided"] is True

    refund = {
        "depositId": started["deposit"]["id"],
        "amount": {"amount": "5.00", "currency": "EUR"},
        "idempotencyKey": "back",
    }
    first = (await ask(example("depositRefund"), viewer=employer, input=refund)).only()
    again = (await ask(example("depositRefund"), viewer=employer, input=refund)).only()
    other = await add_employer(world)
    refused = (await ask(example("depositRefund"), viewer=other, input=refund)).only()

    assert [each["state"] for each in first["deposit"]["refunds"]] == ["PREPARED"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert len(again["deposit"]["refunds"]) == 1
    assert [each["code"] for each in refused["errors"]] == ["INVALID_ID"]
