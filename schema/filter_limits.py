"""How much one `where` may say; looked at before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    Undefined,
    ValueNode,
    get_named_type,
    value_from_ast_untyped,
)

from schema.filters import VALUES_MAX

LEAVES_MAX: Final = 20
NESTING_MAX: Final = 3
BRANCHES: Final = ("and", "or", "not")
UNSAID: Final = (None, Undefined)  # a variable that was left out leaves its field out


def filter_problem(
    argument: GraphQLArgument, value: ValueNode, variables: Mapping[str, Any]
) -> str | None:
    """What is too much about this value of an argument; None for what is no filter, too."""
    kind = get_named_type(argument.type)
    is_kept = isinstance(kind, GraphQLInputObjectType) and "where" in kind.fields
    if not is_kept and not kind.name.endswith("Where"):
        return None
    where = value_from_ast_untyped(value, dict(variables))
    if is_kept and isinstance(where, dict):
        where = where.get("where")
    if not isinstance(where, dict):
        return None
    for leaf_count, (nesting, leaf) in enumerate(_leaves(where, 0), start=1):
        values = leaf.get("in") if isinstance(leaf, dict) else None
        if nesting > NESTING_MAX:
            return f"`and`, `or` and `not` are nested over {NESTING_MAX} levels."
        if leaf_count > LEAVES_MAX:
            return f"A filter holds at most {LEAVES_MAX} conditions."
        if isinstance(values, list) and len(values) > VALUES_MAX:
            return f"`in` takes at most {VALUES_MAX} values."
    return None


def _leaves(where: Mapping[str, Any], nesting: int) -> Iterator[tuple[int, Any]]:
    """Each condition with how deep it stands. An empty branch is one too."""
    said = {name: value for name, value in where.items() if value not in UNSAID}
    if not said or nesting > NESTING_MAX:
        yield nesting, None
        return
    for name, value in said.items():
        if name in BRANCHES:
            for part in value if isinstance(value, list) else [value]:
                yield from _leaves(part, nesting + 1)
        else:
            yield nesting, value
