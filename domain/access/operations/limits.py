"""How often somebody may try."""

from __future__ import annotations

import hashlib
import math

from domain.access.rules import Limit
from domain.database import fetch_value
from domain.errors import Refused


class TooManyAttempts(Refused):
    code = "TOO_MANY_ATTEMPTS"

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__(f"try again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


async def take(limits: tuple[Limit, ...]) -> None:
    """Commits at once, so that a refused attempt counts as well."""
    for limit in limits:
        wait = await fetch_value(
            "select rate_take($1, $2, $3)", limit.bucket, limit.capacity, limit.per_second
        )
        if wait > 0:
            raise TooManyAttempts(retry_after_seconds=math.ceil(wait))


def network_digest(network: str | None) -> str | None:
    return None if network is None else text_digest(network)


def text_digest(text: str) -> str:
    """Buckets hold no personal data."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
