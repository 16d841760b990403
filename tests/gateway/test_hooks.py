"""`POST /hooks/{instance}/{route}`: proven, kept once, answered; nothing else."""

from __future__ import annotations

import asyncio
import random
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain.database import fetch, fetch_value
from domain.provider_inbox.rules import WEBHOOK_BYTES_MAX
from tests.make.ask import Ask
from tests.make.news import CallingSandbox, ObedientDeposits, open_newsroom, webhook
from tests.make.payouts import House, queued_jobs
from tests.make.world import World

pytestmark = pytest.mark.asyncio

URL = "/hooks/sandbox/events"


@dataclass
class Door:
    """The application, and the provider that knocks."""

    ask: Ask
    house: House
    payouts: CallingSandbox
    deposits: ObedientDeposits

    async def knock(self, body: bytes, headers: dict[str, str], url: str = URL) -> int:
        answer = await self.ask.client.post(url, content=body, headers=headers)
        return answer.status_code

    async def kept(self) -> list[Any]:
        """What came in this test, since others share the database."""
        return await fetch(
            "select * from provider_event where received_at = $1 order by event_id",
            self.house.world.now,
        )


@pytest_asyncio.fixture
async def door(world: World, tmp_path: Path) -> AsyncIterator[Door]:
    # A day of its own for each test: what it keeps is told apart by the instant.
    world.now += timedelta(days=3 * (1 + zlib.crc32(world.name.encode()) % 100_000))
    async with open_newsroom(world, tmp_path) as (house, payouts, deposits):
        yield Door(Ask.of(world, tmp_path, house.opened), house, payouts, deposits)


async def test_a_genuine_one_is_kept_sealed_and_answered(door: Door) -> None:
    """Body and digest are there, the body readable to nobody; a job will read it."""
    body, headers = webhook({"item_ref": "PZZ1"}, at=door.house.world.now)

    assert await door.knock(body, headers) == 200

    (row,) = await door.kept()
    assert (row["state"], row["instance_id"], row["route"]) == ("received", "sandbox", "events")
    assert body not in bytes(row["body"]) and b"PZZ1" not in bytes(row["body"])
    assert row["handled_at"] is None
    assert await queued_jobs("provider_event", str(row["id"])) == 1


async def test_a_hundred_times_the_same_is_one_event(door: Door) -> None:
    """Each is answered 200, or the provider would come for ever."""
    body, headers = webhook({"item_ref": "PZZ1"}, at=door.house.world.now)

    found = await asyncio.gather(*(door.knock(body, headers) for _ in range(100)))

    assert found == [200] * 100
    (row,) = await door.kept()
    assert await queued_jobs("provider_event", str(row["id"])) == 1


async def test_a_forged_one_leaves_a_count_and_a_digest(door: Door) -> None:
    """Changed bodies, signatures and instants: none is kept, none quarantines the instance."""
    chance = random.Random(7)  # noqa: S311  # a test that repeats itself
    now = door.house.world.now
    refused = 0
    for number in range(300):
        body, headers = webhook({"item_ref": f"PZZ{number}"}, at=now)
        kind = number % 4
        if kind == 0:
            place = chance.randrange(len(body))
            body = (
                body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]
            )
        elif kind == 1:
            headers = {**headers, "x-signature": headers["x-signature"][:-1] + "g"}
        elif kind == 2:
            headers = {**headers, "x-at": (now + timedelta(seconds=1)).isoformat()}
        else:
            headers = {"x-at": headers["x-at"]}
        refused += await door.knock(body, headers) == 400

    assert refused == 300
    assert await door.kept() == []
    count = await fetch_value(
        "select refused_count from provider_event_refused where refused_on = $1", now.date()
    )
    assert count == 300
    assert door.house.opened.payouts.named("sandbox").guard.quarantine is None
    assert not door.house.opened.payouts.named("sandbox").guard.breaker.is_open


@pytest.mark.parametrize(("seconds", "status"), [(-301, 400), (-300, 200), (300, 200), (301, 400)])
async def test_the_window_has_two_sides(door: Door, seconds: int, status: int) -> None:
    """Replayed later or dated ahead: the host looks even where a plugin forgets to."""
    door.payouts.clock_is_checked = door.deposits.clock_is_checked = False
    body, headers = webhook({"item_ref": "P"}, at=door.house.world.now + timedelta(seconds=seconds))

    assert await door.knock(body, headers) == status


async def test_without_its_secret_the_provider_is_asked_to_come_again(door: Door) -> None:
    """Nothing is believed unproven, and nothing is lost while an operator mends it."""
    door.payouts.key = door.deposits.key = None
    body, headers = webhook({"item_ref": "P"}, at=door.house.world.now)

    assert await door.knock(body, headers) == 503
    assert await door.kept() == []

    door.payouts.key = b"another one"
    door.deposits.key = b"another one"
    assert await door.knock(body, headers) == 400


async def test_a_plugin_that_fails_on_what_strangers_send_stays_in_service(door: Door) -> None:
    """Or anybody could stop payouts by sending nonsense."""
    door.payouts.key = door.deposits.key = None  # it raises what nobody classified
    for _ in range(20):
        await door.knock(b"{}", {})

    guard = door.house.opened.payouts.named("sandbox").guard
    assert guard.quarantine is None
    assert not guard.breaker.is_open


@pytest.mark.parametrize(
    "url", ["/hooks/sandbox/nothing", "/hooks/nobody/events", "/hooks/sandbox/%00"]
)
async def test_an_address_nobody_has_is_not_there(door: Door, url: str) -> None:
    """And costs no verification."""
    body, headers = webhook({"item_ref": "P"}, at=door.house.world.now)

    assert await door.knock(body, headers, url) == 404


async def test_a_body_has_a_limit(door: Door) -> None:
    """Before it is read."""
    assert await door.knock(b"x" * (WEBHOOK_BYTES_MAX + 1), {}) == 413
    assert await door.kept() == []


async def test_other_methods_are_refused(door: Door) -> None:
    """A webhook is a POST."""
    assert (await door.ask.client.get(URL)).status_code == 405
