"""Holds: money set aside is not available, and each hold ends exactly once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch_value, one_transaction, transaction
from domain.ledger import operations, queries
from domain.ledger.operations import InsufficientFunds, LedgerKeyReused, NewHold
from domain.ledger.rules import Account, Transfer
from domain.money import Money
from tests.make.ledger import CLEARING, FEES, book, earnings, fill, pay
from tests.make.world import World

pytestmark = pytest.mark.asyncio


def hold_of(world: World, account: Account, micros: int, *, key: str | None = None) -> NewHold:
    return NewHold(
        account=account,
        amount=Money(micros, "EUR"),
        reason="test",
        key=key or str(world.new_id()),
        expires_at=world.later(timedelta(days=1)),
    )


@one_transaction
async def place(*, world: World, hold: NewHold) -> UUID:
    return await operations.place_hold(hold=hold, new_id=world.new_id, now=world.now)


@one_transaction
async def void(*, hold_id: UUID) -> bool:
    return await operations.void_hold(hold_id=hold_id)


@one_transaction
async def post(*, world: World, hold_id: UUID, transfer: Transfer) -> bool:
    return await operations.post_hold(
        hold_id=hold_id,
        transfer=transfer,
        new_id=world.new_id,
        effective_on=world.now.date(),
    )


async def amounts(account: Account) -> tuple[int, int]:
    """Balance and what of it is available."""
    balance = await queries.balance(account=account, currency="EUR")
    available = await queries.available(account=account, currency="EUR")
    return balance.micros, available.micros


async def test_held_money_is_not_available(world: World) -> None:
    """It stays on the balance and cannot be spent."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)

    hold_id = await place(world=world, hold=hold_of(world, owner, 70))

    assert await amounts(owner) == (100, 30)
    with pytest.raises(InsufficientFunds):
        await book(world=world, transfers=[pay(world, source=owner, target=FEES, micros=31)])
    await book(world=world, transfers=[pay(world, source=owner, target=FEES, micros=30)])
    assert await void(hold_id=hold_id)
    assert await amounts(owner) == (70, 70)


async def test_more_than_is_available_cannot_be_held(world: World) -> None:
    """Two holds never share a micro."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)
    await place(world=world, hold=hold_of(world, owner, 70))

    with pytest.raises(InsufficientFunds):
        await place(world=world, hold=hold_of(world, owner, 31))
    with pytest.raises(InsufficientFunds):
        await place(world=world, hold=hold_of(world, earnings(world.new_id()), 1))

    assert await amounts(owner) == (100, 30)


async def test_concurrent_holds_share_the_balance(world: World) -> None:
    """Twenty at once for a tenth each: ten get it."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)

    async def try_one() -> bool:
        try:
            await place(world=world, hold=hold_of(world, owner, 10))
        except InsufficientFunds:
            return False
        return True

    placed = await asyncio.gather(*(try_one() for _ in range(20)))

    assert sum(placed) == 10
    assert await amounts(owner) == (100, 0)


async def test_the_same_key_holds_once(world: World) -> None:
    """ON CONFLICT skips the row, and no trigger has reserved the money again."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)
    wish = hold_of(world, owner, 40)

    holds = await asyncio.gather(*(place(world=world, hold=wish) for _ in range(8)))

    assert len(set(holds)) == 1
    assert await amounts(owner) == (100, 60)
    with pytest.raises(LedgerKeyReused):
        await place(world=world, hold=hold_of(world, owner, 41, key=wish.key))


async def test_a_hold_becomes_a_transfer(world: World) -> None:
    """Less than was held may be posted; the rest is free at once."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)
    hold_id = await place(world=world, hold=hold_of(world, owner, 100))

    posted = await post(
        world=world,
        hold_id=hold_id,
        transfer=pay(world, source=owner, target=CLEARING, micros=60),
    )

    assert posted
    assert await amounts(owner) == (40, 40)
    moved = await fetch_value(
        "select sum(e.amount) from ledger_hold h"
        " join ledger_entry e on e.transfer_id = h.transfer_id and e.account_id = h.account_id"
        " where h.id = $1",
        hold_id,
    )
    assert moved == 60


async def test_a_hold_ends_once(world: World) -> None:
    """Ten try to post and ten to void at once: one of them all succeeds."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)
    hold_id = await place(world=world, hold=hold_of(world, owner, 100))

    ended = await asyncio.gather(
        *(
            post(
                world=world,
                hold_id=hold_id,
                transfer=pay(world, source=owner, target=CLEARING, micros=100),
            )
            for _ in range(10)
        ),
        *(void(hold_id=hold_id) for _ in range(10)),
    )

    assert sum(ended) == 1
    balance, available = await amounts(owner)
    assert balance == available and balance in {0, 100}


async def test_a_hold_is_not_posted_under_a_booked_key(world: World) -> None:
    """It would be marked posted although no money moved for it."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)
    transfer = pay(world, source=owner, target=CLEARING, micros=10)
    await book(world=world, transfers=[transfer])
    hold_id = await place(world=world, hold=hold_of(world, owner, 10))

    with pytest.raises(LedgerKeyReused):
        await post(world=world, hold_id=hold_id, transfer=transfer)

    assert await amounts(owner) == (90, 80)


async def test_a_hold_expires(world: World) -> None:
    """At its time, not before, and an ended one is left alone."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)
    hold = hold_of(world, owner, 30)
    assert hold.expires_at is not None
    await place(world=world, hold=hold)
    voided = await place(world=world, hold=hold_of(world, owner, 30))
    await void(hold_id=voided)

    await operations.expire_holds(now=hold.expires_at - timedelta(seconds=1))
    before = await amounts(owner)
    await operations.expire_holds(now=hold.expires_at)

    assert before == (100, 70)
    assert await amounts(owner) == (100, 100)
    assert not await void(hold_id=voided)


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("update ledger_hold set amount = 1 where id = $1", "ledger_hold_resolved_once"),
        ("update ledger_hold set state = 'posted' where id = $1", "ledger_hold_posted"),
        ("update ledger_hold set state = 'gone' where id = $1", "ledger_hold_state_known"),
        ("delete from ledger_hold where id = $1", "append_only"),
    ],
)
async def test_the_database_refuses_other_changes(world: World, sql: str, constraint: str) -> None:
    """Past our own code too."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)
    hold_id = await place(world=world, hold=hold_of(world, owner, 30))

    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        async with transaction():
            await execute(sql, hold_id)

    assert refusal.value.constraint_name == constraint
    assert await amounts(owner) == (100, 70)


async def test_house_accounts_hold_nothing(world: World) -> None:
    """They are never locked, so nothing could keep the money there."""
    await fill(world, earnings(world.new_id()), 100)  # the clearing account exists

    with pytest.raises(RuntimeError, match="ledger_hold_on_member"):
        await place(world=world, hold=hold_of(world, CLEARING, 1))
