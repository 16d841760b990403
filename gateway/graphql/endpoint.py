"""`/graphql` over HTTP: what is read, what is answered, and with which status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec
import structlog
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from litestar import MediaType, Request, Response
from litestar.background_tasks import BackgroundTasks
from litestar.di import Provide
from litestar.exceptions import HTTPException as LitestarHTTPException
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.parse_content_type import parse_content_type
from strawberry.litestar import make_graphql_controller
from strawberry.types import ExecutionResult

from domain.database import AWAY, BUSY
from gateway.context import context_for_request, request_id_of
from gateway.graphql.documents import Mode, TrustedDocuments
from gateway.graphql.media import GRAPHQL_RESPONSE, JSON, accepted
from gateway.graphql.refusals import RequestRefused, explained
from schema import schema
from schema.public_errors import MASKED, UNAVAILABLE, public_error

log = structlog.get_logger(__name__)

# Statuses every client sees; other request errors are 400, or 200 for `application/json`.
STATUS_OF_CODE: Final = {"UNAUTHENTICATED": 401, "THROTTLED": 429, "UNAVAILABLE": 503}
CODE_OF_STATUS: Final = {401: "UNAUTHENTICATED", 413: "BODY_TOO_LARGE", 503: "UNAVAILABLE"}
INTERNAL: Final = 500
TEXT_LENGTH_MAX: Final = 100_000  # lexing blocks everybody: 900 kB would take over half a second
HEADERS_OF_STATUS: Final[dict[int, dict[str, str]]] = {
    401: {"WWW-Authenticate": "Bearer"},
    405: {"Allow": "POST"},
    503: {"Retry-After": "5"},
}

StockController = make_graphql_controller(
    schema,
    graphql_ide=None,
    subscription_protocols=(),
)


def fresh_response(request: Request[Any, Any, Any]) -> Response[Any]:
    response: Response[Any] = Response({}, background=BackgroundTasks([]))
    request.state.graphql_response = response
    return response


def failed(request: Request[Any, Any, Any], failure: Exception) -> Response[Any]:
    """What fails outside of GraphQL still answers in its shape."""
    if isinstance(failure, LitestarHTTPException) and failure.status_code != INTERNAL:
        code = CODE_OF_STATUS.get(failure.status_code, "INVALID_REQUEST")
        refusal = RequestRefused(code, failure.detail, status=failure.status_code)
    elif isinstance(failure, (*AWAY, *BUSY)):
        refusal = RequestRefused("UNAVAILABLE", UNAVAILABLE, status=503)
    else:
        log.error("graphql.unexpected", request_id=request_id_of(request), exc_info=failure)
        refusal = RequestRefused("INTERNAL", MASKED, status=INTERNAL)
    return refused(request, refusal)


def refused(request: Request[Any, Any, Any], refusal: RequestRefused) -> Response[Any]:
    extensions = {"code": refusal.code, "requestId": request_id_of(request)}
    return Response(
        msgspec.json.encode({"errors": [{"message": refusal.reason, "extensions": extensions}]}),
        status_code=refusal.status_code,
        media_type=MediaType.JSON,
        headers=HEADERS_OF_STATUS.get(refusal.status_code, {}),
    )


def is_request_error(errors: list[GraphQLError], data: Mapping[str, object] | None) -> bool:
    """Nothing ran; or all that ran found the database away, so the client should come back."""
    if not errors or any((data or {}).values()):
        return False
    is_away = all((error.extensions or {})["code"] == "UNAVAILABLE" for error in errors)
    return is_away or (data is None and all(error.path is None for error in errors))


def require_short(text: str | None) -> None:
    if text is not None and len(text) > TEXT_LENGTH_MAX:
        message = f"A document has at most {TEXT_LENGTH_MAX:,} characters; use variables."
        raise RequestRefused("DOCUMENT_TOO_LARGE", message, well_formed=True)


class GraphQLEndpoint(StockController):  # type: ignore[valid-type,misc]  # a factory makes it
    path = "/graphql"
    request_max_body_size = 1_000_000
    exception_handlers: ClassVar[dict[type[Exception], Any]] = {Exception: failed}
    documents: ClassVar[TrustedDocuments] = TrustedDocuments({}, Mode.PREFER)
    dependencies: ClassVar[dict[str, Provide]] = {
        **StockController.dependencies,  # type: ignore[dict-item]  # all of them are `Provide`
        "response": Provide(fresh_response, sync_to_thread=False),
        "context": Provide(context_for_request),
    }

    async def execute_request(
        self, request: Request[Any, Any, Any], context: Any, root_value: Any
    ) -> Response[Any]:
        media_types = accepted(request.headers.get("accept", ""))
        media_type = GRAPHQL_RESPONSE if media_types[:1] == [GRAPHQL_RESPONSE] else JSON
        try:
            if not media_types:
                raise RequestRefused("NOT_ACCEPTABLE", f"We answer {JSON}.", status=406)
            response: Response[Any] = await self.run(
                request, context=context, root_value=root_value
            )
        except HTTPException as refusal:
            reason = explained(refusal)
            response = refused(request, reason)
            if reason.well_formed and media_type == JSON:
                response.status_code = 200
        if response.media_type == MediaType.JSON:
            self._finish(request, response, media_type)
        return response

    def _finish(
        self, request: Request[Any, Any, Any], response: Response[Any], media_type: str
    ) -> None:
        response.media_type = media_type
        response.headers["Vary"] = "Accept"
        if "authorization" in request.headers:
            response.headers["Cache-Control"] = "no-store"
        error = getattr(request.state, "request_error", None)
        if error is None:
            return
        status = STATUS_OF_CODE.get(error["code"])
        if status is None and media_type == GRAPHQL_RESPONSE:
            status = 400
        response.status_code = status or response.status_code
        response.headers.update(HEADERS_OF_STATUS.get(status or 0, {}))
        if "retryAfterSeconds" in error:
            response.headers["Retry-After"] = str(error["retryAfterSeconds"])

    async def process_result(
        self, request: Request[Any, Any, Any], result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        body: GraphQLHTTPResponse = {}
        request_id = request_id_of(request)
        errors = [public_error(error, request_id) for error in result.errors or []]
        if errors:
            body["errors"] = [error.formatted for error in errors]
        if is_request_error(errors, result.data):
            request.state.request_error = errors[0].extensions  # no `data`
        else:
            body["data"] = result.data
        if result.extensions:
            body["extensions"] = result.extensions
        return body

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        if request.method == "GET":
            params: Any = dict(request.query_params)
            for name in ("variables", "extensions"):
                if params.get(name):
                    params[name] = self.parse_json(params[name])
        else:
            content_type, _ = parse_content_type(request.content_type or "")
            if content_type != JSON:
                raise RequestRefused("UNSUPPORTED_MEDIA_TYPE", f"Send {JSON}.", status=415)
            params = self.parse_json(await request.get_body())
        if not isinstance(params, dict):
            raise RequestRefused("INVALID_REQUEST", "Send one JSON object; batches are not served.")
        for name, kind in (
            ("query", str),
            ("documentId", str),
            ("operationName", str),
            ("variables", dict),
            ("extensions", dict),
        ):
            if not isinstance(params.get(name), (kind, type(None))):
                raise RequestRefused("INVALID_REQUEST", f"`{name}` has the wrong type.")
        text = self.documents.text(params)
        require_short(text)
        return GraphQLRequestData(
            query=text,
            variables=params.get("variables"),
            operation_name=params.get("operationName"),
            extensions=params.get("extensions"),
            protocol="http",
        )

    def decode_json(self, data: str | bytes) -> object:
        try:
            return msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from error  # what Strawberry catches

    def encode_json(self, data: object) -> bytes:
        return msgspec.json.encode(data)

    def should_render_graphql_ide(self, request: Any) -> bool:  # noqa: ARG002  # upstream's signature
        return False  # GraphiQL has a route of its own

    async def get_sub_response(self, request: Request[Any, Any, Any]) -> Response[Any]:
        response: Response[Any] = request.state.graphql_response
        return response
