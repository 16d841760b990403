"""Requests that never become an operation."""

from __future__ import annotations

import json

from cross_web import HTTPException
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from schema.public_errors import PUBLIC_CODES


class RequestRefused(HTTPException):
    """`well_formed`: a valid GraphQL request, so `application/json` clients expect status 200."""

    def __init__(
        self, code: str, message: str, *, status: int = 400, well_formed: bool = False
    ) -> None:
        assert code in PUBLIC_CODES, code
        super().__init__(status, message)
        self.code = code
        self.well_formed = well_formed


def explained(refusal: HTTPException) -> RequestRefused:  # noqa: PLR0911  # one line per cause
    """Gives the engine's own refusals a code and the status that fits."""
    if isinstance(refusal, RequestRefused):
        return refusal
    match refusal.__cause__:
        case InvalidOperationTypeError(operation_type=OperationType.MUTATION):
            return RequestRefused("MUTATION_NEEDS_POST", "Send mutations by POST.", status=405)
        case InvalidOperationTypeError():
            message = "Subscriptions need `Accept: text/event-stream` or a WebSocket."
            return RequestRefused("SUBSCRIPTION_NEEDS_STREAM", message, status=406)
        case CannotGetOperationTypeError():
            return RequestRefused("OPERATION_NOT_FOUND", refusal.reason)
        case MissingQueryError():
            return RequestRefused("QUERY_MISSING", "Send `query` or `documentId`.")
        case json.JSONDecodeError():
            return RequestRefused("INVALID_JSON", refusal.reason)
        case _:
            return RequestRefused("INVALID_REQUEST", refusal.reason, status=refusal.status_code)
