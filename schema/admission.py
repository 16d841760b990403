"""The last word before an operation runs: which operation, its variables, its price."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from strawberry.extensions import SchemaExtension

from schema.context import Context
from schema.limits import LIMITS, TRUSTED_LIMITS, LimitExceeded, require_affordable
from schema.prepared import Prepared, PreparedOperation

# What a browser may do that brings the cookie of a session that is over.
SIGN_IN_FIELDS: Final = {"sessionCreate", "memberRegister"}
# Reading variables blocks everybody: 200,000 wrong ones, in 600 kB, would take half a minute.
VALUES_MAX: Final = 5_000
# What takes a thousand decisions with reasons: eight values each.
LONG_FIELDS: Final = {"assignmentReviewAll": 8_100}
PROBLEMS_MAX: Final = 20


class NotAdmitted(Exception):
    """What the client did wrong; nothing was charged yet."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Admitted:
    operation: PreparedOperation
    variables: VariableValues
    cost: int


def admitted(
    schema: GraphQLSchema,
    prepared: Prepared,
    context: Context,
    *,
    name: str | None,
    values: Mapping[str, Any] | None,
) -> Admitted:
    """An operation that may run, once it is paid for. Raises `NotAdmitted`."""
    operation = prepared.operation(name)
    if operation is None:
        message = "The document holds several operations: send `operationName`."
        raise NotAdmitted([GraphQLError(message, extensions={"code": "OPERATION_NAME_REQUIRED"})])
    if context.session_is_over and not is_sign_in(operation.node):
        message = "The session of this cookie has ended. Sign in again."
        raise NotAdmitted([GraphQLError(message, extensions={"code": "UNAUTHENTICATED"})])
    most = values_max(operation.node)
    if values and count_up_to(most + 1, values) > most:
        message = f"Variables hold at most {most:,} values."
        raise NotAdmitted([GraphQLError(message, extensions={"code": "INVALID_VARIABLES"})])
    variables = operation.declared.understood(schema, values or {}, problems_max=PROBLEMS_MAX)
    if isinstance(variables, list):
        raise NotAdmitted([coded(error, "INVALID_VARIABLES") for error in variables])
    for each in operation.conditions:
        if variables.coerced.get(each, True) is None:  # a default allows it, `if` does not
            message = f"Variable '${each}' is a condition and must not be null."
            raise NotAdmitted([GraphQLError(message, extensions={"code": "INVALID_VARIABLES"})])
    try:
        measure = prepared.measure(operation, variables)
        limits = TRUSTED_LIMITS if context.is_trusted_document else LIMITS
        context.meter.limit = limits.cost
        require_affordable(measure.cost, allowed=limits.cost)
    except LimitExceeded as refusal:
        raise NotAdmitted([refusal]) from refusal
    context.meter.operation_name = operation.node.name.value if operation.node.name else None
    return Admitted(operation, variables, measure.cost)


class Admission(SchemaExtension):
    """Must stand after `DocumentCache`, whose hook sets `pre_execution_errors`."""

    _admitted: Admitted | None = None

    async def on_validate(self) -> AsyncIterator[None]:
        if not self.execution_context.pre_execution_errors:
            try:
                found = self._admitted = self._found()
            except NotAdmitted as refused:
                self.execution_context.pre_execution_errors = refused.errors
            else:
                wait = await self._context.meter.take(found.cost)
                if wait:
                    self.execution_context.pre_execution_errors = [throttled(wait)]
        yield

    def on_execute(self) -> Iterator[None]:
        yield
        data = getattr(self.execution_context.result, "data", None)
        prepared, found = self._context.prepared, self._admitted
        if isinstance(data, dict) and prepared is not None and found is not None:
            self._context.meter.settle(prepared.charge(found.operation, data))

    def get_results(self) -> dict[str, Any]:
        return self._context.meter.report()

    @property
    def _context(self) -> Context:
        context: Context = self.execution_context.context
        return context

    def _found(self) -> Admitted:
        execution, prepared = self.execution_context, self._context.prepared
        assert prepared is not None  # it was parsed, or validation does not begin
        return admitted(
            execution.schema._schema,  # noqa: SLF001  # GRAPHQL.md appendix B
            prepared,
            self._context,
            # The public `operation_name` falls back to the first operation's name.
            name=execution._provided_operation_name,  # noqa: SLF001  # appendix B
            values=execution.variables,
        )


def is_sign_in(operation: OperationDefinitionNode) -> bool:
    return all(
        isinstance(selection, FieldNode) and selection.name.value in SIGN_IN_FIELDS
        for selection in operation.selection_set.selections
    )


def values_max(operation: OperationDefinitionNode) -> int:
    """How many values its variables hold; more only for one wish that is long by its nature."""
    selections = operation.selection_set.selections
    if len(selections) == 1 and isinstance(selections[0], FieldNode):
        return LONG_FIELDS.get(selections[0].name.value, VALUES_MAX)
    return VALUES_MAX


def count_up_to(most: int, value: object) -> int:
    """Values in a JSON value, lists and objects too, but no further than `most`."""
    count, rest = 0, [value]
    while rest and count < most:
        each = rest.pop()
        count += 1
        if isinstance(each, dict):
            rest += islice(each.values(), most)
        elif isinstance(each, list):
            rest += each[:most]
    return count


def throttled(wait: int) -> GraphQLError:
    message = f"The cost budget is used up. Try again in {wait} s."
    return GraphQLError(message, extensions={"code": "THROTTLED", "retryAfterSeconds": wait})


def coded(error: GraphQLError, code: str) -> GraphQLError:
    return GraphQLError(
        error.message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(error.extensions or {}), "code": code},
    )
