"""Who watches the market hears what opens and what is taken down, and nothing that is hidden."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from domain.assignments import operations
from domain.assignments.rules.states import DISPUTE_TIME
from domain.campaigns.operations import suspend_campaign
from domain.campaigns.rules import Audience, Comparator, Guard, Target, TargetField
from domain.members.rules import Role
from schema.ids import Tag
from tests.gateway.live.test_streams import now_of
from tests.make.ask import Ask
from tests.make.campaigns import reject, rich_employer, running, submitted
from tests.make.members import add_staff, add_worker
from tests.make.streams import Served, served, soon
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

KENYANS: Final = Audience(
    targets=(Target(field=TargetField.COUNTRY, comparator=Comparator.IN, codes=("KE",)),),
    guard=Guard.DISCOVER,
)


async def market_of(
    live: Served, viewer: UUID, *, after: str, ids: Collection[str], count: int
) -> list[tuple[str, str]]:
    """What the viewer hears first of these: kind and id, with a minus without the campaign."""
    heard: list[tuple[str, str]] = []
    token = await live.ask.token_of(viewer)
    async with live.sse(example("marketChanged"), token, after=after) as events:
        while len(heard) < count:
            event = (await soon(anext(events)))[1]["data"]["marketChanged"]
            sign = "" if event["campaign"] else "-"
            if event["campaignId"] in ids:
                heard.append((sign + event["kind"], event["campaignId"]))
    return heard


async def take_down(world: World, campaign_id: UUID) -> None:
    staff_id, why = await add_staff(world, Role.STAFF), "It asks for the numbers of bank cards."
    await suspend_campaign(staff_id=staff_id, campaign_id=campaign_id, text=why, now=world.now)
    await operations.block_campaign(
        staff_id=staff_id,
        campaign_id=campaign_id,
        text=why,
        key=world.key(staff_id),
        new_id=world.new_id,
        now=world.now,
    )


async def test_who_watches_hears_of_places_and_of_what_was_taken_down(
    ask: Ask, world: World, tmp_path: Path
) -> None:
    """P40, P32: places that are gone and come back; what nobody may see any more is told to all,
    also to whom it never was for, by its id alone.
    """
    employer, worker = await rich_employer(world), await add_worker(world)
    kenyan = await add_worker(world, country="KE")
    async with served(ask, tmp_path) as live:
        after = await now_of(live, worker)
        open_id = await running(world, employer, places=[1])
        hidden_id = await running(world, employer, audience=KENYANS)
        id_, other = ask.id(Tag.CAMPAIGN, open_id), ask.id(Tag.CAMPAIGN, hidden_id)
        work_id = await submitted(world, worker, open_id)
        await operations.advance_campaigns(new_id=world.new_id, now=world.now)
        await reject(world, employer, work_id)
        world.now += DISPUTE_TIME + timedelta(seconds=1)
        await operations.close_rejections(new_id=world.new_id, now=world.now)
        await operations.advance_campaigns(new_id=world.new_id, now=world.now)
        theirs = await market_of(live, kenyan, after=after, ids=(id_, other), count=4)
        await take_down(world, hidden_id)
        seen = await market_of(live, worker, after=after, ids=(id_, other), count=4)

    places = [("CAMPAIGN_RUNNING", id_), ("CAMPAIGN_EXHAUSTED", id_), ("CAMPAIGN_RUNNING", id_)]
    assert theirs == [places[0], ("CAMPAIGN_RUNNING", other), *places[1:]]
    assert seen == [*places, ("-CAMPAIGN_BLOCKED", other)]
