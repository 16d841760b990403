"""The only writers of the books. All of them work inside their caller's transaction.

Call `post` once per transaction and last: members' account rows are locked in the
order of their ids from there until COMMIT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg

from domain.database import execute, fetch, fetch_value, in_transaction, one_transaction
from domain.errors import Refused
from domain.given import NewId
from domain.ledger import queries as balances
from domain.ledger.rules import Account, Seal, Transfer, movable
from domain.money import Money

FOLD_COUNT_MAX: Final = 5_000


class InsufficientFunds(Refused):
    """An account would fall below its floor; `require_available` says which, and by how much."""

    code = "INSUFFICIENT_FUNDS"


class BalanceTooLow(Refused):
    """The member's own balance does not cover the amount."""

    code = "BALANCE_TOO_LOW"
    argument = "amount"

    def __init__(self, *, available: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, {available} available")
        self.available = available
        self.requested = requested


class PeriodClosed(Refused):
    code = "PERIOD_CLOSED"


class LedgerKeyReused(Exception):
    """A transfer's key came with other content: a bug of ours, never a member's doing."""


@dataclass(frozen=True, slots=True)
class Posted:
    transfer_id: UUID
    key: str
    replayed: bool


_POST: Final = """
    select posted_id, posted_key, was_replayed
    from ledger_post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""


async def post(
    *, transfers: Sequence[Transfer], new_id: NewId, effective_on: date
) -> dict[str, Posted]:
    """Book any number of transfers in one round trip; answers by key.

    A key booked before is answered as `replayed` and books nothing: then the caller must
    not repeat its side effects. Refuses with `InsufficientFunds` or `PeriodClosed`; either
    leaves the transaction to be rolled back.
    """
    assert in_transaction()
    wanted = movable(transfers)
    if not wanted:
        return {}
    ids = [new_id() for _ in wanted]
    legs = [(id_, leg) for id_, each in zip(ids, wanted, strict=True) for leg in each.legs]
    try:
        rows = await fetch(
            _POST,
            ids,
            [each.key for each in wanted],
            [each.digest() for each in wanted],
            [each.event for each in wanted],
            [each.kind for each in wanted],
            [each.correlation_id for each in wanted],
            [each.actor_id for each in wanted],
            [effective_on for _ in wanted],
            [each.reverses for each in wanted],
            [id_ for id_, _ in legs],
            [leg.account.code for _, leg in legs],
            [leg.account.kind.value for _, leg in legs],
            [leg.account.owner_id for _, leg in legs],
            [leg.amount.currency for _, leg in legs],
            [leg.amount.micros for _, leg in legs],
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _refusal(error) from error
    return {row[1]: Posted(row[0], row[1], row[2]) for row in rows}


async def lock_account(*, account: Account, currency: str) -> None:
    """Everybody else who moves this account waits until our transaction ends."""
    await lock_accounts(accounts=[account], currency=currency)


async def lock_accounts(*, accounts: Sequence[Account], currency: str) -> None:
    """As `lock_account`, in the order of all others: before a `post` that moves just these."""
    assert in_transaction()
    await fetch("select ledger_lock($1, $2)", [each.code for each in accounts], currency)


async def require_available(*, account: Account, amount: Money) -> None:
    """Lock the account and make sure it can give this much, or refuse with `BalanceTooLow`."""
    await lock_account(account=account, currency=amount.currency)
    available = await balances.available(account=account, currency=amount.currency)
    if available < amount:
        raise BalanceTooLow(available=available, requested=amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    account: Account
    amount: Money
    reason: str
    key: str
    expires_at: datetime | None = None


_PLACE_HOLD: Final = """
    insert into ledger_hold
        (id, account_id, currency, amount, reason, idempotency_key, request_digest,
         expires_at, created_at)
    select $1, id, currency, $4, $5, $6, sha256(convert_to($7, 'UTF8')), $8, $9
    from ledger_account where code = $2 and currency = $3
    on conflict (idempotency_key) do nothing
    returning id
"""


async def place_hold(*, hold: NewHold, new_id: NewId, now: datetime) -> UUID:
    """Set money aside inside an account. The same key again answers the first hold.

    Refuses with `InsufficientFunds`.
    """
    assert in_transaction()
    assert hold.amount.micros > 0
    content = f"{hold.account.code} {hold.amount.currency} {hold.amount.micros} {hold.reason}"
    try:
        placed = await fetch_value(
            _PLACE_HOLD,
            new_id(),
            hold.account.code,
            hold.amount.currency,
            hold.amount.micros,
            hold.reason,
            hold.key,
            content,
            hold.expires_at,
            now,
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _refusal(error) from error
    if placed is None:
        placed = await fetch_value(
            "select id from ledger_hold where idempotency_key = $1"
            " and request_digest = sha256(convert_to($2, 'UTF8'))",
            hold.key,
            content,
        )
    if placed is None:
        known = await fetch_value("select 1 from ledger_hold where idempotency_key = $1", hold.key)
        if known:
            raise LedgerKeyReused(hold.key)
        raise InsufficientFunds(f"{hold.account.code} holds nothing")
    assert isinstance(placed, UUID)
    return placed


_PLACE_HOLDS: Final = """
    insert into ledger_hold
        (id, account_id, currency, amount, reason, idempotency_key, request_digest,
         expires_at, created_at)
    select h.id, a.id, a.currency, h.amount, h.reason, h.key,
           sha256(convert_to(h.code || ' ' || h.currency || ' ' || h.amount || ' ' || h.reason,
                             'UTF8')), h.expires_at, $8
    from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                $7::timestamptz[])
         as h (id, code, currency, amount, reason, key, expires_at)
    join ledger_account a on a.code = h.code and a.currency = h.currency
    order by a.id, h.key
    on conflict (idempotency_key) do nothing
"""


async def place_holds(*, holds: Sequence[NewHold], new_id: NewId, now: datetime) -> None:
    """Many at once, of money that was booked in this transaction. A known key places nothing."""
    assert in_transaction()
    await execute(
        _PLACE_HOLDS,
        [new_id() for _ in holds],
        [hold.account.code for hold in holds],
        [hold.amount.currency for hold in holds],
        [hold.amount.micros for hold in holds],
        [hold.reason for hold in holds],
        [hold.key for hold in holds],
        [hold.expires_at for hold in holds],
        now,
    )


_EXPIRE_HOLDS: Final = """
    update ledger_hold set state = 'expired' where id in (
        select id from ledger_hold where state = 'pending' and expires_at <= $1
        order by account_id limit 500 for update skip locked)
"""


async def void_hold(*, hold_id: UUID) -> bool:
    """Free the money again; False when the hold was already resolved."""
    assert in_transaction()
    changed = await execute(
        "update ledger_hold set state = 'voided' where id = $1 and state = 'pending'", hold_id
    )
    return changed == 1


async def void_hold_of(*, key: str) -> bool:
    """As `void_hold`, by the key it was placed with; False where there is none to resolve."""
    hold_id = await fetch_value(
        "select id from ledger_hold where idempotency_key = $1 and state = 'pending'", key
    )
    return hold_id is not None and await void_hold(hold_id=hold_id)


async def post_hold(
    *, hold_id: UUID, transfer: Transfer, new_id: NewId, effective_on: date
) -> bool:
    """Turn a hold into a transfer out of the same account; False when it was already resolved.

    The hold is released first: the other order would count the money twice for a moment
    and fail on the floor. Posting less than was held frees the rest.
    """
    assert in_transaction()
    assert transfer.legs
    transfer_id = new_id()
    changed = await execute(
        "update ledger_hold set state = 'posted', transfer_id = $2"
        " where id = $1 and state = 'pending'",
        hold_id,
        transfer_id,
    )
    if changed == 0:
        return False
    ids = iter((transfer_id,))
    posted = await post(transfers=[transfer], new_id=lambda: next(ids), effective_on=effective_on)
    if posted[transfer.key].replayed:
        raise LedgerKeyReused(transfer.key)  # the hold would name a transfer that is not there
    return True


@one_transaction
async def expire_holds(*, now: datetime) -> int:
    """Holds whose time has passed free their money; 500 at a time."""
    return await execute(_EXPIRE_HOLDS, now)


@one_transaction
async def fold() -> int:
    """Add the house accounts' waiting movements to their balances; how many were added."""
    return int(await fetch_value("select ledger_fold($1)", FOLD_COUNT_MAX))


async def seal_day() -> Seal | None:
    """The next day (UTC) that is over, for an hour at least; None where every day is sealed."""
    rows = await fetch("select day, transfer_count, hash from ledger_seal_day()")
    return Seal(**rows[0]) if rows else None


def _refusal(error: asyncpg.IntegrityConstraintViolationError) -> Exception:
    match error.constraint_name:
        case "ledger_balance_floor":
            return InsufficientFunds("the balance does not cover this")
        case "ledger_period_closed":
            return PeriodClosed("the month is closed")
        case "ledger_key_reused":
            return LedgerKeyReused(str(error))
        case _:
            return RuntimeError(f"the books refused: {error.constraint_name}")
