"""Signs a webhook and posts it. What the receiver says besides its status is thrown away."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Final

import httpcore
from standardwebhooks import Webhook

from domain.webhooks.provider import Answer, DeliveryProblem, Message
from domain.webhooks.rules import ANSWER_WITHIN, url_problem
from gateway.webhooks.addresses import AddressRefused, NameUnknown, PublicOnlyBackend, Resolve
from gateway.webhooks.addresses import resolve as resolve_by_system

HEADERS: Final = {
    "Content-Type": "application/json",
    "User-Agent": "Piecerate-Webhooks/1",
    "Connection": "close",
}
ANSWER_BYTES_MAX: Final = 64 * 1024
SUCCESS: Final = range(200, 300)


class HttpSender:
    """One connection per delivery: no proxy, no redirects, one deadline for all of it."""

    def __init__(
        self,
        *,
        private_hosts: Collection[str] = (),
        resolve: Resolve = resolve_by_system,
        trust: ssl.SSLContext | None = None,
        within: timedelta = ANSWER_WITHIN,
    ) -> None:
        self._private_hosts = frozenset(private_hosts)
        self._within = within.total_seconds()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust,
            network_backend=PublicOnlyBackend(private_hosts=private_hosts, resolve=resolve),
            max_connections=None,  # the queue limits what runs at once
            max_keepalive_connections=0,
            http2=False,
            retries=0,
        )

    async def send(
        self, *, url: str, message: Message, secrets: Sequence[str], now: datetime
    ) -> Answer:
        if url_problem(url, private_hosts=self._private_hosts) is not None:
            return Answer(None, DeliveryProblem.ADDRESS_REFUSED)
        headers = {**HEADERS, **signed(message, secrets=secrets, now=now)}
        status: int | None = None
        try:
            async with (
                asyncio.timeout(self._within),
                self._pool.stream(
                    "POST", url, headers=list(headers.items()), content=message.body
                ) as response,
            ):
                status = response.status
                await hear_out(response)
        except Exception as failure:  # noqa: BLE001  # whatever a stranger's server does to us
            if status is None:
                return Answer(None, problem_of(failure))
        assert status is not None  # it counts, however the rest of the answer ended
        return Answer(status, None if status in SUCCESS else DeliveryProblem.STATUS)


async def hear_out(response: httpcore.Response) -> None:
    """A polite receiver finishes its sentence; nobody gets to talk for ever."""
    heard = 0
    async for chunk in response.aiter_stream():
        heard += len(chunk)
        if heard > ANSWER_BYTES_MAX:
            return


def signed(message: Message, *, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks; during a rotation one signature per secret."""
    at = now.astimezone(UTC)  # the library takes the clock's digits for UTC, whatever the zone
    text = message.body.decode()
    signatures = [Webhook(secret).sign(message.id, at, text) for secret in secrets]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(floor(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def problem_of(failure: Exception) -> DeliveryProblem:
    """From the kinds of the failure and its causes; never from their texts."""
    kinds = list(causes_of(failure))
    for kind, problem in (
        (AddressRefused, DeliveryProblem.ADDRESS_REFUSED),
        (NameUnknown, DeliveryProblem.NAME_UNKNOWN),
        ((TimeoutError, httpcore.TimeoutException), DeliveryProblem.TIMEOUT),
        (ssl.SSLError, DeliveryProblem.TLS_FAILED),
        (httpcore.ProtocolError, DeliveryProblem.BAD_ANSWER),
        ((httpcore.NetworkError, OSError), DeliveryProblem.CONNECTION_FAILED),
    ):
        if any(isinstance(each, kind) for each in kinds):
            return problem
    return DeliveryProblem.BAD_ANSWER


def causes_of(failure: BaseException | None) -> Iterator[BaseException]:
    while failure is not None:
        yield failure
        failure = failure.__cause__ or failure.__context__
