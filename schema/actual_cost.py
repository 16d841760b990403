"""The price of an answer: the prices of `schema.limits` with the real lengths of the lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

from schema.prices import price_of

Counts: TypeAlias = Mapping[tuple[str, ...], int]  # of objects, by path
Texts: TypeAlias = Mapping[int, Counts]  # by the identity of what stands for them


class Asked(NamedTuple):
    """One response key of a selection set, fragments expanded."""

    weight: int
    kind: GraphQLNamedType | None
    inner: SelectionSetNode | None
    is_items: bool  # `edges` and `nodes` are paid once per item, as the price said


@dataclass(slots=True, eq=False)
class Node:
    """The objects at one path of an answer."""

    number: int
    steady: list[tuple[str, int]] = field(default_factory=list)  # path and weight, per object
    steady_weight: int = 0  # of all these together
    inner: list[tuple[str, Inner]] = field(default_factory=list)  # by key
    by_key: dict[str, tuple[str, int, Inner | None]] | None = None  # where keys come and go


class Inner(NamedTuple):
    """A field whose value has fields of its own, or is paid per item."""

    path: str
    item_weight: int  # of `edges` and `nodes`: paid once per item, as the price said
    node: Node | None


class CostTree:
    """Made once per operation. It walks answers, never the document: what was skipped is not
    there and costs nothing.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        self._schema = schema
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._nodes: list[Node] = []
        kind = schema.get_root_type(operation.operation)
        self._root = self._node(operation.selection_set, kind, "")

    @property
    def size(self) -> int:
        return len(self._nodes)

    @property
    def is_steady(self) -> bool:
        return all(node.by_key is None for node in self._nodes)

    def charge(self, data: Mapping[str, Any], texts: Texts | None = None) -> Charge:
        walk = Walk(len(self._nodes), texts or {})
        walk.objects([data], self._root)
        return Charge(self._nodes, walk)

    def _node(
        self, selections: SelectionSetNode | None, kind: GraphQLNamedType | None, path: str
    ) -> Node:
        node = Node(len(self._nodes))
        self._nodes.append(node)
        found: dict[str, Asked] = {}
        comes_and_goes = self._collect(selections, kind, found, set())
        if comes_and_goes or isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            node.by_key = {}
        for key, asked in found.items():
            here = f"{path}.{key}" if path else key
            below = None if asked.inner is None else self._node(asked.inner, asked.kind, here)
            item_weight = asked.weight if asked.is_items else 0
            inner = Inner(here, item_weight, below) if below or item_weight else None
            weight = 0 if asked.is_items else asked.weight
            if node.by_key is not None:
                node.by_key[key] = (here, weight, inner)
                continue
            if weight:
                node.steady.append((here, weight))
                node.steady_weight += weight
            if inner is not None:
                node.inner.append((key, inner))
        return node

    def _collect(
        self,
        node: SelectionSetNode | None,
        parent: GraphQLNamedType | None,
        found: dict[str, Asked],
        spread: set[str],
    ) -> bool:
        """Whether some of these keys may be missing from an answer."""
        comes_and_goes = False
        for selection in node.selections if node else ():
            comes_and_goes |= bool(selection.directives)
            match selection:
                case FieldNode():
                    self._add(selection, parent, found)
                case FragmentSpreadNode() if selection.name.value not in spread:
                    spread.add(selection.name.value)
                    fragment = self._fragments[selection.name.value]
                    kind = self._schema.get_type(fragment.type_condition.name.value)
                    comes_and_goes |= self._narrows(kind, parent)
                    comes_and_goes |= self._collect(fragment.selection_set, kind, found, spread)
                case InlineFragmentNode(type_condition=condition):
                    kind = self._schema.get_type(condition.name.value) if condition else parent
                    comes_and_goes |= self._narrows(kind, parent)
                    comes_and_goes |= self._collect(selection.selection_set, kind, found, spread)
        return comes_and_goes

    def _narrows(self, kind: GraphQLNamedType | None, parent: GraphQLNamedType | None) -> bool:
        """Through an interface in between, a fragment may stand where it never applies."""
        return kind is not parent and isinstance(kind, GraphQLObjectType)

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


class Charge:
    """What one answer costs. Which of its paths cost what is found out only when it is asked."""

    __slots__ = ("_nodes", "_walk", "total")

    def __init__(self, nodes: Sequence[Node], walk: Walk) -> None:
        self._nodes = nodes
        self._walk = walk
        self.total = sum(walk.points.values())
        for node, visits in zip(nodes, walk.visits, strict=True):
            self.total += node.steady_weight * visits

    def by_path(self) -> Counter[str]:
        """Lists taken together."""
        found = Counter(self._walk.points)
        for node, visits in zip(self._nodes, self._walk.visits, strict=True):
            if visits:
                for path, weight in node.steady:
                    found[path] += weight * visits
        return found


class Walk:
    """Through one answer, all objects at one path at once."""

    __slots__ = ("_texts", "points", "visits")

    def __init__(self, count: int, texts: Texts) -> None:
        self._texts = texts
        self.visits = [0] * count
        self.points: dict[str, int] = defaultdict(int)

    def objects(self, objects: Sequence[Mapping[str, Any]], node: Node) -> None:
        self.visits[node.number] += len(objects)
        if node.by_key is None:
            for key, inner in node.inner:
                self._values(list(map(itemgetter(key), objects)), inner)
        else:
            self._whose_keys_differ(objects, node.by_key)

    def _whose_keys_differ(
        self,
        objects: Sequence[Mapping[str, Any]],
        by_key: Mapping[str, tuple[str, int, Inner | None]],
    ) -> None:
        below: dict[str, tuple[Inner, list[Any]]] = {}
        for each in objects:
            for key, value in each.items():
                path, weight, within = by_key[key]
                if weight:
                    self.points[path] += weight
                if within is not None:
                    if within.item_weight and not isinstance(value, list):
                        self.points[path] += within.item_weight
                    below.setdefault(key, (within, []))[1].append(value)
        for within, values in below.values():
            self._values(values, within)

    def _values(self, values: list[Any], inner: Inner) -> None:
        """Of one field: objects, lists of them, or nulls."""
        kinds = set(map(type, values))
        if msgspec.Raw in kinds:
            self._written(values, inner)
        if inner.item_weight:
            count = sum(len(each) for each in values if type(each) is list)
            self.points[inner.path] += inner.item_weight * count
        if inner.node is None:
            return
        while list in kinds:
            lists = values if kinds == {list} else [e for e in values if type(e) is list]
            objects = [] if kinds == {list} else [e for e in values if type(e) is dict]
            values = [*objects, *chain.from_iterable(lists)]
            kinds = set(map(type, values))
        if kinds != {dict}:
            values = [each for each in values if type(each) is dict]
        if values:
            self.objects(values, inner.node)

    def _written(self, values: list[Any], inner: Inner) -> None:
        for each in values:
            if type(each) is msgspec.Raw:
                self._text(inner, self._texts[id(each)], ())

    def _text(self, inner: Inner, counts: Counts, path: tuple[str, ...]) -> None:
        """What the database wrote, which says how many objects are at each path below."""
        count = counts[path]
        if inner.item_weight:
            self.points[inner.path] += inner.item_weight * count
        if inner.node is not None:
            self.visits[inner.node.number] += count
            for key, below in inner.node.inner:
                self._text(below, counts, (*path, key))


def is_connection(kind: GraphQLNamedType | None) -> bool:
    return kind is not None and kind.name.endswith("Connection")
