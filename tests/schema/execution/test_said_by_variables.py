"""What a request leaves out or says by a variable is its own, however often its document ran."""

from __future__ import annotations

from typing import Final

import pytest
from graphql import parse

from gateway.providers import Providers
from tests.make.ask import Ask
from tests.make.scene import made
from tests.schema.execution.stage import Stage, causes

pytestmark = pytest.mark.asyncio

NULLS: Final = [
    "query Q($x: Boolean = true) { viewer { id } other: viewer @include(if: $x) { id } }",
    "query Q($x: Boolean = true) { viewer { id @include(if: $x) } }",
    "query Q($x: Boolean = true) { viewer { campaigns { nodes { id @include(if: $x) title } } } }",
    "query ($x:Boolean = true) { viewer { campaigns { nodes { employer { id @skip(if:$x) } } } } }",
]


async def test_a_variable_left_out_once_is_heard_the_next_time(
    ask: Ask, providers: Providers
) -> None:
    """Arguments are kept with the document only where the document itself says them."""
    scene = await made(ask, providers)
    viewer = scene.people["employer_ann"]
    document = (
        "query Q($first: Int, $where: TaskWhere) { viewer { campaigns { nodes {"
        " tasks(first: $first, where: $where) { nodes { position } } } } } }"
    )
    everything = await ask(document, viewer=viewer)
    one_each = await ask(document, viewer=viewer, first=1)
    second = await ask(document, viewer=viewer, where={"position": {"eq": 2}})

    assert max(lengths(everything.data)) > 1
    assert set(lengths(one_each.data)) <= {0, 1}
    assert second.data != everything.data


def lengths(
    data: dict[str, dict[str, dict[str, list[dict[str, dict[str, list[int]]]]]]],
) -> list[int]:
    return [len(each["tasks"]["nodes"]) for each in data["viewer"]["campaigns"]["nodes"]]


@pytest.mark.parametrize("document", NULLS)
async def test_a_condition_that_is_null_is_the_clients_mistake(
    ask: Ask, providers: Providers, document: str
) -> None:
    """Said before anything runs, always: else each row would log an error of ours."""
    scene = await made(ask, providers)
    viewer = scene.people["employer_ann"]
    answers = [await ask(document, viewer=viewer, x=None) for _ in range(2)]

    assert [each.code for each in answers] == ["INVALID_VARIABLES"] * 2
    assert all("'$x'" in each.errors[0]["message"] for each in answers)
    assert (await ask(document, viewer=viewer)).errors == []


@pytest.mark.parametrize("document", NULLS)
async def test_the_executor_refuses_a_null_condition_as_the_reference_does(
    ask: Ask, providers: Providers, document: str
) -> None:
    """Whoever runs a plan without admission before it gets errors in their places, no exception."""
    scene = await made(ask, providers)
    stage = Stage(ask, scene.people)
    parsed, variables = parse(document), {"x": None}
    reference = await stage.reference("employer_ann", parsed, variables)
    quick = await stage.quick("employer_ann", parsed, variables)

    assert reference.errors
    if quick is not None:  # None: graphql-core runs it
        assert quick.data == reference.data
        assert causes(quick) == causes(reference)
