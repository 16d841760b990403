"""`/graphql` over graphql-transport-ws: many operations on one connection, each on its own.

Every operation has its own identity, loaders and instant, as if it had come by HTTP.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import structlog
from cross_web import HTTPException
from litestar import WebSocket
from litestar.exceptions import NotAuthorizedException, WebSocketDisconnect
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import (
    NonJsonMessageReceived,
    NonTextMessageReceived,
    WebSocketDisconnected,
)
from strawberry.litestar.controller import LitestarWebSocketAdapter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ErrorMessage,
    SubscribeMessage,
)

from domain.database import AWAY, BUSY
from gateway.auth import CookieRefused, Kind, authenticated
from gateway.context import budget_of, client_of, network_of, origin_of
from gateway.graphql.accounting import paid, unpaid_error
from gateway.graphql.params import require_params
from gateway.graphql.refusals import RequestRefused, explained, shown_error
from schema.context import Context, Services
from schema.languages.negotiation import Language, language_of
from schema.metering import Meter
from schema.public_errors import MASKED, UNAVAILABLE, public_message

log = structlog.get_logger(__name__)

MESSAGE_LENGTH_MAX: Final = 1_000_000
PING_SECONDS: Final = 15.0  # proxies close what is silent
FORBIDDEN: Final = 4403


@dataclass(slots=True)
class SocketContext:
    """What one connection knows; every operation gets a `Context` of its own from it."""

    socket: WebSocket[Any, Any, Any]
    connection_params: Mapping[str, object] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        services: Services = self.socket.app.state.services
        return services

    @property
    def told(self) -> dict[str, str]:
        """What the first message said; some clients write its names like those of headers."""
        return {
            name.lower(): str(each)
            for name, each in self.connection_params.items()
            if each is not None
        }

    @property
    def language(self) -> Language:
        """Browsers cannot choose the headers of a handshake, so the first message may say it."""
        said = self.connection_params.get("acceptLanguage")
        header = self.socket.headers.get("accept-language")
        return language_of(said if isinstance(said, str) else header)

    async def connect(self) -> None:
        """A wrong claim is refused at once; no claim at all is nobody."""
        try:
            await self.for_operation()
        except (NotAuthorizedException, CookieRefused) as refusal:
            raise ConnectionRejectionError from refusal

    async def for_operation(self) -> Context:
        """Asks anew who this is: the session may have ended since. Raises what HTTP raises."""
        now = self.services.clock()
        found = await authenticated(
            authorization=self.told.get("authorization"),
            headers=self.socket.headers,
            cookies=self.socket.cookies,
            kind=Kind.SOCKET,
            web=self.socket.app.state.web,
            now=now,
        )
        if found.session_is_over:
            raise NotAuthorizedException
        client = self.socket.client
        network = network_of(client.host if client else None)
        return Context(
            request_id=self.services.new_id().hex,
            viewer=found.viewer,
            now=now,
            services=self.services,
            network=network,
            origin_of=partial(origin_of, self.socket),
            language=self.language,
            meter=Meter(
                budget=budget_of(self.socket.app, viewer=found.viewer, network=network),
                wants_breakdown=False,
            ),
            deadline_seconds=self.socket.app.state.web.deadline_seconds,
        )


async def context_for_socket(socket: WebSocket[Any, Any, Any]) -> SocketContext:
    return SocketContext(socket)


class BoundedSocket(LitestarWebSocketAdapter):
    """Reads no message that HTTP would not read, and can be ended by whoever runs on it.

    The server sends nothing more while somebody waits for a message, so the reader itself closes.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._ends = asyncio.Event()

    def end(self) -> None:
        """Closes the connection with 4403."""
        self._ends.set()

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object]:
        with suppress(WebSocketDisconnect):
            while (text := await self._next()) is not None:
                if not text:  # what Litestar makes of a binary message
                    raise NonTextMessageReceived
                if len(text) > MESSAGE_LENGTH_MAX:
                    raise NonJsonMessageReceived
                try:
                    yield self.view.decode_json(text)
                except json.JSONDecodeError as error:
                    if not ignore_parsing_errors:
                        raise NonJsonMessageReceived from error

    async def _next(self) -> str | None:
        """None when the connection is over, by either side."""
        if self.ws.connection_state == "disconnect":
            return None
        reading = asyncio.ensure_future(self.ws.receive_text())
        ending = asyncio.ensure_future(self._ends.wait())
        try:
            await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                return reading.result()
        finally:
            ending.cancel()
            reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        await self.close(code=FORBIDDEN, reason="Forbidden")
        return None


class GraphQLSocket(BaseGraphQLTransportWSHandler[Any, None]):
    async def handle(self) -> None:
        pings = asyncio.create_task(self._ping())
        try:
            await super().handle()
        finally:
            pings.cancel()

    async def _ping(self) -> None:
        with suppress(WebSocketDisconnected):
            while True:
                await asyncio.sleep(PING_SECONDS)
                if self.connection_acknowledged:
                    await self.send_message({"type": "ping"})

    async def handle_message(self, message: Any) -> None:
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            await self.handle_invalid_message("A message is an object with a `type`.")
        elif not isinstance(message.get("id", ""), str):
            await self.handle_invalid_message("`id` is a string.")
        else:
            await super().handle_message(message)  # type: ignore[arg-type]  # it was looked at

    async def handle_subscribe(self, message: Any) -> None:
        if not self.connection_acknowledged or message["id"] in self.operations:
            await super().handle_subscribe(message)  # closes the socket with the right code
            return
        try:
            params = require_params(message["payload"])
            text = await self.view.text_of(params, client_of(self.context.told))  # type: ignore[attr-defined]  # ours
            if len(self.operations) >= (self.max_subscriptions_per_connection or 0):
                raise RequestRefused("THROTTLED", "Too many operations on this connection.")
            if text is None:
                raise RequestRefused("QUERY_MISSING", "Send `query` or `documentId`.")
        except HTTPException as refusal:
            await self._refuse_for_its_price(message["id"], explained(refusal))
            return
        payload = {**params, "query": text}
        await super().handle_subscribe(
            SubscribeMessage(id=message["id"], type="subscribe", payload=payload)  # type: ignore[typeddict-item]  # looked at
        )

    async def _refuse_for_its_price(self, operation_id: str, refusal: RequestRefused) -> None:
        context = await self._context_for(operation_id)
        if context is not None:
            await self._refuse(operation_id, await paid(context, refusal))

    async def _refuse(self, operation_id: str, refusal: RequestRefused) -> None:
        self.operations.pop(operation_id, None)
        request_id = self.context.services.new_id().hex
        extensions: dict[str, Any] = {"code": refusal.code, "requestId": request_id}
        if refusal.retry_after is not None:
            extensions["retryAfterSeconds"] = refusal.retry_after
        language = self.context.language
        message = public_message(refusal.code, refusal.reason, language, extensions)
        error = {"message": message, "extensions": extensions}
        await self.send_message(ErrorMessage(id=operation_id, type="error", payload=[error]))  # type: ignore[list-item]  # it is one

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        context = await self._context_for(operation.id)
        if context is None:
            return
        worker = copy(self)  # shares the socket and the table of running operations
        worker.context = context
        await super(GraphQLSocket, worker).run_operation(operation)

    async def _context_for(self, operation_id: str) -> Context | None:
        """None when there is none, and the client has heard why."""
        try:
            context: Context = await self.context.for_operation()
        except (NotAuthorizedException, CookieRefused):
            self.websocket.end()  # type: ignore[attr-defined]  # a `BoundedSocket`
        except (*AWAY, *BUSY):
            await self._refuse(operation_id, RequestRefused("UNAVAILABLE", UNAVAILABLE))
        except Exception:  # the client must hear of it, whatever it is
            log.exception("graphql.unexpected")
            await self._refuse(operation_id, RequestRefused("INTERNAL", MASKED))
        else:
            return context
        return None

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected):  # whoever hangs up tells nobody before
            await super().handle_task_exception(error)

    async def _send_result_stream(self, operation: Operation[Any, None], results: Any) -> None:
        await super()._send_result_stream(operation, self._shown(results))

    async def _shown(self, results: Any) -> AsyncGenerator[Any]:
        async for result in results:
            if result.errors:
                context: Context = self.context  # the worker's: of this very operation
                unpaid = await unpaid_error(context) if result.data is None else None
                result.errors = [unpaid] if unpaid else result.errors
                result.errors = [
                    shown_error(error, context.request_id, context.language)
                    for error in result.errors
                ]
                if result.errors[0].extensions["code"] == "TOKEN_ENDED":
                    self.websocket.end()  # type: ignore[attr-defined]  # a `BoundedSocket`
                    return
            yield result
