"""Strawberry's schema with a short way for what is known to be right, and its own errors logged.

The long way is Strawberry's: parsing, validation and a chain of extensions. It runs whatever is
new, wrong or unusual, and is what the short way must be equal to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError
from graphql import OperationType as Core
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from schema.admission import Admitted, NotAdmitted, admitted, throttled
from schema.context import Context
from schema.deprecations import may_use_deprecated
from schema.document_cache import KnownDocuments
from schema.execution.compiled import execute_compiled
from schema.execution.executor import Run
from schema.prepared import Prepared
from schema.public_errors import is_unexpected

ONE_RESULT = {OperationType.QUERY, OperationType.MUTATION}

log = structlog.get_logger(__name__)


class Engine(strawberry.Schema):
    known: KnownDocuments

    async def execute(self, *arguments: Any, **options: Any) -> ExecutionResult:
        """Refuses subscriptions, which upstream starts here and answers with nonsense."""
        allowed = options.get("allowed_operation_types") or ONE_RESULT
        options["allowed_operation_types"] = ONE_RESULT.intersection(allowed)
        if not arguments:
            answer = await self._short(**options)
            if answer is not None:
                return answer
        return await super().execute(*arguments, **options)

    async def _short(
        self,
        *,
        query: str | None = None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: set[OperationType],
        root_value: Any = None,
        **_: Any,
    ) -> ExecutionResult | None:
        """For a known document on a request of its own; None sends it the long way.

        Nothing is charged before it is sure that the short way answers.
        """
        context: Context = context_value
        prepared = self._ready(query, context)
        if prepared is None:
            return None
        try:
            found = admitted(
                self._schema, prepared, context, name=operation_name, values=variable_values
            )
        except NotAdmitted:
            return None
        kind = found.operation.kind
        plan = prepared.plan(found.operation, found.variables)
        is_allowed = OperationType(kind.value) in allowed_operation_types
        if plan is None or not is_allowed or self._may_be_deprecated(prepared, found):
            return None
        wait = await context.meter.take(found.cost)
        if wait:
            return ExecutionResult(data=None, errors=[throttled(wait)])
        if self._may_be_written(prepared, found, context):
            context.texts = {}
        run = Run(plan, context=context, root=root_value, variables=found.variables)
        result = await run.result(one_by_one=kind is Core.MUTATION)
        if result.data is not None:
            context.meter.settle(prepared.charge(found.operation, result.data, context.texts))
        if result.errors:
            self._log_errors(result.errors, context)
        return ExecutionResult(
            data=result.data, errors=result.errors, extensions=context.meter.report()
        )

    def _ready(self, query: str | None, context: Context) -> Prepared | None:
        """Known, valid, and asked for on a request of its own."""
        if context.is_streamed or self.config.enable_experimental_incremental_execution:
            return None
        prepared = None if query is None else self.known.get(query)
        is_ready = prepared is not None and prepared.errors == () and not prepared.introspects
        context.is_trusted_document = query in self.known.trusted_texts
        return prepared if is_ready else None

    def _may_be_written(self, prepared: Prepared, found: Admitted, context: Context) -> bool:
        """Lists by the database, for whoever wants bytes and nothing else."""
        return (
            context.services.has_written_lists
            and context.takes_texts
            and context.is_trusted_document
            and prepared.is_steady(found.operation)
        )

    def _may_be_deprecated(self, prepared: Prepared, found: Admitted) -> bool:
        return may_use_deprecated(self._schema, prepared, found.operation)

    async def stream(self, *arguments: Any, **options: Any) -> Any:
        options["context_value"].is_streamed = True
        return await super().stream(*arguments, **options)

    def _get_execute_function(self) -> Callable[..., Any]:
        if self.config.enable_experimental_incremental_execution:
            return super()._get_execute_function()
        return execute_compiled

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: ExecutionContext | None = None,
    ) -> None:
        """Logs our mistakes only; upstream logs the clients' too, each with its whole query."""
        self._log_errors(errors, getattr(execution_context, "context", None))

    def _log_errors(self, errors: list[GraphQLError], context: Context | None) -> None:
        request_id = getattr(context, "request_id", None)
        for error in errors:
            if is_unexpected(error):
                log.error(
                    "graphql.unexpected",
                    request_id=request_id,
                    path=error.path,
                    exc_info=error.original_error,
                )
