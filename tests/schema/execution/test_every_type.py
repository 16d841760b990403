"""Each type with an id and each list is read by a compiled reading, as graphql-core would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from graphql import GraphQLObjectType, parse

from gateway.providers import Providers
from schema.execution.counting import READS
from schema.ids import Tag
from schema.nodes import NODE_COUNT_MAX
from schema.read_model import BY_RESOLVERS, type_names_of
from tests.make.ask import Ask
from tests.make.full_lists import full_market
from tests.schema.execution.documents import MOVING
from tests.schema.execution.stage import (
    CORE,
    PEOPLE,
    Stage,
    causes,
    full_stage,
    keys_of,
)
from tests.schema.lists import PLACES, document, node_type, orders, selections

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(900)]

NODES: Final = "query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename id ... on {} {{ {} }} }} }}"
RESOLVED: Final = (
    "allowance ",
    "suspension ",
    "viewer ",
    "verification ",
)  # fields that only resolvers answer
PUBLIC: Final = {"Campaign", "Member", "Policy", "Rating", "Skill"}


@pytest_asyncio.fixture
async def stage(ask: Ask, providers: Providers) -> Stage:
    return await full_stage(ask, providers)


async def compared(
    stage: Stage, person: str, text: str, variables: dict[str, Any]
) -> tuple[Any, bool]:
    """The answer, and whether readings alone gave it."""
    parsed = parse(text)
    reference = await stage.reference(person, parsed, variables)
    resolved = READS.resolved_count
    quick = await stage.quick(person, parsed, variables)
    assert quick is not None
    assert quick.data == reference.data, (person, text)
    assert list(keys_of(quick.data)) == list(keys_of(reference.data)), (person, text)
    assert causes(quick) == causes(reference), (person, text)
    return quick.data, READS.resolved_count == resolved


def still(selection: str) -> str:
    """Without what gives another answer at every moment."""
    return " ".join(each for each in selection.split() if each not in MOVING)


def tag_of(id_: str) -> Tag:
    return Tag(id_.partition("_")[0][:-1])


async def test_every_object_is_read_alike_by_whoever_asks(stage: Stage) -> None:
    """Its owner, the other party, strangers, finance and nobody: each sees what is theirs."""
    by_tag: dict[Tag, list[str]] = {}
    for id_ in stage.ids:
        by_tag.setdefault(tag_of(id_), []).append(id_)
    seen: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    for tag, ids in by_tag.items():
        assert len(ids) <= NODE_COUNT_MAX
        for name in type_names_of(tag):
            kind = CORE.get_type(name)
            assert isinstance(kind, GraphQLObjectType)
            for selection in selections(kind, depth=1):
                text = NODES.format(name, still(selection))
                for person in PEOPLE:
                    data, is_compiled = await compared(stage, person, text, {"ids": ids})
                    assert is_compiled or selection.startswith(RESOLVED), (text, READS.reasons)
                    seen.update(each["__typename"] for each in data["nodes"] if each)
                    hidden[name] += data["nodes"].count(None)

    kinds = {each.name for each in CORE.get_possible_types(CORE.get_type("Node"))}  # type: ignore[arg-type]  # it is an interface
    assert set(seen) == kinds - BY_RESOLVERS
    assert {name for name in hidden if hidden[name]} >= kinds - BY_RESOLVERS - PUBLIC


async def test_finance_is_given_what_its_rule_would_hide(stage: Stage) -> None:
    """Deposits of others, whole, where finance decides about them; by readings and without."""
    selection = next(selections(CORE.type_map["Deposit"], depth=0))
    wanted = f"deposit {{ {selection} refunds {{ state }} }}"
    text = f"{{ finance {{ frozenDeposits {{ {wanted} }} }} }}"
    data, is_compiled = await compared(stage, "finance", text, {})
    assert is_compiled and data["finance"]["frozenDeposits"]

    text = (
        "query Q($x: Boolean = true) {"
        " finance { frozenDeposits { deposit { reference id @include(if: $x) } } } }"
    )
    _, is_compiled = await compared(stage, "finance", text, {"x": None})
    assert not is_compiled


async def test_every_list_is_read_alike(ask: Ask, tmp_path: Path) -> None:
    """In each of its orders, from both ends, with all that lies two steps below its items."""
    market = await full_market(ask.world, tmp_path / "house")
    people = {name: market.viewer(name) for name in ("worker", "employer", "finance", "newcomer")}
    stage = Stage(ask, people)
    short = set(PLACES)
    for place, where in PLACES.items():
        for text in texts_about(place):
            for variables in ({"first": 2}, {"last": 2}):
                data, is_compiled = await compared(stage, where.viewer, text, variables)
                assert is_compiled, (text, READS.reasons)
                if "'hasNextPage': True" in str(data):
                    short.discard(place)
    assert not short, "no difference would show"


def texts_about(place: str) -> Iterator[str]:
    around = "totalCount totalCountIsEstimate pageInfo { hasNextPage hasPreviousPage endCursor }"
    for order in orders(place):
        yield document(place, order, f"{around} edges {{ cursor node {{ id }} }}")
    for selection in selections(node_type(place), depth=2):
        yield document(place, "", f"nodes {{ {selection} }}")
