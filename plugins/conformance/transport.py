"""The network between a provider and its simulator: it speaks truly, lies, or falls silent."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

CUT: Final = 7  # bytes
RETRY_AFTER_SECONDS: Final = 7.0
ELSEWHERE: Final = "http://127.0.0.1:9"
"""An address that no answer may lead a provider to."""

HOLD_SECONDS_MAX: Final = 20.0


class Lie(StrEnum):
    """What becomes of one call. Those that name a status do the work first, unless they refuse."""

    CONNECT_TIMEOUT = "connect_timeout"  # before a byte left
    READ_TIMEOUT = "read_timeout"  # after the work
    RESET = "reset"
    BODY_RESET = "body_reset"  # while the answer was read
    CUT_JSON = "cut_json"
    HTML_200 = "html_200"
    HTML_502 = "html_502"
    STATUS_500 = "500"
    STATUS_502 = "502"
    STATUS_503 = "503"
    RATE_LIMITED = "429"  # refused: no work
    UNAUTHORIZED = "401"  # refused: no work
    MOVED_301 = "301"
    MOVED_302 = "302"
    MOVED_307 = "307"
    MOVED_308 = "308"
    HOLD = "hold"  # until the test lets go; the work is done then


REFUSING: Final = frozenset({Lie.RATE_LIMITED, Lie.UNAUTHORIZED})


@dataclass(frozen=True, slots=True)
class Seen:
    """One call as it left the provider."""

    method: str
    host: str
    path: str
    is_money: bool
    is_bounded: bool  # it cannot wait for ever


@dataclass
class Wire:
    """What the suite tells the network to do, and what it has seen."""

    is_money: Callable[[str, str], bool]
    lies: deque[Lie] = field(default_factory=deque)  # for the next money calls
    always: Lie | None = None  # for each money call
    rewrite: Callable[[Any], Any] | None = None  # of the JSON of each answer
    seen: list[Seen] = field(default_factory=list)
    rewritten: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def money_calls(self) -> list[Seen]:
        return [each for each in self.seen if each.is_money]

    def next_lie(self, seen: Seen) -> Lie | None:
        if not seen.is_money:
            return None
        return self.lies.popleft() if self.lies else self.always


class FaultAdapter(HTTPAdapter):
    """Speaks to the simulator and then lies about it, as networks do."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        seen = _seen(request, self._wire, options.get("timeout"))
        self._wire.seen.append(seen)
        lie = self._wire.next_lie(seen)
        if lie is Lie.CONNECT_TIMEOUT:
            raise requests.exceptions.ConnectTimeout(request=request)
        if lie in REFUSING:
            headers = {"Retry-After": f"{RETRY_AFTER_SECONDS:.0f}"}
            return canned(request, int(str(lie)), b"{}", headers)
        if lie is Lie.HOLD:
            self._wire.held.set()
            self._wire.release.wait(HOLD_SECONDS_MAX)
        response = super().send(request, *args, **options)
        response.content  # noqa: B018  # read here, so that nothing of the truth comes later
        return self._told(response, lie)

    def _told(self, response: requests.Response, lie: Lie | None) -> requests.Response:
        request = response.request
        match lie:
            case Lie.READ_TIMEOUT:
                raise requests.exceptions.ReadTimeout(request=request)
            case Lie.RESET:
                raise requests.exceptions.ConnectionError("connection reset", request=request)
            case Lie.BODY_RESET:
                raise requests.exceptions.ChunkedEncodingError("cut", request=request)
            case Lie.CUT_JSON:
                return _with_body(response, response.content[:-CUT])
            case Lie.HTML_200 | Lie.HTML_502:
                status = int(lie.value[-3:])
                page = b"<html><body>An error occurred</body></html>"
                return canned(request, status, page, {"Content-Type": "text/html"})
            case None | Lie.HOLD:
                return self._rewritten(response)
        headers = {"Location": f"{ELSEWHERE}/moved"} if lie.value.startswith("3") else {}
        return canned(request, int(lie.value), b"{}", headers)

    def _rewritten(self, response: requests.Response) -> requests.Response:
        if self._wire.rewrite is None or not response.content:
            return response
        try:
            told = json.loads(response.content)
        except ValueError:
            return response
        other = self._wire.rewrite(json.loads(response.content))
        if other == told:
            return response
        self._wire.rewritten += 1
        return _with_body(response, json.dumps(other).encode())


def canned(
    request: requests.PreparedRequest, status: int, body: bytes, headers: dict[str, str]
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.reason = HTTPStatus(status).phrase
    response.headers.update({"Content-Type": "application/json", **headers})
    response.url = str(request.url)
    response.request = request
    return _with_body(response, body)


def _with_body(response: requests.Response, body: bytes) -> requests.Response:
    response._content = body  # noqa: SLF001  # requests offers no other way to make an answer
    response.raw = io.BytesIO(body)
    response.headers["Content-Length"] = str(len(body))
    return response


def _seen(request: requests.PreparedRequest, wire: Wire, timeout: Any) -> Seen:
    address = urlsplit(str(request.url))
    limits = timeout if isinstance(timeout, tuple) else (timeout,)
    return Seen(
        method=str(request.method),
        host=address.netloc,
        path=address.path,
        is_money=wire.is_money(str(request.method), address.path),
        is_bounded=all(limit is not None for limit in limits),
    )


# -- who is really called -----------------------------------------------------

_watched: list[set[str]] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched:
        return
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host, port = arguments[1][:2]
        for each in _watched:
            each.add(f"{host}:{port}")
    elif event == "socket.getaddrinfo" and arguments[0]:
        for each in _watched:
            each.add(f"{arguments[0]}:{arguments[1]}")


_installing = threading.Lock()
_is_installed = threading.Event()


@contextmanager
def watched_egress() -> Iterator[set[str]]:
    """Every address that this process turns to meanwhile, by whatever library.

    The interpreter itself tells: a provider cannot go around it with a client of its own.
    """
    with _installing:
        if not _is_installed.is_set():
            sys.addaudithook(_audit)  # it stays, and does nothing while nobody watches
            _is_installed.set()
    seen: set[str] = set()
    _watched.append(seen)
    try:
        yield seen
    finally:
        _watched[:] = [each for each in _watched if each is not seen]
