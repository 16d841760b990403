"""What is counted: for a purpose, under a pseudonym, of those who allow it, each event once."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg
import pytest

from domain.analytics import operations, queries
from domain.analytics.rules import ESSENTIAL, Counted, Purpose, PurposeMissing, day_of
from domain.database import execute, fetch, fetch_value, transaction
from domain.events.rules import EventKind
from tests.make.events import all_readable
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

_EVENT: Final = "insert into event (kind, subject_id, member_id) values ($1, $2, $3)"
_COUNTS: Final = """
    select e.kind, e.purpose, e.event_count, e.pseudonym, e.happened_at
    from analytics_event e join analytics_subject s using (pseudonym)
    where s.member_id = $1 order by e.kind
"""
CLAIMED, FAILED = EventKind.ASSIGNMENT_CLAIMED, EventKind.PAYOUT_FAILED


async def happen(world: World, member_id: UUID, *kinds: EventKind) -> None:
    async with transaction():
        for kind in kinds:
            await execute(_EVENT, kind.value, world.new_id(), member_id)
    await all_readable()
    while await operations.count_events(limit=500, new_id=world.new_id):
        pass


async def counted(member_id: UUID) -> dict[str, int]:
    return {row["kind"]: row["event_count"] for row in await fetch(_COUNTS, member_id)}


async def test_events_are_counted_once_for_their_purpose(world: World) -> None:
    """C8: essential ones of everybody, others after a yes; by the day, and unlinkable."""
    member = await add_worker(world)
    await happen(world, member, CLAIMED, FAILED, FAILED, EventKind.DISPUTE_FINAL)
    before = await counted(member)
    await operations.allow_analytics(member_id=member, is_allowed=True, now=world.now)
    await happen(world, member, CLAIMED, FAILED)
    rows = await fetch(_COUNTS, member)

    assert before == {FAILED: 2}
    assert {row["kind"]: row["event_count"] for row in rows} == {CLAIMED: 1, FAILED: 3}
    assert {row["purpose"] for row in rows} == {Purpose.FAULTS, Purpose.VARIETY}
    assert len({row["pseudonym"] for row in rows}) == len(rows)
    assert all(row["happened_at"] == day_of(row["happened_at"]) for row in rows)
    assert member.bytes not in {row["pseudonym"].bytes for row in rows}


async def test_nothing_is_counted_without_a_purpose(world: World) -> None:
    """C8: neither the code nor the table takes it."""
    with pytest.raises(PurposeMissing):
        Counted.of(EventKind.MESSAGE_SENT)
    insert = "insert into analytics_event values ($1, $1, $2, 'payout_paid', '2026-01-01Z', 1)"
    for purpose in (None, "curiosity"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            async with transaction():
                await execute(insert, world.new_id(), purpose)


async def test_a_no_takes_back_what_is_not_essential(world: World) -> None:
    """And an erasure all of it, with the pseudonyms."""
    member = await add_worker(world)
    await operations.allow_analytics(member_id=member, is_allowed=True, now=world.now)
    await happen(world, member, CLAIMED, FAILED)
    await operations.allow_analytics(member_id=member, is_allowed=False, now=world.now)
    await happen(world, member, CLAIMED)
    refused = (await queries.allows_analytics(member_id=member), await counted(member))
    pseudonyms = [row["pseudonym"] for row in await fetch(_COUNTS, member)]
    async with transaction():
        gone = await operations.forget_analytics(member_id=member)
    left = "select count(*) from analytics_event where pseudonym = any($1)"

    assert refused == (False, {FAILED: 1})
    assert gone == {"analytics_choice": 1, "analytics_event": 1, "analytics_subject": 1}
    assert await fetch_value(left, pseudonyms) == 0
    assert Purpose.VARIETY not in ESSENTIAL
