"""`piecerate campaign import`: an offer of another marketplace, brought as a file."""

from __future__ import annotations

import json

import pytest

from domain.campaigns.queries import campaign_of
from domain.campaigns.rules import CampaignState, Category
from domain.imports.operations import Imported
from gateway.campaign_cli import bring, told
from gateway.refused import CommandRefused
from tests.domain.imports.test_drafts import HIT, POST, done
from tests.make.campaigns import rich_employer
from tests.make.members import email_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def brought(
    email: str, document: object, *, source: str = "mturk", category: str | None = "labeling"
) -> Imported:
    text = document if isinstance(document, str) else json.dumps(document)
    return await bring(email=email, source=source, document=text, category=category)


async def test_a_file_becomes_one_draft(world: World) -> None:
    """The draft is the employer's; the same file again is the same draft, and says so."""
    employer = await rich_employer(world)
    hit = {**HIT, "UniqueRequestToken": None, "Assignments": [done(60, "c"), done(70, "c")]}

    first = await brought(email_of(employer).upper(), hit)
    again = await brought(email_of(employer), hit)
    other = await brought(email_of(employer), POST, source="sproutgigs")

    campaign = await campaign_of(campaign_id=first.campaign_id, employer_id=employer)
    assert (campaign.state, campaign.category) == (CampaignState.DRAFT, Category.LABELING)
    assert (first.replayed, again.replayed, other.replayed) == (False, True, False)
    assert again.campaign_id == first.campaign_id != other.campaign_id
    lines = told(first)
    assert "  capped   AssignmentDurationInSeconds: 90 minutes instead of 1500" in lines
    assert "  2 pieces of work were handed in elsewhere, 2 approved, 0 rejected" in lines
    assert "  2 answered what: c" in lines


async def test_what_cannot_be_brought_is_one_sentence(world: World) -> None:
    """No traceback for a typing error, whatever was typed."""
    employer = await rich_employer(world)
    for document, category, said in (
        ("[]", None, "a JSON object"),
        ({**HIT, "Reward": "free"}, None, "Reward"),
        (HIT, "LABELLING", "The category is one of"),
    ):
        with pytest.raises(CommandRefused, match=said):
            await brought(email_of(employer), document, category=category)
    with pytest.raises(CommandRefused, match="Nobody is registered"):
        await brought("nobody@nowhere.example", HIT)
