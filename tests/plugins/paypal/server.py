"""A server that answers as a test tells it to and remembers every request; and who talks to it."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from plugins.payments.paypal.transport import SafePayPalApi
from plugins.sessions import Sessions

TOKEN_PATH = "/v1/oauth2/token"  # noqa: S105  # a path
TOKEN = {"access_token": "canary-token-55aa", "token_type": "Bearer", "expires_in": 3600}
CLIENT_ID, CLIENT_SECRET = "canary-client-7f3a", "canary-secret-91bc"


@dataclass(frozen=True, slots=True)
class Got:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Say:
    """`is_dropped`: the connection is reset instead."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    is_dropped: bool = False


@dataclass
class Server:
    url: str
    got: list[Got]
    answer: Callable[[Got], Say]

    def paths(self) -> list[str]:
        """Without those for tokens."""
        return [each.path for each in self.got if each.path != TOKEN_PATH]

    def tokens(self) -> int:
        return sum(each.path == TOKEN_PATH for each in self.got)


@contextmanager
def serving(answer: Callable[[Got], Say] = lambda _: Say()) -> Iterator[Server]:
    """A call for a token gets one, unless `answer` says otherwise to `serving.token`."""
    server = Server(url="", got=[], answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            got = Got(self.command, self.path, dict(self.headers), body)
            server.got.append(got)
            said = server.answer(got)
            if said.is_dropped:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return
            told = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = handle_any  # noqa: N815  # by the standard library

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{listener.server_address[1]}"
    thread = threading.Thread(
        target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def with_token(answer: Callable[[Got], Say]) -> Callable[[Got], Say]:
    return lambda got: Say(body=TOKEN) if got.path == TOKEN_PATH else answer(got)


def always(said: Say) -> Callable[[Got], Say]:
    return with_token(lambda _: said)


def safe(url: str, **options: Any) -> SafePayPalApi:
    """Ours, as an instance has it."""
    sessions = Sessions(hosts=[urlsplit(url).netloc])
    return SafePayPalApi(
        endpoint=url,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        new_http=sessions.new,
        **options,
    )
