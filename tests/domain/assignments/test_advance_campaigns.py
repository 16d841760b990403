"""`advance_campaigns`: what ends is paid back, and no campaign waits for another one's trouble."""

from __future__ import annotations

import asyncio
from contextvars import Context
from datetime import timedelta

import asyncpg
import pytest

from domain.assignments import operations
from domain.campaigns import operations as campaigns
from domain.campaigns.queries import campaign_of
from domain.campaigns.rules import CampaignState
from domain.database import fetch, transaction
from tests.make.campaigns import rich_employer, running
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_one_campaign_that_fails_does_not_keep_the_others_waiting(world: World) -> None:
    """The sweep moves all it can; the failure is still told, so that the job is tried again."""
    employer = await rich_employer(world)
    first, second = sorted([await running(world, employer, places=[2]) for _ in range(2)])
    later = world.now + timedelta(hours=1)
    for campaign in (first, second):
        await campaigns.pause_campaign(employer_id=employer, campaign_id=campaign)
    async with transaction():
        await fetch(
            "update campaign set ends_at = $1 where id = any($2)", world.now, [first, second]
        )

    async with transaction():
        await fetch("select id from task where campaign_id = $1 for update", first)
        sweep = operations.advance_campaigns(new_id=world.new_id, now=later)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await asyncio.create_task(sweep, context=Context())

    states = [
        (await campaign_of(campaign_id=each, employer_id=employer)).state
        for each in (first, second)
    ]
    assert states == [CampaignState.PAUSED, CampaignState.STOPPING]
    await operations.advance_campaigns(new_id=world.new_id, now=later)
    record = await campaign_of(campaign_id=first, employer_id=employer)
    assert record.state is CampaignState.STOPPING
