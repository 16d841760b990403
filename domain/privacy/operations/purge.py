"""What has ended goes when its days are over; a legal hold keeps what is its member's."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.database import execute, fetch, one_transaction
from domain.privacy.queries import ENDED, STANDING, kept_days
from domain.retention import Ended, delete_ended
from domain.vault import operations as vault

PURGE_ROWS_MAX: Final = 2_000

# Whoever places a hold waits for the batch under way, and nothing goes after that.
_HOLD_STILL: Final = "lock table legal_hold in share mode"
_NOTE: Final = """
    insert into purge (store, purged_on, row_count) values ($1, $2, $3)
    on conflict (store, purged_on) do update set row_count = purge.row_count + excluded.row_count
"""
_TAX_DUE: Final = """
    select e.id, e.member_id from erasure e
    where e.tax_until <= $1 and e.tax_erased_at is null
      and not exists (select from legal_hold h
                      where h.member_id = e.member_id and h.lifted_at is null)
    order by e.tax_until, e.id limit $2 for update of e skip locked
"""
_TAX_DONE: Final = "update erasure set tax_erased_at = $2 where id = any($1)"


async def purge_ended(*, now: datetime, limit: int = PURGE_ROWS_MAX) -> int:
    """One batch of each store, each a transaction of its own; the rows of the largest batch.

    There may be more while it answers `limit`. Whoever is stopped in between goes on later.
    """
    return max([await _purge(rows, now=now, limit=limit) for rows in ENDED])


@one_transaction
async def _purge(rows: Ended, *, now: datetime, limit: int) -> int:
    await execute(_HOLD_STILL)
    held = [row["member_id"] for row in await fetch(STANDING)]
    days = await kept_days(store=rows.table, on=now.date())
    count = await delete_ended(rows, kept_days=days, held=held, limit=limit, now=now)
    await _note(rows.table, count, now=now)
    return count


@one_transaction
async def purge_tax_keys(*, now: datetime, limit: int = 100) -> int:
    """Of those erased whose tax papers nobody may ask for any more: the keys, and with them all
    that is sealed under them. How many members.
    """
    await execute(_HOLD_STILL)
    due = await fetch(_TAX_DUE, now, limit)
    gone = [await vault.shred_subject(subject_id=row["member_id"]) for row in due]
    await _note("data_key", sum(each.keys for each in gone), now=now)
    await _note("sealed_value", sum(each.values for each in gone), now=now)
    await execute(_TAX_DONE, [row["id"] for row in due], now)
    return len(due)


async def _note(store: str, count: int, *, now: datetime) -> None:
    if count:
        await execute(_NOTE, store, now.date(), count)
