"""Stripe's own library, kept quiet and inside our transport, for every plugin that uses it."""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

from domain.provider import HttpFactory
from plugins.http import RETRY_AFTER_SECONDS

RETRY_AFTER_MAX: Final = 3600.0
_OPENING: Final = threading.Lock()


class SessionPerThread:
    """What the library takes for one `requests` session: one per thread, as those are not shared.

    It also keeps the status and the `Retry-After` of the last answer in this thread: the
    library drops the headers of an answer that it cannot read.
    """

    def __init__(self, http: HttpFactory) -> None:
        self._http = http
        self._local = threading.local()
        self._sessions: list[Any] = []

    def request(self, method: str, url: str, **options: Any) -> Any:
        self._local.retry_after = None
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._http.new()
            self._sessions.append(session)
        response = session.request(method, url, **options)
        self._local.retry_after = response.headers.get("Retry-After")
        return response

    def retry_after(self) -> float | None:
        text = getattr(self._local, "retry_after", None)
        if text is None:
            return None
        try:
            return min(max(float(text), 0.0), RETRY_AFTER_MAX)
        except ValueError:
            return RETRY_AFTER_SECONDS

    def close(self) -> None:
        for session in self._sessions:
            session.close()


def quiet_client(
    *,
    secret: str,
    version: str,
    endpoint: str,
    sessions: SessionPerThread,
    timeout: tuple[float, float],
) -> Any:
    """A `stripe.StripeClient`. Loads the library, which costs over a second."""
    import stripe  # noqa: PLC0415  # costs over a second

    with _OPENING:
        _silence(stripe)
    return stripe.StripeClient(
        secret,
        stripe_version=version,
        max_network_retries=0,  # the core owns retries
        http_client=stripe.RequestsClient(
            session=sessions,  # type: ignore[arg-type]  # has what the library calls
            timeout=timeout,
        ),
        base_addresses={
            "api": endpoint,
            "connect": endpoint,
            "files": endpoint,
            "meter_events": endpoint,
        },
    )


def plain(answer: Any) -> Any:
    if isinstance(answer, list):
        return [plain(each) for each in answer]
    return answer.to_dict() if hasattr(answer, "to_dict") else answer


def _silence(stripe: Any) -> None:
    """The library logs bodies at level debug and, told by `STRIPE_LOG`, prints them; its
    telemetry writes a file into the home and tells Stripe about this host.
    """
    stripe.log = None
    stripe._util.STRIPE_LOG = None  # noqa: SLF001  # read once from the environment, before us
    stripe.enable_telemetry = False
    logger = logging.getLogger("stripe")
    logger.disabled = True
    logger.propagate = False
    # Its lines at level debug hold addresses, and those of a search hold the recipient.
    transport = logging.getLogger("urllib3.connectionpool")
    transport.setLevel(max(transport.level, logging.INFO))
