"""An offer of another marketplace, from its document to a campaign that runs (DOMAIN 2.5)."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final
from uuid import UUID

import pytest

from domain.campaigns.queries import campaign_of
from domain.campaigns.rules import CampaignState, Category
from domain.database import fetch_value
from domain.errors import InvalidInput
from domain.idempotency.operations import IdempotencyMismatch
from domain.imports import operations
from domain.imports.operations import Imported
from domain.imports.rules import Source
from tests.domain.imports.test_drafts import HIT, POST
from tests.make.campaigns import fund, publish, rich_employer
from tests.make.world import World

pytestmark = pytest.mark.asyncio
CAMPAIGNS: Final = "select count(*) from campaign where employer_id = $1"


async def brought(
    world: World, employer: UUID, document: dict[str, Any], source: Source = Source.MTURK
) -> Imported:
    return await operations.import_campaign(
        employer_id=employer,
        source=source,
        document=json.dumps(document),
        category=Category.LABELING,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )


async def test_what_was_brought_over_can_be_funded_and_published(world: World) -> None:
    """Both documents become drafts that need nothing more, with all their tasks."""
    employer = await rich_employer(world)
    for document, source, places in ((HIT, Source.MTURK, 3), (POST, Source.SPROUTGIGS, 6)):
        done = await brought(world, employer, document, source)
        campaign = await campaign_of(campaign_id=done.campaign_id, employer_id=employer)
        assert (campaign.state, campaign.place_count) == (CampaignState.DRAFT, places)
        await fund(world, employer, done.campaign_id)
        await publish(world, employer, done.campaign_id)


async def test_one_token_is_one_campaign(world: World) -> None:
    """Sent again, at the same time or with another key, it answers what it did; another document
    under its token is refused.
    """
    employer, other = await rich_employer(world), await rich_employer(world)
    document = {**HIT, "UniqueRequestToken": "twice"}
    found = await asyncio.gather(*(brought(world, employer, document) for _ in range(3)))
    assert len({each.campaign_id for each in found}) == 1
    assert sorted(each.replayed for each in found) == [False, True, True]
    assert await fetch_value(CAMPAIGNS, employer) == 1

    with pytest.raises(IdempotencyMismatch):
        await brought(world, employer, {**document, "Reward": "0.06"})
    assert not (await brought(world, other, document)).replayed


async def test_a_refused_document_leaves_nothing(world: World) -> None:
    """What our own rules refuse is told as a part of the document, and no half of it stays."""
    employer = await rich_employer(world)
    wrong = [
        {**POST, "task_value": 20_000},
        {**POST, "excluded_countries": ["xx"]},
        {**POST, "title": "a\u202eb"},
        {**POST, "proofs": [{"description": "x"}] * 5},
        {**POST, "variables": {"Site Name": ["\u0000"]}},
        {**HIT, "UniqueRequestToken": "\u0000"},
    ]
    for document in wrong:
        source = Source.MTURK if "Title" in document else Source.SPROUTGIGS
        with pytest.raises(InvalidInput) as refused:
            await brought(world, employer, document, source)
        assert refused.value.path[0] == "document"
    assert await fetch_value(CAMPAIGNS, employer) == 0
