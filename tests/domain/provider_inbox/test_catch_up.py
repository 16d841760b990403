"""Webhooks that never reached us are asked for, kept once, and handled like the others."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from domain.database import fetch, fetch_value
from domain.payouts.rules import PayoutState
from domain.provider import NoAnswer
from domain.provider_inbox import operations
from domain.provider_news import VerifiedWebhook
from tests.make.news import CallingSandbox, news_of, open_newsroom
from tests.make.payouts import VAULT, House, attempts, payout, queued_jobs
from tests.make.world import World

pytestmark = pytest.mark.asyncio

HOUR = timedelta(hours=1)


@dataclass
class Outage:
    house: House
    provider: CallingSandbox
    instance_id: str

    async def catch_up(self) -> int:
        return await operations.catch_up(
            instance_id=self.instance_id,
            news=news_of(self.house),
            vault=VAULT,
            clock=self.house.clock,
            new_id=self.house.world.new_id,
        )

    def missed(self, *item_refs: str) -> list[VerifiedWebhook]:
        return [
            VerifiedWebhook(
                event_id=f"evt {self.instance_id} {ref}",
                route="events",
                body=msgspec.json.encode(
                    {"id": f"evt {ref}", "type": "moved", "about": [{"item_ref": ref}]}
                ),
            )
            for ref in item_refs
        ]

    async def kept(self) -> int:
        count = "select count(*) from provider_event where instance_id = $1"
        return int(await fetch_value(count, self.instance_id))


@pytest_asyncio.fixture
async def outage(world: World, tmp_path: Path) -> AsyncIterator[Outage]:
    instance_id = f"missed-{zlib.crc32(world.name.encode())}"
    async with open_newsroom(world, tmp_path, instance_id=instance_id) as (house, provider, _):
        yield Outage(house, provider, instance_id)


async def test_what_was_missed_is_kept_once_and_looked_up(outage: Outage) -> None:
    """Also when one of them came by itself, and however often it is listed."""
    house = outage.house
    _, payout_id, batch_id = await house.sent("ok")
    (attempt,) = await attempts(payout_id)
    outage.provider.missed = outage.missed(attempt.item_ref, "PZZNOBODYKNOWS1")
    await operations.take_webhook(
        instance_id=outage.instance_id,
        webhook=outage.missed("PZZNOBODYKNOWS1")[0],
        received_at=house.world.now,
        vault=VAULT,
        new_id=house.world.new_id,
    )

    assert [await outage.catch_up() for _ in range(3)] == [1, 0, 0]
    assert await outage.kept() == 2
    for row in await fetch(
        "select id from provider_event where instance_id = $1", outage.instance_id
    ):
        await operations.handle_event(
            event_id=row["id"], news=news_of(house), vault=VAULT, now=house.world.now
        )
    assert await queued_jobs("payout_look_up", str(batch_id)) > 0
    await house.look_up(batch_id, after=timedelta(seconds=5))
    assert (await payout(payout_id)).state is PayoutState.PAID


async def test_it_asks_from_where_it_has_asked(outage: Outage) -> None:
    """With an overlap; and not further back than anybody keeps events."""
    start = outage.house.world.now
    await outage.catch_up()
    outage.house.wait(HOUR)
    await outage.catch_up()
    outage.house.wait(timedelta(days=90))
    await outage.catch_up()

    first, second, third = outage.provider.asked_since
    assert (first, second) == (start - timedelta(days=3), start - 2 * HOUR)
    assert third == outage.house.world.now - timedelta(days=30)


async def test_no_answer_moves_no_mark(outage: Outage) -> None:
    """What could not be asked for is asked for again, all of it."""
    await outage.catch_up()
    outage.house.wait(HOUR)
    outage.provider.missed = NoAnswer("down")
    assert await outage.catch_up() == 0
    outage.house.wait(24 * HOUR)
    outage.provider.missed = outage.missed("PZZNOBODYKNOWS1")
    assert await outage.catch_up() == 1

    assert outage.provider.asked_since[1] == outage.provider.asked_since[2]


async def test_a_job_for_each_that_can_tell(outage: Outage) -> None:
    """The others are asked nothing."""
    assert await operations.ask_for_missed(news=news_of(outage.house)) == 1
    assert await queued_jobs("provider_catch_up", outage.instance_id) == 1
