"""Reads over all tables at once, whosever they are: what a simulation compares and distrusts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from domain.database import execute, fetch, fetch_value, one_transaction

# The server's own clock writes these, on purpose: nobody can date a booking or a try to sign in.
OF_THE_SERVER: Final = frozenset(
    {
        "ledger_transfer.recorded_at",
        "ledger_hold.resolved_at",
        "event.recorded_at",
        "rate_bucket.refilled_at",
    }
)
_MOMENTS: Final = """
    select c.table_name as table, c.column_name as column
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and c.data_type = 'timestamp with time zone'
      and t.table_type = 'BASE TABLE'
    order by 1, 2
"""  # noqa: E501  # one line per clause
_WITH_STATE: Final = """
    select c.table_name as table from information_schema.columns c
    where c.table_schema = 'public' and c.column_name in ('id', 'state')
    group by 1 having count(*) = 2 order by 1
"""
_ENTRIES: Final = """
    select md5(string_agg(concat_ws(' ', e.transfer_id, a.code, e.currency, e.amount), E'\n'
                          order by e.transfer_id, a.code, e.currency, e.amount))
    from ledger_entry e join ledger_account a on a.id = e.account_id
"""
_WATCH: Final = """
    create unlogged table watched_move (machine text not null, source text not null, target text not null);
    create function watch_move() returns trigger language plpgsql as $$
    begin
        insert into watched_move values (tg_table_name, old.state, new.state);
        return null;
    end $$
"""  # noqa: E501
_WATCH_ONE: Final = """
    create trigger z_watch after update on {} for each row
        when (old.state is distinct from new.state) execute function watch_move()
"""
_MOVES: Final = """
    select machine, source, target, count(*)::int as number from watched_move
    group by 1, 2, 3 order by 1, 2, 3
"""


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """From one state to another, of something in the table `machine`."""

    machine: str
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.machine}: {self.source} -> {self.target}"


async def state_digest() -> str:
    """Of every booking and of every state of anything: equal for two runs that did the same."""
    found = sha256(str(await fetch_value(_ENTRIES)).encode())
    for row in await fetch(_WITH_STATE):
        table = row["table"]
        states = f"select md5(string_agg(id || ' ' || state, E'\n' order by id)) from {table}"  # noqa: S608  # our own tables
        found.update(f"{table} {await fetch_value(states)}".encode())
    return found.hexdigest()


async def earlier_moments(*, than: datetime) -> Mapping[str, int]:
    """How many rows of which column hold an instant before that one."""
    columns = [(row["table"], row["column"]) for row in await fetch(_MOMENTS)]
    found = {}
    for table, column in columns:
        name = f"{table}.{column}"
        if name in OF_THE_SERVER:
            continue
        count = await fetch_value(f"select count(*) from {table} where {column} < $1", than)  # noqa: S608  # our own names
        if count:
            found[name] = count
    return found


@one_transaction
async def watch_moves(*, tables: Collection[str]) -> None:
    """From now on every change of a state is kept; only in a database that is thrown away."""
    await execute(_WATCH)
    for table in tables:
        await execute(_WATCH_ONE.format(table))


async def moves_made() -> Mapping[Move, int]:
    """How often each, since they are watched."""
    return {
        Move(row["machine"], row["source"], row["target"]): row["number"]
        for row in await fetch(_MOVES)
    }
