"""`/graphql` over HTTP: what is read, what is answered, and with which status."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import copy
from datetime import timedelta
from typing import Any, ClassVar, Final

import msgspec
import structlog
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from graphql.execution import InitialIncrementalExecutionResult
from litestar import MediaType, Request, Response, WebSocket
from litestar.background_tasks import BackgroundTasks
from litestar.di import Provide
from litestar.exceptions import HTTPException as LitestarHTTPException
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.parse_content_type import parse_content_type
from strawberry.litestar import make_graphql_controller
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.unset import UNSET, UnsetType

from domain.database import AWAY, BUSY
from domain.trusted_documents.rules import Client
from gateway.context import context_for_request, language_of_request, request_id_of
from gateway.graphql.accounting import account, context_of, paid, report, unpaid_error
from gateway.graphql.deferred import masked
from gateway.graphql.documents import (
    PUBLIC,
    TrustedDocuments,
    client_of,
    is_public,
)
from gateway.graphql.media import EVENT_STREAM, GRAPHQL_RESPONSE, JSON, PARTS, accepted, whole
from gateway.graphql.params import require_params, require_short
from gateway.graphql.refusals import RequestRefused, explained, shown_error
from gateway.graphql.running import answered, too_many_at_once
from gateway.graphql.socket import (
    BoundedSocket,
    GraphQLSocket,
    SocketContext,
    context_for_socket,
)
from schema import schema, schema_with_defer
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

StockController = make_graphql_controller(
    schema,
    graphql_ide=None,
    subscription_protocols=(GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL),
    connection_init_wait_timeout=timedelta(seconds=10),
    max_subscriptions_per_connection=100,
)


def fresh_response(request: Request[Any, Any, Any]) -> Response[Any]:
    response: Response[Any] = Response({}, background=BackgroundTasks([]))
    request.state.graphql_response = response
    return response


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


def language_headers(language: Language) -> dict[str, str]:
    """The media type and the messages are chosen for the client; a cache must know."""
    return {"Vary": "Accept, Accept-Language", "Content-Language": language.value}


def is_request_error(errors: list[GraphQLError], data: Mapping[str, object] | None) -> bool:
    """Nothing ran; or all that ran found the database away, so the client should come back."""
    if not errors or any((data or {}).values()):
        return False
    is_away = all((error.extensions or {})["code"] == "UNAVAILABLE" for error in errors)
    return is_away or (data is None and all(error.path is None for error in errors))


class GraphQLEndpoint(StockController):  # type: ignore[valid-type,misc]  # a factory makes it
    path = "/graphql"
    request_max_body_size = 1_000_000
    exception_handlers: ClassVar[dict[type[Exception], Any]] = {Exception: failed}
    graphql_transport_ws_handler_class = GraphQLSocket
    websocket_adapter_class = BoundedSocket
    documents: ClassVar[TrustedDocuments]  # given by `endpoint_with`
    dependencies: ClassVar[dict[str, Provide]] = {
        **StockController.dependencies,  # type: ignore[dict-item]  # all of them are `Provide`
        "response": Provide(fresh_response, sync_to_thread=False),
        "context": Provide(context_for_request),
        "context_ws": Provide(context_for_socket),
    }

    async def execute_request(
        self, request: Request[Any, Any, Any], context: Any, root_value: Any
    ) -> Response[Any]:
        request.state.graphql_context = context
        media_types = accepted(request.headers.get("accept", ""))
        media_type = whole(media_types)
        try:
            if not media_types:
                raise RequestRefused("NOT_ACCEPTABLE", f"We answer {JSON}.", status=406)
            with context.meter.budget.running() as may_run:
                if not may_run:
                    raise too_many_at_once()
                response: Response[Any] = await answered(
                    lambda: self.run(request, context=context, root_value=root_value),
                    request=request,
                    context=context,
                    seconds=request.app.state.web.deadline_seconds,
                )
        except (HTTPException, LitestarHTTPException) as refusal:
            reason = await paid(context, refusal_of(refusal))
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
        response.headers.update(language_headers(language_of_request(request)))
        if "authorization" in request.headers:
            response.headers["Cache-Control"] = "no-store"
        elif is_public(request, self.documents.mode):
            response.headers["Cache-Control"] = PUBLIC
            response.headers["Vary"] += ", Authorization, Cookie"
        account(request, response)
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
        language = language_of_request(request)
        errors = [shown_error(error, request_id, language) for error in result.errors or []]
        request.state.is_flawless = not errors
        context = context_of(request)
        if is_request_error(errors, result.data):
            unpaid = await unpaid_error(context)
            errors = [shown_error(unpaid, request_id, language)] if unpaid else errors
            request.state.request_error = errors[0].extensions  # no `data`
        else:
            body["data"] = result.data
        if errors:
            body["errors"] = [error.formatted for error in errors]
        body["extensions"] = {**(result.extensions or {}), **report(context)}
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
        require_params(params)
        text = await self.text_of(params, client_of(request.headers))
        return GraphQLRequestData(
            query=text,
            variables=params.get("variables"),
            operation_name=params.get("operationName"),
            extensions=params.get("extensions"),
            protocol="sse" if self._is_stream(request, text) else "http",
        )

    async def text_of(self, params: Mapping[str, Any], client: Client | None = None) -> str | None:
        """The text to run; for the socket too. Raises `RequestRefused`."""
        text = await self.documents.text(params, client)
        require_short(text)
        return text

    def _is_stream(self, request: AsyncHTTPRequestAdapter, text: str | None) -> bool:
        """Some clients list the event stream last on every request: JSON serves those better."""
        media_types = accepted(request.headers.get("accept", ""))
        if EVENT_STREAM not in media_types:
            return False
        return media_types[0] == EVENT_STREAM or "subscription" in (text or "")

    async def execute_single(
        self, request: Request[Any, Any, Any], **options: Any
    ) -> ExecutionResult:
        """`@defer` exists for clients that take answers in parts, and for nobody else."""
        if PARTS not in accepted(request.headers.get("accept", "")):
            return await super().execute_single(request, **options)  # type: ignore[no-any-return]  # upstream's
        patient = copy(self)
        patient.schema = schema_with_defer()
        return await super(GraphQLEndpoint, patient).execute_single(request, **options)  # type: ignore[no-any-return]

    async def _process_stream_result(
        self, request: Request[Any, Any, Any], value: Any, all_pending: list[Any]
    ) -> tuple[GraphQLHTTPResponse, list[Any]]:
        """The first part says what it cost; in all of them only what a client may know."""
        later = masked(value, request_id_of(request), language_of_request(request))
        response, pending = await super()._process_stream_result(request, later, all_pending)
        if isinstance(value, InitialIncrementalExecutionResult):
            response["extensions"] = report(context_of(request))
        return response, pending

    def is_websocket_origin_allowed(self, request: WebSocket[Any, Any, Any], origin: str) -> bool:
        """Pages of the deployment itself are allowed before this is asked."""
        allowed: frozenset[str] = request.app.state.web.allowed_origins
        return origin in allowed

    async def on_ws_connect(self, context: SocketContext) -> UnsetType:
        await context.connect()
        no_payload: UnsetType = UNSET
        return no_payload

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


def endpoint_with(documents: TrustedDocuments) -> type[GraphQLEndpoint]:
    """One application's own endpoint: two in one process share no documents."""
    return type("Endpoint", (GraphQLEndpoint,), {"documents": documents})
