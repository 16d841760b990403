"""`create_campaign`, `change_campaign`, `revise_instructions`: a draft that says what it wants."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from domain.campaigns import operations, queries
from domain.campaigns.rules import (
    MOVES,
    CampaignEvent,
    CampaignState,
    Category,
    Clause,
    Difficulty,
    Terms,
    available_events,
    next_state,
    price,
)
from domain.errors import InvalidInput, InvalidTransition
from domain.filters import among
from domain.money import Money
from domain.paging import Page
from tests.make.campaigns import draft, offer, rich_employer, running, usd
from tests.make.world import World

GOOD = Terms(title="Is there a cat?", category=Category.LABELING, reward=usd("0.05"))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("terms", "path"),
    [
        (replace(GOOD, title="  "), ("title",)),
        (replace(GOOD, title="x" * 201), ("title",)),
        (replace(GOOD, reward=usd("0")), ("reward",)),
        (replace(GOOD, reward=usd("10001")), ("reward",)),
        (replace(GOOD, claim_minutes=4), ("claim_minutes",)),
        (replace(GOOD, review_days=8), ("review_days",)),
        (replace(GOOD, revision_count_max=3), ("revision_count_max",)),
        (replace(GOOD, per_worker_max=0), ("per_worker_max",)),
    ],
)
async def test_bad_terms_are_refused_with_the_field(
    world: World, terms: Terms, path: tuple[str, ...]
) -> None:
    """A form can mark the field that is wrong."""
    employer = await rich_employer(world)

    with pytest.raises(InvalidInput) as refusal:
        await operations.create_campaign(
            employer_id=employer,
            terms=terms,
            instructions="Look.",
            clauses=(),
            new_id=world.new_id,
            now=world.now,
        )

    assert refusal.value.path == path


@pytest.mark.asyncio
async def test_empty_instructions_are_refused(world: World) -> None:
    """P7: details must say what it is about."""
    employer = await rich_employer(world)

    with pytest.raises(InvalidInput) as refusal:
        await operations.create_campaign(
            employer_id=employer,
            terms=GOOD,
            instructions=" \n ",
            clauses=(),
            new_id=world.new_id,
            now=world.now,
        )

    assert refusal.value.path == ("instructions",)


@pytest.mark.asyncio
async def test_a_draft_may_change_and_a_funded_campaign_may_not(world: World) -> None:
    """P36: what workers saw and employers paid for stays as it was."""
    employer = await rich_employer(world)
    campaign = await draft(world, employer)
    dearer = replace(GOOD, reward=usd("0.10"), title="Is there a dog?")

    await operations.change_campaign(
        employer_id=employer, campaign_id=campaign, terms=dearer, now=world.now
    )

    record = (await queries.campaigns_by_id(ids=[campaign], viewer_id=employer, now=world.now))[
        campaign
    ]
    assert (record.title, record.price.reward, record.price.fee) == (
        "Is there a dog?",
        usd("0.10"),
        usd("0.01"),
    )
    open_campaign = await running(world, employer)
    with pytest.raises(InvalidTransition):
        await operations.change_campaign(
            employer_id=employer, campaign_id=open_campaign, terms=dearer, now=world.now
        )


@pytest.mark.asyncio
async def test_a_revision_of_the_instructions_keeps_the_old_version(world: World) -> None:
    """P35: work is judged by the version it was claimed under."""
    employer = await rich_employer(world)
    campaign = await running(world, employer)

    version = await operations.revise_instructions(
        employer_id=employer,
        campaign_id=campaign,
        instructions="Look three times.",
        clauses=[Clause(id="a", text="Three times.")],
        now=world.now,
    )

    both = await queries.instructions_by_version(keys=[(campaign, 1), (campaign, version)])
    assert both[campaign, 1].text.startswith("Look at the picture")
    assert both[campaign, 2].clauses == (Clause(id="a", text="Three times."),)


def test_the_price_of_the_worked_example() -> None:
    """DOMAIN 5.2: r = 50,000, f = 5,000, v = 950 micros."""
    cost = price(reward=usd("0.05"), fee_basis_points=1000, vat_basis_points=1900)

    assert (cost.reward, cost.fee, cost.vat) == (usd("0.05"), usd("0.005"), usd("0.00095"))
    assert cost.total == Money(55_950, "USD")


@pytest.mark.parametrize("state", CampaignState)
def test_the_owner_sees_exactly_the_legal_moves(state: CampaignState) -> None:
    """A3: every pair of state and event is decided by the one table."""
    shown = set(available_events(state, pause_reason=None))

    for event in CampaignEvent:
        legal = (state, event) in MOVES
        assert (next_state(state, event) is not None) == legal
        assert (event in shown) <= legal


@pytest.mark.asyncio
async def test_campaigns_are_found_by_their_difficulty(world: World) -> None:
    """P47: the open ones of each, and a change of the draft counts."""
    employer = await rich_employer(world)
    made: dict[Difficulty, UUID] = {}
    for difficulty in Difficulty:
        campaign = await draft(world, employer)
        terms = replace(GOOD, difficulty=difficulty)
        await operations.change_campaign(
            employer_id=employer, campaign_id=campaign, terms=terms, now=world.now
        )
        await offer(world, employer, campaign)
        made[difficulty] = campaign
    for wanted in ([Difficulty.EASY], [Difficulty.MEDIUM, Difficulty.HARD], []):
        found = await queries.open_campaigns(
            viewer_id=None, now=world.now, page=Page(limit=999), where=among("difficulty", wanted)
        )
        assert {each.id for each in found} & {*made.values()} == {made[each] for each in wanted}
