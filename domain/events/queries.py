"""Reads of the feed: everything, or what concerns one subject, campaign or member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from domain.database import fetch, fetch_row
from domain.events.rules import MARKET_KINDS, PERSONAL_KINDS, EventKind, EventPosition

_COLUMNS: Final = "seq, id, tx, kind, subject_id, campaign_id, member_id, employer_id, recorded_at"
# Below every running transaction: an event that commits later cannot come to stand before it.
_READABLE: Final = "tx < pg_snapshot_xmin(pg_current_snapshot())"
_AFTER: Final = f"(tx, seq) > ($1::text::xid8, $2::bigint) and {_READABLE}"
# In words, not as a parameter: only so the index of these rows is used.
_NAMES: Final = ", ".join(sorted(f"'{kind.value}'" for kind in MARKET_KINDS))
_OF_MARKET: Final = f"kind in ({_NAMES})"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    id: UUID
    position: EventPosition
    kind: EventKind
    subject_id: UUID
    campaign_id: UUID | None
    member_id: UUID | None
    employer_id: UUID | None
    recorded_at: datetime


def _record(row: asyncpg.Record) -> EventRecord:
    return EventRecord(
        id=row["id"],
        position=EventPosition(int(row["tx"]), row["seq"]),
        kind=EventKind(row["kind"]),
        subject_id=row["subject_id"],
        campaign_id=row["campaign_id"],
        member_id=row["member_id"],
        employer_id=row["employer_id"],
        recorded_at=row["recorded_at"],
    )


async def _events(
    where: str, at: EventPosition, limit: int, *arguments: object
) -> list[EventRecord]:
    sql = f"""
        select {_COLUMNS} from event where {_AFTER} and {where}
        order by tx, seq limit $3
    """  # noqa: S608  # our own conditions
    return [_record(row) for row in await fetch(sql, str(at.tx), at.seq, limit, *arguments)]


async def events_after(*, at: EventPosition, limit: int) -> list[EventRecord]:
    """The whole feed; the caller reads again from the last position it got."""
    return await _events("true", at, limit)


async def events_of_subject(
    *, subject_id: UUID, at: EventPosition, limit: int
) -> list[EventRecord]:
    """What everybody may hear who sees it: nothing that is one member's alone."""
    personal = [kind.value for kind in PERSONAL_KINDS]
    where = "subject_id = $4 and kind <> all($5::text[])"
    return await _events(where, at, limit, subject_id, personal)


async def events_of_campaign(
    *, campaign_id: UUID, at: EventPosition, limit: int
) -> list[EventRecord]:
    """All that happens in it, which is for its employer alone."""
    return await _events("campaign_id = $4", at, limit, campaign_id)


async def events_of_market(*, at: EventPosition, limit: int) -> list[EventRecord]:
    """What changes the list of campaigns, whoever may see them."""
    return await _events(_OF_MARKET, at, limit)


async def events_of_member(*, member_id: UUID, at: EventPosition, limit: int) -> list[EventRecord]:
    """What concerns the member on either side."""
    sql = f"""
        select {_COLUMNS} from (
            (select {_COLUMNS} from event where {_AFTER} and member_id = $4
             order by tx, seq limit $3)
            union all
            (select {_COLUMNS} from event
             where {_AFTER} and employer_id = $4 and member_id is distinct from $4
             order by tx, seq limit $3)
        ) mine order by tx, seq limit $3
    """  # noqa: S608  # our own columns
    return [_record(row) for row in await fetch(sql, str(at.tx), at.seq, limit, member_id)]


async def events_by_id(*, ids: Sequence[UUID]) -> Mapping[UUID, EventRecord]:
    sql = f"select {_COLUMNS} from event where id = any($1::uuid[])"  # noqa: S608  # our own columns
    return {row["id"]: _record(row) for row in await fetch(sql, list(ids))}


async def newest_position() -> EventPosition:
    """Where a reader starts that wants only what comes next.

    The xmin itself, not the newest event: what is running now will come after it.
    """
    row = await fetch_row("select pg_snapshot_xmin(pg_current_snapshot())::text as tx")
    assert row is not None
    return EventPosition(int(row["tx"]) - 1, 2**62)
