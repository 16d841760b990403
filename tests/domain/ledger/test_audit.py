"""`audit` finds every kind of wrong book, and names the account and the amount."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import one_transaction
from domain.ledger import operations, queries
from domain.ledger.operations import NewHold
from domain.ledger.rules import Account, AccountKind, Difference
from domain.money import Money
from tests.make.difference import planted
from tests.make.ledger import CLEARING, book, earnings, fill, pay
from tests.make.world import World

pytestmark = pytest.mark.asyncio

NUMBERED = "entries of a member account are numbered without a gap"


@pytest.fixture
def owner(world: World) -> Account:
    return earnings(world.new_id())


@one_transaction
async def hold(*, world: World, account: Account) -> UUID:
    wish = NewHold(
        account=account,
        amount=Money(30, "EUR"),
        reason="test",
        key=str(world.new_id()),
        expires_at=world.later(timedelta(days=1)),
    )
    return await operations.place_hold(hold=wish, new_id=world.new_id, now=world.now)


async def test_right_books_have_no_difference(world: World, owner: Account) -> None:
    """Deposits, payments, holds and folds leave nothing to find."""
    await fill(world, owner, 100)
    await hold(world=world, account=owner)
    await book(world=world, transfers=[pay(world, source=owner, target=CLEARING, micros=20)])
    assert await queries.audit() == []

    await operations.fold()

    assert await queries.audit() == []


async def test_finds_a_changed_entry(world: World, owner: Account) -> None:
    """A million added to one side shows in the currency, the transfer and the account."""
    posted = await fill(world, owner, 100)

    found = await planted(
        f"update ledger_entry set amount = amount - 1000000"
        f" where transfer_id = '{posted.transfer_id}' and amount < 0",
        audit=queries.audit,
    )

    assert found == [
        Difference(
            check="all entries of a currency sum to zero",
            subject="all entries",
            expected="0.00 EUR",
            found="-1.00 EUR",
        ),
        Difference(
            check="every transfer balances",
            subject=f"transfer {posted.transfer_id}",
            expected="0.00 EUR",
            found="-1.00 EUR",
        ),
        Difference(
            check="balance = sum of entries",
            subject=owner.code,
            expected="1.0001 EUR",
            found="0.0001 EUR",
        ),
        Difference(
            check="balance after each entry = sum up to it",
            subject=f"{owner.code} entry 1",
            expected="1.0001 EUR",
            found="0.0001 EUR",
        ),
    ]
    assert str(found[2]) == (
        f"balance = sum of entries: {owner.code} should be 1.0001 EUR, is 0.0001 EUR"
    )


async def test_finds_a_deleted_transfer(world: World, owner: Account) -> None:
    """The sums of the rest still balance; the account and its numbering do not."""
    await fill(world, owner, 100)
    posted = await fill(world, owner, 7)

    found = await planted(
        f"delete from ledger_entry where transfer_id = '{posted.transfer_id}'",
        audit=queries.audit,
    )

    by_check = {(each.check, each.subject): each for each in found}
    assert by_check["every transfer has two sides", f"transfer {posted.transfer_id}"].found == (
        "0 entries"
    )
    assert by_check["balance = sum of entries", owner.code].expected == "0.0001 EUR"
    assert by_check["balance = sum of entries", CLEARING.code]
    assert by_check[NUMBERED, owner.code].found == "2 counted, numbered 1 to 1"


async def test_finds_a_gap_in_the_middle(world: World, owner: Account) -> None:
    """Also when balance and counter were made to fit."""
    first = await fill(world, owner, 100)
    await fill(world, owner, 7)

    found = await planted(
        f"delete from ledger_entry where transfer_id = '{first.transfer_id}' and amount < 0",
        f"update ledger_account set entry_count = 1, balance = 7 where code = '{owner.code}'",
        audit=queries.audit,
    )

    subjects = {(each.check, each.subject): each.found for each in found}
    assert subjects[NUMBERED, owner.code] == "1 counted, numbered 2 to 2"
    assert subjects["balance after each entry = sum up to it", f"{owner.code} entry 2"]


async def test_finds_a_changed_balance(world: World, owner: Account) -> None:
    """Somebody gave themselves a raise."""
    await fill(world, owner, 100)

    found = await planted(
        f"update ledger_account set balance = balance + 5000000 where code = '{owner.code}'",
        audit=queries.audit,
    )

    assert found == [
        Difference(
            check="balance = sum of entries",
            subject=owner.code,
            expected="0.0001 EUR",
            found="5.0001 EUR",
        )
    ]


@pytest.mark.parametrize(
    "sql", ["delete from ledger_unfolded", "insert into ledger_unfolded (account_id, amount)"]
)
async def test_finds_a_lost_or_doubled_fold(world: World, owner: Account, sql: str) -> None:
    """A house account that lost a movement on its way into the balance."""
    house = Account(AccountKind.CAMPAIGN_ESCROW, world.new_id())
    await fill(world, owner, 100)
    await book(world=world, transfers=[pay(world, source=owner, target=house, micros=40)])
    of_house = f"(select id from ledger_account where code = '{house.code}')"
    sql += (
        f" where account_id = {of_house}"
        if sql.startswith("delete")
        else f" select account_id, amount from ledger_unfolded where account_id = {of_house}"
    )

    found = await planted(sql, audit=queries.audit)
    await book(world=world, transfers=[pay(world, source=house, target=owner, micros=40)])

    assert [(each.check, each.subject, each.expected) for each in found] == [
        ("balance = sum of entries", house.code, "0.00004 EUR")
    ]


async def test_finds_a_hold_that_holds_nothing(world: World, owner: Account) -> None:
    """A hold ended without freeing its money, and the other way round."""
    await fill(world, owner, 100)
    hold_id = await hold(world=world, account=owner)

    ended = await planted(
        f"update ledger_hold set state = 'voided' where id = '{hold_id}'", audit=queries.audit
    )
    freed = await planted(
        f"update ledger_account set held = 0 where code = '{owner.code}'", audit=queries.audit
    )

    assert [(each.subject, each.expected, each.found) for each in ended] == [
        (owner.code, "0.00 EUR", "0.00003 EUR")
    ]
    assert [(each.subject, each.expected, each.found) for each in freed] == [
        (owner.code, "0.00003 EUR", "0.00 EUR")
    ]


async def test_finds_an_escrow_below_zero(world: World, owner: Account) -> None:
    """House accounts have no floor in line, so the audit is what guards a campaign's escrow."""
    escrow = Account(AccountKind.CAMPAIGN_ESCROW, world.new_id())
    overpaid = pay(world, source=escrow, target=owner, micros=5)
    await book(world=world, transfers=[overpaid])
    found = [each for each in await queries.audit() if each.subject == escrow.code]
    await book(world=world, transfers=[pay(world, source=owner, target=escrow, micros=5)])

    assert found == [
        Difference(
            check="no liability below zero",
            subject=escrow.code,
            expected="0.00 EUR",
            found="-0.000005 EUR",
        )
    ]
    assert not [each for each in await queries.audit() if each.subject == escrow.code]


@pytest.mark.parametrize(
    "change",
    [
        "floor = null",
        "normal_side = 1, balance = -balance, floor = -1000",
        "kind = 'worker:payout'",
        "owner_id = '00000000-0000-0000-0000-000000000001'",
    ],
)
async def test_finds_an_account_that_left_the_chart(
    world: World, owner: Account, change: str
) -> None:
    """Without its floor an account could be overdrawn; with another owner, be spent by them."""
    await fill(world, owner, 100)

    found = await planted(
        f"update ledger_account set {change} where code = '{owner.code}'", audit=queries.audit
    )

    assert ("accounts are what the chart says", owner.code) in [
        (each.check, each.subject) for each in found
    ]


async def test_every_check_can_fail() -> None:
    """The tests above plant a difference for each check of the list."""
    assert list(queries.CHECKS) == [
        "all entries of a currency sum to zero",
        "every transfer balances",
        "every transfer has two sides",
        "balance = sum of entries",
        NUMBERED,
        "balance after each entry = sum up to it",
        "held = sum of pending holds",
        "no liability below zero",
        "a sealed day is as it was sealed",  # these two in `test_seals.py`
        "each seal follows the day before",
        "accounts are what the chart says",
    ]
