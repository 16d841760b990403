"""Subscriptions: from a cursor on, every event once and in order, for as long as one may see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from domain.access.queries import viewer_of_session
from domain.events.queries import EventRecord, newest_position
from domain.events.rules import EVENTS_KEPT, EventKind, EventPosition, subject_of
from schema.context import Context
from schema.events.changes import StreamEnded
from schema.events.types import ORDER, TAG_OF_SUBJECT, event_of
from schema.node import seen_object

READ_MAX: Final = 100  # events at once
LOOK_SECONDS: Final = 15.0  # when nobody wakes us; a session that ended is noticed then
STREAM_LIFE: Final = timedelta(minutes=30)


class Read(Protocol):
    """One of the reads of `domain.events.queries`, told whose events."""

    def __call__(self, *, at: EventPosition, limit: int) -> Awaitable[list[EventRecord]]: ...


def require_viewer(context: Context) -> UUID:
    if context.viewer_id is None:
        raise StreamEnded("UNAUTHENTICATED", "Live updates need a signed-in member.")
    return context.viewer_id


async def start_of(context: Context, after: str | None) -> EventPosition:
    """Raises `InvalidCursor`, and `StreamEnded` for a cursor that is older than the feed."""
    newest = await newest_position()
    if after is None:
        return newest
    keys = context.services.cursors.decode(after, order=ORDER).keys
    tx, seq, recorded_at = (str(each) for each in keys)
    position = EventPosition(int(tx), int(seq))
    is_kept = datetime.fromisoformat(recorded_at) > context.now - EVENTS_KEPT
    if not is_kept or position > newest:  # newer than the newest: from before a restore
        raise StreamEnded(
            "EVENTS_EXPIRED", "Events this old are gone: load everything anew, then subscribe."
        )
    return position


async def follow(
    context: Context,
    *,
    topic: UUID,
    read: Read,
    at: EventPosition,
    told_to_all: frozenset[EventKind] = frozenset(),
) -> AsyncGenerator[Any, None]:
    """Listens before it reads, so that nothing falls between. `told_to_all` are told to those as
    well who cannot see the subject.
    """
    viewer_id = require_viewer(context)
    ends_at = context.now + STREAM_LIFE
    is_paid = True  # the first event, by the price of the request
    with context.services.changes.listening(topic=topic, listener=viewer_id) as wake:
        while True:
            wake.clear()
            await refresh(context, ends_at)
            records = await read(at=at, limit=READ_MAX)
            for record in records:
                at = record.position
                if not is_paid:
                    await pay(context)
                await refresh(context, ends_at)
                if record.kind not in told_to_all and not await may_see(context, record):
                    if record.subject_id == topic:
                        return  # no word about what one may not see any more
                    continue
                yield event_of(record, context)
                is_paid = False
            if len(records) < READ_MAX:
                await wake.wait(LOOK_SECONDS)


async def pay(context: Context) -> None:
    """Each event costs what the first did; with an empty budget it waits, and comes later."""
    while wait := await context.meter.budget.take(context.meter.requested):  # noqa: ASYNC110  # time refills it
        await asyncio.sleep(min(wait, LOOK_SECONDS))


async def refresh(context: Context, ends_at: datetime) -> None:
    """A new instant, empty loaders, and the viewer as the session gives them now."""
    context.now = context.services.clock()
    if context.services.changes.is_closing or context.now > ends_at:
        raise StreamEnded("RECONNECT", "This server ends the stream: go on from the last cursor.")
    assert context.viewer is not None
    context.viewer = await viewer_of_session(session_id=context.viewer.session_id, now=context.now)
    if context.viewer is None:
        raise StreamEnded("TOKEN_ENDED", "The session of this stream has ended.")
    context.renewed()


async def may_see(context: Context, record: EventRecord) -> bool:
    tag = TAG_OF_SUBJECT[subject_of(record.kind)]
    return await seen_object(context, tag, record.subject_id) is not None
