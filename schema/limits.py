"""What one operation may ask for: one pass over the document, each fragment measured once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValidationRule,
    ValueNode,
    VariableNode,
    get_introspection_query,
    get_named_type,
    get_operation_ast,
    parse,
)
from graphql.validation.validate import ValidationAbortedError

from schema.filter_limits import filter_problem
from schema.prices import price_of

DIGITS_MAX: Final = 10
INTROSPECTION: Final = {"__schema": "__Schema", "__type": "__Type"}
INTROSPECTION_PRICE: Final = 4_500  # of the whole schema, read once; so nobody reads it twice
WRAPPED: Final = 0.7  # of the types of fields have an `ofType`


@dataclass(frozen=True, slots=True)
class Limits:
    depth: int = 12
    cost: int = 5_000
    aliases: int = 30
    directives: int = 20
    directives_per_node: int = 5
    root_mutations: int = 5
    page_default: int = 20
    page_max: int = 100


LIMITS = Limits()
TRUSTED_LIMITS = replace(LIMITS, cost=10_000)  # of documents that were looked at beforehand


class LimitExceeded(ValidationAbortedError):
    """Ends validation at once: the other rules never see an oversized document."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


@dataclass(slots=True)
class Measure:
    """What a selection set asks for, fragments expanded."""

    fields: int = 0  # of this level
    depth: int = 0
    cost: int = 0
    item_cost: int = 0  # of `edges` and `nodes`: paid once per item of the page
    aliases: int = 0
    directives: int = 0

    def include(self, other: Measure) -> None:
        self.fields += other.fields
        self.depth = max(self.depth, other.depth)
        self.cost += other.cost
        self.item_cost += other.item_cost
        self.aliases += other.aliases
        self.directives += other.directives


class Measurer:
    """Measures operations of one document.

    Without variables a page size held by a variable counts as 1. The result is then a lower
    bound: a refusal holds for every request, so it may be cached.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        variables: Mapping[str, Any] | None = None,
        limits: Limits = LIMITS,
        *,
        scales_introspection: bool = True,
    ) -> None:
        self._schema = schema
        self._scales_introspection = scales_introspection
        self._variables = variables
        self._limits = limits
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}
        self._entered: set[str] = set()

    def operation(self, node: OperationDefinitionNode) -> Measure:
        measure = self._selections(node.selection_set, self._schema.get_root_type(node.operation))
        measure.directives += self._directives(node)
        return measure

    def _selections(
        self, node: SelectionSetNode | None, parent: GraphQLNamedType | None
    ) -> Measure:
        total = Measure()
        for selection in node.selections if node else ():
            match selection:
                case FieldNode():
                    total.include(self._field(selection, parent))
                case FragmentSpreadNode():
                    total.include(self._fragment(selection.name.value))
                case InlineFragmentNode(type_condition=None):
                    total.include(self._selections(selection.selection_set, parent))
                case InlineFragmentNode(type_condition=condition):
                    total.include(self._selections(selection.selection_set, self._type(condition)))
            total.directives += self._directives(selection)
        return total

    def _directives(self, node: OperationDefinitionNode | SelectionNode) -> int:
        count = len(node.directives or ())
        if count > self._limits.directives_per_node:
            raise LimitExceeded("TOO_MANY_DIRECTIVES", f"{count} directives on one field.")
        return count

    def _fragment(self, name: str) -> Measure:
        if name not in self._measured:
            if name in self._entered or name not in self._fragments:
                return Measure()  # a cycle or an unknown name: other rules report it
            self._entered.add(name)
            fragment = self._fragments[name]
            measure = self._selections(fragment.selection_set, self._type(fragment.type_condition))
            self._measured[name] = measure
        return self._measured[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measure:
        name = node.name.value
        definition = getattr(parent, "fields", {}).get(name)
        kind = get_named_type(definition.type) if definition else None
        is_introspection = name in INTROSPECTION  # graphql-core limits its depth
        if is_introspection:  # no type lists these two among its fields
            kind = self._schema.get_type(INTROSPECTION[name])
        inner = self._selections(node.selection_set, kind)
        self._filters(node, definition)
        price = price_of(definition)
        cost = 0 if name == "__typename" else price.weight
        if kind is not None and kind.name.endswith("Connection"):
            cost += inner.cost + inner.item_cost * self._page_size(node)
        else:
            length = introspected_length(self._schema, name, parent)
            list_size = price.list_size if length is None else length
            cost += ceil((inner.cost + inner.item_cost) * list_size)
        if is_introspection and self._scales_introspection:
            cost = -(-cost * INTROSPECTION_PRICE // full_introspection(self._schema))

        is_page_item = name in ("edges", "nodes") and parent and parent.name.endswith("Connection")
        return Measure(
            fields=1,
            depth=0 if is_introspection else 1 + inner.depth,
            cost=0 if is_page_item else cost,
            item_cost=cost if is_page_item else 0,
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives,
        )

    def _filters(self, node: FieldNode, definition: GraphQLField | None) -> None:
        """With the variables only: without them nobody knows how long a filter is."""
        if self._variables is None or definition is None:
            return
        for each in node.arguments or ():
            argument = definition.args.get(each.name.value)
            problem = argument and filter_problem(argument, each.value, self._variables)
            if problem:
                raise LimitExceeded("FILTER_TOO_COMPLEX", problem)

    def _page_size(self, node: FieldNode) -> int:
        asked = [
            self._page_value(argument.value)
            for argument in node.arguments or ()
            if argument.name.value in ("first", "last")
        ]
        sizes = [size for size in asked if size is not None]
        if len(sizes) > 1 and self._variables is not None:
            raise LimitExceeded("INVALID_PAGE_SIZE", "Ask for `first` or for `last`, not for both.")
        size = max(sizes, default=self._limits.page_default)
        if not 1 <= size <= self._limits.page_max:
            raise LimitExceeded(
                "INVALID_PAGE_SIZE", f"A page holds 1 to {self._limits.page_max} items."
            )
        return size

    def _page_value(self, node: ValueNode) -> int | None:
        if isinstance(node, VariableNode):
            return 1 if self._variables is None else self._variables.get(node.name.value)
        # Python reads no more than 4,300 digits; ten are out of range already.
        return int(node.value[:DIGITS_MAX]) if isinstance(node, IntValueNode) else None

    def _type(self, node: Any) -> GraphQLNamedType | None:
        return self._schema.get_type(node.name.value)


def check(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None = None,
    limits: Limits = LIMITS,
) -> Measure:
    """The measure of `operation`. Raises `LimitExceeded`."""
    return checked(Measurer(schema, document, variables, limits), operation, limits)


def checked(measurer: Measurer, operation: OperationDefinitionNode, limits: Limits) -> Measure:
    """As `check`. One measurer for all operations measures what they share once."""
    measure = measurer.operation(operation)
    is_mutation = operation.operation is OperationType.MUTATION
    for code, what, asked, allowed in (
        ("QUERY_TOO_DEEP", "levels", measure.depth, limits.depth),
        ("TOO_MANY_ALIASES", "aliases", measure.aliases, limits.aliases),
        ("TOO_MANY_DIRECTIVES", "directives", measure.directives, limits.directives),
        ("TOO_MANY_MUTATIONS", "mutations", measure.fields * is_mutation, limits.root_mutations),
        ("QUERY_TOO_EXPENSIVE", "cost points", measure.cost, limits.cost),
    ):
        if asked > allowed:
            raise too_much(code, what, asked=asked, allowed=allowed)
    return measure


def require_affordable(cost: int, *, allowed: int) -> None:
    """Raises `LimitExceeded`."""
    if cost > allowed:
        raise too_much("QUERY_TOO_EXPENSIVE", "cost points", asked=cost, allowed=allowed)


def too_much(code: str, what: str, *, asked: int, allowed: int) -> LimitExceeded:
    shown = min(asked, 10**9)  # a bomb's true number has dozens of digits
    return LimitExceeded(code, f"{shown} {what} asked for, {allowed} allowed.")


def introspected_length(
    schema: GraphQLSchema, name: str, parent: GraphQLNamedType | None
) -> float | None:
    """Of a field inside `__schema` or `__type`: how many there are on average."""
    if parent is None or not parent.name.startswith("__"):
        return None
    return introspected_lengths(schema).get(name)


@lru_cache(maxsize=8)
def introspected_lengths(schema: GraphQLSchema) -> Mapping[str, float]:
    kinds = list(schema.type_map.values())
    count = len(kinds)
    outer = [each for each in kinds if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)]
    fields = [field for each in outer for field in each.fields.values()]
    inputs = [each for each in kinds if isinstance(each, GraphQLInputObjectType)]
    enums = [each for each in kinds if isinstance(each, GraphQLEnumType)]
    return {
        "types": count,
        "fields": len(fields) / count,
        "args": sum(len(field.args) for field in fields) / len(fields),
        "inputFields": sum(len(each.fields) for each in inputs) / count,
        "enumValues": sum(len(each.values) for each in enums) / count,
        "interfaces": sum(len(each.interfaces) for each in outer) / count,
        "possibleTypes": 1,
        "directives": len(schema.directives),
        "ofType": WRAPPED,
    }


@lru_cache(maxsize=8)
def full_introspection(schema: GraphQLSchema) -> int:
    """Fields that the longest introspection query of graphql-core resolves here."""
    document = parse(
        get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            one_of=True,
        )
    )
    operation = get_operation_ast(document)
    assert operation is not None
    measurer = Measurer(schema, document, None, LIMITS, scales_introspection=False)
    return measurer.operation(operation).cost


class OperationLimits(ValidationRule):
    """The only rule class; one made per request would empty the validation cache.

    What is too much for everybody; who may ask for how much is known when it is asked.
    """

    def enter_document(self, document: DocumentNode, *_: Any) -> None:
        measurer = Measurer(self.context.schema, document, limits=TRUSTED_LIMITS)
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                checked(measurer, definition, TRUSTED_LIMITS)
