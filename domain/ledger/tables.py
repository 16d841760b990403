"""Rows of the books; migration 0003 creates them and guards them with triggers.

Operations write them through `ledger_post` alone, so nothing here inserts or updates.
"""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.ledger.rules import AccountKind, HoldState


class TransactionId(Text):
    """PostgreSQL's `xid8`, which Piccolo does not know."""

    @property
    def column_type(self) -> str:
        return "xid8"


class LedgerAccountKind(Table, tablename="ledger_account_kind"):
    """The chart of accounts: a row per kind, written by migrations only."""

    kind = Text(primary_key=True, default=None, choices=AccountKind)
    account_class = Text(default=None, help_text="asset, liability, income, expense or equity.")
    normal_side = SmallInt(default=None, help_text="1: a debit makes it grow; -1: a credit does.")
    is_house = Boolean(default=None, help_text="Of the platform: never locked in line.")
    floor = BigInt(null=True, default=None, help_text="Balance less holds never falls below.")
    meaning = Text(default=None)


class LedgerAccount(Table, tablename="ledger_account"):
    """One balance in one currency; it comes into being with its first entry."""

    id = BigSerial(primary_key=True)
    code = Text(default=None, help_text="Unique per currency: `worker:<id>:earnings`.")
    kind = Text(default=None, choices=AccountKind)
    owner_id = UUID(null=True, default=None, help_text="The member or campaign it belongs to.")
    currency = Text(default=None)
    normal_side = SmallInt(default=None)
    is_house = Boolean(default=None)
    balance = BigInt(default=None, help_text="In the normal side; house accounts lag until folded.")
    held = BigInt(default=None, help_text="Sum of pending holds.")
    floor = BigInt(null=True, default=None)
    entry_count = BigInt(default=None, help_text="Also the newest `account_seq`.")


class LedgerPeriod(Table, tablename="ledger_period"):
    """A month; once closed it takes no transfer any more."""

    month = Date(primary_key=True, default=None, help_text="Its first day.")
    closed_at = Timestamptz(null=True, default=None)


class LedgerTransfer(Table, tablename="ledger_transfer"):
    """A balanced set of entries. Append only: a correction is a transfer that reverses it."""

    id = UUID(primary_key=True, default=None)
    idempotency_key = Text(default=None, help_text="Booked once, for ever.")
    request_digest = Bytea(default=None, help_text="SHA-256 of what was asked under the key.")
    event = Text(default=None, help_text="Of the posting table, such as E4.")
    kind = Text(default=None, help_text="What happened, such as assignment.approved.")
    correlation_id = UUID(default=None, index=True, help_text="The assignment, payout, campaign.")
    actor_id = UUID(null=True, default=None, help_text="Empty: a rule or the clock did it.")
    effective_on = Date(default=None, index=True)
    reverses = UUID(null=True, default=None, help_text="The transfer this one takes back, once.")
    recorded_at = Timestamptz(
        default=None, index=True, help_text="Stamped by the database: evidence only."
    )
    transaction_id = TransactionId(default=None, help_text="Stamped by the database.")


class LedgerEntry(Table, tablename="ledger_entry"):
    """One side of a transfer. Order statements by `account_seq`, never by `id`."""

    id = BigSerial(primary_key=True)
    transfer_id = ForeignKey(
        LedgerTransfer,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    account_id = BigInt(default=None, help_text="With `currency` a foreign key to the account.")
    currency = Text(default=None)
    amount = BigInt(default=None, help_text="Micros: above 0 a debit, below 0 a credit.")
    account_seq = BigInt(null=True, default=None, help_text="Gapless per member account.")
    balance_after = BigInt(null=True, default=None)


class LedgerDaySeal(Table, tablename="ledger_day_seal"):
    """A day's transfers and entries under one hash. Append only."""

    day = Date(primary_key=True, default=None, help_text="In UTC, by `recorded_at`.")
    transfer_count = BigInt(default=None)
    previous = Bytea(default=None, help_text="The hash of the day before; zeros for the first.")
    hash = Bytea(default=None, help_text="SHA-256 of `previous`, the day and all of its rows.")
    sealed_at = Timestamptz(default=None)


class LedgerUnfolded(Table, tablename="ledger_unfolded"):
    """Movements of house accounts that no balance holds yet; `fold` adds and deletes them."""

    id = BigSerial(primary_key=True)
    account_id = BigInt(default=None, index=True)
    amount = BigInt(default=None)


class LedgerHold(Table, tablename="ledger_hold"):
    """Money set aside inside one member account until it is posted, voided or expired."""

    id = UUID(primary_key=True, default=None)
    account_id = BigInt(default=None, index=True)
    currency = Text(default=None)
    amount = BigInt(default=None)
    reason = Text(default=None)
    state = Text(default=None, choices=HoldState)
    transfer_id = UUID(null=True, default=None, help_text="What a posted hold became.")
    idempotency_key = Text(default=None)
    request_digest = Bytea(default=None)
    expires_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None)
    resolved_at = Timestamptz(null=True, default=None)
