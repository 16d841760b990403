"""What the sandbox remembers, in a SQLite file that several processes use at once.

It is a world of its own: the tests compare the list of what we wanted with the list of
what happened here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from domain.money import Money

BUSY_SECONDS: Final = 4.0
_SCHEMA: Final = """
    create table if not exists batch (
        batch_ref text primary key, items_digest text not null, accepted_at text not null
    );
    create table if not exists item (
        item_ref text primary key, batch_ref text not null references batch,
        payout_id text not null, scenario text not null,
        amount_micros integer not null, currency text not null, accepted_at text not null
    );
    create table if not exists send (
        id integer primary key autoincrement, batch_ref text not null, sent_at text not null
    );
    create table if not exists deposit (
        deposit_ref text primary key, scenario text not null,
        amount_micros integer not null, currency text not null, accepted_at text not null
    );
    create table if not exists refund (
        refund_ref text primary key, deposit_ref text not null,
        amount_micros integer not null, currency text not null, accepted_at text not null
    );
    create table if not exists setting (name text primary key, value text not null);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A payment or a deposit as the sandbox accepted it."""

    ref: str
    scenario: str
    amount: Money
    accepted_at: datetime
    payout_id: str = ""
    batch_ref: str = ""


class SandboxMemory:
    """A connection per call: it survives forks, threads and `kill -9`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def prepare(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("pragma journal_mode = wal")
            connection.executescript(_SCHEMA)
        finally:
            connection.close()

    def note_send(self, *, batch_ref: str, at: datetime) -> int:
        """How often this batch has been sent now, this one included."""
        with self._connection() as connection:
            connection.execute(
                "insert into send (batch_ref, sent_at) values (?, ?)", (batch_ref, at.isoformat())
            )
            row = connection.execute(
                "select count(*) from send where batch_ref = ?", (batch_ref,)
            ).fetchone()
            return int(row[0])

    def accept(self, *, batch_ref: str, items_digest: str, items: Sequence[Kept]) -> bool:
        """Once per `batch_ref`. False when it came before with other items."""
        with self._connection() as connection:
            known = connection.execute(
                "select items_digest from batch where batch_ref = ?", (batch_ref,)
            ).fetchone()
            if known is not None:
                return bool(known[0] == items_digest)
            connection.execute(
                "insert into batch values (?, ?, ?)",
                (batch_ref, items_digest, items[0].accepted_at.isoformat()),
            )
            connection.executemany(
                "insert into item values (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        each.ref,
                        batch_ref,
                        each.payout_id,
                        each.scenario,
                        each.amount.micros,
                        each.amount.currency,
                        each.accepted_at.isoformat(),
                    )
                    for each in items
                ],
            )
            return True

    def items(self) -> list[Kept]:
        """Everything that was ever accepted: the effects that tests compare with the intents."""
        return self._listed(
            "select item_ref, scenario, amount_micros, currency, accepted_at, payout_id,"
            " batch_ref from item order by rowid"
        )

    def items_of(self, batch_ref: str) -> dict[str, Kept]:
        with self._connection() as connection:
            rows = connection.execute(
                "select item_ref, scenario, amount_micros, currency, accepted_at, payout_id,"
                " batch_ref from item where batch_ref = ?",
                (batch_ref,),
            ).fetchall()
        return {row[0]: _kept(row) for row in rows}

    def rewrite(self, item_ref: str, *, scenario: str, accepted_at: datetime) -> None:
        """Another past for an accepted payment: its simulator moves it on."""
        with self._connection() as connection:
            connection.execute(
                "update item set scenario = ?, accepted_at = ? where item_ref = ?",
                (scenario, accepted_at.isoformat(), item_ref),
            )

    def sends(self) -> list[str]:
        """The batch reference of every send that reached the door, in order."""
        with self._connection() as connection:
            return [row[0] for row in connection.execute("select batch_ref from send order by id")]

    def accept_deposit(self, deposit: Kept) -> Kept:
        """The first one of this reference, whatever is asked for now."""
        with self._connection() as connection:
            connection.execute(
                "insert or ignore into deposit values (?, ?, ?, ?, ?)",
                (
                    deposit.ref,
                    deposit.scenario,
                    deposit.amount.micros,
                    deposit.amount.currency,
                    deposit.accepted_at.isoformat(),
                ),
            )
        kept = self.deposit(deposit.ref)
        assert kept is not None
        return kept

    def deposit(self, deposit_ref: str) -> Kept | None:
        with self._connection() as connection:
            row = connection.execute(
                "select deposit_ref, scenario, amount_micros, currency, accepted_at"
                " from deposit where deposit_ref = ?",
                (deposit_ref,),
            ).fetchone()
        return None if row is None else _kept((*row, "", ""))

    def deposits(self) -> list[Kept]:
        return self._listed(
            "select deposit_ref, scenario, amount_micros, currency, accepted_at, '', ''"
            " from deposit order by rowid"
        )

    def accept_refund(self, refund: Kept, *, deposit_ref: str) -> None:
        """Once per reference."""
        with self._connection() as connection:
            connection.execute(
                "insert or ignore into refund values (?, ?, ?, ?, ?)",
                (
                    refund.ref,
                    deposit_ref,
                    refund.amount.micros,
                    refund.amount.currency,
                    refund.accepted_at.isoformat(),
                ),
            )

    def has_refund(self, refund_ref: str) -> bool:
        with self._connection() as connection:
            found = connection.execute(
                "select 1 from refund where refund_ref = ?", (refund_ref,)
            ).fetchone()
        return found is not None

    def refunds(self) -> list[Kept]:
        return self._listed(
            "select refund_ref, '', amount_micros, currency, accepted_at, '', ''"
            " from refund order by rowid"
        )

    def top_up(self) -> None:
        """From now on the sandbox is no longer broke."""
        with self._connection() as connection:
            connection.execute("insert or replace into setting values ('is_topped_up', 'yes')")

    def is_topped_up(self) -> bool:
        with self._connection() as connection:
            found = connection.execute("select 1 from setting where name = 'is_topped_up'")
            return found.fetchone() is not None

    def _listed(self, query: str) -> list[Kept]:
        with self._connection() as connection:
            return [_kept(row) for row in connection.execute(query)]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """One transaction. Writers wait for each other instead of failing."""
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("begin immediate")
            yield connection
            if connection.in_transaction:
                connection.execute("commit")
        finally:
            connection.close()


def _kept(row: tuple[str, str, int, str, str, str, str]) -> Kept:
    return Kept(
        ref=row[0],
        scenario=row[1],
        amount=Money(row[2], row[3]),
        accepted_at=datetime.fromisoformat(row[4]),
        payout_id=row[5],
        batch_ref=row[6],
    )
