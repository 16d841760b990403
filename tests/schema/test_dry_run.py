"""A campaign is tried before anything is paid: all that is in the way, and nothing that stays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.campaigns.rules import CampaignState
from domain.database import execute, fetch_value, transaction
from domain.ledger.rules import AccountKind
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import balance, draft, funded, publish, rich_employer, usd
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio


async def tried(ask: Ask, employer: UUID, campaign: UUID, **times: str) -> Any:
    wish = {"campaignId": ask.id(Tag.CAMPAIGN, campaign), **times}
    return (await ask(example("campaignDryRun"), viewer=employer, input=wish)).only()


async def with_places(world: World, employer: UUID, *, places: int) -> UUID:
    campaign = await draft(world, employer)
    await tasks.add_tasks(
        employer_id=employer,
        campaign_id=campaign,
        tasks=[NewTask(text="Is it a cat?", place_count=places)],
        new_id=world.new_id,
    )
    return campaign


async def written() -> tuple[int, ...]:
    """What a fund and a publication would leave: rows of these, of everybody."""
    kinds = ("ledger_transfer", "event", "vat_decision", "idempotent_request", "jobs.pgqueuer")
    return tuple([await fetch_value(f"select count(*) from {each}") for each in kinds])


async def test_it_says_what_would_be_and_leaves_nothing(ask: Ask, world: World) -> None:
    """Twice the same: the draft is a draft, and every cent is where it was."""
    employer = await rich_employer(world, usd("100"))
    campaign = await with_places(world, employer, places=100)
    await ask.token_of(employer)
    before = await written()

    for _ in range(2):
        found = await tried(ask, employer, campaign)
        assert (found["errors"], found["state"]) == ([], "RUNNING")
        assert found["cost"] == {"amount": "5.595", "currency": "USD"}
        assert found["warnings"] == ["NO_TIME_ESTIMATE"]

    assert await written() == before
    assert await balance(AccountKind.EMPLOYER_AVAILABLE, employer) == 100_000_000
    state = await fetch_value("select state from campaign where id = $1", campaign)
    assert state == CampaignState.DRAFT.value
    await publish(world, employer, await funded(world, employer, places=[1]))


async def test_too_little_money_hides_nothing_else(ask: Ask, world: World) -> None:
    """Whoever pays in for it must not then learn that the end lies in the past."""
    employer = await rich_employer(world, usd("0.10"))
    campaign = await with_places(world, employer, places=2)

    found = await tried(ask, employer, campaign, endsAt="2020-01-01T00:00:00Z")

    assert [each["code"] for each in found["errors"]] == ["BALANCE_TOO_LOW", "INVALID_INPUT"]
    assert found["errors"][0]["available"] == {"amount": "0.10", "currency": "USD"}
    assert (found["state"], found["cost"]["amount"]) == (None, "0.1119")


async def test_what_has_no_tasks_has_no_price(ask: Ask, world: World) -> None:
    """And what runs already cannot be tried."""
    employer = await rich_employer(world)
    found = await tried(ask, employer, await draft(world, employer))
    assert ([each["code"] for each in found["errors"]], found["cost"]) == (["NO_TASKS"], None)

    campaign = await funded(world, employer, places=[1])
    assert (await tried(ask, employer, campaign))["state"] == "RUNNING"
    await publish(world, employer, campaign)
    found = await tried(ask, employer, campaign)
    assert [each["code"] for each in found["errors"]] == ["INVALID_TRANSITION"]


async def test_staff_may_look_first(ask: Ask, world: World) -> None:
    """What gathers contact data is looked at by people before it opens."""
    employer = await rich_employer(world)
    campaign = await with_places(world, employer, places=1)
    async with transaction():
        await execute("update campaign set collects_contacts = true where id = $1", campaign)

    assert (await tried(ask, employer, campaign))["state"] == "PENDING_REVIEW"


async def test_nobody_tries_what_is_not_theirs(ask: Ask, world: World) -> None:
    """Not even to learn what it would cost."""
    employer, other = await rich_employer(world), await rich_employer(world)
    found = await tried(ask, other, await with_places(world, employer, places=1))

    assert ([each["code"] for each in found["errors"]], found["cost"]) == (["INVALID_ID"], None)
