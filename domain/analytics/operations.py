"""From the feed of events to counts, and what a member may say about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.analytics.rules import ESSENTIAL, PURPOSE_OF, Counted, Purpose, day_of
from domain.database import execute, fetch, fetch_row, in_transaction, one_transaction
from domain.events.queries import EventRecord, events_after, newest_position
from domain.events.rules import EventPosition
from domain.given import NewId

_POSITION: Final = "select tx::text as tx, seq from analytics_position for update skip locked"
_MOVE: Final = "update analytics_position set tx = $1::text::xid8, seq = $2"
_LOCK: Final = "select from member where id = $1 for update"
_CHOOSE: Final = """
    insert into analytics_choice (member_id, is_allowed, chosen_at) values ($1, $2, $3)
    on conflict (member_id) do update
    set is_allowed = excluded.is_allowed, chosen_at = excluded.chosen_at
"""
_FORGET_EVENTS: Final = """
    delete from analytics_event where pseudonym in (
        select pseudonym from analytics_subject where member_id = $1 and purpose = any($2))
"""
_FORGET_SUBJECT: Final = """
    delete from analytics_subject where member_id = $1 and purpose = any($2)
"""
# Who has gone, or does not allow what is not essential, gets no pseudonym.
_ADD_SUBJECTS: Final = """
    insert into analytics_subject (member_id, purpose, pseudonym)
    select m.id, given.purpose, given.pseudonym
    from unnest($1::uuid[], $2::text[], $3::uuid[]) as given (member_id, purpose, pseudonym)
    join member m on m.id = given.member_id and m.state <> 'erased'
    where given.purpose = any($4) or exists (
        select from analytics_choice c where c.member_id = m.id and c.is_allowed)
    order by m.id for key share of m
    on conflict (member_id, purpose) do nothing
"""
_COUNT: Final = """
    insert into analytics_event (id, pseudonym, purpose, kind, happened_at, event_count)
    select given.id, s.pseudonym, s.purpose, given.kind, given.day, given.number
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::int[])
        as given (id, member_id, purpose, kind, day, number)
    join analytics_subject s on s.member_id = given.member_id and s.purpose = given.purpose
    on conflict (pseudonym, kind, happened_at) do update
    set event_count = analytics_event.event_count + excluded.event_count
"""


@one_transaction
async def count_events(*, limit: int, new_id: NewId) -> int:
    """Take what is new in the feed into the counts; tells how many events there were.

    The position and the counts move together: no event is left out, none counted twice.
    """
    row = await fetch_row(_POSITION)
    if row is None:
        return 0  # somebody else is at it
    at = EventPosition(int(row["tx"]), row["seq"])
    newest = await newest_position()
    if at.tx > newest.tx:  # restored into a server that counts its transactions from the start
        await execute(_MOVE, str(newest.tx), newest.seq)
        at = newest
    events = await events_after(at=at, limit=limit)
    if events:
        await _count([each for each in events if each.kind in PURPOSE_OF], new_id=new_id)
        last = events[-1].position
        await execute(_MOVE, str(last.tx), last.seq)
    return len(events)


async def _count(events: Sequence[EventRecord], *, new_id: NewId) -> None:
    counted = Counter(
        (member_id, Counted.of(each.kind), day_of(each.recorded_at))
        for each in events
        if (member_id := each.member_id or each.employer_id) is not None
    )
    members = [member_id for member_id, _, _ in counted]
    purposes = [what.purpose.value for _, what, _ in counted]
    essential = sorted(each.value for each in ESSENTIAL)
    await execute(_ADD_SUBJECTS, members, purposes, [new_id() for _ in counted], essential)
    await execute(
        _COUNT,
        [new_id() for _ in counted],
        members,
        purposes,
        [what.kind.value for _, what, _ in counted],
        [day for _, _, day in counted],
        list(counted.values()),
    )


@one_transaction
async def allow_analytics(*, member_id: UUID, is_allowed: bool, now: datetime) -> None:
    """Whether we may count what is not essential. Whoever says no takes back what was counted."""
    await fetch(_LOCK, member_id)  # a count under way ends first
    await execute(_CHOOSE, member_id, is_allowed, now)
    if not is_allowed:
        await _forget(member_id, purposes=set(Purpose) - ESSENTIAL)


async def forget_analytics(*, member_id: UUID) -> dict[str, int]:
    """Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {
        **await _forget(member_id, purposes=set(Purpose)),
        "analytics_choice": await execute(
            "delete from analytics_choice where member_id = $1", member_id
        ),
    }


async def _forget(member_id: UUID, *, purposes: set[Purpose]) -> dict[str, int]:
    values = sorted(each.value for each in purposes)
    return {
        "analytics_event": await execute(_FORGET_EVENTS, member_id, values),
        "analytics_subject": await execute(_FORGET_SUBJECT, member_id, values),
    }
