"""Later parts of an answer: errors in them are masked and logged like all others."""

from __future__ import annotations

from typing import Any

import structlog
from graphql import GraphQLError
from graphql.execution import SubsequentIncrementalExecutionResult

from gateway.graphql.refusals import shown_error
from schema.languages.negotiation import Language
from schema.public_errors import is_unexpected

log = structlog.get_logger(__name__)


def masked(value: Any, request_id: str, language: Language) -> Any:
    """The same part; of any other result nothing is changed."""
    if isinstance(value, SubsequentIncrementalExecutionResult):
        for part in (*(value.incremental or ()), *(value.completed or ())):
            if part.errors:
                part.errors = [_shown(error, request_id, language) for error in part.errors]
    return value


def _shown(error: GraphQLError, request_id: str, language: Language) -> GraphQLError:
    if is_unexpected(error):
        log.error(
            "graphql.unexpected",
            path=error.path,
            request_id=request_id,
            exc_info=error.original_error,
        )
    return shown_error(error, request_id, language)
