"""What asking costs the database: a number per example, and no number that grows with the page."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from gateway.providers import Providers
from tests.make.ask import Ask, counted_statements
from tests.make.full_lists import COUNT, full_market
from tests.make.policies import own_policies
from tests.make.scene import made
from tests.schema.documents import FOLDER, example
from tests.schema.examples import reads, writes
from tests.schema.lists import (
    PLACES,
    connection_fields,
    document,
    node_type,
    pages_in,
    selections,
)
from tests.schema.wishes import Wishes

pytestmark = pytest.mark.asyncio

FROZEN: Final = Path(__file__).parent / "statement_counts.json"
OTHERS_TOO: Final = {"campaignQueue", "viewer"}  # one read more where other tests left something
FREEZE: Final = "PIECERATE_FREEZE_COUNTS"  # writes the file anew


async def statements(ask: Ask, text: str, viewer: UUID | None, **variables: Any) -> tuple[int, Any]:
    if viewer is not None:
        await ask.token_of(viewer)
    async with counted_statements() as sent:
        answer = await ask(text, viewer=viewer, **variables)
    assert answer.errors == [], (text, answer.errors)
    return len(sent), answer.data


async def test_every_list_is_known_here() -> None:
    """A new list must say where it is, or nobody would notice that it asks for each item."""
    assert set(PLACES) == set(connection_fields())


@pytest.mark.timeout(240)  # hundreds of documents
async def test_a_page_of_one_costs_as_many_statements_as_a_page_of_fifty(
    ask: Ask, tmp_path: Path
) -> None:
    """For every list and everything two steps below its items: one statement per level."""
    market = await full_market(ask.world, tmp_path / "house")
    wrong, short = [], []
    for place, where in PLACES.items():
        viewer = market.viewer(where.viewer)
        for selection in selections(node_type(place), depth=2):
            text = document(place, "", f"totalCount nodes {{ {selection} }}")
            of_one, _ = await statements(ask, text, viewer, first=1)
            of_fifty, data = await statements(ask, text, viewer, first=50)
            pages = list(pages_in(data, place.partition(".")[2]))
            if not pages or min(len(page["nodes"]) for page in pages) < COUNT:
                short.append(place)
            if of_one != of_fifty:
                wrong.append((place, selection, of_one, of_fifty))

    assert short == [], "no difference would show"
    assert not wrong, "\n".join(map(str, wrong))


async def test_every_example_costs_what_it_did(ask: Ask, providers: Providers) -> None:
    """The whole number, so that a statement more is seen in a review.

    With `PIECERATE_FREEZE_COUNTS=1` the file is written anew.
    """
    async with own_policies():
        counts = await counts_of_examples(ask, providers)
    if os.environ.get(FREEZE):
        FROZEN.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n")

    frozen = json.loads(FROZEN.read_text())
    for name in OTHERS_TOO:
        assert abs(counts.pop(name) - frozen.pop(name)) <= 1, name
    assert counts == frozen


async def counts_of_examples(ask: Ask, providers: Providers) -> dict[str, int]:
    scene = await made(ask, providers)
    # One more read where there is any, whoever made it.
    await Wishes(scene).ruleset_version()
    await Wishes(scene).frozen()
    placement = {**await Wishes(scene).placement(), "idempotencyKey": "before the others"}
    await scene.do("employer_ann", "campaignFeature", **placement)
    for waits_for_staff in (
        "disputeRule",
        "disputeVote",
        "campaignApprove",
        "rejectionDecide",
        "profileChangeDecide",
        "suspensionImpose",
    ):
        await Wishes(scene).all()[waits_for_staff][1]()
    found = {}
    for name, (who, variables) in reads(scene).items():
        found[name], _ = await statements(ask, example(name), scene.people[who], **variables)
    for name, who, input_ in writes(scene):
        mutation = name.partition(" ")[0]
        viewer, wish = scene.people.get(who), await input_()
        found[name], data = await statements(ask, example(mutation), viewer, input=wish)
        assert data[mutation]["errors"] == [], (name, data)
        if name == "stepUpComplete":
            scene.use(who, data[mutation]["token"])
    examples = {path.stem for path in FOLDER.glob("*.graphql") if not is_stream(path.read_text())}
    assert {name.partition(" ")[0] for name in found} == examples, "each needs its variables here"
    return found


def is_stream(text: str) -> bool:
    """A subscription: it costs while it lasts."""
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation.operation is OperationType.SUBSCRIPTION
