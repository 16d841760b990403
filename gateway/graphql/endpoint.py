"""`/graphql` over HTTP: what is read, what is answered, and with which status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from datetime import timedelta
from typing import Any, ClassVar

import msgspec
import structlog
from cross_web import AsyncHTTPRequestAdapter
from graphql.execution import InitialIncrementalExecutionResult
from litestar import Request, Response, WebSocket
from litestar.background_tasks import BackgroundTasks
from litestar.di import Provide
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.parse_content_type import parse_content_type
from strawberry.litestar import make_graphql_controller
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.unset import UNSET, UnsetType

from domain.trusted_documents.rules import Client
from gateway.context import (
    client_of,
    context_for_request,
    language_of_request,
    request_id_of,
)
from gateway.graphql.accounting import context_of, report
from gateway.graphql.answers import body_of, failed, guarded
from gateway.graphql.deferred import masked
from gateway.graphql.documents import TrustedDocuments
from gateway.graphql.media import EVENT_STREAM, JSON, PARTS, accepted
from gateway.graphql.params import require_params, require_short
from gateway.graphql.refusals import RequestRefused
from gateway.graphql.running import answered
from gateway.graphql.socket import (
    BoundedSocket,
    GraphQLSocket,
    SocketContext,
    context_for_socket,
)
from schema import schema, schema_with_defer

log = structlog.get_logger(__name__)

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
        async def run() -> Response[Any]:
            return await answered(
                lambda: self.run(request, context=context, root_value=root_value),
                request=request,
                context=context,
                seconds=request.app.state.web.deadline_seconds,
            )

        return await guarded(request, context=context, mode=self.documents.mode, run=run)

    async def process_result(
        self, request: Request[Any, Any, Any], result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        return await body_of(request, result)

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
