"""A1 whole: ten thousand claims at once on a thousand places; `make campaign`.

The same in small, with two hundred, runs in every test run.
"""

from __future__ import annotations

import asyncio
import os
import time
from datetime import timedelta

import pytest

from domain.assignments import operations
from domain.assignments.rules import ClaimReason
from domain.tasks import queries as tasks
from tests.make.campaigns import claim, rich_employer, running
from tests.make.members import add_worker
from tests.make.world import World

WORKERS = 10_000
PLACES = 1_000

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(
        not os.environ.get("PIECERATE_CAMPAIGN"), reason="long: `make campaign` runs it"
    ),
    pytest.mark.timeout(1800),
]


@pytest.mark.parametrize("shape", [[PLACES], [1] * PLACES], ids=["one task", "many tasks"])
async def test_nobody_is_let_in_too_much_and_no_place_is_lost(
    world: World, shape: list[int]
) -> None:
    """However the places are spread over tasks; and who lets theirs expire gives it back whole."""
    campaign = await running(world, await rich_employer(world), places=shape)
    workers = [await add_worker(world) for _ in range(WORKERS)]
    door = asyncio.Semaphore(100)  # as a server lets people in; more would wait for connections

    async def come(number: int) -> object:
        async with door:
            try:
                return await claim(world, workers[number], campaign)
            except operations.NotEligible as refusal:
                return refusal.reasons

    began = time.monotonic()
    outcomes = await asyncio.gather(*(come(number) for number in range(WORKERS)))
    seconds = time.monotonic() - began

    refused = [each for each in outcomes if isinstance(each, tuple)]
    held = (await tasks.places_of(campaign_ids=[campaign]))[campaign]
    assert (held.open, held.held) == (0, PLACES)
    assert len(set(outcomes) - set(refused)) == PLACES
    assert set(refused) == {(ClaimReason.NO_PLACE_LEFT,)}
    assert len(refused) == WORKERS - PLACES

    began = time.monotonic()
    while await operations.expire_assignments(
        new_id=world.new_id, now=world.now + timedelta(hours=2)
    ):
        pass
    swept = time.monotonic() - began
    free = (await tasks.places_of(campaign_ids=[campaign]))[campaign]
    assert (free.open, free.held) == (PLACES, 0)
    print(f"\n{WORKERS} claims in {seconds:.1f} s, {PLACES} back after {swept:.2f} s")  # noqa: T201  # figures
