"""Policies as members read them, agree to them, and as two of the staff post them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from domain.members.rules import Role
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.members import add_staff, add_worker
from tests.make.policies import own_policies, posted
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def policies(world: World) -> AsyncIterator[World]:
    async with own_policies():
        yield world


def wish_of(world: World, **others: Any) -> dict[str, Any]:
    return {
        "kind": "TERMS",
        "texts": [{"language": "en", "text": "Work is paid."}],
        "note": "New.",
        "isMaterial": False,
        "dataRegions": ["EU", "US"],
        "effectiveAt": world.now.isoformat().replace("+00:00", "Z"),
        **others,
    }


async def test_what_two_of_the_staff_post_everybody_reads(ask: Ask, policies: World) -> None:
    """A draft is nobody's but theirs, by its id as well; then it stands there for strangers too."""
    world = policies
    author_id, second_id = [await add_staff(world, Role.STAFF) for _ in range(2)]
    worker_id = await add_worker(world)
    made = await ask(example("policyDraft"), viewer=author_id, input=wish_of(world))
    draft = made.only()["policy"]
    wish = {"policyId": draft["id"]}
    node = "query ($id: ID!) { node(id: $id) { id } }"

    hidden = [
        (await ask(node, viewer=viewer, id=draft["id"])).only() for viewer in (worker_id, None)
    ]
    refused = [
        (await ask(example("policyPost"), viewer=viewer, input=wish)).only()["errors"][0]["code"]
        for viewer in (author_id, worker_id)
    ]
    forbidden = await ask(example("policyDrafts"), viewer=worker_id)
    waiting = (await ask(example("policyDrafts"), viewer=second_id)).only()
    done = (await ask(example("policyPost"), viewer=second_id, input=wish)).only()
    (seen,) = (await ask(example("policies"), viewer=None)).only()
    (same,) = (await ask(example("policies"), viewer=None, kind="TERMS")).only()

    assert draft["state"] == "DRAFT" and hidden == [None, None]
    assert refused == ["SECOND_PERSON_NEEDED", "NOT_ALLOWED"]
    assert forbidden.code == "FORBIDDEN"
    assert [each["id"] for each in waiting] == [draft["id"]]
    assert (done["errors"], done["policy"]["state"]) == ([], "EFFECTIVE")
    assert seen == same and seen["text"] == "Work is paid." and seen["isMaterial"]


async def test_a_member_agrees_to_what_stands_in_the_way(ask: Ask, policies: World) -> None:
    """What is in force first, then what is announced; afterwards neither is asked for."""
    world = policies
    worker_id = await add_worker(world)
    first_id = await posted(world)
    next_id = await posted(world, after=timedelta(days=30))
    asked = (
        "{ viewer { policiesToAgree { version state textLanguage } consents { policy { id } } } }"
    )

    before = (await ask(asked, viewer=worker_id)).only()
    wish = {"policyId": ask.id(Tag.POLICY, next_id), "language": "en"}
    refused = (await ask(example("consentGive"), viewer=None, input=wish)).only()
    done = (await ask(example("consentGive"), viewer=worker_id, input=wish)).only()
    after = (await ask(asked, viewer=worker_id)).only()

    states = [(each["version"], each["state"]) for each in before["policiesToAgree"]]
    assert states == [(1, "EFFECTIVE"), (2, "POSTED")]
    assert refused["errors"][0]["code"] == "SIGN_IN_REQUIRED"
    assert (done["errors"], done["policy"]["version"]) == ([], 2)
    assert after == {"policiesToAgree": [], "consents": [{"policy": {"id": wish["policyId"]}}]}
    assert first_id != next_id
