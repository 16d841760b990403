"""What a process tells its streams: when to look again, and when to end."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

from graphql import GraphQLError


class Wake(Protocol):
    """Set when there may be something new."""

    def clear(self) -> None: ...

    async def wait(self, seconds: float) -> None:
        """Returns when there may be something new, at the latest after `seconds`."""


class Changes(Protocol):
    """What one process knows of the feed."""

    @property
    def is_closing(self) -> bool:
        """The process is about to end: streams tell their clients to come again."""

    def listening(self, *, topic: UUID, listener: UUID) -> AbstractContextManager[Wake]:
        """For one stream of `listener`. Refuses with `TooManyStreams`."""


class StreamEnded(GraphQLError):
    """The last thing a stream says."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


class TooManyStreams(StreamEnded):
    """One member has no use for more."""

    def __init__(self) -> None:
        super().__init__("THROTTLED", "Too many live streams of one member: end some first.")
