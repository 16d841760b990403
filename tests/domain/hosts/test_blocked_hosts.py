"""Campaigns that lead to blocked hosts do not open, however the host is written (P50)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import pytest

from domain.campaigns import operations as campaigns
from domain.campaigns.rules import Clause
from domain.errors import InvalidInput, NotAllowed
from domain.hosts import operations, queries
from domain.hosts.operations import HostBlocked
from domain.links import hosts_in
from domain.members.rules import Role
from domain.tasks import operations as tasks
from domain.tasks.rules import NewTask
from tests.make.campaigns import draft, fund, publish, rich_employer, running
from tests.make.members import add_staff
from tests.make.world import World

pytestmark = pytest.mark.asyncio
EVIL: Final = "xn--bse-sna.example"  # with an umlaut


async def decide(
    world: World, host: str = EVIL, *, is_blocked: bool = True, by: UUID | None = None
) -> None:
    await operations.set_blocked_host(
        staff_id=by or await add_staff(world, Role.STAFF),
        host=host,
        is_blocked=is_blocked,
        reason="It steals.",
        now=world.now,
    )


async def drafted(world: World, employer: UUID, task: NewTask) -> UUID:
    """Funded, with this task alone."""
    campaign = await draft(world, employer)
    await tasks.add_tasks(
        employer_id=employer, campaign_id=campaign, tasks=[task], new_id=world.new_id
    )
    await fund(world, employer, campaign)
    return campaign


@pytest.mark.parametrize(
    "text",
    [
        "Look at https://b\u00f6se.example/x, please.",
        "HTTPS://WWW.B\u00d6SE.EXAMPLE",
        "https://xn--bse-sna.example.",
        "https://good.example@xn--bse-sna.example:8080/",
        "https://good.example/?to=https%3A%2F%2Fb%C3%B6se.example%2F",
        "https:\\\\b\u00f6se.example",
        "just b\u00f6se.example!",
        "(b\u00f6se\u3002example)",
        "b\u00f6\u00adse.\u200bexample",
        "bo\u0308se\uff0eexample\u2026",
        "mail to someone@b\u00f6se.example",
    ],
)
async def test_no_spelling_gets_around_a_blocked_host(world: World, text: str) -> None:
    """P50: another script, case, port, name before it, parameter, or no link at all."""
    await decide(world)
    assert await queries.first_blocked(hosts_in([text])) == EVIL


async def test_what_is_not_below_it_stays_open(world: World) -> None:
    """P50: the end of a name is not the name, and what is opened again is open."""
    await decide(world)
    for text in ("https://notb\u00f6se.example", "b\u00f6se.example.org", "b\u00f6se", "1.2.3"):
        assert await queries.first_blocked(hosts_in([text])) is None

    await decide(world, "https://b\u00f6se.example/somewhere", is_blocked=False)
    assert await queries.first_blocked([EVIL]) is None
    decided = await queries.host_decision(host=EVIL)
    assert decided is not None and not decided.is_blocked
    assert EVIL not in {each.host for each in await queries.blocked_hosts(within="bse")}


async def test_a_campaign_that_leads_there_is_not_published(world: World) -> None:
    """P50: by the task's address, its text, its variables or the instructions; nor restarted so."""
    await decide(world, is_blocked=False)  # whatever test was here before
    employer = await rich_employer(world)
    leading = [
        NewTask(text="Look", url="https://b\u00f6se.example/1", place_count=1),
        NewTask(text="Look at www.b\u00f6se.example", place_count=1),
        NewTask(text="Look", place_count=1, variables={"page": "//b\u00f6se.example/"}),
    ]
    found = [await drafted(world, employer, task) for task in leading]
    other = await running(world, employer)
    told = await drafted(world, employer, NewTask(text="Look", place_count=1))
    clause = Clause(id="1", text="Sign up at b\u00f6se.example")

    async def revise(campaign: UUID) -> None:
        await campaigns.revise_instructions(
            employer_id=employer,
            campaign_id=campaign,
            instructions="Look.",
            clauses=[clause],
            now=world.now,
        )

    await revise(told)
    await decide(world)
    for campaign in (*found, told):
        with pytest.raises(HostBlocked) as refused:
            await publish(world, employer, campaign)
        assert (refused.value.host, refused.value.path) == (EVIL, ("campaign_id",))
    with pytest.raises(HostBlocked) as refused:
        await revise(other)
    assert refused.value.path == ("instructions",)

    await decide(world, is_blocked=False)
    for campaign in (*found, told):
        await publish(world, employer, campaign)


async def test_staff_alone_decide_and_only_about_hosts(world: World) -> None:
    """P50: a member is refused, and so is what could block half of the world by a slip."""
    staff = await add_staff(world, Role.STAFF)
    with pytest.raises(NotAllowed):
        await decide(world, "example.org", by=await rich_employer(world))
    long = ".".join("a" * 11)
    for wrong in ("com", "", "*.example", "exa mple.org", "https://", "https://a.example/\0", long):
        with pytest.raises(InvalidInput):
            await decide(world, wrong, by=staff)
