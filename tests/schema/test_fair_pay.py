"""What an hour of work pays, and what an employer is warned of (P48)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from domain.assignments.operations import submit_assignment
from domain.assignments.rules import SubmissionItem
from domain.campaigns.operations import change_campaign
from domain.campaigns.queries import wages_of, warnings_about
from domain.campaigns.rules import (
    CampaignWarning,
    Category,
    Offer,
    Terms,
    WageBasis,
    warnings_of,
)
from domain.money import Money
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import claim, draft, fill_and_fund, publish, rich_employer, usd
from tests.make.members import add_worker
from tests.make.world import World
from tests.schema.documents import example

FAIR = Offer(
    instructions="Look at the picture and say whether it shows a cat.",
    clause_count=1,
    reward=usd("0.05"),
    claim_minutes=15,
    estimated_seconds=20,
    hourly_minimum=usd("8"),
)
TERMS = Terms(title="Is there a cat?", category=Category.LABELING, reward=usd("0.05"))


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (FAIR, ()),
        (replace(FAIR, instructions="Look."), (CampaignWarning.SHORT_INSTRUCTIONS,)),
        (replace(FAIR, clause_count=0), (CampaignWarning.NO_CLAUSES,)),
        (replace(FAIR, estimated_seconds=None), (CampaignWarning.NO_TIME_ESTIMATE,)),
        (replace(FAIR, estimated_seconds=22), ()),  # 8.18 dollars an hour
        (replace(FAIR, estimated_seconds=23), (CampaignWarning.LOW_PAY,)),  # 7.83
        (replace(FAIR, reward=usd("9"), estimated_seconds=600), ()),
        (replace(FAIR, reward=usd("9"), estimated_seconds=601), (CampaignWarning.SHORT_CLAIM,)),
    ],
)
def test_each_warning_has_its_reason(offer: Offer, expected: tuple[CampaignWarning, ...]) -> None:
    """And stands at its boundary."""
    assert warnings_of(offer) == expected


@pytest.mark.asyncio
async def test_an_hour_pays_what_was_estimated_until_ten_have_worked(world: World) -> None:
    """R18: then by the median of the latest fifty, to the micro."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await draft(world, employer)
    assert await wages_of(campaign_ids=[campaign]) == {}
    await change_campaign(
        employer_id=employer,
        campaign_id=campaign,
        terms=replace(TERMS, estimated_seconds=60),
        now=world.now,
    )
    await fill_and_fund(world, employer, campaign, places=[1] * 11)
    await publish(world, employer, campaign)
    chance = Random(7)  # noqa: S311  # no secret
    seconds: list[int] = []
    for number in range(11):
        wage = (await wages_of(campaign_ids=[campaign]))[campaign]
        if number < 10:
            assert (wage.hourly, wage.basis) == (usd("3"), WageBasis.EMPLOYER)
        else:
            assert (wage.hourly, wage.basis) == (by_median(seconds), WageBasis.MEASURED)
        assert wage.work_count == number
        seconds.append(chance.randint(3, 800))
        await work(world, worker, campaign, seconds[-1])
    wage = (await wages_of(campaign_ids=[campaign]))[campaign]
    assert (wage.hourly, wage.work_count) == (by_median(seconds), 11)


async def work(world: World, worker: UUID, campaign: UUID, seconds: int) -> None:
    assignment_id = await claim(world, worker, campaign)
    world.now += timedelta(seconds=seconds)
    await submit_assignment(
        worker_id=worker,
        assignment_id=assignment_id,
        items=[SubmissionItem(text="1")],
        new_id=world.new_id,
        now=world.now,
    )


def by_median(seconds: list[int]) -> Money:
    """7.3 of the specification, as it stands there."""
    recent = sorted(seconds[-50:])
    doubled_median = recent[(len(recent) - 1) // 2] + recent[len(recent) // 2]
    return Money(TERMS.reward.micros * 3600 * 2 // doubled_median, "USD")


@pytest.mark.asyncio
async def test_publishing_returns_the_warnings_and_strangers_get_none(ask: Ask) -> None:
    """P48: the same before, by the campaign itself, and after; nobody else reads them."""
    world = ask.world
    employer, stranger = await rich_employer(world), await rich_employer(world)
    campaign = await draft(world, employer)
    await change_campaign(
        employer_id=employer,
        campaign_id=campaign,
        terms=replace(TERMS, estimated_seconds=1200),
        now=world.now,
    )
    await fill_and_fund(world, employer, campaign, places=[1])
    id_ = ask.id(Tag.CAMPAIGN, campaign)
    own = "query ($id: ID!) { campaign(id: $id) { warnings } }"
    expected = ["LOW_PAY", "SHORT_CLAIM"]

    before = (await ask(own, viewer=employer, id=id_)).only()
    done = await ask(example("campaignPublish"), viewer=employer, input={"campaignId": id_})

    assert before["warnings"] == done.only()["warnings"] == expected
    assert (await ask(own, viewer=stranger, id=id_)).only()["warnings"] == []
    assert (
        await warnings_about(campaign_ids=[campaign], employer_id=stranger, on=world.now.date())
        == {}
    )
