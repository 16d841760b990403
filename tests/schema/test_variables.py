"""Plain variables are understood quickly, and exactly as graphql-core understands them."""

from __future__ import annotations

from typing import Any, Final

import pytest
from graphql import OperationDefinitionNode, get_variable_values, parse

from domain.campaigns.rules import Category
from schema import schema
from schema.variables import Declared

CORE: Final = schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
PLAIN: Final = (
    "query Q($id: ID!, $first: Int, $category: CampaignCategory) { campaign(id: $id) { id } }"
)
MORE: Final = "query Q($first: Int = 3, $where: CampaignCategoryFilter) { viewer { id } }"
A_CATEGORY: Final = next(iter(Category)).name


def operation_of(document: str) -> OperationDefinitionNode:
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


@pytest.mark.parametrize(
    "values",
    [
        {"id": "x", "first": 3, "category": A_CATEGORY},
        {"id": 7, "first": None, "category": None},
        {"id": "x"},
        {"id": "x", "nobody": "asked"},
        {},
        {"id": None},
        {"id": ["x"]},
        {"id": "x", "first": "3"},
        {"id": "x", "first": 2**31},
        {"id": "x", "first": True},
        {"id": "x", "category": "UNHEARD_OF"},
    ],
)
def test_plain_values_are_what_graphql_core_makes_of_them(values: dict[str, Any]) -> None:
    """Right ones and wrong ones, those left out and those that nobody declared."""
    operation = operation_of(PLAIN)
    declared = Declared.of(CORE, operation)

    assert declared.leaves is not None
    assert_same(declared, operation, values)


@pytest.mark.parametrize("values", [{}, {"first": 4}, {"where": {}}, {"where": {"no": 1}}])
def test_defaults_and_objects_are_left_to_graphql_core(values: dict[str, Any]) -> None:
    """They are seldom, and have many ways to be wrong."""
    operation = operation_of(MORE)
    declared = Declared.of(CORE, operation)

    assert declared.leaves is None
    assert_same(declared, operation, values)


def assert_same(
    declared: Declared, operation: OperationDefinitionNode, values: dict[str, Any]
) -> None:
    ours = declared.understood(CORE, values, problems_max=20)
    theirs = get_variable_values(CORE, operation.variable_definitions or (), values, max_errors=20)
    if isinstance(theirs, list):
        assert isinstance(ours, list)
        assert [each.formatted for each in ours] == [each.formatted for each in theirs]
    else:
        assert not isinstance(ours, list)
        assert ours.coerced == theirs.coerced
        assert {name: each.value for name, each in ours.sources.items()} == {
            name: each.value for name, each in theirs.sources.items()
        }
