"""The price of an answer: the prices of `schema.limits` with the real lengths of the lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

from schema.prices import price_of


class Asked(NamedTuple):
    """One response key of a selection set, fragments expanded."""

    weight: int
    kind: GraphQLNamedType | None
    inner: SelectionSetNode | None
    is_items: bool  # `edges` and `nodes` are paid once per item, as the price said


class Walker:
    """Walks the answer, never the document: what was skipped is not there and costs nothing."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._asked: dict[tuple[int, str], dict[str, Asked]] = {}
        self.points: Counter[str] = Counter()

    def object(
        self,
        data: Mapping[str, Any],
        node: SelectionSetNode | None,
        parent: GraphQLNamedType | None,
        path: str,
    ) -> None:
        asked = self._keys(node, parent)
        for key, value in data.items():
            field = asked.get(key)
            if field is not None:
                here = f"{path}.{key}" if path else key
                count = len(value) if field.is_items and isinstance(value, list) else 1
                self.points[here] += field.weight * count
                self._inside(value, field, here)

    def _inside(self, value: Any, field: Asked, path: str) -> None:
        if isinstance(value, list):
            for item in value:
                self._inside(item, field, path)
        elif isinstance(value, dict) and field.inner is not None:
            self.object(value, field.inner, field.kind, path)

    def _keys(
        self, node: SelectionSetNode | None, parent: GraphQLNamedType | None
    ) -> dict[str, Asked]:
        name = parent.name if parent else ""
        found = self._asked.get((id(node), name))
        if found is None:
            found = {}
            self._collect(node, parent, found, set())
            self._asked[id(node), name] = found
        return found

    def _collect(
        self,
        node: SelectionSetNode | None,
        parent: GraphQLNamedType | None,
        found: dict[str, Asked],
        spread: set[str],
    ) -> None:
        for selection in node.selections if node else ():
            match selection:
                case FieldNode():
                    self._add(selection, parent, found)
                case FragmentSpreadNode() if selection.name.value not in spread:
                    spread.add(selection.name.value)
                    fragment = self._fragments[selection.name.value]
                    kind = self._schema.get_type(fragment.type_condition.name.value)
                    self._collect(fragment.selection_set, kind, found, spread)
                case InlineFragmentNode(type_condition=condition):
                    kind = self._schema.get_type(condition.name.value) if condition else parent
                    self._collect(selection.selection_set, kind, found, spread)

    def _add(
        self, node: FieldNode, parent: GraphQLNamedType | None, found: dict[str, Asked]
    ) -> None:
        key = node.alias.value if node.alias else node.name.value
        definition = getattr(parent, "fields", {}).get(node.name.value)
        weight = 0 if node.name.value == "__typename" else price_of(definition).weight
        kind = get_named_type(definition.type) if definition else None
        inner = node.selection_set
        before = found.get(key)
        if before is not None:  # the same field again, or that of another type of a union
            weight = max(weight, before.weight)
            if before.inner is not None and inner is not None:
                inner = SelectionSetNode(selections=(*before.inner.selections, *inner.selections))
                kind = before.kind
        is_items = node.name.value in ("edges", "nodes") and is_connection(parent)
        found[key] = Asked(weight, kind, inner, is_items)


def is_connection(kind: GraphQLNamedType | None) -> bool:
    return kind is not None and kind.name.endswith("Connection")


def actual_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    data: Mapping[str, Any],
) -> Counter[str]:
    """Points per path of the answer, lists taken together."""
    walker = Walker(schema, document)
    walker.object(data, operation.selection_set, schema.get_root_type(operation.operation), "")
    return walker.points
