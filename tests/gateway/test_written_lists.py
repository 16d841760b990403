"""Lists that the database writes are, to whoever asks, as any others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from domain.database import execute, transaction
from domain.paging import Listing, Page
from domain.reads import Asking, Entity
from domain.trusted_documents.rules import document_id_of
from domain.whole import AskedPage, ListBelow, TextLevel, text_of_page
from gateway.providers import Providers
from schema.ids import Tag
from tests.make.ask import Answer, Ask, counted_statements
from tests.make.campaigns import claim, rich_employer, running, submit
from tests.make.documents import stored
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

OURS = {"accept": "application/graphql-response+json"}
TITLE = "\"a\\b\" \t\x01\x02\x03\x1f\x7f / é \u2028 \U0001f600 'x' {viewer} {row} $1 null"
LIST = """query L%s {
  viewer { campaigns(first: 5) { __typename nodes {
    id title state createdAt publishedAt reward { amount currency __typename }
    assignments(first: 3) { nodes { __typename state claimedAt worker { country } } }
  } } }
}"""


@pytest.fixture
def written(world: World, tmp_path: Path, providers: Providers) -> Ask:
    return Ask.of(world, tmp_path, providers, PIECERATE_WRITTEN_LISTS="on")


async def test_what_the_database_writes_is_the_same_text(
    world: World, ask: Ask, written: Ask
) -> None:
    """Byte for byte, whatever members wrote; for the same price, in fewer statements."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer)
    await submit(world, worker, await claim(world, worker, campaign))
    async with transaction():
        await execute("update campaign set title = $2 where id = $1", campaign, TITLE)
    text = LIST % world.new_id().hex
    await stored(world, text)

    usual, usual_count = await counted(ask, text, employer)
    quick, quick_count = await counted(written, text, employer)

    (node,) = quick.data["viewer"]["campaigns"]["nodes"]
    assert node["title"] == TITLE
    assert node["id"] == ask.id(Tag.CAMPAIGN, campaign)
    assert quick.data == usual.data
    assert quick.body["extensions"]["cost"]["actual"] == usual.body["extensions"]["cost"]["actual"]
    assert quick_count < usual_count


async def test_nobody_is_shown_more(world: World, written: Ask) -> None:
    """A stranger reads none of another's campaigns, and of a public one none of its work."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer)
    await claim(world, worker, campaign)
    own, public = LIST % world.new_id().hex, LIST.replace("viewer { campaigns", "campaigns")
    public = (public % world.new_id().hex)[:-1]
    for text in (own, public):
        await stored(world, text)

    seen = await by_id(written, own, worker)
    found = await by_id(written, public, worker)

    assert seen.data["viewer"]["campaigns"]["nodes"] == []
    shown = found.data["campaigns"]["nodes"]
    assert shown
    assert {each["assignments"] is None for each in shown} == {True}


async def counted(ask: Ask, text: str, viewer: UUID) -> tuple[Answer, int]:
    await by_id(ask, text, viewer)  # types of columns are asked for once
    async with counted_statements() as sent:
        answer = await by_id(ask, text, viewer)
    return answer, len(sent)


async def by_id(ask: Ask, text: str, viewer: UUID) -> Answer:
    token = {"authorization": f"Bearer {await ask.token_of(viewer)}"}
    body = {"documentId": document_id_of(text)}
    answer = await ask.send("POST", json=body, headers={**OURS, **token})
    assert answer.errors == []
    return answer


async def test_the_first_of_a_capped_list_are_written_in_order(world: World) -> None:
    """For many parents, whose ids lie otherwise than their rows: sorting mixes no list up."""
    assert world
    numbers = Entity(
        name="Number",
        source="""from (select md5(p::text)::uuid as parent, n, md5(p || ':' || n)::uuid as id
                  from generate_series(1, 40) p, generate_series(1, 30) n) numbers""",
        row="numbers",
    )
    parents = replace(
        numbers,
        source="""from (select md5(p::text)::uuid as id, p as n
                  from generate_series(1, 40) p) numbers""",
    )
    source = f"{parents.source} where parent.id is not null"
    listing = Listing(columns="", source=source, orders={"n": ("n",)})
    top, below = TextLevel(0, parents, "numbers"), TextLevel(1, numbers, "numbers")
    top.write("[")
    below.value("{row}.n::text")
    top.put(ListBelow(below, "{row}.parent", "{row}.n desc", 12))
    top.write("]")

    text = await text_of_page(
        top,
        listing,
        parent_id=UUID(int=0).bytes,
        arguments=(),
        pages={0: AskedPage(Page(limit=40), None)},
        asking=Asking(None, None, world.now, "work.example"),
    )

    assert text == ",".join([f"[{','.join(map(str, range(30, 18, -1)))}]"] * 40)
