"""paypalrestsdk's token handling over a transport that can be trusted with money.

Imported in `open` only: it pulls in the vendor's library. What that library gets wrong, and
where each of it is answered here, stands in docs/plugins/paypal.md.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from time import monotonic
from typing import Any, Final

import paypalrestsdk  # type: ignore[import-untyped]  # it ships no types
import requests

from domain.provider import AuthError, NotSent, OutcomeUnknown, ProviderError
from plugins.http import GuardedHttp, json_of, raise_for_failure
from plugins.payments.paypal.said import Answered, SaidError, read_error

TIMEOUT: Final = (3.0, 30.0)
TOKEN_MARGIN_SECONDS: Final = 60.0
REQUEST_ID: Final = "PayPal-Request-Id"
BODY_BYTES_MAX: Final = 1_000_000  # of an error


class SafePayPalApi(paypalrestsdk.Api):  # type: ignore[misc]  # an untyped class
    """One object per account, for all threads of its instance."""

    def __init__(
        self,
        *,
        endpoint: str,
        client_id: str,
        client_secret: str,
        new_http: Callable[[], GuardedHttp],
        seconds: Callable[[], float] = monotonic,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        # "live" also for the sandbox: in its other mode the library logs headers and bodies.
        super().__init__(
            mode="live", endpoint=endpoint, client_id=client_id, client_secret=client_secret
        )
        logging.getLogger(paypalrestsdk.api.__name__).disabled = True
        self._new_http = new_http
        self._seconds = seconds
        self._timeout = timeout
        self._local = threading.local()
        self._token_lock = threading.Lock()
        self._token_good_until = 0.0
        self.token_hash: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"SafePayPalApi({self.endpoint})"

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | bytes | None = None,
        request_id: str | None = None,
        prefer: str | None = None,
    ) -> Any:
        """`path` begins with a slash and is ours: the library cannot join addresses."""
        assert path.startswith("/")
        headers = {REQUEST_ID: request_id, "Prefer": prefer}
        given = {name: value for name, value in headers.items() if value is not None}
        return self.request(f"{self.endpoint}{path}", method, body, given)

    def get_token_hash(
        self, authorization_code: Any = None, refresh_token: Any = None, headers: Any = None
    ) -> dict[str, Any]:
        """One thread asks, the others wait for its answer."""
        with self._token_lock:
            if self.token_hash and self._seconds() < self._token_good_until:
                return self.token_hash
            self.token_hash = None
            token = self._new_token()
            self._token_good_until = self._seconds() + _lifetime(token) - TOKEN_MARGIN_SECONDS
            return token

    def request(
        self,
        url: str,
        method: str,
        body: Any = None,
        headers: Any = None,
        refresh_token: Any = None,
    ) -> Any:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        token = self.get_token_hash()
        try:
            return self.http_call(url, method, data=data, headers=self._headers(token, headers))
        except Answered as answered:
            if answered.status != HTTPStatus.UNAUTHORIZED:
                raise
        self._forget(token)
        token = self.get_token_hash()
        try:
            return self.http_call(url, method, data=data, headers=self._headers(token, headers))
        except Answered as answered:
            if answered.status != HTTPStatus.UNAUTHORIZED:
                raise
            raise AuthError(f"{answered} with a fresh token") from None

    def http_call(self, url: str, method: str, **options: Any) -> Any:
        try:
            response = self._http().request(method, url, timeout=self._timeout, **options)
        except requests.RequestException as error:
            raise_for_failure(error)
        if HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return json_of(response) if response.content else {}
        raise Answered(
            response.status_code,
            said=_said(response),
            retry_after=response.headers.get("Retry-After"),
        )

    def _new_token(self) -> dict[str, Any]:
        """Whatever goes wrong here, no money call was made yet."""
        try:
            token: Any = super().get_token_hash()
        except Answered as answered:
            raise _no_token(answered) from None
        except OutcomeUnknown as error:
            raise NotSent("no answer from the token endpoint") from error
        if not isinstance(token, dict) or not isinstance(token.get("access_token"), str):
            self.token_hash = None
            raise NotSent("an answer without a token")
        return token

    def _headers(self, token: Mapping[str, Any], given: Any) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {token['access_token']}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": self.user_agent,
            **(given or {}),
        }

    def _forget(self, token: Mapping[str, Any]) -> None:
        """Only the refused one: another thread may have a new one by now."""
        with self._token_lock:
            if self.token_hash is token:
                self.token_hash = None

    def _http(self) -> GuardedHttp:
        http: GuardedHttp | None = getattr(self._local, "http", None)
        if http is None:
            http = self._local.http = self._new_http()
        return http


def _lifetime(token: Mapping[str, Any]) -> float:
    seconds = token.get("expires_in")
    return float(seconds) if isinstance(seconds, int | float) else 0.0


def _said(response: requests.Response) -> SaidError:
    try:
        return read_error(response.json() if len(response.content) <= BODY_BYTES_MAX else None)
    except ValueError:
        return SaidError()


def _no_token(answered: Answered) -> ProviderError:
    match answered.status:
        case HTTPStatus.BAD_REQUEST | HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return AuthError(f"the token endpoint refused the credentials: {answered}")
        case HTTPStatus.TOO_MANY_REQUESTS:
            return answered.as_problem()
        case _:
            return NotSent(f"no access token: {answered}")
