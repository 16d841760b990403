"""The one transport of all providers: `requests`, kept to known hosts and bounded in time.

What an answer or its absence says about money is decided here once, so that no provider
has to decide it again: `never_left_this_host`, `raise_for_failure`, `raise_for_answer`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from domain.provider import (
    AuthError,
    BatchRefused,
    ConfigError,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
)

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 20.0
RETRY_AFTER_SECONDS: Final = 60.0  # where the provider does not say
ENDPOINT: Final = r"^(https://[^/\s]+|http://127\.0\.0\.1:[0-9]+)$"
"""What a configured endpoint looks like: no trailing slash, plain HTTP only to a simulator."""

_TEXT: Final = re.compile(r"[^\x20-\x7e]")

# Below that it logs the path of every call, and some paths carry a payee or a key.
logging.getLogger("urllib3").setLevel(logging.INFO)


class HostNotAllowed(ConfigError):
    """The manifest does not list this host."""


class GuardedHttp(requests.Session):
    """Cannot wait for ever, follow a redirect, read the environment or leave its hosts."""

    def __init__(
        self,
        *,
        hosts: Iterable[str],
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
        adapter: BaseAdapter | None = None,
    ) -> None:
        super().__init__()
        self.trust_env = False  # no proxy variables, no .netrc
        self._hosts = frozenset(hosts)
        self._timeout = timeout
        if adapter is not None:
            self.mount("http://", adapter)
            self.mount("https://", adapter)

    def request(self, method: Any, url: Any, **options: Any) -> requests.Response:  # type: ignore[override]  # the fewer names of its options stand here, the fewer break
        """Raises `HostNotAllowed`, or whatever `requests` raises."""
        host = urlsplit(str(url)).netloc.rpartition("@")[2].lower()
        if host not in self._hosts and host.partition(":")[0] not in self._hosts:
            raise HostNotAllowed(f"the manifest does not list {_plain(host)}")
        options["allow_redirects"] = False
        options["timeout"] = options.get("timeout") or self._timeout
        return super().request(method, url, **options)


def never_left_this_host(error: BaseException | None) -> bool:
    """True only when no byte of the request can have reached the provider.

    A `ConnectionError` alone proves nothing: a reset after the request was written is one too.
    """
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    if isinstance(error, requests.exceptions.ProxyError | HostNotAllowed):
        return True
    if not isinstance(error, requests.RequestException):
        return False
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError | ConnectTimeoutError)


def raise_for_failure(error: requests.RequestException) -> NoReturn:
    """For a request that got no answer."""
    if never_left_this_host(error):
        raise NotSent(type(error).__name__) from error
    raise OutcomeUnknown(type(error).__name__) from error


def raise_for_answer(response: requests.Response) -> None:
    """Classifies every answer that is no 2xx, by the table of docs/plugins/errors.md.

    A provider that knows better looks at the answer first. 400 and 422 come as `BatchRefused`
    without naming an item.
    """
    status = response.status_code
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    raise error_of(status, retry_after=response.headers.get("Retry-After"))


def error_of(status: int, *, retry_after: str | None = None) -> ProviderError:
    match status:
        case HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY:
            return BatchRefused(problems=())
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return AuthError(f"HTTP {status}")
        case HTTPStatus.NOT_FOUND | HTTPStatus.METHOD_NOT_ALLOWED:
            return ConfigError(f"HTTP {status}")
        case HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
            return ConfigError(f"HTTP {status}")
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited("HTTP 429", retry_after_seconds=_seconds(retry_after))
        case _:  # 3xx, 409, 5xx and whatever nobody has seen yet
            return OutcomeUnknown(f"HTTP {status}")


def json_of(response: requests.Response) -> Any:
    """The body of a 2xx. One that cannot be read says nothing about money: `OutcomeUnknown`."""
    try:
        return response.json()
    except ValueError as error:
        raise OutcomeUnknown("an answer that is no JSON") from error


def _seconds(retry_after: str | None) -> float:
    try:
        return min(max(float(retry_after or ""), 0.0), 3600.0)
    except ValueError:
        return RETRY_AFTER_SECONDS


def _plain(text: str) -> str:
    return _TEXT.sub("?", text)[:100]
