"""Turns what went wrong into what a client may know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from graphql import GraphQLError, GraphQLSyntaxError
from graphql.validation.validate import ValidationAbortedError
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.utils.str_converters import to_snake_case

from domain.database import AWAY, BUSY
from domain.errors import Refused
from schema.errors import message_in, user_error
from schema.languages.catalogue import say
from schema.languages.negotiation import Language
from schema.scalars import NotOfThisScalar

MAYBE: Final = re.compile(r"(?:Field|Argument) '(\w+)' of type 'Maybe\[")

# Codes of requests and fields; `ErrorCode` has those of payloads. docs/errors.md explains both.
PUBLIC_CODES: Final = frozenset(
    {
        "BODY_TOO_LARGE",
        "CSRF_PREFLIGHT_REQUIRED",
        "DEADLINE_EXCEEDED",
        "DOCUMENT_MISMATCH",
        "DOCUMENT_NOT_FOUND",
        "DOCUMENT_NOT_TRUSTED",
        "DOCUMENT_TOO_COMPLEX",
        "DOCUMENT_TOO_LARGE",
        "EVENTS_EXPIRED",
        "FILTER_TOO_COMPLEX",
        "FORBIDDEN",
        "HOST_NOT_ALLOWED",
        "INTERNAL",
        "INTROSPECTION_OFF",
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
        "ORIGIN_NOT_ALLOWED",
        "PERSISTED_QUERY_NOT_FOUND",
        "PURPOSE_DIFFERS",
        "QUERY_MISSING",
        "QUERY_TOO_DEEP",
        "QUERY_TOO_EXPENSIVE",
        "RECONNECT",
        "SUBSCRIPTION_NEEDS_STREAM",
        "SYNTAX_ERROR",
        "THROTTLED",
        "TOKEN_ENDED",
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


# What a frontend shows to people; all the others keep the English detail for its developers.
FOR_PEOPLE: Final = frozenset(
    {
        "DEADLINE_EXCEEDED",
        "INTERNAL",
        "RECONNECT",
        "THROTTLED",
        "TOKEN_ENDED",
        "UNAUTHENTICATED",
        "UNAVAILABLE",
    }
)


def public_error(
    error: GraphQLError, request_id: str, language: Language = Language.EN
) -> GraphQLError:
    """A new error. The given one may lie in the document cache and belong to many requests."""
    code, message = _code_and_message(error)
    if isinstance(error.original_error, Refused) and language is not Language.EN:
        message = message_in(language, user_error(error.original_error))
    else:
        message = public_message(code, message, language, error.extensions or {})
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(error.extensions or {}), "code": code, "requestId": request_id},
    )


def public_message(
    code: str, message: str, language: Language, extensions: Mapping[str, object]
) -> str:
    """`message` is the English one; the facts of a sentence are among the extensions."""
    if language is Language.EN:
        return message
    facts = {to_snake_case(name): fact for name, fact in extensions.items()}
    said = say(code, language, facts)
    if said is None:
        return message
    return said if code in FOR_PEOPLE else f"{said} ({message})"


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
            return _code_of_request_error(error), _in_words_of_the_schema(error.message)
        case ValueError() if error.path is None and error.nodes:
            return "VALIDATION_FAILED", error.message  # a literal longer than Python reads
        case _:
            return "INTERNAL", MASKED


def _in_words_of_the_schema(message: str) -> str:
    """Strawberry names Python types where a value may be absent, but not null."""
    found = MAYBE.search(message)
    return message if found is None else f"'{found[1]}' cannot be null: leave it out."


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
