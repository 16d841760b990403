"""What Stripe remembers of a key: v1 the first answer whatever it was, v2 only a success."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from plugins.payments.stripe.simulator.asked import Asked, Problem, Told

KEPT: Final = timedelta(hours=24)
NOT_KEPT: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    asked: str
    told: Told
    at: datetime


class Idempotency:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, bool], _Kept] = {}
        self.replayed = 0

    def once(self, asked: Asked, now: datetime, work: Callable[[], Told]) -> Told:
        """Does the work unless this key has been answered. Other parameters are an error."""
        if not asked.key or asked.method != "POST":
            return work()
        place = (asked.account, asked.key, asked.is_v2)
        wanted = json.dumps([asked.path, asked.params], sort_keys=True)
        known = self._kept.get(place)
        if known is not None and now - known.at < KEPT:
            if known.asked != wanted:
                status = HTTPStatus.CONFLICT if asked.is_v2 else HTTPStatus.BAD_REQUEST
                raise Problem("idempotency_error", status=status)
            self.replayed += 1
            return known.told
        told = work()
        is_success = told.status < HTTPStatus.BAD_REQUEST
        if is_success or (not asked.is_v2 and told.status not in NOT_KEPT):
            self._kept[place] = _Kept(asked=wanted, told=told, at=now)
        return told
