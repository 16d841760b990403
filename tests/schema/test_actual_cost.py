"""What an answer is charged: the price of what is there, whatever the document says around it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from graphql import GraphQLSchema, parse

from schema import schema
from schema.prepared import Prepared

CORE: Final = schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
CAMPAIGN: Final = {"id": "c", "employer": {"id": "m"}}


def charged(document: str, data: dict[str, Any], core: GraphQLSchema = CORE) -> int:
    prepared = Prepared(core, parse(document))
    operation = prepared.operation(None)
    assert operation is not None
    return prepared.charge(operation, data).total


@pytest.mark.parametrize(
    "fragment",
    [
        "... on Node { ... on Assignment { task { id } reviews { id } } }",
        "... on Node { ...Work }",
        "... on Node { ... on Node { ...Work ... on Task { campaign { id } } } }",
    ],
)
def test_fragments_that_never_apply_are_free(fragment: str) -> None:
    """A detour over an interface lets a document name the fields of another type."""
    named = " fragment Work on Assignment { task { id } reviews { id } }"
    tail = named if "Work" in fragment else ""
    plain = f"{{ campaign(id: 1) {{ id employer {{ id }} }} }}{tail}"
    around = f"{{ campaign(id: 1) {{ id employer {{ id }} {fragment} }} }}{tail}"

    assert charged(around, {"campaign": CAMPAIGN}) == charged(plain, {"campaign": CAMPAIGN}) > 0
