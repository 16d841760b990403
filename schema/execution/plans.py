"""A document made ready: what to do per field, found out once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_directive_values,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.values import VariableValues

CONDITIONS_MAX: Final = 6  # variables in @skip and @include: each doubles the number of plans


class NeedsReference(Exception):
    """Introspection: graphql-core answers it."""


class Kind(IntEnum):
    LEAF = 0
    OBJECT = 1
    ABSTRACT = 2
    LIST = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """A type as the executor sees it."""

    kind: Kind
    type: Any
    is_required: bool
    item: Shape | None = None

    @classmethod
    def of(cls, kind: Any) -> Shape:
        is_required = isinstance(kind, GraphQLNonNull)
        inner = kind.of_type if is_required else kind
        if isinstance(inner, GraphQLList):
            return cls(Kind.LIST, inner, is_required, cls.of(inner.of_type))
        if isinstance(inner, GraphQLObjectType):
            return cls(Kind.OBJECT, inner, is_required)
        if isinstance(inner, GraphQLInterfaceType | GraphQLUnionType):
            return cls(Kind.ABSTRACT, inner, is_required)
        return cls(Kind.LEAF, inner, is_required)


@dataclass(slots=True, eq=False)
class FieldPlan:
    """One response key. `attribute` for what is simply there, `call` for our own resolvers: they
    take Strawberry's info, and arguments as Strawberry converts them.
    """

    key: str
    name: str
    parent: GraphQLObjectType
    definition: GraphQLField
    nodes: list[FieldNode]
    shape: Shape
    attribute: str | None = None
    call: Callable[..., Any] | None = None
    strawberry_field: Any = None
    takes_plain: bool = False  # arguments that Strawberry would hand on as they are
    variables: tuple[str, ...] = ()  # that its arguments name
    said: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)  # by their values
    selections: dict[str, Selection] = field(default_factory=dict)  # by the type of the object


@dataclass(slots=True, eq=False)
class Selection:
    """What is asked of objects of one type."""

    type: GraphQLObjectType
    typenames: tuple[str, ...]  # response keys of `__typename`
    fields: tuple[FieldPlan, ...]
    empty: dict[str, Any]  # all keys in their order
    readings: dict[str, Any] = field(default_factory=dict)  # by what it is read from


class Plan:
    """Of one operation, for one truth of its conditions."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._variables = variables  # only for the conditions, which are the same for this plan
        self.size = 0  # fields planned so far: a plan grows as far as its answers reach
        root = schema.get_root_type(operation.operation)
        assert root is not None
        self.root = self._selection(root, [operation.selection_set])
        del self._variables

    def selection_of(
        self, plan: FieldPlan, kind: GraphQLObjectType, variables: VariableValues
    ) -> Selection:
        known = plan.selections.get(kind.name)
        if known is None:
            self._variables = variables
            sets = [node.selection_set for node in plan.nodes if node.selection_set]
            known = plan.selections[kind.name] = self._selection(kind, sets)
            del self._variables
        return known

    def _selection(self, kind: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Selection:
        collected: dict[str, list[FieldNode]] = {}
        entered: set[str] = set()
        for each in sets:
            for node in self._fields(kind, each, entered):
                key = node.alias.value if node.alias else node.name.value
                collected.setdefault(key, []).append(node)
        typenames = tuple(
            key for key, nodes in collected.items() if nodes[0].name.value == "__typename"
        )
        fields = tuple(
            field_plan(kind, key, nodes) for key, nodes in collected.items() if key not in typenames
        )
        self.size += len(collected)
        return Selection(kind, typenames, fields, dict.fromkeys(collected))

    def _fields(
        self, kind: GraphQLObjectType, node: SelectionSetNode, entered: set[str]
    ) -> Iterator[FieldNode]:
        for selection in node.selections:
            if not self._is_wanted(selection):
                continue
            match selection:
                case FieldNode():
                    yield selection
                case InlineFragmentNode():
                    if self._applies(kind, selection.type_condition):
                        yield from self._fields(kind, selection.selection_set, entered)
                case FragmentSpreadNode():
                    name = selection.name.value
                    fragment = self.fragments[name]
                    if name not in entered and self._applies(kind, fragment.type_condition):
                        entered.add(name)
                        yield from self._fields(kind, fragment.selection_set, entered)

    def _applies(self, kind: GraphQLObjectType, condition: Any) -> bool:
        if condition is None or condition.name.value == kind.name:
            return True
        wanted = self.schema.get_type(condition.name.value)
        is_abstract = isinstance(wanted, GraphQLInterfaceType | GraphQLUnionType)
        return is_abstract and self.schema.is_sub_type(wanted, kind)  # type: ignore[arg-type]  # it is abstract

    def _is_wanted(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not include or bool(include["if"])


def field_plan(kind: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> FieldPlan:
    name = nodes[0].name.value
    if name.startswith("__"):
        raise NeedsReference
    definition = kind.fields[name]
    plan = FieldPlan(key, name, kind, definition, nodes, Shape.of(definition.type))
    ours = (definition.extensions or {}).get("strawberry-definition")
    if ours is None or ours.extensions:
        return plan
    plan.strawberry_field = ours
    plan.variables = tuple(variables_in(nodes[0]))
    if ours.is_basic_field:
        plan.attribute = ours.python_name
    elif is_method_with_info(ours.base_resolver):
        plan.call = ours.base_resolver.wrapped_func
        plan.takes_plain = all(is_plain(each, definition) for each in ours.arguments)
    return plan


def is_plain(argument: Any, definition: GraphQLField) -> bool:
    """A scalar or an enum under the name that it has in Python too."""
    found = definition.args.get(argument.python_name)
    return (
        found is not None and is_leaf_type(get_nullable_type(found.type)) and not argument.is_maybe
    )


def is_method_with_info(resolver: Any) -> bool:
    info = resolver.info_parameter
    return resolver.self_parameter is not None and (info is None or info.name == "info")


def plan_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: VariableValues,
) -> Plan | None:
    """None for what graphql-core must run, and for a condition that it must refuse."""
    try:
        return Plan(schema, document, operation, variables)
    except (NeedsReference, GraphQLError):
        return None


def variables_in(node: FieldNode) -> Iterator[str]:
    """Names of the variables that stand in its arguments, at any depth."""
    waiting: list[Any] = [argument.value for argument in node.arguments or ()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, VariableNode):
            yield value.name.value
        waiting += getattr(value, "values", None) or ()
        waiting += [each.value for each in getattr(value, "fields", None) or ()]


def conditions_in(node: Any) -> Iterator[str]:
    """Names of the variables that stand in @skip and @include."""
    for definition in getattr(node, "definitions", None) or ():
        yield from conditions_in(definition)
    for directive in getattr(node, "directives", None) or ():
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                yield argument.value.name.value
    selections = getattr(getattr(node, "selection_set", None), "selections", None) or ()
    for selection in selections:
        yield from conditions_in(selection)
