"""The execute function of the engine: the quick way where there is one, else graphql-core's."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationType,
    execute,
    get_variable_values,
)

from schema.execution.counting import READS
from schema.execution.executor import Run
from schema.prepared import Prepared


def execute_compiled(
    schema: GraphQLSchema, document: DocumentNode, **options: Any
) -> Awaitable[ExecutionResult] | ExecutionResult:
    """Takes what `graphql.execute` takes, and answers the same."""
    return compiled(schema, document, **options) or execute(schema, document, **options)


def compiled(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    root_value: Any = None,
    context_value: Any = None,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    **_: Any,
) -> Awaitable[ExecutionResult] | None:
    """None for what the reference must run: introspection, and what it refuses."""
    prepared = context_value.prepared
    if prepared is None or prepared.document is not document:
        prepared = Prepared(schema, document)
    operation = prepared.operation(operation_name)
    if operation is None or operation.kind is OperationType.SUBSCRIPTION:
        return None
    variables = get_variable_values(
        schema, operation.node.variable_definitions or (), variable_values or {}
    )
    if isinstance(variables, list):
        return None
    plan = prepared.plan(operation, variables)
    if plan is None:
        READS.by_reference()
        return None
    run = Run(plan, context=context_value, root=root_value, variables=variables)
    return run.result(one_by_one=operation.kind is OperationType.MUTATION)
