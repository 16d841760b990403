"""The HTTP under every simulator: runs its handlers, applies faults, really hangs up."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Protocol, cast
from urllib.parse import unquote, urlsplit

from litestar import Litestar

ADMIN: Final = "/_sim/"
TRUNCATED_BYTES: Final = 7
RETRY_AFTER: Final = "7"
ABORT: Final = struct.pack("ii", 1, 0)  # SO_LINGER: closing resets the connection


class Fault(StrEnum):
    """What goes wrong with one call. The `_AFTER` ones do the work first."""

    TIMEOUT_BEFORE = "timeout_before"  # hangs for `hang_seconds`, does nothing, hangs up
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    HTTP_500 = "http_500"
    HTTP_500_AFTER = "http_500_after"
    HTTP_503 = "http_503"
    HTML = "html"  # does the work and answers 200 with a page of HTML
    TRUNCATED = "truncated"  # does the work and hangs up inside the answer
    RATE_LIMITED = "rate_limited"  # 429 with Retry-After
    UNAUTHORIZED = "unauthorized"
    REDIRECT = "redirect"  # 307 to an address that counts who follows


REFUSALS: Final = {
    Fault.HTTP_500: HTTPStatus.INTERNAL_SERVER_ERROR,
    Fault.HTTP_503: HTTPStatus.SERVICE_UNAVAILABLE,
    Fault.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that arrived; its headers and bodies are not kept."""

    method: str
    path: str
    status: int  # 0: no answer was given
    fault: Fault | None = None


class Served(Protocol):
    """What the server needs of a simulator."""

    lock: threading.RLock
    url: str
    hang_seconds: float
    calls: list[Call]

    def next_fault(self, method: str, path: str) -> Fault | None: ...


@contextmanager
def serving(simulator: Served, *, handlers: Sequence[Any], port: int) -> Iterator[str]:
    with _Loop() as loop:
        app = Litestar(list(handlers), openapi_config=None, logging_config=None)
        server = _Server(simulator, app=app, loop=loop, port=port)
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        simulator.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield simulator.url
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()
            server.server_close()


class _Loop:
    """One event loop in a thread of its own: handlers run one after the other."""

    def __enter__(self) -> asyncio.AbstractEventLoop:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self._loop

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass(slots=True)
class _Answer:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for the calls under way

    def __init__(
        self, simulator: Served, *, app: Litestar, loop: asyncio.AbstractEventLoop, port: int
    ) -> None:
        self.simulator = simulator
        self.stopping = threading.Event()
        self._app = app
        self._loop = loop
        super().__init__(("127.0.0.1", port), _Handler)

    def ask(self, scope: dict[str, Any], body: bytes) -> _Answer:
        return asyncio.run_coroutine_threadsafe(self._call(scope, body), self._loop).result()

    async def _call(self, scope: dict[str, Any], body: bytes) -> _Answer:
        answer = _Answer()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = [(k.decode(), v.decode()) for k, v in message["headers"]]
            else:
                answer.body += message.get("body", b"")

        with self.simulator.lock:
            await self._app(cast("Any", scope), cast("Any", receive), cast("Any", send))
        return answer


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, applies the fault that is due, and answers or hangs up."""

    protocol_version = "HTTP/1.1"

    @property
    def _house(self) -> _Server:
        return cast("_Server", self.server)

    def _handle(self) -> None:
        simulator = self._house.simulator
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_admin = target.path.startswith(ADMIN)
        fault = None if is_admin else simulator.next_fault(self.command, target.path)
        answer = _before(fault, simulator)
        if answer is None:
            answer = self._house.ask(self._scope(target.path, target.query), body)
            answer = _after(fault, answer)
        if not is_admin:
            with simulator.lock:
                simulator.calls.append(
                    Call(method=self.command, path=target.path, status=answer.status, fault=fault)
                )
        if fault is Fault.TIMEOUT_BEFORE:
            self._house.stopping.wait(simulator.hang_seconds)
        self._write(answer, cut=TRUNCATED_BYTES if fault is Fault.TRUNCATED else 0)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _handle  # noqa: N815  # by the standard library

    def _scope(self, path: str, query: str) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.command,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in self.headers.items()],
            "client": self.client_address,
            "server": self.server.server_address,
            "state": {},
            "extensions": {},
        }

    def _write(self, answer: _Answer, *, cut: int) -> None:
        self.close_connection = True  # each call its own: a kept one would hide a fault
        if not answer.status:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() not in {"content-length", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            with suppress(ConnectionError):  # whoever asked was killed meanwhile
                self.wfile.write(answer.body[: len(answer.body) - cut])

    def log_message(self, *_: object) -> None:
        """Says nothing: `Simulator.calls` tells."""


def _before(fault: Fault | None, simulator: Served) -> _Answer | None:
    """The answer of a fault that keeps the work from being done."""
    if fault is Fault.TIMEOUT_BEFORE or fault is Fault.DROP_BEFORE:
        return _Answer()
    if fault is Fault.RATE_LIMITED:
        return _canned(HTTPStatus.TOO_MANY_REQUESTS, ("Retry-After", RETRY_AFTER))
    if fault is Fault.REDIRECT:
        location = ("Location", f"{simulator.url}{ADMIN}redirected")
        return _canned(HTTPStatus.TEMPORARY_REDIRECT, location)
    status = REFUSALS.get(fault) if fault is not None else None
    return None if status is None else _canned(status)


def _after(fault: Fault | None, answer: _Answer) -> _Answer:
    """What is left of an answer whose work is done."""
    match fault:
        case Fault.DROP_AFTER:
            return _Answer()
        case Fault.HTTP_500_AFTER:
            return _canned(HTTPStatus.INTERNAL_SERVER_ERROR)
        case Fault.HTML:
            page = b"<html><body>An error occurred</body></html>"
            return _Answer(HTTPStatus.OK, [("Content-Type", "text/html")], page)
        case _:
            return answer


def _canned(status: HTTPStatus, *headers: tuple[str, str]) -> _Answer:
    return _Answer(status, [("Content-Type", "application/json"), *headers], b"{}")
