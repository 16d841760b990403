"""Who may see a campaign at all: everybody, or members alone."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.campaigns.rules import Audience, Visibility
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import draft, rich_employer, running
from tests.make.members import add_worker
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

LISTED = """query ($of: ID!, $ids: [ID!]!) {
  campaigns(where: { employerId: { eq: $of } }, first: 5) { totalCount nodes { id } }
  nodes(ids: $ids) { id }
  categories { slug openCampaignCount }
}"""


async def test_who_is_not_signed_in_sees_what_is_public(ask: Ask, world: World) -> None:
    """P22: in no list, in no number and not by its id; whoever signs in sees both."""
    employer, worker = await rich_employer(world), await add_worker(world)
    of = ask.id(Tag.MEMBER, employer)
    ids = [
        ask.id(Tag.CAMPAIGN, await running(world, employer, audience=Audience(visibility=each)))
        for each in Visibility
    ]

    async def seen(viewer: UUID | None) -> tuple[int, set[str], list[str], int]:
        found = (await ask(LISTED, viewer=viewer, of=of, ids=ids)).data
        page = found["campaigns"]
        nodes = [each["id"] for each in found["nodes"] if each]
        open_count = sum(each["openCampaignCount"] for each in found["categories"])
        return page["totalCount"], {each["id"] for each in page["nodes"]}, nodes, open_count

    *everywhere, number = await seen(None)
    *of_member, more = await seen(worker)
    assert everywhere == [1, {ids[0]}, ids[:1]]
    assert of_member == [2, set(ids), ids] and more > number


async def test_a_draft_changes_who_sees_it(ask: Ask, world: World) -> None:
    """What is left out stays as it was."""
    employer = await rich_employer(world)
    id_ = ask.id(Tag.CAMPAIGN, await draft(world, employer))
    for wish in ({"visibility": "MEMBERS"}, {"title": "Another cat?"}):
        update = example("campaignUpdate")
        done = (await ask(update, viewer=employer, input={"campaignId": id_, **wish})).only()
        assert done["errors"] == []
    asked = "query ($id: ID!) { campaign(id: $id) { visibility title } }"
    found = (await ask(asked, viewer=employer, id=id_)).only()
    assert found == {"visibility": "MEMBERS", "title": "Another cat?"}
