"""The last word before an operation runs: which operation, its variables, its price."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, get_variable_values
from strawberry.extensions import SchemaExtension

from schema.limits import LIMITS, LimitExceeded, check


class Admission(SchemaExtension):
    """Must stand after `DocumentCache`, whose hook sets `pre_execution_errors`."""

    requested_cost = 0

    def on_validate(self) -> Iterator[None]:
        if not self.execution_context.pre_execution_errors:
            refusals = self._refusals()
            if refusals:
                self.execution_context.pre_execution_errors = refusals
        yield

    def get_results(self) -> dict[str, Any]:
        return {"cost": {"requested": self.requested_cost, "limit": LIMITS.cost}}

    def _refusals(self) -> list[GraphQLError]:
        execution = self.execution_context
        document, schema = self._document(), execution.schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
        operation = self._operation()
        if operation is None:
            message = "The document holds several operations: send `operationName`."
            return [GraphQLError(message, extensions={"code": "OPERATION_NAME_REQUIRED"})]

        variables = get_variable_values(
            schema, operation.variable_definitions or (), execution.variables or {}
        )
        if isinstance(variables, list):
            return [coded(error, "INVALID_VARIABLES") for error in variables]

        try:
            measure = check(schema, document, operation, variables.coerced, LIMITS)
        except LimitExceeded as refusal:
            return [refusal]

        self.requested_cost = measure.cost
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


def coded(error: GraphQLError, code: str) -> GraphQLError:
    return GraphQLError(
        error.message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(error.extensions or {}), "code": code},
    )
