"""What a request leaves out or says by a variable is its own, however often its document ran."""

from __future__ import annotations

import pytest

from gateway.providers import Providers
from tests.make.ask import Ask
from tests.make.scene import made

pytestmark = pytest.mark.asyncio


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


def lengths(data: dict[str, dict[str, dict[str, list[dict[str, dict[str, list[int]]]]]]]) -> list[int]:
    return [len(each["tasks"]["nodes"]) for each in data["viewer"]["campaigns"]["nodes"]]


@pytest.mark.parametrize(
    "document",
    [
        "query Q($x: Boolean = true) { viewer { id } other: viewer @include(if: $x) { id } }",
        "query Q($x: Boolean = true) { viewer { id @include(if: $x) } }",
        "query Q($x: Boolean = true)"
        " { viewer { campaigns { nodes { id @include(if: $x) title } } } }",
        "query Q($x: Boolean = true)"
        " { viewer { campaigns { nodes { id employer { id @include(if: $x) } } } } }",
    ],
)
async def test_a_condition_that_is_null_is_the_clients_mistake(
    ask: Ask, providers: Providers, document: str
) -> None:
    """The second answer, of a known document, is the first one."""
    scene = await made(ask, providers)
    viewer = scene.people["employer_ann"]
    answers = [await ask(document, viewer=viewer, x=None) for _ in range(3)]

    for each in answers:
        for error in each.errors:
            error["extensions"].pop("requestId", None)
    assert answers[0].errors
    assert [(a.status, a.data, a.errors) for a in answers[1:]] == [
        (answers[0].status, answers[0].data, answers[0].errors)
    ] * 2
