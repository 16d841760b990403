"""Requests that never become an operation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from cross_web import HTTPException
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from schema.languages.negotiation import Language
from schema.public_errors import PUBLIC_CODES, public_error

NO_HEADERS: Final[Mapping[str, str]] = {}


class RequestRefused(HTTPException):
    """`well_formed`: a valid GraphQL request, so `application/json` clients expect status 200."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        well_formed: bool = False,
        headers: Mapping[str, str] = NO_HEADERS,
        retry_after: int | None = None,
    ) -> None:
        assert code in PUBLIC_CODES, code
        super().__init__(status, message)
        self.code = code
        self.well_formed = well_formed
        self.headers = dict(headers)
        self.retry_after = retry_after
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)


def explained(refusal: HTTPException) -> RequestRefused:
    """Gives the engine's own refusals a code and the status that fits."""
    if isinstance(refusal, RequestRefused):
        return refusal
    if isinstance(refusal.__cause__, json.JSONDecodeError):
        return RequestRefused("INVALID_JSON", refusal.reason)
    known = _of_engine(refusal.__cause__)
    return known or RequestRefused("INVALID_REQUEST", refusal.reason, status=refusal.status_code)


def _of_engine(cause: BaseException | None) -> RequestRefused | None:
    match cause:
        case InvalidOperationTypeError(operation_type=OperationType.MUTATION):
            message, headers = "Send mutations by POST.", {"Allow": "POST"}
            return RequestRefused("MUTATION_NEEDS_POST", message, status=405, headers=headers)
        case InvalidOperationTypeError():
            message = "Subscriptions need `Accept: text/event-stream` or a WebSocket."
            return RequestRefused("SUBSCRIPTION_NEEDS_STREAM", message, status=406)
        case CannotGetOperationTypeError():
            return RequestRefused("OPERATION_NOT_FOUND", cause.as_http_error_reason())
        case MissingQueryError():
            return RequestRefused("QUERY_MISSING", "Send `query` or `documentId`.")
        case _:
            return None


def shown_error(error: GraphQLError, request_id: str, language: Language) -> GraphQLError:
    """What a client may know, also of what a stream refuses before anything runs."""
    refusal = _of_engine(error.original_error)
    if refusal is not None:
        error = GraphQLError(refusal.reason, extensions={"code": refusal.code})
    return public_error(error, request_id, language)
