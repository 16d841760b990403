"""Who the tokens of requests belong to; those that come at one moment are looked up together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from domain.access.queries import LiveSession, Viewer, live_sessions, viewer_seen
from gateway.together import Together


class Asked(NamedTuple):
    token: str
    now: datetime


class Viewers:
    """Of one process. Each token is looked up in the database after its request has come.

    Under load several requests share a statement, which otherwise would be half of what a small
    one costs there.
    """

    def __init__(self) -> None:
        self._together: Together[Asked, LiveSession | None] = Together(sessions)

    async def of(self, *, token: str, now: datetime) -> Viewer | None:
        """As `viewer_of`."""
        return await viewer_seen(await self._together.answer(Asked(token, now)), now=now)


async def sessions(asked: Sequence[Asked]) -> list[LiveSession | None]:
    found = await live_sessions(
        tokens=[each.token for each in asked], now=max(each.now for each in asked)
    )
    return [found.get(each.token) for each in asked]
