"""Tells the streams of this process when to read again.

One small statement five times a second, and only while somebody listens, serves any number of
streams on any number of nodes. No NOTIFY: it would serialise the commits of money.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from domain.database import AWAY, BUSY
from domain.events.queries import EventRecord, events_after, newest_position
from domain.events.rules import MARKET, MARKET_KINDS, EventPosition
from gateway.live.drain import watch_for
from schema.events.changes import TooManyStreams

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 0.2
AWAY_SECONDS: Final = 1.0
EVENTS_MAX: Final = 1_000  # in one statement; then at once the next
STREAMS_MAX: Final = 50  # of one member in one process


class Heard:
    """The `Wake` of one stream."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def clear(self) -> None:
        self._event.clear()

    def set(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)


class EventFeed:
    """`schema.events.changes.Changes`, fed by `run`."""

    def __init__(self) -> None:
        self.is_closing = False
        self._listeners: dict[UUID, set[Heard]] = defaultdict(set)
        self._streams: Counter[UUID] = Counter()
        self._somebody = asyncio.Event()

    @contextmanager
    def listening(self, *, topic: UUID, listener: UUID) -> Iterator[Heard]:
        if self._streams[listener] >= STREAMS_MAX:
            raise TooManyStreams
        heard = Heard()
        self._streams[listener] += 1
        self._listeners[topic].add(heard)
        self._somebody.set()
        try:
            yield heard
        finally:
            self._forget(topic, listener, heard)

    def _forget(self, topic: UUID, listener: UUID, heard: Heard) -> None:
        self._listeners[topic].discard(heard)
        if not self._listeners[topic]:
            del self._listeners[topic]
        self._streams[listener] -= 1
        if not self._streams[listener]:
            del self._streams[listener]
        if not self._listeners:
            self._somebody.clear()

    def close(self) -> None:
        """Streams end; their clients go on elsewhere."""
        self.is_closing = True
        self._wake_all()

    async def run(self) -> None:
        """Until cancelled. What was missed while nobody looked, or the database was away, wakes."""
        while True:
            await self._somebody.wait()
            try:
                await self._read_on(await newest_position())
            except (*AWAY, *BUSY) as error:
                log.warning("feed.away", error=type(error).__name__)
                await asyncio.sleep(AWAY_SECONDS)
            except Exception:  # such as news of a release that is newer than this process
                log.exception("feed.failed")
                await asyncio.sleep(AWAY_SECONDS)

    async def _read_on(self, at: EventPosition) -> None:
        self._wake_all()
        while self._listeners:
            events = await events_after(at=at, limit=EVENTS_MAX)
            for event in events:
                self._wake(event)
                at = event.position
            if len(events) < EVENTS_MAX:
                await asyncio.sleep(LOOK_SECONDS)

    def _wake(self, event: EventRecord) -> None:
        market = MARKET if event.kind in MARKET_KINDS else None
        concerned = (event.subject_id, event.campaign_id, event.member_id, event.employer_id)
        for topic in (*concerned, market):
            for heard in self._listeners.get(topic, ()) if topic is not None else ():
                heard.set()

    def _wake_all(self) -> None:
        for listeners in self._listeners.values():
            for heard in listeners:
                heard.set()


@asynccontextmanager
async def opened_feed(drain_file: Path) -> AsyncIterator[EventFeed]:
    """Reads while somebody listens; closes its streams when the drain file is made."""
    feed = EventFeed()
    async with asyncio.TaskGroup() as tasks:
        works = [
            tasks.create_task(feed.run()),
            tasks.create_task(watch_for(drain_file, feed.close)),
        ]
        try:
            yield feed
        finally:
            feed.close()
            for work in works:
                work.cancel()
