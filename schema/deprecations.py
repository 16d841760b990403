"""Who still uses what will be removed: told to developers, counted for the decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import structlog
from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    ValidationRule,
    get_named_type,
    type_from_ast,
    validate,
)
from strawberry.extensions import SchemaExtension

from domain.trusted_documents.rules import Client
from schema.prepared import Prepared, PreparedOperation

LOG_EVERY: Final = timedelta(minutes=1)
CLIENT_COUNT_MAX: Final = 1_000  # clients name themselves: nobody may fill our memory

log = structlog.get_logger(__name__)


UNNAMED: Final = Client("(unnamed)", "")
MANY: Final = Client("(many)", "")


def deprecated_elements(schema: GraphQLSchema) -> dict[str, str]:
    """The reason of each, by its schema coordinate, such as `Query.tasks(first:)`."""
    found: dict[str, str | None] = {}
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLEnumType):
            found |= {f"{kind}.{name}": its.deprecation_reason for name, its in kind.values.items()}
        if isinstance(kind, GraphQLInputObjectType):
            found |= {f"{kind}.{name}": its.deprecation_reason for name, its in kind.fields.items()}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, its in kind.fields.items():
                found[f"{kind}.{name}"] = its.deprecation_reason
                for argument, its_argument in its.args.items():
                    found[f"{kind}.{name}({argument}:)"] = its_argument.deprecation_reason
    return {element: reason for element, reason in found.items() if reason is not None}


_elements_of = cache(deprecated_elements)  # the schema of a process never changes


class _Deprecated(ValidationRule):
    """Reports coordinates; graphql-core's own rule needs AST nodes that our schema has not."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        definition, parent = self.context.get_field_def(), self.context.get_parent_type()
        if definition is None or parent is None:
            return
        self._report(definition, f"{parent}.{node.name.value}")
        for each in node.arguments or ():
            name = each.name.value
            self._report(definition.args.get(name), f"{parent}.{node.name.value}({name}:)")

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        parent = get_named_type(self.context.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType):
            name = node.name.value
            self._report(parent.fields.get(name), f"{parent}.{name}")

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        kind = get_named_type(self.context.get_input_type())
        self._report(self.context.get_enum_value(), f"{kind}.{node.value}")

    def _report(self, definition: Any, element: str) -> None:
        if definition is not None and definition.deprecation_reason is not None:
            self.report_error(GraphQLError(element))


def used_in_document(schema: GraphQLSchema, document: DocumentNode) -> frozenset[str]:
    errors = validate(schema, document, [_Deprecated], max_errors=None)
    return frozenset(error.message for error in errors)


def may_use_deprecated(
    schema: GraphQLSchema, prepared: Prepared, operation: PreparedOperation
) -> bool:
    """Cheap, and never wrong in the safe direction: inputs are not looked into."""
    if not _elements_of(schema):
        return False
    if prepared.uses_deprecated is None:
        prepared.uses_deprecated = bool(used_in_document(schema, prepared.document))
    return prepared.uses_deprecated or bool(operation.structures)


def used_in_variables(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]
) -> frozenset[str]:
    return frozenset(
        element
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        for each in definition.variable_definitions or ()
        if each.variable.name.value in variables
        for element in _used_in_value(
            type_from_ast(schema, each.type), variables[each.variable.name.value]
        )
    )


def _used_in_value(kind: Any, value: Any) -> Iterator[str]:
    match kind:
        case GraphQLNonNull():
            yield from _used_in_value(kind.of_type, value)
        case GraphQLList():
            for each in value if isinstance(value, list) else [value]:  # one is a list of one
                yield from _used_in_value(kind.of_type, each)
        case GraphQLEnumType() if isinstance(value, str) and value in kind.values:
            if kind.values[value].deprecation_reason is not None:
                yield f"{kind}.{value}"
        case GraphQLInputObjectType() if isinstance(value, Mapping):
            for name in kind.fields.keys() & value.keys():
                yield from _used_in_input_field(kind, name, value[name])


def _used_in_input_field(kind: GraphQLInputObjectType, name: str, value: Any) -> Iterator[str]:
    definition = kind.fields[name]
    if definition.deprecation_reason is not None:
        yield f"{kind}.{name}"
    yield from _used_in_value(definition.type, value)


@dataclass(slots=True)
class _Count:
    total: int = 0
    untold: int = 0
    told_at: datetime | None = None


@dataclass(slots=True)
class DeprecatedUses:
    """Per process. The first use is logged at once, so that none is ever overlooked; the next
    ones together, at most once a minute per element and client.
    """

    _counts: dict[tuple[str, Client], _Count] = field(default_factory=dict)

    def count(self, element: str, client: Client, *, now: datetime) -> None:
        if (element, client) not in self._counts and len(self._counts) >= CLIENT_COUNT_MAX:
            client = MANY
        count = self._counts.setdefault((element, client), _Count())
        count.total += 1
        count.untold += 1
        if count.told_at is None or now - count.told_at >= LOG_EVERY:
            log.info(
                "graphql.deprecated_used",
                element=element,
                client_name=client.name,
                client_version=client.version,
                count=count.untold,
            )
            count.untold, count.told_at = 0, now

    def totals(self) -> dict[tuple[str, Client], int]:
        return {key: count.total for key, count in self._counts.items()}


class Deprecations(SchemaExtension):
    """Looks at operations that will run; what is refused is no use."""

    def __init__(self, uses: DeprecatedUses) -> None:
        self._uses = uses
        self._used: list[str] = []

    def on_validate(self) -> Iterator[None]:
        yield
        execution = self.execution_context
        schema = execution.schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
        document = execution.graphql_document
        if _elements_of(schema) and document is not None and not execution.pre_execution_errors:
            self._used = sorted(
                used_in_document(schema, document)
                | used_in_variables(schema, document, execution.variables or {})
            )
            context = execution.context
            for element in self._used:
                self._uses.count(element, context.client or UNNAMED, now=context.now)

    def get_results(self) -> dict[str, Any]:
        execution = self.execution_context
        if not self._used or execution.context.services.is_production:
            return {}
        reasons = _elements_of(execution.schema._schema)  # noqa: SLF001  # GRAPHQL.md appendix B
        return {
            "deprecations": [
                {"element": element, "reason": reasons[element]} for element in self._used
            ]
        }
