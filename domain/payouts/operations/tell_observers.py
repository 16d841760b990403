"""Tells plugins what became of payouts, after commit; no error of theirs is any of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.database import execute, fetch_row, one_transaction
from domain.events.queries import EventRecord, events_after, newest_position
from domain.events.rules import EventPosition, Subject, subject_of
from domain.payouts import queries
from domain.payouts.provider import PayoutNews, PayoutObserver, ProviderDirectory
from domain.payouts.rules import delay_of
from domain.provider import CallContext, ProviderError

EVENTS_MAX: Final = 100  # in one go; the rest is for the next
TRIES_MAX: Final = 6  # then the event is skipped, and counted
RETRY_DELAYS: Final = tuple(timedelta(seconds=each) for each in (10, 60, 300, 1800))

_READ: Final = """
    select tx::text as tx, seq, failure_count, retry_at, skipped_count from payout_observer
    where name = $1
"""
_BEGIN: Final = """
    insert into payout_observer (name, tx, seq) values ($1, $2::text::xid8, $3)
    on conflict do nothing
"""
# Whoever told it at the same time has moved it already, or told the same: that is allowed.
_SAVE: Final = """
    update payout_observer
    set tx = $2::text::xid8, seq = $3, failure_count = $4, retry_at = $5, skipped_count = $6
    where name = $1 and (tx, seq) = ($7::text::xid8, $8::bigint)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """How far one observer has been told."""

    at: EventPosition
    failure_count: int
    retry_at: datetime | None
    skipped_count: int


async def tell_observers(*, providers: ProviderDirectory, now: datetime) -> int:
    """How many events were handed over. A new observer begins with what happens next."""
    count = 0
    for observer in providers.observers:
        place = await _place_of(observer.name)
        if place is None or (place.retry_at is not None and now < place.retry_at):
            continue
        events = await events_after(at=place.at, limit=EVENTS_MAX)
        if events:
            reached, told = await _tell(observer, events, place=place, now=now)
            await _save(observer.name, before=place, after=reached)
            count += told
    return count


async def _tell(
    observer: PayoutObserver, events: Sequence[EventRecord], *, place: _Place, now: datetime
) -> tuple[_Place, int]:
    """In order: what fails keeps the next ones back for a while, and then no longer."""
    ours = [each.subject_id for each in events if subject_of(each.kind) is Subject.PAYOUT]
    payouts = await queries.payouts_by_id(ids=ours)
    count = 0
    for event in events:
        payout = payouts.get(event.subject_id)
        if payout is not None:
            news = PayoutNews(
                event_id=event.id,
                payout_id=payout.id,
                worker_id=payout.worker_id,
                state=event.kind.value.removeprefix("payout_"),
                amount=payout.amount,
                occurred_at=event.recorded_at,
            )
            context = CallContext(now=now, send_no=1, correlation_id=str(event.id))
            try:
                await observer.payout_changed(news, context)
            except ProviderError:  # the guard lets nothing else through
                failures = place.failure_count + 1
                if failures < TRIES_MAX:
                    delay = delay_of(count=failures - 1, delays=RETRY_DELAYS)
                    return replace(place, failure_count=failures, retry_at=now + delay), count
                place = replace(place, skipped_count=place.skipped_count + 1)
            else:
                count += 1
        place = replace(place, at=event.position, failure_count=0, retry_at=None)
    return place, count


@one_transaction
async def _place_of(name: str) -> _Place | None:
    """None for one that begins just now, also after a dump was restored elsewhere."""
    row = await fetch_row(_READ, name)
    newest = await newest_position()
    if row is None:
        await execute(_BEGIN, name, str(newest.tx), newest.seq)
        return None
    place = _Place(
        at=EventPosition(int(row["tx"]), row["seq"]),
        failure_count=row["failure_count"],
        retry_at=row["retry_at"],
        skipped_count=row["skipped_count"],
    )
    if place.at.tx > newest.tx:
        await _move(name, before=place, after=replace(place, at=newest))
        return None
    return place


@one_transaction
async def _save(name: str, *, before: _Place, after: _Place) -> None:
    await _move(name, before=before, after=after)


async def _move(name: str, *, before: _Place, after: _Place) -> None:
    await execute(
        _SAVE,
        name,
        str(after.at.tx),
        after.at.seq,
        after.failure_count,
        after.retry_at,
        after.skipped_count,
        str(before.at.tx),
        before.at.seq,
    )
