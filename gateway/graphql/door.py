"""The short way to an answer: `POST /graphql` with JSON, for a document that is known and right.

Everything else goes on to the framework. Who asks, what it may cost, how long it may take and
what the headers say is decided by the functions that the framework's endpoint uses too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import msgspec
from graphql import OperationType as Core
from litestar import MediaType, Request
from litestar.datastructures import Cookie
from litestar.types import ASGIApp, Receive, Send
from strawberry.http.parse_content_type import parse_content_type
from strawberry.types.graphql import OperationType

from gateway.context import context_for_request
from gateway.graphql.accounting import forget_context
from gateway.graphql.answers import body_of, failed, guarded
from gateway.graphql.documents import TrustedDocuments
from gateway.graphql.media import EVENT_STREAM, JSON, PARTS, accepted
from gateway.graphql.params import require_params
from gateway.graphql.refusals import RequestRefused
from gateway.graphql.running import Ended, Patience, cut_off
from gateway.headers import headers_of
from schema import schema
from schema.context import Context

PATH: Final = "/graphql"
BODY_MAX: Final = 100_000  # larger ones are no everyday requests
ONE_RESULT: Final = {OperationType.QUERY, OperationType.MUTATION}
ONE_PIECE: Final = {Core.QUERY, Core.MUTATION}


@dataclass(slots=True)
class Answer:
    """What the framework's response holds, without the framework."""

    content: bytes
    status_code: int = 200
    media_type: str = MediaType.JSON
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[Cookie] = field(default_factory=list)


class QuickRequest(Request[Any, Any, Any]):
    """The framework's as far as we ask it: nothing is kept ready for bodies, forms or sessions."""

    def __init__(self, scope: Any, *, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self._headers = headers_of(scope)

    @property
    def headers(self) -> Mapping[str, str]:  # type: ignore[override]  # all that is asked of them
        return self._headers

    @property
    def cookies(self) -> dict[str, str]:
        if "cookie" not in self._headers:
            return {}
        return Request[Any, Any, Any](self.scope).cookies


class Door:
    """Stands before the application. `documents` are those of its endpoint."""

    def __init__(self, app: ASGIApp, *, documents: TrustedDocuments) -> None:
        self._app = app
        self._documents = documents

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            request = QuickRequest(scope, receive=receive, send=send)
            if is_usual(request.headers):
                seconds: float = request.app.state["web"].deadline_seconds
                patience = Patience(seconds=seconds, receive=receive)
                try:
                    messages, answer = await self._answer(request, receive, patience, seconds)
                finally:
                    patience.close()
                if answer is not None:
                    forget_context(scope)
                    await respond(answer, send)
                    return
                receive = again(messages, receive)
        await self._app(scope, receive, send)

    async def _answer(
        self,
        request: Request[Any, Any, Any],
        receive: Receive,
        patience: Patience,
        seconds: float,
    ) -> tuple[list[Any], Any]:
        """What came, and the answer to it; None when the framework must give it."""
        try:
            messages, body = await patience.kept(whole_body(receive))
        except Ended:  # the body did not come in time
            return [], await self._guarded(request, lambda _: refusing(cut_off(seconds)))
        params = None if body is None else known(body, self._documents)
        if params is None:
            return messages, None

        def run(context: Context) -> Awaitable[Any]:
            return patience.answer(self._executed(request, params, context), context=context)

        return messages, await self._guarded(request, run)

    async def _executed(
        self, request: Request[Any, Any, Any], params: dict[str, Any], context: Context
    ) -> Answer:
        context.takes_texts = True
        result = await schema.execute(
            query=await self._documents.text(params, context.client),
            variable_values=params.get("variables"),
            context_value=context,
            operation_name=params.get("operationName"),
            allowed_operation_types=ONE_RESULT,
        )
        return Answer(msgspec.json.encode(await body_of(request, result)))

    async def _guarded(
        self, request: Request[Any, Any, Any], run: Callable[[Context], Awaitable[Any]]
    ) -> Any:
        try:
            context = await context_for_request(request)
            return await guarded(
                request, context=context, mode=self._documents.mode, run=lambda: run(context)
            )
        except Exception as failure:  # noqa: BLE001  # as the framework's exception handler
            return failed(request, failure)


async def refusing(refusal: RequestRefused) -> Any:
    raise refusal


def is_usual(headers: Mapping[str, str]) -> bool:
    """JSON in one piece both ways, and not long."""
    length = headers.get("content-length", "")
    return (
        length.isdecimal()
        and int(length) <= BODY_MAX
        and is_json(headers.get("content-type", ""))
        and is_whole(headers.get("accept", ""))
    )


@lru_cache(maxsize=100)
def is_json(content_type: str) -> bool:
    return parse_content_type(content_type)[0] == JSON


@lru_cache(maxsize=100)
def is_whole(accept: str) -> bool:
    media_types = accepted(accept)
    return bool(media_types) and not {EVENT_STREAM, PARTS} & set(media_types)


async def whole_body(receive: Receive) -> tuple[list[Any], bytes | None]:
    """What came, and the body in it; None when the client hung up or sent more than it said."""
    messages: list[Any] = []
    body = b""
    while True:
        message: Any = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            return messages, None
        body += message.get("body", b"")
        if len(body) > BODY_MAX:
            return messages, None
        if not message.get("more_body", False):
            return messages, body


def known(body: bytes, documents: TrustedDocuments) -> dict[str, Any] | None:
    """The parameters, when they ask for a valid document that was asked for before."""
    try:
        params = require_params(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, RequestRefused):
        return None
    text = params.get("query") or documents.known_text(params)
    prepared = schema.known.get(text) if text else None
    if prepared is None or prepared.errors != ():
        return None
    operation = prepared.operation(params.get("operationName"))
    return params if operation is not None and operation.kind in ONE_PIECE else None


def again(messages: list[Any], receive: Receive) -> Receive:
    """Gives what came once more, then what comes."""
    waiting = messages[::-1]

    async def next_message() -> Any:
        return waiting.pop() if waiting else await receive()

    return next_message


async def respond(answer: Any, send: Send) -> None:
    """`answer` is one of ours or the framework's; both hold bytes."""
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    media_type = answer.media_type  # an enum says its own name when it is asked for a text
    named = media_type.value if isinstance(media_type, MediaType) else str(media_type)
    headers.append((b"content-type", named.encode()))
    headers.append((b"content-length", str(len(answer.content)).encode()))
    headers += [
        (b"set-cookie", cookie.to_header(header="").strip().encode()) for cookie in answer.cookies
    ]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content, "more_body": False})
