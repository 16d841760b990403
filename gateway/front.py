"""What every request passes first and every answer last: hosts, proxies, CORS, headers, the log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Send

from gateway.headers import headers_of, lines_of
from gateway.web_settings import FILES_PATH, SHARED_PATHS, WebSettings, address_named

log = structlog.get_logger(__name__)

HEALTH: Final = {"/healthz", "/readyz"}  # asked by address, and every few seconds
MISDIRECTED: Final = 421
CLIENT_GONE: Final = 499  # the answer that nobody reads
ALLOWED_HEADERS: Final = (
    "Accept, Accept-Language, Authorization, Content-Type, GraphQL-Debug-Cost, "
    "GraphQL-Require-Preflight, Last-Event-ID, X-Client-Name, X-Client-Version"
)
EXPOSED_HEADERS: Final = (
    "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
)
PREFLIGHT_SECONDS: Final = "600"
FORWARDED: Final = "x-forwarded-for"
REFERRER_POLICY: Final = b"referrer-policy"


class Front:
    """Wraps the whole application: also what its router refuses. A scope is ASGI's dictionary."""

    def __init__(self, app: ASGIApp, *, web: WebSettings) -> None:
        self._app = app
        self._web = web
        self._always = [(b"x-content-type-options", b"nosniff")]
        if web.public_url.startswith("https://"):
            self._always.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        self._believe_proxy(scope, headers)
        request_id = scope["litestar_app"].state["services"].new_id().hex
        scope["state"]["request_id"] = request_id
        began = time.monotonic()
        status = CLIENT_GONE

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, headers, message, request_id)
            await send(message)

        await self._route(scope, headers, receive, send_on)
        if scope["type"] == "http" and scope["path"] not in HEALTH:
            log.info(
                "http.request",
                request_id=request_id,
                method=scope["method"],
                path=scope["path"][:100],
                status=status,
                milliseconds=round((time.monotonic() - began) * 1000, 1),
                **scope["state"].get("told", {}),
            )

    async def _route(
        self, scope: Any, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        host = headers.get("host", "")
        if scope["path"] not in HEALTH and not self._web.serves(host, scope["path"]):
            await self._refuse_host(scope, receive, send)
        elif self._is_preflight(scope, headers):
            await answer(send, 204, {}, b"")
        else:
            await self._app(scope, receive, send)

    async def _refuse_host(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "Misdirected"})
            return
        extensions = {"code": "HOST_NOT_ALLOWED", "requestId": scope["state"]["request_id"]}
        message = "Nothing is served under this host name; see PIECERATE_ALLOWED_HOSTS."
        body = {"errors": [{"message": message, "extensions": extensions}]}
        headers = {"content-type": "application/json"}
        await answer(send, MISDIRECTED, headers, msgspec.json.encode(body))

    def _believe_proxy(self, scope: Any, headers: Mapping[str, str]) -> None:
        """The client is the last address that no proxy of ours wrote about itself."""
        if FORWARDED not in headers:
            return
        client = scope["client"][0] if scope.get("client") else ""
        said = ",".join(lines_of(scope, FORWARDED.encode()))
        for text in reversed(said.split(",")):
            address = address_named(text)
            if address is None or not self._web.trusts(client):
                break  # of somebody unknown the proxy that lets them in is all we know
            client = str(address)
            scope["client"] = (client, 0)

    def _is_preflight(self, scope: Any, headers: Mapping[str, str]) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] == "OPTIONS"
            and "access-control-request-method" in headers
            and self._web.shares(scope["path"], origin=headers.get("origin"))
        )

    def _add_headers(
        self, scope: Any, asked: Mapping[str, str], message: Any, request_id: str
    ) -> None:
        pairs: list[tuple[bytes, bytes]] = [*message["headers"], *self._always]
        pairs.append((b"x-request-id", request_id.encode()))
        if REFERRER_POLICY not in [name for name, _ in pairs]:
            pairs.append((REFERRER_POLICY, b"same-origin"))
        message["headers"] = pairs
        path: str = scope["path"]
        if not self._web.allowed_origins and not path.startswith(FILES_PATH):
            return
        if not path.startswith((*SHARED_PATHS, FILES_PATH)):
            return
        answered = MutableScopeHeaders.from_message(message)
        answered["Vary"] = ", ".join(filter(None, [answered.get("Vary"), "Origin"]))
        origin = asked.get("origin")
        if origin is not None and self._web.shares(path, origin=origin):
            answered["Access-Control-Allow-Origin"] = origin
            answered["Access-Control-Allow-Credentials"] = "true"
            answered["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
            if self._is_preflight(scope, asked):
                is_file = path.startswith(FILES_PATH)
                answered["Access-Control-Allow-Methods"] = "GET, PUT" if is_file else "GET, POST"
                answered["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
                answered["Access-Control-Max-Age"] = PREFLIGHT_SECONDS


async def answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    length = [(b"content-length", str(len(body)).encode())] if body else []
    await send({"type": "http.response.start", "status": status, "headers": [*pairs, *length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def tell(scope_state: Any, **facts: object) -> None:
    """Adds to the request's line in the log; never variables, never anything about a person."""
    scope_state.setdefault("told", {}).update(facts)
