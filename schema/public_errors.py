"""Turns what went wrong into what a client may know."""

from __future__ import annotations

from typing import Final

from graphql import GraphQLError, GraphQLSyntaxError
from graphql.validation.validate import ValidationAbortedError
from strawberry.exceptions import StrawberryInputCoercionError

from domain.database import AWAY, BUSY
from domain.errors import Refused
from schema.scalars import NotOfThisScalar

# Codes of requests and fields; `ErrorCode` has those of payloads. docs/errors.md explains both.
PUBLIC_CODES: Final = frozenset(
    {
        "BODY_TOO_LARGE",
        "DOCUMENT_MISMATCH",
        "DOCUMENT_NOT_FOUND",
        "DOCUMENT_NOT_TRUSTED",
        "DOCUMENT_TOO_COMPLEX",
        "DOCUMENT_TOO_LARGE",
        "FORBIDDEN",
        "INTERNAL",
        "INVALID_ARGUMENT",
        "INVALID_CURSOR",
        "INVALID_JSON",
        "INVALID_PAGE_SIZE",
        "INVALID_REQUEST",
        "INVALID_VARIABLES",
        "MUTATION_NEEDS_POST",
        "NOT_ACCEPTABLE",
        "OPERATION_NAME_REQUIRED",
        "OPERATION_NOT_FOUND",
        "PERSISTED_QUERY_NOT_FOUND",
        "QUERY_MISSING",
        "QUERY_TOO_DEEP",
        "QUERY_TOO_EXPENSIVE",
        "SUBSCRIPTION_NEEDS_STREAM",
        "SYNTAX_ERROR",
        "TOO_MANY_ALIASES",
        "TOO_MANY_DIRECTIVES",
        "TOO_MANY_MUTATIONS",
        "UNAUTHENTICATED",
        "UNAVAILABLE",
        "UNSUPPORTED_MEDIA_TYPE",
        "VALIDATION_FAILED",
    }
)
UNAVAILABLE: Final = "The database is away or busy. Send the same request again in a moment."
MASKED: Final = "Something went wrong on our side. Quote the request id when you tell us."


def public_error(error: GraphQLError, request_id: str) -> GraphQLError:
    """A new error. The given one may lie in the document cache and belong to many requests."""
    code, message = _code_and_message(error)
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(error.extensions or {}), "code": code, "requestId": request_id},
    )


def is_unexpected(error: GraphQLError) -> bool:
    return _code_and_message(error)[0] == "INTERNAL"


def _code_and_message(error: GraphQLError) -> tuple[str, str]:  # noqa: PLR0911  # one line per cause
    code = (error.extensions or {}).get("code")
    if code:
        return code, error.message
    match error.original_error:
        case Refused() as refusal:
            return refusal.code, str(refusal)
        case error_ if isinstance(error_, (*AWAY, *BUSY)):
            return "UNAVAILABLE", UNAVAILABLE
        case StrawberryInputCoercionError():
            return "INVALID_ARGUMENT", error.message
        case None | GraphQLError() | NotOfThisScalar() if error.path is None:
            return _code_of_request_error(error), error.message
        case ValueError() if error.path is None and error.nodes:
            return "VALIDATION_FAILED", error.message  # a literal longer than Python reads
        case _:
            return "INTERNAL", MASKED


def _code_of_request_error(error: GraphQLError) -> str:
    match error:
        case GraphQLSyntaxError() if error.message.endswith("Parsing aborted."):
            return "DOCUMENT_TOO_LARGE"
        case GraphQLSyntaxError():
            return "SYNTAX_ERROR"
        case ValidationAbortedError():
            return "DOCUMENT_TOO_COMPLEX"
        case _:
            return "VALIDATION_FAILED"
