"""Addresses we may call, when a failed delivery is tried again, and what ends an endpoint."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from domain.events.rules import EventKind


class EndpointState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class DisabledReason(StrEnum):
    OWNER = "owner"
    GONE = "gone"  # it answered 410
    FAILING = "failing"


class DeliveryState(StrEnum):
    PENDING = "pending"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    DEAD = "dead"
    DISCARDED = "discarded"  # the owner may not see the event any more


TEST_KIND: Final = "test"
ENDPOINTS_MAX: Final = 10  # per member
URL_LENGTH_MAX: Final = 2_000
DOCUMENT_LENGTH_MAX: Final = 10_000
HTTPS_PORT: Final = 443
DEFAULT_PORTS: Final[Mapping[str, int]] = {"https": HTTPS_PORT, "http": 80}
ANSWER_WITHIN: Final = timedelta(seconds=10)
LEASE: Final = timedelta(seconds=60)  # for the payload and the call; then it counts as lost
AT_ONCE_MAX: Final = 2  # per endpoint
PREVIOUS_SECRET_VALID: Final = timedelta(hours=24)
DISABLED_AFTER: Final = timedelta(days=5)
BREAK_AFTER: Final = 3  # failures one after the other
BREAK: Final = timedelta(minutes=1)  # between attempts at a receiver that is down
GONE: Final = 410
RETRY_DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=16),
    timedelta(hours=24),
)
JITTER: Final = 0.1
ATTEMPTS_MAX: Final = len(RETRY_DELAYS) + 1
SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # lets secret scanners find leaked ones

_GLOBAL_UNICAST_V6: Final = ipaddress.IPv6Network("2000::/3")
_REFUSED_V4: Final = tuple(
    ipaddress.IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24")
)
_REFUSED_V6: Final = (ipaddress.IPv6Network("3fff::/20"),)
_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})+", re.ASCII)
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)
_PLAIN: Final = re.compile(r"[!-~]+", re.ASCII)  # no blanks, no controls, nothing beyond ASCII


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery after an attempt."""

    state: DeliveryState
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of a receiver from its answers."""

    failing_since: datetime | None = None
    failure_count: int = 0
    paused_until: datetime | None = None

    @property
    def at_once_max(self) -> int:
        """A receiver that is down is probed by one attempt at a time."""
        return AT_ONCE_MAX if self.failure_count < BREAK_AFTER else 1


WELL: Final = Health()


def event_type(kind: str) -> str:
    """`payout_on_hold` is told as `payout.on_hold`."""
    return kind.replace("_", ".", 1)


def wants(kinds: Collection[EventKind], kind: EventKind) -> bool:
    return not kinds or kind in kinds


def after_failure(*, attempt_count: int, now: datetime, chance: float) -> Verdict:
    """`attempt_count` includes the failed one; `chance` lies in [0, 1)."""
    assert 0 <= chance < 1
    if attempt_count >= ATTEMPTS_MAX:
        return Verdict(DeliveryState.DEAD, None)
    stretch = 1 + JITTER * (2 * chance - 1)
    return Verdict(DeliveryState.RETRYING, now + RETRY_DELAYS[max(attempt_count, 1) - 1] * stretch)


def worse(health: Health, *, now: datetime) -> Health:
    """After one more failed attempt."""
    count = health.failure_count + 1
    return Health(
        failing_since=health.failing_since or now,
        failure_count=count,
        paused_until=now + BREAK if count >= BREAK_AFTER else None,
    )


def must_disable(health: Health, *, status: int | None, now: datetime) -> DisabledReason | None:
    if status == GONE:
        return DisabledReason.GONE
    if health.failing_since is not None and now - health.failing_since >= DISABLED_AFTER:
        return DisabledReason.FAILING
    return None


def new_secret(token: str) -> str:
    """32 bytes as Standard Webhooks writes them; `token` has 256 random bits."""
    key = hashlib.sha256(token.encode()).digest()
    return SECRET_PREFIX + base64.b64encode(key).decode()


def secret_context(endpoint_id: UUID) -> bytes:
    return f"webhook_endpoint:{endpoint_id}:secret".encode()


def previous_secret_context(endpoint_id: UUID) -> bytes:
    return f"webhook_endpoint:{endpoint_id}:previous_secret".encode()


def new_endpoint_content(url: str) -> bytes:
    """What a step-up for a new endpoint, or for one that moves, is bound to."""
    return b"webhook endpoint at " + url.encode()


def rotation_content(endpoint_id: UUID) -> bytes:
    """What a step-up for a new secret is bound to."""
    return b"secret of webhook endpoint " + endpoint_id.bytes


def is_public(address: str) -> bool:
    """`is_global` alone is True for NAT64, 6to4, multicast and more on Python 3.11."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _REFUSED_V6) or ip not in _GLOBAL_UNICAST_V6:
            return False
        return ip.is_global and ip.sixtofour is None and ip.teredo is None
    if any(ip in network for network in _REFUSED_V4):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def place(host: str, port: int) -> str:
    """As the setting of private hosts writes it."""
    name = host.lower()
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def url_problem(url: str, *, private_hosts: Collection[str]) -> str | None:  # noqa: PLR0911  # one line per reason
    """Why we do not call this address; None when we do.

    What its name resolves to is judged at each call, by the connection itself.
    """
    if len(url) > URL_LENGTH_MAX or not _PLAIN.fullmatch(url) or "\\" in url:
        return f"an address has at most {URL_LENGTH_MAX} plain characters"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "this is no web address"
    if parts.scheme not in DEFAULT_PORTS or not host:
        return "an address begins with https:// and a host"
    if "@" in parts.netloc or parts.fragment:
        return "an address holds no password and no fragment"
    if place(host, DEFAULT_PORTS[parts.scheme] if port is None else port) in private_hosts:
        return None
    if parts.scheme != "https" or port not in {None, HTTPS_PORT}:
        return "only https on port 443 is called"
    return _host_problem(host)


def _host_problem(host: str) -> str | None:
    try:
        return None if is_public(host) else "this address is not a public one"
    except ValueError:
        pass  # a name
    if not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
        return "this is no public name of a host"
    return None
