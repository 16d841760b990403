"""Payoneer's API v4: one token for all threads, each call once, answers as data.

There is no library of theirs. What an answer says about money is decided in `payouts.py`.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import requests

from domain.provider import AuthError, HttpFactory, NotSent, SecretReader
from plugins.http import GuardedHttp, error_of, raise_for_failure
from plugins.payments.payoneer.settings import PayoneerConfig

EARLY: Final = timedelta(seconds=60)  # a token is replaced so long before it ends
LIFETIME_SECONDS_MAX: Final = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` is None for a body that is no JSON object: then nothing may be concluded from it."""

    status: int
    data: Mapping[str, Any] | None
    retry_after: str | None

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class _Token:
    """Known by identity, so that a refused one is replaced once, however many saw it refused."""

    __slots__ = ("text", "until")

    def __init__(self, text: str, until: datetime) -> None:
        self.text = text
        self.until = until


class PayoneerClient:
    """Blocking; for the threads of one instance."""

    def __init__(
        self,
        *,
        config: PayoneerConfig,
        secrets: SecretReader,
        http: HttpFactory,
        clock: Callable[[], datetime],
    ) -> None:
        # Some of their addresses name the payee, and urllib3 logs each address for debugging.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
        self._config = config
        self._secrets = secrets
        self._http = http
        self._clock = clock
        self._local = threading.local()
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def get(self, *path: str) -> Answer:
        return self._call("GET", path, None)

    def post(self, *path: str, body: bytes) -> Answer:
        return self._call("POST", path, body)

    def put(self, *path: str) -> Answer:
        return self._call("PUT", path, b"{}")

    def _call(self, method: str, path: tuple[str, ...], body: bytes | None) -> Answer:
        """Raises what `raise_for_failure` raises, and `AuthError` when a fresh token is refused."""
        place = "/".join(quote(part, safe="") for part in path)
        url = f"{self._config.endpoint}/v4/programs/{self._config.program_id}/{place}"
        token = self._fresh_token(None)
        answer = self._once(method, url, body, token)
        if answer.status == HTTPStatus.UNAUTHORIZED:  # refused before anything was done
            answer = self._once(method, url, body, self._fresh_token(token))
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise AuthError(f"HTTP {answer.status}")
        return answer

    def _once(self, method: str, url: str, body: bytes | None, token: _Token) -> Answer:
        headers = {"Authorization": f"Bearer {token.text}", "Content-Type": "application/json"}
        try:
            response = self._session().request(method, url, data=body, headers=headers)
        except requests.RequestException as error:
            raise_for_failure(error)
        return _answer(response)

    def _fresh_token(self, refused: _Token | None) -> _Token:
        """One at a time: the others wait for it and use it."""
        with self._lock:
            token = self._token
            if token is None or token is refused or token.until - EARLY <= self._clock():
                token = self._token = self._new_token()
            return token

    def _new_token(self) -> _Token:
        """Whatever goes wrong here, no payment has left this house."""
        now = self._clock()
        try:
            response = self._session().post(
                f"{self._config.login}/api/v2/oauth2/token",
                data={"grant_type": "client_credentials", "scope": "read write"},
                auth=(self._secrets.text("client_id"), self._secrets.text("client_secret")),
            )
        except requests.RequestException as error:
            raise NotSent(f"no token: {type(error).__name__}") from None  # it may hold the request
        answer = _answer(response)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise error_of(answer.status, retry_after=answer.retry_after)
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise AuthError(f"no token: HTTP {answer.status}")
        data = answer.data or {}
        text, seconds = data.get("access_token"), data.get("expires_in")
        if not answer.is_success or not isinstance(text, str) or not isinstance(seconds, int):
            raise NotSent("no token: an answer that cannot be read")
        lifetime = timedelta(seconds=min(max(seconds, 0), LIFETIME_SECONDS_MAX))
        return _Token(text, now + lifetime)

    def _session(self) -> GuardedHttp:
        """One per thread: sessions are not thread-safe."""
        session: GuardedHttp | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._http.new()
        return session


def _answer(response: requests.Response) -> Answer:
    """Numbers stay exact; a body that is no JSON object is none."""
    try:
        data = json.loads(response.content, parse_float=Decimal)
    except (ValueError, RecursionError):
        data = None
    return Answer(
        status=response.status_code,
        data=data if isinstance(data, dict) else None,
        retry_after=response.headers.get("Retry-After"),
    )
