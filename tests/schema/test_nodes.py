"""`node` and `nodes`: every type by its id, for those who may see it, and null for the others."""

from __future__ import annotations

from uuid import UUID

import pytest

from schema.ids import IdCodec, Tag
from tests.make.ask import SECRET, Ask, counted_statements
from tests.make.campaigns import approve, rich_employer, running, submitted
from tests.make.members import add_finance_member, add_worker
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

OF_BOTH = """
    query ($id: ID!) { node(id: $id) { ... on Assignment {
      id task { id } submissions { id } reviews { id } ratings { id } campaign { id }
    } } }
"""


async def visible_to(ask: Ask, viewer: UUID | None, id_: str) -> str | None:
    found = (await ask(example("node"), viewer=viewer, id=id_)).only()
    if found is None:
        return None
    assert found["id"] == id_
    kind: str = found["__typename"]
    return kind


async def test_an_assignment_and_all_that_hangs_on_it(ask: Ask) -> None:
    """Its two parties see it by any id; a stranger, finance and nobody see nothing."""
    world = ask.world
    employer, worker = await rich_employer(world), await add_worker(world)
    stranger, finance = await add_worker(world), await add_finance_member(world)
    key = await submitted(world, worker, await running(world, employer))
    await approve(world, employer, key)
    id_ = ask.id(Tag.ASSIGNMENT, key)
    rate = {"assignmentId": id_, "stars": 4}
    given = (await ask(example("ratingGive"), viewer=worker, input=rate)).only()["rating"]
    found = (await ask(OF_BOTH, viewer=worker, id=id_)).only()
    ids = {
        "Assignment": id_,
        "Task": found["task"]["id"],
        "Submission": found["submissions"][0]["id"],
        "Review": found["reviews"][0]["id"],
    }

    for kind, each in ids.items():
        assert await visible_to(ask, worker, each) == kind
        assert await visible_to(ask, employer, each) == kind
        for other in (stranger, finance, None):
            assert await visible_to(ask, other, each) is None
    assert await visible_to(ask, worker, given["id"]) == "Rating"
    assert await visible_to(ask, employer, given["id"]) is None  # hidden until both have rated
    assert await visible_to(ask, None, found["campaign"]["id"]) == "Campaign"


async def test_what_belongs_to_one_member(ask: Ask) -> None:
    """Session, viewer and ledger entries are the owner's alone; members are public."""
    world = ask.world
    employer, worker = await rich_employer(world), await add_worker(world)
    await submitted(world, worker, await running(world, employer))
    mine = (
        await ask(
            """{ viewer { id member { id } session { id }
                 statement(balance: PENDING, currency: USD) { nodes { id } } } }""",
            viewer=worker,
        )
    ).only()
    ids = {
        "Viewer": mine["id"],
        "Session": mine["session"]["id"],
        "LedgerEntry": mine["statement"]["nodes"][0]["id"],
    }

    for kind, each in ids.items():
        assert await visible_to(ask, worker, each) == kind
        assert await visible_to(ask, employer, each) is None
    assert await visible_to(ask, None, mine["member"]["id"]) == "Member"


@pytest.mark.parametrize(
    "rubbish", ["", "rubbish", "mem1_", "mem1_" + "A" * 22, "xyz1_" + "A" * 22]
)
async def test_a_wrong_id_is_nothing(ask: Ask, rubbish: str) -> None:
    """Malformed, unknown and hidden look alike."""
    assert await visible_to(ask, None, rubbish) is None


async def test_an_id_cannot_be_relabeled(ask: Ask) -> None:
    """Each type has a key of its own: the tag is no mere prefix."""
    worker = await add_worker(ask.world)
    member_id = ask.id(Tag.MEMBER, worker)

    assert await visible_to(ask, None, member_id) == "Member"
    assert await visible_to(ask, None, member_id.replace("mem1_", "cmp1_")) is None


async def test_ids_are_stable_and_tell_nothing() -> None:
    """Clients store them; neighbors must not look like neighbors."""
    ids = IdCodec(SECRET)
    first, second = UUID(int=1), UUID(int=2)

    assert ids.encode(Tag.MEMBER, first) == ids.encode(Tag.MEMBER, first)
    assert ids.decode(Tag.MEMBER, ids.encode(Tag.MEMBER, second)) == second
    assert ids.encode(Tag.MEMBER, first)[5:] != ids.encode(Tag.MEMBER, second)[5:]


async def test_nodes_are_loaded_together(ask: Ask) -> None:
    """One statement per type, the answers in the order of the question."""
    members = [await add_worker(ask.world) for _ in range(5)]
    ids = [ask.id(Tag.MEMBER, member) for member in members]
    asked = [ids[4], "rubbish", *ids[:4]]

    async with counted_statements() as statements:
        found = (await ask(example("nodes"), ids=asked)).only()

    assert [each and each["id"] for each in found] == [ids[4], None, *ids[:4]]
    assert len(statements) == 1


async def test_nodes_are_at_most_a_hundred(ask: Ask) -> None:
    """The price of the field is made for that many."""
    answer = await ask(example("nodes"), ids=["x"] * 101)

    assert answer.code == "INVALID_ARGUMENT"
