"""What is answered over HTTP, with which status and headers; for the endpoint and the door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec
import structlog
from cross_web import HTTPException
from graphql import GraphQLError
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException as LitestarHTTPException
from strawberry.http import GraphQLHTTPResponse
from strawberry.types import ExecutionResult

from domain.database import AWAY, BUSY
from gateway.context import language_of_request, request_id_of
from gateway.graphql.accounting import account, context_of, paid, report, unpaid_error
from gateway.graphql.documents import PUBLIC, is_public
from gateway.graphql.media import GRAPHQL_RESPONSE, JSON, accepted, whole
from gateway.graphql.refusals import RequestRefused, explained, shown_error
from gateway.graphql.running import too_many_at_once
from gateway.settings import DocumentMode
from schema.context import Context
from schema.languages.negotiation import Language
from schema.public_errors import MASKED, UNAVAILABLE, public_message

log = structlog.get_logger(__name__)

# Statuses every client sees; other request errors are 400, or 200 for `application/json`.
STATUS_OF_CODE: Final = {"UNAUTHENTICATED": 401, "THROTTLED": 429, "UNAVAILABLE": 503}
CODE_OF_STATUS: Final = {
    401: "UNAUTHENTICATED",
    413: "BODY_TOO_LARGE",
    429: "THROTTLED",
    503: "UNAVAILABLE",
}
INTERNAL: Final = 500
HEADERS_OF_STATUS: Final[dict[int, dict[str, str]]] = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": "5"},
}


def failed(request: Request[Any, Any, Any], failure: Exception) -> Response[Any]:
    """What fails outside of GraphQL still answers in its shape."""
    if isinstance(failure, LitestarHTTPException) and failure.status_code != INTERNAL:
        refusal = refusal_of(failure)
    elif isinstance(failure, (*AWAY, *BUSY)):
        refusal = RequestRefused("UNAVAILABLE", UNAVAILABLE, status=503)
    else:
        log.error("graphql.unexpected", request_id=request_id_of(request), exc_info=failure)
        refusal = RequestRefused("INTERNAL", MASKED, status=INTERNAL)
    return refused(request, refusal)


def refusal_of(failure: HTTPException | LitestarHTTPException) -> RequestRefused:
    if isinstance(failure, HTTPException):
        return explained(failure)
    known = CODE_OF_STATUS.get(failure.status_code, "INVALID_REQUEST")
    return RequestRefused(
        getattr(failure, "code", known),
        failure.detail,
        status=failure.status_code,
        headers=dict(allowed_methods(failure.headers or {})),
        retry_after=getattr(failure, "retry_after", None),
    )


def allowed_methods(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Litestar's router lists a WebSocket as a method."""
    for name, value in headers.items():
        methods = [each.strip() for each in value.split(",") if each.strip() != "websocket"]
        yield name.title(), ", ".join(methods)


def refused(request: Request[Any, Any, Any], refusal: RequestRefused) -> Response[Any]:
    extensions: dict[str, Any] = {"code": refusal.code, "requestId": request_id_of(request)}
    if refusal.retry_after is not None:
        extensions["retryAfterSeconds"] = refusal.retry_after
    language = language_of_request(request)
    message = public_message(refusal.code, refusal.reason, language, extensions)
    body: dict[str, Any] = {"errors": [{"message": message, "extensions": extensions}]}
    body |= {"extensions": told} if (told := report(context_of(request))) else {}
    return Response(
        msgspec.json.encode(body),
        status_code=refusal.status_code,
        media_type=MediaType.JSON,
        headers={
            **language_headers(language),
            **HEADERS_OF_STATUS.get(refusal.status_code, {}),
            **refusal.headers,
        },
    )


@lru_cache(maxsize=len(Language))
def language_headers(language: Language) -> Mapping[str, str]:
    """The media type and the messages are chosen for the client; a cache must know."""
    return {"Vary": "Accept, Accept-Language", "Content-Language": language.value}


def is_request_error(errors: list[GraphQLError], data: Mapping[str, object] | None) -> bool:
    """Nothing ran; or all that ran found the database away, so the client should come back."""
    if not errors or any((data or {}).values()):
        return False
    is_away = all((error.extensions or {})["code"] == "UNAVAILABLE" for error in errors)
    return is_away or (data is None and all(error.path is None for error in errors))


async def guarded(
    request: Request[Any, Any, Any],
    *,
    context: Context,
    mode: DocumentMode,
    run: Callable[[], Awaitable[Response[Any]]],
) -> Response[Any]:
    """Runs it while the budget allows one more at once; whatever is refused is answered too."""
    request.scope["state"]["graphql_context"] = context
    media_types = accepted(request.headers.get("accept", ""))
    media_type = whole(media_types)
    try:
        if not media_types:
            raise RequestRefused("NOT_ACCEPTABLE", f"We answer {JSON}.", status=406)
        with context.meter.budget.running() as may_run:
            if not may_run:
                raise too_many_at_once()
            response = await run()
    except (HTTPException, LitestarHTTPException) as refusal:
        reason = await paid(context, refusal_of(refusal))
        response = refused(request, reason)
        if reason.well_formed and media_type == JSON:
            response.status_code = 200
    if response.media_type == MediaType.JSON:
        finish(request, response, media_type, mode=mode)
    return response


def finish(
    request: Request[Any, Any, Any],
    response: Response[Any],
    media_type: str,
    *,
    mode: DocumentMode,
) -> None:
    response.media_type = media_type
    response.headers.update(language_headers(language_of_request(request)))
    if "authorization" in request.headers:
        response.headers["Cache-Control"] = "no-store"
    elif is_public(request, mode):
        response.headers["Cache-Control"] = PUBLIC
        response.headers["Vary"] += ", Authorization, Cookie"
    account(request, response)
    error = request.scope["state"].get("request_error")
    if error is None:
        return
    status = STATUS_OF_CODE.get(error["code"])
    if status is None and media_type == GRAPHQL_RESPONSE:
        status = 400
    response.status_code = status or response.status_code
    response.headers.update(HEADERS_OF_STATUS.get(status or 0, {}))
    if "retryAfterSeconds" in error:
        response.headers["Retry-After"] = str(error["retryAfterSeconds"])


async def body_of(request: Request[Any, Any, Any], result: ExecutionResult) -> GraphQLHTTPResponse:
    body: GraphQLHTTPResponse = {}
    context = context_of(request)
    if result.errors:
        request_id, language = request_id_of(request), language_of_request(request)
        errors = [shown_error(error, request_id, language) for error in result.errors]
        request.scope["state"]["is_flawless"] = False
        if is_request_error(errors, result.data):
            unpaid = await unpaid_error(context)
            errors = [shown_error(unpaid, request_id, language)] if unpaid else errors
            request.scope["state"]["request_error"] = errors[0].extensions  # no `data`
        else:
            body["data"] = result.data
        body["errors"] = [error.formatted for error in errors]
    else:
        request.scope["state"]["is_flawless"] = True
        body["data"] = result.data
    # What ran has told already what it cost; what was refused may have been paid for just now.
    is_told = result.extensions and not result.errors
    body["extensions"] = result.extensions if is_told else report(context)
    return body
