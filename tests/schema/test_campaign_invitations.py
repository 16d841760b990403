"""Employers invite workers whom they know; nobody learns more by it than the invited, once."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from domain.campaigns.rules import Audience, Comparator, Target, TargetField
from domain.database import fetch
from domain.events.queries import events_of_subject
from domain.events.rules import BEGINNING
from domain.matching.queries import matches_of
from domain.matching.rules import INVITED_COUNT_MAX
from domain.members import operations as members
from domain.members.rules import Mark
from domain.paging import Page
from domain.tasks.operations import stop_campaign
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import (
    approve,
    claim,
    funded,
    publish,
    rich_employer,
    running,
    submitted,
)
from tests.make.events import all_readable
from tests.make.members import add_worker
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

INVITED = "query ($id: ID!) { node(id: $id) { ... on Campaign { invitations { state } } } }"


async def invite(ask: Ask, employer: UUID, campaign: UUID, *workers: UUID) -> Any:
    wish = {
        "campaignId": ask.id(Tag.CAMPAIGN, campaign),
        "memberIds": [ask.id(Tag.MEMBER, each) for each in workers],
    }
    return (await ask(example("campaignInvite"), viewer=employer, input=wish)).only()


async def invited(ask: Ask, employer: UUID, campaign: UUID, *workers: UUID) -> list[str]:
    found = await invite(ask, employer, campaign, *workers)
    return [each["result"] for each in found["outcomes"]]


async def listed(ask: Ask, worker: UUID) -> list[str]:
    asked = await ask(example("viewerCampaignInvitations"), viewer=worker)
    return [each["id"] for each in asked.only()["campaignInvitations"]]


async def states(ask: Ask, viewer: UUID, campaign: UUID) -> list[str]:
    asked = await ask(INVITED, viewer=viewer, id=ask.id(Tag.CAMPAIGN, campaign))
    return [each["state"] for each in asked.only()["invitations"]]


async def told(worker: UUID) -> list[UUID]:
    rows = await fetch(
        "select subject_id from event where kind = 'campaign_invited' and member_id = $1", worker
    )
    return [row["subject_id"] for row in rows]


async def favourite(world: World, employer: UUID) -> UUID:
    worker = await add_worker(world)
    await members.mark_member(
        owner_id=employer, member_id=worker, mark=Mark.FAVOURITE, now=world.now
    )
    return worker


async def test_who_is_known_is_invited_and_finds_it_first(ask: Ask, world: World) -> None:
    """C1: whose work was approved, or a favourite; the campaign leads their list, with the reason,
    until they claim it.
    """
    employer, worker = await rich_employer(world), await add_worker(world)
    await approve(world, employer, await submitted(world, worker, await running(world, employer)))
    liked, stranger = await favourite(world, employer), await add_worker(world)
    campaign = await running(world, employer)
    await running(world, employer)

    found = await invited(ask, employer, campaign, worker, stranger, liked)
    assert found == ["INVITED", "NOT_KNOWN", "INVITED"]
    assert await invited(ask, employer, campaign, worker) == ["ALREADY_INVITED"]
    page = Page(limit=1)
    for each in (worker, liked):
        (first,) = await matches_of(worker_id=each, now=world.now, page=page)
        assert first.campaign_id == campaign
        assert await listed(ask, each) == [ask.id(Tag.CAMPAIGN, campaign)]
    assert await listed(ask, stranger) == [] and await told(stranger) == []

    await claim(world, worker, campaign)
    assert await listed(ask, worker) == []
    assert sorted(await states(ask, employer, campaign)) == ["OPEN", "TAKEN"]
    assert await states(ask, liked, campaign) == []
    assert await invited(ask, employer, campaign, worker) == ["HAS_CLAIMED"]


async def test_the_invited_alone_are_told_once_when_it_runs(ask: Ask, world: World) -> None:
    """Not before it opens, not again, and nobody who watches the campaign."""
    employer = await rich_employer(world)
    worker = await favourite(world, employer)
    campaign = await funded(world, employer)

    assert await invited(ask, employer, campaign, worker) == ["INVITED"]
    assert await told(worker) == [] and await listed(ask, worker) == []
    await publish(world, employer, campaign)
    assert await invited(ask, employer, campaign, worker) == ["ALREADY_INVITED"]
    assert await told(worker) == [campaign]
    await all_readable()
    heard = await events_of_subject(subject_id=campaign, at=BEGINNING, limit=100)
    assert "campaign_invited" not in [event.kind.value for event in heard]

    decline = partial(ask, example("campaignInvitationDecline"), viewer=worker)
    wish = {"campaignId": ask.id(Tag.CAMPAIGN, campaign)}
    assert (await decline(input=wish)).only()["errors"] == []
    assert await states(ask, employer, campaign) == ["DECLINED"]
    (again,) = (await decline(input=wish)).only()["errors"]
    assert again["code"] == "INVALID_TRANSITION"
    assert await invited(ask, employer, campaign, worker) == ["ALREADY_INVITED"]


async def test_nobody_learns_who_has_blocked_whom_or_may_not_claim(ask: Ask, world: World) -> None:
    """The same answer as for all others; who has blocked the employer hears and sees nothing,
    and whom it is not for is not let in.
    """
    employer = await rich_employer(world)
    blocking, unfit = await favourite(world, employer), await favourite(world, employer)
    await members.mark_member(
        owner_id=blocking, member_id=employer, mark=Mark.BLOCKED, now=world.now
    )
    nobodys = Target(field=TargetField.APPROVED_COUNT, comparator=Comparator.GE, numbers=(999,))
    open_to_all = await running(world, employer)
    narrow = await running(world, employer, audience=Audience(targets=(nobodys,)))

    assert await invited(ask, employer, open_to_all, blocking, unfit) == ["INVITED"] * 2
    assert await invited(ask, employer, narrow, blocking, unfit) == ["INVITED"] * 2
    assert await states(ask, employer, open_to_all) == ["OPEN"] * 2
    assert await told(blocking) == [] and await listed(ask, blocking) == []
    assert await told(unfit) == [open_to_all]
    page = Page(limit=100)
    offered = await matches_of(worker_id=unfit, now=world.now, page=page)
    assert narrow not in [each.campaign_id for each in offered]
    wish = {"campaignId": ask.id(Tag.CAMPAIGN, open_to_all)}
    refused = await ask(example("campaignInvitationDecline"), viewer=blocking, input=wish)
    assert [each["code"] for each in refused.only()["errors"]] == ["INVALID_ID"]


async def test_an_invitation_ends_with_its_campaign_and_is_limited(ask: Ask, world: World) -> None:
    """What is over invites nobody; a hundred at once, ten times; only to one's own."""
    employer, other = await rich_employer(world), await rich_employer(world)
    worker = await favourite(world, employer)
    campaign = await running(world, employer)
    await invited(ask, employer, campaign, worker)
    await stop_campaign(
        employer_id=employer,
        campaign_id=campaign,
        key=world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )
    assert await states(ask, employer, campaign) == ["ENDED"] and await listed(ask, worker) == []

    async def code(by: UUID, *workers: UUID) -> str:
        (error,) = (await invite(ask, by, campaign, *workers))["errors"]
        return str(error["code"])

    assert await code(employer, worker) == "INVALID_TRANSITION"
    assert await code(other, worker) == "INVALID_ID"
    assert await code(employer, *[worker] * (INVITED_COUNT_MAX + 1)) == "INVALID_INPUT"
    codes = [await code(employer, worker) for _ in range(9)]
    assert codes == ["INVALID_TRANSITION"] * 8 + ["TOO_MANY_ATTEMPTS"]
