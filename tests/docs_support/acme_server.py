"""Acme Pay itself, on 127.0.0.1: it pays once per batch reference, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

KEY = "acme-key"
WRONG_PHONE = "000"


class AcmeServer(ThreadingHTTPServer):
    """`refusal` answers every call with that status; when mute it books and hangs up."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), AcmeHandler)
        self.refusal = 0
        self.is_mute = False
        self.batches: dict[str, list[dict[str, Any]]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class AcmeHandler(BaseHTTPRequestHandler):
    @property
    def acme(self) -> AcmeServer:
        return cast("AcmeServer", self.server)

    @property
    def ref(self) -> str:
        return self.path.removeprefix("/batches/")

    def do_GET(self) -> None:
        if self.path == "/balance":
            self.answer(200, {"cents": 12_345})
        elif self.ref in self.acme.batches:
            self.answer(200, {"payments": self.acme.batches[self.ref]})
        else:
            self.answer(404, {})

    def do_PUT(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["payments"]
        wrong = [each["ref"] for each in asked if each["phone"] == WRONG_PHONE]
        if wrong:
            self.answer(422, {"wrong": wrong})
            return
        payments = [{"ref": e["ref"], "cents": e["cents"], "status": "new"} for e in asked]
        if not self.acme.refusal:
            self.acme.batches.setdefault(self.ref, payments)
        if self.acme.is_mute:
            self.close_connection = True
            return
        self.answer(200, {"payments": payments})

    def answer(self, status: int, content: dict[str, Any]) -> None:
        if self.headers["Authorization"] != f"Bearer {KEY}":
            status = 401
        text = json.dumps(content).encode()
        self.send_response(self.acme.refusal or status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Says nothing: the tests read the state."""


@contextmanager
def acme_server() -> Iterator[AcmeServer]:
    server = AcmeServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
