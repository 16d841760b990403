"""A document made ready once: what it may cost, how it runs, what its answer is charged."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLList,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    get_nullable_type,
    is_input_object_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues

from schema.actual_cost import Charge, CostTree, Texts
from schema.execution.plans import CONDITIONS_MAX, Plan, conditions_in, plan_of
from schema.introspection import ASKED
from schema.limits import TRUSTED_LIMITS, Measure, check
from schema.variables import Declared

MEASURES_MAX: Final = 32  # of one operation: one per size of page
SIZE_MIN: Final = 250  # fields that any document may keep ready; longer texts may keep more
PLANS_MAX: Final = 8  # of one operation: one per truth of its conditions
SIZES: Final = {"first", "last"}


@dataclass(slots=True)
class PreparedOperation:
    """One operation of a document, and what was found out about it."""

    node: OperationDefinitionNode
    sizes: tuple[str, ...]  # variables that say how long a page is
    structures: tuple[str, ...]  # variables that hold objects or lists
    conditions: tuple[str, ...]  # variables in @skip and @include
    declared: Declared
    measures: dict[tuple[Any, ...], Measure] = field(default_factory=dict)
    plans: OrderedDict[tuple[Any, ...], Plan | None] = field(default_factory=OrderedDict)
    cost_tree: CostTree | None = None

    @property
    def kind(self) -> OperationType:
        return self.node.operation

    @property
    def size(self) -> int:
        """Fields in plans and price; the operation itself counts as one."""
        size = 1 if self.cost_tree is None else 1 + self.cost_tree.size
        for plan in self.plans.values():
            if plan is not None:
                size += plan.size
        return size


class Prepared:
    """Kept with its text, so all of it goes when the text goes.

    Fragments make much of a short text, and operations share them: what is ready may grow with
    the length of the text, which is what the shelves count, and is made anew beyond that.
    """

    __slots__ = (
        "_operations",
        "_schema",
        "_size_max",
        "document",
        "errors",
        "introspects",
        "uses_deprecated",
    )

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, text: str = "") -> None:
        self.document = document
        self.errors: tuple[GraphQLError, ...] | None = None  # None: not validated yet
        self.introspects = bool(ASKED.search(text))
        self.uses_deprecated: bool | None = None  # None: nobody has looked yet
        self._schema = schema
        self._size_max = SIZE_MIN + len(text) // 2
        self._operations: dict[str | None, PreparedOperation] = {}

    @property
    def size(self) -> int:
        size = 0
        for each in self._operations.values():  # asked for by each request, and quicker than `sum`
            size += each.size
        return size

    def operation(self, name: str | None) -> PreparedOperation | None:
        """None when the document has none of this name, or several and no name is given."""
        if self.size > self._size_max:
            self._operations.clear()
        if name not in self._operations:
            node = operation_of(self.document, name)
            if node is None:
                return None
            self._operations[name] = PreparedOperation(
                node,
                sizes=tuple(sorted(set(size_variables(self.document)))),
                structures=tuple(
                    each.variable.name.value
                    for each in node.variable_definitions or ()
                    if is_structure(type_from_ast(self._schema, each.type))
                ),
                conditions=tuple(sorted(set(conditions_in(self.document)))),
                declared=Declared.of(self._schema, node),
            )
        return self._operations[name]

    def measure(self, operation: PreparedOperation, variables: VariableValues) -> Measure:
        """Raises `LimitExceeded` for what nobody may ask.

        Only sizes of pages and long filters change what it costs.
        """
        coerced = variables.coerced
        key = tuple(coerced.get(name) for name in operation.sizes)
        is_plain = all(coerced.get(name) is None for name in operation.structures)
        known = operation.measures.get(key) if is_plain else None
        if known is None:
            known = check(self._schema, self.document, operation.node, coerced, TRUSTED_LIMITS)
            if is_plain and len(operation.measures) < MEASURES_MAX:
                operation.measures[key] = known
        return known

    def plan(self, operation: PreparedOperation, variables: VariableValues) -> Plan | None:
        """None for what graphql-core must run."""
        if len(operation.conditions) > CONDITIONS_MAX:
            return None
        truth = tuple(variables.coerced.get(name) for name in operation.conditions)
        if truth in operation.plans:
            operation.plans.move_to_end(truth)
            return operation.plans[truth]
        plan = plan_of(self._schema, self.document, operation.node, variables)
        operation.plans[truth] = plan
        if len(operation.plans) > PLANS_MAX:
            operation.plans.popitem(last=False)
        return plan

    def charge(
        self, operation: PreparedOperation, data: Mapping[str, Any], texts: Texts | None = None
    ) -> Charge:
        """What the answer costs; `texts` are the parts of it that the database wrote."""
        return self._cost_tree(operation).charge(data, texts)

    def is_steady(self, operation: PreparedOperation) -> bool:
        """Whether all objects at one path of its answer have the same keys."""
        return self._cost_tree(operation).is_steady

    def _cost_tree(self, operation: PreparedOperation) -> CostTree:
        if operation.cost_tree is None:
            operation.cost_tree = CostTree(self._schema, self.document, operation.node)
        return operation.cost_tree


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    if name is None:
        return operations[0] if len(operations) == 1 else None
    return next((each for each in operations if each.name and each.name.value == name), None)


def size_variables(node: Any) -> Iterator[str]:
    """Names of the variables that stand where a page says how long it is."""
    for definition in getattr(node, "definitions", None) or ():
        yield from size_variables(definition)
    for argument in getattr(node, "arguments", None) or ():
        if argument.name.value in SIZES and isinstance(argument.value, VariableNode):
            yield argument.value.name.value
    selections = getattr(getattr(node, "selection_set", None), "selections", None) or ()
    for selection in selections:
        yield from size_variables(selection)


def is_structure(kind: Any) -> bool:
    inner = get_nullable_type(kind)
    return isinstance(inner, GraphQLList) or is_input_object_type(inner)
