"""From the feed to deliveries, and from what is due to jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, one_transaction
from domain.events.queries import EventRecord, events_after, newest_position
from domain.events.rules import EventPosition
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.webhooks.rules import AT_ONCE_MAX, BREAK_AFTER

JOBS_MAX: Final = 1_000  # in one go; the rest is for the next

_POSITION: Final = "select tx::text as tx, seq from webhook_position for update skip locked"
_MOVE: Final = "update webhook_position set tx = $1::text::xid8, seq = $2"
# The lock keeps an endpoint from being removed in between.
_CONCERNED: Final = """
    select e.id as endpoint_id, told.id as event_id, told.kind
    from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[])
        with ordinality as told (id, tx, kind, member_id, employer_id, place)
    join webhook_endpoint e on e.member_id = any(array[told.member_id, told.employer_id])
    where e.state = 'active' and (e.kinds = '{}' or told.kind = any(e.kinds))
      and not pg_visible_in_snapshot(told.tx::xid8, e.since)
    order by told.place, e.id
    for key share of e
"""
_INSERT: Final = """
    insert into webhook_delivery
        (id, endpoint_id, event_id, event_kind, state, next_at, created_at)
    select given.id, given.endpoint_id, given.event_id, given.kind, 'pending', $5, $5
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
        as given (id, endpoint_id, event_id, kind)
    on conflict (endpoint_id, event_id) do nothing
"""
# Few of each endpoint, and fewer of one that is down: nobody's backlog delays anybody else.
_DUE: Final = f"""
    select due.id from webhook_endpoint e
    cross join lateral (
        select count(*) as number from webhook_delivery d
        where d.endpoint_id = e.id and d.leased_until > $1
    ) busy
    cross join lateral (
        select d.id, d.next_at from webhook_delivery d
        where d.endpoint_id = e.id and d.next_at <= $1
          and (d.leased_until is null or d.leased_until <= $1)
        order by d.next_at, d.id
        limit greatest(
            case when e.failure_count < {BREAK_AFTER} then {AT_ONCE_MAX} else 1 end - busy.number,
            0)
    ) due
    where e.state = 'active' and (e.paused_until is null or e.paused_until <= $1)
      and ($2::uuid is null or e.id = $2)
    order by due.next_at, due.id
    limit {JOBS_MAX}
"""  # noqa: S608  # our own numbers


@one_transaction
async def fan_out_events(*, limit: int, new_id: NewId, now: datetime) -> int:
    """Hand out what is new in the feed, ask for what is due; tells how many events there were.

    The position and the deliveries move together: no event is left out, none told twice.
    """
    row = await fetch_row(_POSITION)
    if row is None:
        return 0  # somebody else is at it
    at = EventPosition(int(row["tx"]), row["seq"])
    newest = await newest_position()
    if at.tx > newest.tx:
        await _begin_anew(newest)
        at = newest
    events = await events_after(at=at, limit=limit)
    if events:
        await _deliver(events, new_id=new_id, now=now)
        last = events[-1].position
        await execute(_MOVE, str(last.tx), last.seq)
    await ask_for_due(now=now)
    return len(events)


async def ask_for_due(*, now: datetime, endpoint_id: UUID | None = None) -> None:
    """A job for each delivery that may be sent now; what was asked for already is skipped."""
    rows = await fetch(_DUE, now, endpoint_id)
    if rows:
        await enqueue([send_job(row["id"]) for row in rows])


def send_job(delivery_id: UUID) -> JobRequest:
    return JobRequest(
        name="webhook_send",
        arguments={"delivery_id": str(delivery_id)},
        once_key=str(delivery_id),
    )


async def _begin_anew(newest: EventPosition) -> None:
    """After a dump was restored into a server that counts its transactions from the start."""
    await execute(_MOVE, str(newest.tx), newest.seq)
    await execute("update webhook_endpoint set since = pg_current_snapshot()")


async def _deliver(events: Sequence[EventRecord], *, new_id: NewId, now: datetime) -> None:
    rows = await fetch(
        _CONCERNED,
        [event.id for event in events],
        [str(event.position.tx) for event in events],
        [event.kind.value for event in events],
        [event.member_id for event in events],
        [event.employer_id for event in events],
    )
    if rows:
        await execute(
            _INSERT,
            [new_id() for _ in rows],
            [row["endpoint_id"] for row in rows],
            [row["event_id"] for row in rows],
            [row["kind"] for row in rows],
            now,
        )
