"""Webhooks make it quicker, never different: doubled, shuffled, early, late, forged, or none."""

from __future__ import annotations

import asyncio
import random
import zlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from domain.database import fetch, fetch_value
from domain.payouts import operations as payouts
from domain.payouts.rules import PayoutState
from domain.provider_inbox import operations
from domain.provider_news import VerifiedWebhook
from tests.make.news import news_of, open_newsroom, webhook
from tests.make.payouts import VAULT, House, Payee, attempts, money_of, payout
from tests.make.world import World

pytestmark = pytest.mark.asyncio

SCENARIOS = ("ok", "fail", "returned", "timeout-sent", "unclaimed", "slow")
STEPS = 8


@dataclass
class Storm:
    """How webhooks reach us in one run; `copies` 0: they never do."""

    copies: int
    is_early: bool = False
    is_late: bool = False


@pytest.mark.parametrize(
    "storm",
    [
        Storm(copies=0),
        Storm(copies=1),
        Storm(copies=100),
        Storm(copies=3, is_early=True),
        Storm(copies=3, is_late=True),
    ],
    ids=["none", "each once", "a hundred times", "before the answer", "days late"],
)
async def test_every_way_ends_in_the_same_books(world: World, tmp_path: Path, storm: Storm) -> None:
    """States and balances are those that the provider's own look-ups give."""
    chance = random.Random(3)  # noqa: S311  # a test that repeats itself
    instance_id = f"storm-{zlib.crc32(world.name.encode())}"
    async with open_newsroom(world, tmp_path, instance_id=instance_id) as (house, _, _):
        made = await _paid_by(house, storm, instance_id, chance)
        ends = {
            scenario: ((await payout(payout_id)).state, await money_of(payee.id))
            for scenario, (payee, payout_id, _) in made.items()
        }

    assert {scenario: state for scenario, (state, _) in ends.items()} == {
        "ok": PayoutState.PAID,
        "fail": PayoutState.FAILED,
        "returned": PayoutState.RETURNED,
        "timeout-sent": PayoutState.PAID,
        "unclaimed": PayoutState.RETURNED,
        "slow": PayoutState.PAID,
    }
    for state, (earnings, on_its_way) in ends.values():
        assert on_its_way.micros == 0
        assert earnings.micros == (3 if state is PayoutState.PAID else 10) * 1_000_000


async def _paid_by(
    house: House, storm: Storm, instance_id: str, chance: random.Random
) -> dict[str, tuple[Payee, UUID, UUID]]:
    made: dict[str, tuple[Payee, UUID, UUID]] = {}
    for scenario in SCENARIOS:
        payee = await house.payee(scenario=scenario)
        payout_id = (await house.request(payee)).payout_id
        batch_id = await house.route(payout_id)
        made[scenario] = payee, payout_id, batch_id
        if storm.is_early:
            await _deliver(house, storm, instance_id, [payout_id], chance)
        await house.send(batch_id)
    ids = [payout_id for _, payout_id, _ in made.values()]
    for step in range(STEPS):
        house.wait(timedelta(days=5) if step else timedelta(seconds=5))
        if step == (STEPS // 2 if storm.is_late else 0) or step % 3 == 2:
            copies = storm.copies if step < 2 else min(storm.copies, 3)
            await _deliver(house, Storm(copies), instance_id, ids, chance)
        await _run_look_ups(house, [batch_id for _, _, batch_id in made.values()])
    return made


async def _deliver(
    house: House, storm: Storm, instance_id: str, ids: list[UUID], chance: random.Random
) -> None:
    """Each copy is kept and handled as the route and the job do, in any order, at once."""
    refs = [(await attempts(each))[0].item_ref for each in ids]
    bodies = [
        webhook({"item_ref": ref}, at=house.world.now, kind=chance.choice(["PAID", "FAILED"]))[0]
        for ref in refs
    ] * storm.copies
    chance.shuffle(bodies)
    for body in bodies:
        await operations.take_webhook(
            instance_id=instance_id,
            webhook=VerifiedWebhook(event_id=f"{zlib.crc32(body)}", route="events", body=body),
            received_at=house.world.now,
            vault=VAULT,
            new_id=house.world.new_id,
        )
    rows = await fetch(
        "select id from provider_event where instance_id = $1 and state = 'received'", instance_id
    )
    handled = [row["id"] for row in rows] * 2
    chance.shuffle(handled)
    for start in range(0, len(handled), 10):
        await asyncio.gather(
            *(
                operations.handle_event(
                    event_id=each, news=news_of(house), vault=VAULT, now=house.world.now
                )
                for each in handled[start : start + 10]
            )
        )


async def _run_look_ups(house: House, batch_ids: list[UUID]) -> None:
    """What the sweep and the schedule would run by now; twice at once, as jobs may."""
    await payouts.recover_batches(now=house.world.now, new_id=house.world.new_id)
    for batch_id in batch_ids:
        due = await fetch_value("select due_at from payout_batch where id = $1", batch_id)
        if due is not None and due <= house.world.now:
            await asyncio.gather(house.look_up(batch_id), house.look_up(batch_id))
