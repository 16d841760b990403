"""Balances as they are now, house accounts included with what is not folded yet; and the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_value
from domain.filters import Column, Condition, Kind, money_columns
from domain.ledger.rules import Account, AccountKind, Difference
from domain.money import Money
from domain.paging import NO_PARENT, Count, Listing, Page, count_rows, read_pages


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """`balance` in the account's normal side; `available` is what no hold keeps back."""

    code: str
    kind: AccountKind
    owner_id: UUID | None
    balance: Money
    available: Money


_ACCOUNTS: Final = """
    select a.code, a.kind, a.owner_id, a.currency, a.held,
           a.balance + a.normal_side * coalesce(u.amount, 0) as balance
    from ledger_account a
    left join lateral (
        select sum(amount)::bigint as amount from ledger_unfolded where account_id = a.id
    ) u on a.is_house
"""


async def balance(*, account: Account, currency: str) -> Money:
    """Zero for an account that nothing was ever booked on."""
    return (await _one(account, currency))[0]


async def available(*, account: Account, currency: str) -> Money:
    """The balance less what holds keep back."""
    return (await _one(account, currency))[1]


async def held_by(*, key: str, currency: str) -> Money:
    """What the hold with this key sets aside now; nothing where it is resolved or was never."""
    micros = await fetch_value(
        "select amount from ledger_hold where idempotency_key = $1 and state = 'pending'", key
    )
    return Money(micros or 0, currency)


async def accounts_of(*, owner_ids: Sequence[UUID]) -> dict[UUID, list[AccountRecord]]:
    rows = await fetch(_ACCOUNTS + " where a.owner_id = any($1) order by a.id", list(owner_ids))
    found: dict[UUID, list[AccountRecord]] = {owner_id: [] for owner_id in owner_ids}
    for row in rows:
        found[row["owner_id"]].append(_account(row))
    return found


_TOTALS: Final = """
    select a.kind, a.currency, k.account_class,
           (sum(e.amount) * k.normal_side)::bigint as balance
    from ledger_entry e
    join ledger_account a on a.id = e.account_id
    join ledger_account_kind k on k.kind = a.kind
    group by a.kind, a.currency, k.account_class, k.normal_side
    order by k.account_class, a.kind, a.currency
"""


@dataclass(frozen=True, slots=True)
class KindTotal:
    """All accounts of one kind and currency together, summed from the entries themselves."""

    kind: AccountKind
    account_class: str
    balance: Money


async def totals() -> list[KindTotal]:
    rows = await fetch(_TOTALS)
    return [
        KindTotal(
            AccountKind(row["kind"]), row["account_class"], Money(row["balance"], row["currency"])
        )
        for row in rows
    ]


async def trial_balance() -> dict[str, int]:
    """Σ of all entries per currency, in micros; every one must be 0."""
    rows = await fetch(
        "select currency, sum(amount)::bigint as total from ledger_entry group by currency"
    )
    return {row["currency"]: row["total"] for row in rows}


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """One movement on one account, as its owner reads it: above zero is more for the owner.

    `id` counts the account's own entries from 1; `entry_id` counts all there are.
    """

    id: int
    entry_id: int
    transfer_id: UUID
    kind: str
    correlation_id: UUID
    change: Money
    balance_after: Money | None
    recorded_at: datetime


_ENTRY_COLUMNS: Final = """
    e.id, e.transfer_id, t.kind, t.correlation_id, e.currency,
    e.amount * a.normal_side as change, e.balance_after, t.recorded_at, e.account_seq
"""
_ENTRY_SOURCE: Final = """
    from ledger_entry e
    join ledger_account a on a.id = e.account_id
    join ledger_transfer t on t.id = e.transfer_id
"""
STATEMENT: Final = Listing(
    columns=_ENTRY_COLUMNS,
    source=f"""
        {_ENTRY_SOURCE}
        where parent.id is not null and e.account_seq is not null
          and e.account_id = (select id from ledger_account where code = $2 and currency = $3)
    """,  # noqa: S608  # our own text; the account first: its entries then come in their order
    orders={"sequence": ("e.account_seq",)},
    filters={
        "kind": Column("t.kind"),
        "recorded_at": Column("t.recorded_at", Kind.INSTANT),
        **money_columns("change", micros="(e.amount * a.normal_side)", currency="e.currency"),
    },
    row="e",
)
_ENTRIES_BY_ID: Final = f"""
    select {_ENTRY_COLUMNS} {_ENTRY_SOURCE}
    where e.id = any($1) and a.owner_id = $2 and not a.is_house
"""


async def entries(
    *, account: Account, currency: str, page: Page, where: Condition | None = None
) -> list[EntryRecord]:
    """A member account's statement, newest first, in the order its balance moved."""
    found = await read_pages(
        STATEMENT,
        parent_ids=[NO_PARENT],
        page=page,
        where=where,
        arguments=[account.code, currency],
    )
    return [_entry(row) for row in found[NO_PARENT]]


async def entries_by_id(*, ids: Sequence[int], owner_id: UUID) -> dict[int, EntryRecord]:
    """By `entry_id`; those on accounts of this owner."""
    rows = await fetch(_ENTRIES_BY_ID, list(ids), owner_id)
    return {row["id"]: _entry(row) for row in rows}


async def count_entries(
    *, account: Account, currency: str, where: Condition | None = None
) -> Count:
    """Of the whole statement the account itself knows."""
    if where is not None:
        found = await count_rows(
            STATEMENT, parent_ids=[NO_PARENT], where=where, arguments=[account.code, currency]
        )
        return found[NO_PARENT]
    number = await fetch_value(
        "select entry_count from ledger_account where code = $1 and currency = $2",
        account.code,
        currency,
    )
    return Count(int(number or 0), is_estimate=False)


def _entry(row: Mapping[str, Any]) -> EntryRecord:
    return EntryRecord(
        id=row["account_seq"],
        entry_id=row["id"],
        transfer_id=row["transfer_id"],
        kind=row["kind"],
        correlation_id=row["correlation_id"],
        change=Money(row["change"], row["currency"]),
        balance_after=Money(row["balance_after"], row["currency"]),
        recorded_at=row["recorded_at"],
    )


# Each check is one statement, so that it sees one moment even while money moves. Its rows are
# (subject, currency or null, expected, found); no row is what everybody hopes for.
CHECKS: Final[Mapping[str, str]] = {
    "all entries of a currency sum to zero": """
        select 'all entries' as subject, currency, 0 as expected, sum(amount)::bigint as found
        from ledger_entry group by currency having sum(amount) <> 0
    """,
    "every transfer balances": """
        select 'transfer ' || transfer_id as subject, currency, 0 as expected,
               sum(amount)::bigint as found
        from ledger_entry group by transfer_id, currency having sum(amount) <> 0
    """,
    "every transfer has two sides": """
        select 'transfer ' || t.id as subject, null as currency, '2 entries or more' as expected,
               count(e.id) || ' entries' as found
        from ledger_transfer t left join ledger_entry e on e.transfer_id = t.id
        group by t.id having count(e.id) < 2
    """,
    "balance = sum of entries": """
        select a.code as subject, a.currency, coalesce(e.sum, 0) * a.normal_side as expected,
               a.balance + coalesce(u.sum, 0) * a.normal_side as found
        from ledger_account a
        left join (select account_id, sum(amount)::bigint as sum from ledger_entry group by 1) e
               on e.account_id = a.id
        left join (select account_id, sum(amount)::bigint as sum from ledger_unfolded group by 1) u
               on u.account_id = a.id
        where a.balance * a.normal_side + coalesce(u.sum, 0) <> coalesce(e.sum, 0)
    """,
    "entries of a member account are numbered without a gap": """
        select a.code as subject, null as currency,
               count(e.id) || ' entries numbered 1 to ' || count(e.id) as expected,
               a.entry_count || ' counted, numbered ' || coalesce(min(e.account_seq), 0) || ' to '
                   || coalesce(max(e.account_seq), 0) as found
        from ledger_account a left join ledger_entry e on e.account_id = a.id
        where not a.is_house
        group by a.id, a.code, a.entry_count
        having a.entry_count <> count(e.id) or count(e.account_seq) <> count(e.id)
            or coalesce(max(e.account_seq), 0) <> count(e.id)
            or min(e.account_seq) <> 1
    """,
    "balance after each entry = sum up to it": """
        select code || ' entry ' || account_seq as subject, currency, expected,
               balance_after as found
        from (
            select a.code, a.currency, e.account_seq, e.balance_after,
                   (sum(e.amount) over (partition by e.account_id order by e.account_seq)
                    * a.normal_side)::bigint as expected
            from ledger_entry e join ledger_account a on a.id = e.account_id
            where e.account_seq is not null
        ) running
        where balance_after is distinct from expected
    """,
    "held = sum of pending holds": """
        select a.code as subject, a.currency, coalesce(h.sum, 0) as expected, a.held as found
        from ledger_account a
        left join (select account_id, sum(amount)::bigint as sum from ledger_hold
                   where state = 'pending' group by 1) h on h.account_id = a.id
        where a.held <> coalesce(h.sum, 0)
    """,
    # `tax:vat_accrued` may stand below zero by what documents round: invoices check it.
    "no liability below zero": """
        select a.code as subject, a.currency, 0 as expected,
               a.balance + coalesce(sum(u.amount), 0)::bigint * a.normal_side as found
        from ledger_account a
        join ledger_account_kind k on k.kind = a.kind
        left join ledger_unfolded u on u.account_id = a.id and a.is_house
        where k.account_class = 'liability' and a.kind <> 'tax:vat_accrued'
        group by a.id
        having a.balance + coalesce(sum(u.amount), 0) * a.normal_side < 0
    """,
    "a sealed day is as it was sealed": """
        select 'day ' || s.day as subject, null as currency,
               s.transfer_count || ' transfers, ' || encode(s.hash, 'hex') as expected,
               d.count || ' transfers, ' || encode(d.hash, 'hex') as found
        from ledger_day_seal s cross join lateral ledger_day_digest(s.day, s.previous) d
        where (d.count, d.hash) is distinct from (s.transfer_count, s.hash)
    """,
    "each seal follows the day before": """
        select 'day ' || day as subject, null as currency,
               due || ' after ' || encode(due_hash, 'hex') as expected,
               day || ' after ' || encode(previous, 'hex') as found
        from (
            select day, previous,
                   coalesce(lag(day) over days + 1,
                            (select (min(recorded_at) at time zone 'UTC')::date
                             from ledger_transfer)) as due,
                   coalesce(lag(hash) over days, decode(repeat('00', 32), 'hex')) as due_hash
            from ledger_day_seal
            window days as (order by day)
        ) chain
        where (day, previous) is distinct from (due, due_hash)
    """,
    "accounts are what the chart says": """
        select a.code as subject, null as currency,
               concat_ws(' ', k.kind, k.normal_side, k.is_house, k.floor) as expected,
               concat_ws(' ', a.kind, a.normal_side, a.is_house, a.floor) as found
        from ledger_account a join ledger_account_kind k on k.kind = a.kind
        where (a.normal_side, a.is_house, a.floor)
                  is distinct from (k.normal_side, k.is_house, k.floor)
           or (a.code <> k.kind
               and (split_part(a.code, ':', 1) || ':' || split_part(a.code, ':', 3) <> k.kind
                    or a.owner_id::text <> split_part(a.code, ':', 2)))
    """,
}


NOTED: Final = "seals that were noted are there"
_NOTED: Final = """
    select 'day ' || n.day as subject, encode(n.hash, 'hex') as expected,
           coalesce(encode(s.hash, 'hex'), 'not sealed') as found
    from unnest($1::date[], $2::bytea[]) n (day, hash)
    left join ledger_day_seal s on s.day = n.day
    where s.hash is distinct from n.hash
    order by n.day
"""


async def missing_seals(*, noted: Mapping[date, bytes]) -> list[Difference]:
    """What was written down outside of the database: a chain alone cannot tell that its last
    days were cut off, or that all of it was made anew.
    """
    rows = await fetch(_NOTED, list(noted), list(noted.values()))
    return [Difference(check=NOTED, **row) for row in rows]


async def audit() -> list[Difference]:
    """Everything the books must fulfil by themselves; empty when they do."""
    return await differences(checks=CHECKS)


async def differences(*, checks: Mapping[str, str]) -> list[Difference]:
    """Runs each check; other aggregates give theirs in the same shape."""
    return [
        Difference(
            check=check,
            subject=row["subject"],
            expected=_shown(row["expected"], row["currency"]),
            found=_shown(row["found"], row["currency"]),
        )
        for check, sql in checks.items()
        for row in await fetch(sql)
    ]


def _shown(value: object, currency: str | None) -> str:
    if isinstance(value, int) and currency is not None:
        return str(Money(value, currency))
    return str(value)


async def _one(account: Account, currency: str) -> tuple[Money, Money]:
    rows = await fetch(_ACCOUNTS + " where a.code = $1 and a.currency = $2", account.code, currency)
    if not rows:
        return Money(0, currency), Money(0, currency)
    record = _account(rows[0])
    return record.balance, record.available


def _account(row: Mapping[str, Any]) -> AccountRecord:
    return AccountRecord(
        code=row["code"],
        kind=AccountKind(row["kind"]),
        owner_id=row["owner_id"],
        balance=Money(row["balance"], row["currency"]),
        available=Money(row["balance"] - row["held"], row["currency"]),
    )


@dataclass(frozen=True, slots=True)
class Movement:
    """What one kind of event moved on one kind of account, in the account's normal side."""

    event: str
    kind: AccountKind
    amount: Money


_MOVEMENTS: Final = """
    select t.event, a.kind, e.currency, (sum(e.amount) * a.normal_side)::bigint as moved
    from ledger_transfer t
    join ledger_entry e on e.transfer_id = t.id
    join ledger_account a on a.id = e.account_id
    where $1::uuid[] is null or t.correlation_id = any($1)
    group by t.event, a.kind, e.currency, a.normal_side
"""


async def movements(*, correlation_ids: Sequence[UUID] | None = None) -> list[Movement]:
    """Of the transfers about these assignments, payouts, campaigns and deposits; or of all."""
    wanted = None if correlation_ids is None else list(correlation_ids)
    return [
        Movement(row["event"], AccountKind(row["kind"]), Money(row["moved"], row["currency"]))
        for row in await fetch(_MOVEMENTS, wanted)
    ]
