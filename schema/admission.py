"""The last word before an operation runs: which operation, its variables, its price."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    get_variable_values,
)
from strawberry.extensions import SchemaExtension

from schema.actual_cost import actual_cost
from schema.context import Context
from schema.limits import LIMITS, LimitExceeded, check

# What a browser may do that brings the cookie of a session that is over.
SIGN_IN_FIELDS: Final = {"sessionCreate", "memberRegister"}


# Reading variables blocks everybody: 200,000 wrong ones, in 600 kB, would take half a minute.
VALUES_MAX: Final = 5_000
PROBLEMS_MAX: Final = 20


class Admission(SchemaExtension):
    """Must stand after `DocumentCache`, whose hook sets `pre_execution_errors`."""

    _cost = 0

    async def on_validate(self) -> AsyncIterator[None]:
        if not self.execution_context.pre_execution_errors:
            refusals = self._refusals() or await self._unpaid()
            if refusals:
                self.execution_context.pre_execution_errors = refusals
        yield

    def on_execute(self) -> Iterator[None]:
        yield
        data = getattr(self.execution_context.result, "data", None)
        operation = self._operation()
        if isinstance(data, dict) and operation is not None:
            schema = self.execution_context.schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
            self._context.meter.settle(actual_cost(schema, self._document(), operation, data))

    def get_results(self) -> dict[str, Any]:
        return self._context.meter.report()

    @property
    def _context(self) -> Context:
        context: Context = self.execution_context.context
        return context

    async def _unpaid(self) -> list[GraphQLError]:
        wait = await self._context.meter.take(self._cost)
        return [throttled(wait)] if wait else []

    def _refusals(self) -> list[GraphQLError]:
        execution = self.execution_context
        document, schema = self._document(), execution.schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
        operation = self._operation()
        if operation is None:
            message = "The document holds several operations: send `operationName`."
            return [GraphQLError(message, extensions={"code": "OPERATION_NAME_REQUIRED"})]
        if self._context.session_is_over and not is_sign_in(operation):
            message = "The session of this cookie has ended. Sign in again."
            return [GraphQLError(message, extensions={"code": "UNAUTHENTICATED"})]

        if count_up_to(VALUES_MAX + 1, execution.variables) > VALUES_MAX:
            message = f"Variables hold at most {VALUES_MAX:,} values."
            return [GraphQLError(message, extensions={"code": "INVALID_VARIABLES"})]
        variables = get_variable_values(
            schema,
            operation.variable_definitions or (),
            execution.variables or {},
            max_errors=PROBLEMS_MAX,
        )
        if isinstance(variables, list):
            return [coded(error, "INVALID_VARIABLES") for error in variables]

        try:
            measure = check(schema, document, operation, variables.coerced, LIMITS)
        except LimitExceeded as refusal:
            return [refusal]

        self._cost = measure.cost
        self._context.meter.operation_name = operation.name.value if operation.name else None
        return []

    def _document(self) -> DocumentNode:
        document = self.execution_context.graphql_document
        assert document is not None  # it was parsed, or validation does not begin
        return document

    def _operation(self) -> OperationDefinitionNode | None:
        operations = [
            definition
            for definition in self._document().definitions
            if isinstance(definition, OperationDefinitionNode)
        ]
        # The public `operation_name` falls back to the first operation's name.
        name = self.execution_context._provided_operation_name  # noqa: SLF001  # appendix B
        if name is None:
            return operations[0] if len(operations) == 1 else None
        return next(each for each in operations if each.name and each.name.value == name)


def is_sign_in(operation: OperationDefinitionNode) -> bool:
    return all(
        isinstance(selection, FieldNode) and selection.name.value in SIGN_IN_FIELDS
        for selection in operation.selection_set.selections
    )


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
