"""Strawberry's schema with the two behaviors we cannot live with changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from schema.execution.compiled import execute_compiled
from schema.public_errors import is_unexpected

ONE_RESULT = {OperationType.QUERY, OperationType.MUTATION}

log = structlog.get_logger(__name__)


class Engine(strawberry.Schema):
    async def execute(self, *arguments: Any, **options: Any) -> ExecutionResult:
        """Refuses subscriptions, which upstream starts here and answers with nonsense."""
        allowed = options.get("allowed_operation_types") or ONE_RESULT
        options["allowed_operation_types"] = ONE_RESULT.intersection(allowed)
        return await super().execute(*arguments, **options)

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
        context = getattr(execution_context, "context", None)
        request_id = getattr(context, "request_id", None)
        for error in errors:
            if is_unexpected(error):
                log.error(
                    "graphql.unexpected",
                    request_id=request_id,
                    path=error.path,
                    exc_info=error.original_error,
                )
