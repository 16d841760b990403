"""`post`: balanced, in one currency, once, never overdrawn; the database refuses the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest

from domain.database import execute, fetch, fetch_row, fetch_value, transaction
from domain.ledger import operations, queries
from domain.ledger.rules import Account, AccountKind, Leg, Transfer, credit, debit, legs
from domain.money import Money
from domain.paging import Page
from tests.make.ledger import CLEARING, FEES, available, book, earnings, fill, pay
from tests.make.world import World

pytestmark = pytest.mark.asyncio

INSERT_TRANSFER = """
    insert into ledger_transfer
        (id, idempotency_key, request_digest, event, kind, correlation_id, effective_on)
    values ($1, $2, '', 'T1', 'test', $1, '2026-03-29')
"""
INSERT_ENTRY = """
    insert into ledger_entry (transfer_id, account_id, currency, amount)
    select $1, id, $3, $4 from ledger_account where code = $2 and currency = $3
"""


async def raw_transfer(world: World, *sides: tuple[Account, str, int]) -> UUID:
    """Past our own code, as a bug or a person with psql would write it."""
    id_ = world.new_id()
    async with transaction():
        await execute(INSERT_TRANSFER, id_, str(id_))
        for account, currency, amount in sides:
            await execute(INSERT_ENTRY, id_, account.code, currency, amount)
    return id_


@pytest.mark.parametrize(
    ("amounts", "constraint"),
    [
        ((100, -99), "ledger_transfer_balanced"),
        ((100,), "ledger_transfer_entries"),
        ((), "ledger_transfer_entries"),
    ],
)
async def test_an_unbalanced_transfer_does_not_commit(
    world: World, amounts: tuple[int, ...], constraint: str
) -> None:
    """Whatever writes it: money cannot come from nowhere."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000)

    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await raw_transfer(world, *((owner, "EUR", amount) for amount in amounts))

    assert refusal.value.constraint_name == constraint
    assert await queries.balance(account=owner, currency="EUR") == Money(1_000, "EUR")


async def test_our_own_code_builds_no_unbalanced_transfer() -> None:
    """Found before it reaches the database, where it is made."""
    with pytest.raises(AssertionError):
        legs(debit(CLEARING, Money(2, "EUR")), credit(FEES, Money(1, "EUR")))
    with pytest.raises(AssertionError):
        legs(debit(CLEARING, Money(1, "EUR")), credit(FEES, Money(1, "USD")))
    with pytest.raises(AssertionError):
        debit(CLEARING, Money(-1, "EUR"))


async def test_each_currency_balances_for_itself(world: World) -> None:
    """Ten euros in, ten dollars out is two transfers through a position, never one."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000, "EUR")
    await fill(world, owner, 1_000, "USD")

    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await raw_transfer(world, (owner, "EUR", 10), (owner, "USD", -10))

    assert refusal.value.constraint_name == "ledger_transfer_balanced"


async def test_an_entry_has_the_currency_of_its_account(world: World) -> None:
    """A leg across currencies cannot exist."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000, "EUR")
    id_ = world.new_id()

    async def mix() -> None:
        async with transaction():
            await execute(INSERT_TRANSFER, id_, str(id_))
            await execute(
                "insert into ledger_entry (transfer_id, account_id, currency, amount)"
                " select $1, id, 'USD', 5 from ledger_account where code = $2",
                id_,
                owner.code,
            )

    with pytest.raises(asyncpg.ForeignKeyViolationError) as refusal:
        await mix()

    assert refusal.value.constraint_name == "ledger_entry_currency"


async def test_a_committed_transfer_takes_no_more_entries(world: World) -> None:
    """Even a balanced pair of entries may not join an old transfer."""
    owner = earnings(world.new_id())
    posted = await fill(world, owner, 1_000)

    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        async with transaction():
            await execute(INSERT_ENTRY, posted.transfer_id, owner.code, "EUR", -5)

    assert refusal.value.constraint_name == "ledger_transfer_closed"


async def test_entries_may_join_across_savepoints(world: World) -> None:
    """The same transaction is the same transaction, also inside a partial."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000)
    id_ = world.new_id()

    async with transaction() as current:
        async with current.partial():
            await execute(INSERT_TRANSFER, id_, str(id_))
        async with current.partial():
            await execute(INSERT_ENTRY, id_, owner.code, "EUR", 5)
            await execute(INSERT_ENTRY, id_, CLEARING.code, "EUR", -5)

    assert await queries.balance(account=owner, currency="EUR") == Money(995, "EUR")


async def test_the_stamp_cannot_be_forged(world: World) -> None:
    """When it was booked is what the database saw, not what somebody claims."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000)
    id_ = world.new_id()
    async with transaction():
        await execute(
            "insert into ledger_transfer (id, idempotency_key, request_digest, event, kind,"
            " correlation_id, effective_on, recorded_at, transaction_id)"
            " values ($1, $2, '', 'T1', 'test', $1, '2026-03-29', '1999-01-01', '1')",
            id_,
            str(id_),
        )
        await execute(INSERT_ENTRY, id_, owner.code, "EUR", 5)
        await execute(INSERT_ENTRY, id_, CLEARING.code, "EUR", -5)

    row = await fetch_row(
        "select recorded_at, transaction_id::text from ledger_transfer where id = $1", id_
    )
    assert row is not None and row["recorded_at"].year > 1999 and row["transaction_id"] != "1"


@pytest.mark.parametrize(
    "sql",
    [
        "update ledger_entry set amount = amount + 1 where transfer_id = $1",
        "delete from ledger_entry where transfer_id = $1",
        "update ledger_transfer set kind = 'other' where id = $1",
        "delete from ledger_transfer where id = $1",
    ],
)
async def test_the_books_are_append_only(world: World, sql: str) -> None:
    """What was booked stays; a correction is a transfer of its own."""
    posted = await fill(world, earnings(world.new_id()), 1_000)

    with pytest.raises(asyncpg.RestrictViolationError) as refusal:
        async with transaction():
            await execute(sql, posted.transfer_id)

    assert refusal.value.constraint_name == "append_only"


@pytest.mark.parametrize(
    "sql",
    [
        "truncate ledger_entry",
        "truncate ledger_transfer cascade",
        "truncate ledger_account cascade",
        "truncate ledger_account_kind cascade",
        "truncate ledger_hold",
    ],
)
async def test_the_books_cannot_be_emptied(world: World, sql: str) -> None:
    """Not by cascade either."""
    await fill(world, earnings(world.new_id()), 1_000)

    with pytest.raises(asyncpg.RestrictViolationError) as refusal:
        async with transaction():
            await execute(sql)

    assert refusal.value.constraint_name == "append_only"


async def test_a_member_account_is_never_overdrawn(world: World) -> None:
    """The refusal rolls everything of the call back, also what came before in it."""
    poor, rich = earnings(world.new_id()), earnings(world.new_id())
    await fill(world, poor, 99)
    await fill(world, rich, 100)

    with pytest.raises(operations.InsufficientFunds):
        await book(
            world=world,
            transfers=[
                pay(world, source=rich, target=FEES, micros=100),
                pay(world, source=poor, target=FEES, micros=100),
            ],
        )

    assert await queries.balance(account=poor, currency="EUR") == Money(99, "EUR")
    assert await queries.balance(account=rich, currency="EUR") == Money(100, "EUR")


async def test_an_account_without_entries_holds_nothing(world: World) -> None:
    """It comes into being with its first entry, which cannot be a payment out of it."""
    nobody = earnings(world.new_id())

    with pytest.raises(operations.InsufficientFunds):
        await book(world=world, transfers=[pay(world, source=nobody, target=FEES, micros=1)])

    assert await queries.balance(account=nobody, currency="EUR") == Money(0, "EUR")


async def test_concurrent_payments_spend_a_balance_once(world: World) -> None:
    """Thirty-two at once on one account: exactly as many succeed as it can pay."""
    owner = earnings(world.new_id())
    await fill(world, owner, 10 * 100)

    async def spend() -> bool:
        try:
            await book(world=world, transfers=[pay(world, source=owner, target=FEES, micros=100)])
        except operations.InsufficientFunds:
            return False
        return True

    spent = await asyncio.gather(*(spend() for _ in range(32)))

    assert sum(spent) == 10
    assert await queries.balance(account=owner, currency="EUR") == Money(0, "EUR")


async def test_entries_are_numbered_without_a_gap_under_concurrency(world: World) -> None:
    """`id` is drawn before the row lock, so only `account_seq` is an order for statements."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000)

    await asyncio.gather(
        *(
            book(world=world, transfers=[pay(world, source=owner, target=FEES, micros=1 + n)])
            for n in range(30)
        )
    )

    rows = await fetch(
        "select e.account_seq, e.balance_after, e.amount from ledger_entry e"
        " join ledger_account a on a.id = e.account_id where a.code = $1 order by e.account_seq",
        owner.code,
    )
    assert [row["account_seq"] for row in rows] == list(range(1, 32))
    balance = 0
    for row in rows:
        balance -= row["amount"]
        assert row["balance_after"] == balance
    statement = await queries.entries(account=owner, currency="EUR", page=Page(limit=50))
    assert statement[0].balance_after == Money(balance, "EUR")
    assert [entry.id for entry in statement] == list(range(31, 0, -1))


async def test_house_accounts_keep_up_before_and_after_folding(world: World) -> None:
    """Their balance is exact at any moment, although no poster updates it."""
    owner = earnings(world.new_id())
    house = Account(AccountKind.CAMPAIGN_ESCROW, world.new_id())
    await fill(world, owner, 1_000)

    await book(world=world, transfers=[pay(world, source=owner, target=house, micros=300)])
    before = await queries.balance(account=house, currency="EUR")
    while await operations.fold():
        pass
    await book(world=world, transfers=[pay(world, source=owner, target=house, micros=1)])

    assert before == Money(300, "EUR")
    assert await queries.balance(account=house, currency="EUR") == Money(301, "EUR")
    kept = await fetch_value("select balance from ledger_account where code = $1", house.code)
    assert kept == 300
    await give_back(world, house, owner, 301)


async def test_folding_while_posting_loses_nothing(world: World) -> None:
    """Two folders and many posters at once."""
    owners = [earnings(world.new_id()) for _ in range(4)]
    house = Account(AccountKind.CAMPAIGN_FEES, world.new_id())
    for owner in owners:
        await fill(world, owner, 1_000_000)

    async def spend(owner: Account) -> None:
        for _ in range(10):
            await book(world=world, transfers=[pay(world, source=owner, target=house, micros=7)])

    async def keep_folding() -> None:
        for _ in range(20):
            await operations.fold()

    await asyncio.gather(*(spend(owner) for owner in owners), keep_folding(), keep_folding())

    assert await queries.balance(account=house, currency="EUR") == Money(4 * 10 * 7, "EUR")
    while await operations.fold():
        pass
    assert await queries.balance(account=house, currency="EUR") == Money(4 * 10 * 7, "EUR")
    await give_back(world, house, owners[0], 4 * 10 * 7)


async def give_back(world: World, house: Account, owner: Account, micros: int) -> None:
    """What is set aside for no campaign is a difference to all who audit."""
    await book(world=world, transfers=[pay(world, source=house, target=owner, micros=micros)])


async def test_a_key_is_booked_once(world: World) -> None:
    """Twenty at once with one key: one is fresh, all learn the same transfer."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000)
    wish = pay(world, source=owner, target=FEES, micros=10)

    answers = await asyncio.gather(*(book(world=world, transfers=[wish]) for _ in range(20)))

    posted = [answer[wish.key] for answer in answers]
    assert len({each.transfer_id for each in posted}) == 1
    assert sum(not each.replayed for each in posted) == 1
    assert await queries.balance(account=owner, currency="EUR") == Money(990, "EUR")


CHANGES: list[Callable[[World, Transfer, Account], Transfer]] = [
    lambda world, wish, owner: pay(world, source=owner, target=FEES, micros=11, key=wish.key),
    lambda world, wish, owner: pay(world, source=owner, target=CLEARING, micros=10, key=wish.key),
    lambda world, wish, owner: pay(
        world, source=owner, target=FEES, micros=10, key=wish.key, correlation_id=uuid4()
    ),
]


@pytest.mark.parametrize("change", CHANGES)
async def test_a_key_with_other_content_is_a_bug(
    world: World, change: Callable[[World, Transfer, Account], Transfer]
) -> None:
    """Never answered as if the other content had been booked."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000)
    wish = pay(world, source=owner, target=FEES, micros=10)
    await book(world=world, transfers=[wish])

    with pytest.raises(operations.LedgerKeyReused):
        await book(world=world, transfers=[change(world, wish, owner)])

    assert await queries.balance(account=owner, currency="EUR") == Money(990, "EUR")


async def test_a_replay_beside_fresh_transfers_books_only_those(world: World) -> None:
    """A batch that is repeated half done ends as if it had run once."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000)
    old = pay(world, source=owner, target=FEES, micros=10)
    await book(world=world, transfers=[old])
    new = pay(world, source=owner, target=FEES, micros=20)

    posted = await book(world=world, transfers=[old, new, new])

    assert (posted[old.key].replayed, posted[new.key].replayed) == (True, False)
    assert await queries.balance(account=owner, currency="EUR") == Money(970, "EUR")


async def close_month(month: date) -> None:
    """As a period close does it: no poster slips in while it looks."""
    async with transaction():
        await execute(
            "select pg_advisory_xact_lock(hashtext('ledger_period'), $1)",
            month.year * 100 + month.month,
        )
        await execute("insert into ledger_period values ($1, now())", month)


async def test_a_closed_month_takes_no_transfer(world: World) -> None:
    """What finance has reported does not change afterwards."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000)
    wish = pay(world, source=owner, target=FEES, micros=10)
    in_january = date(2019, 1, 31)
    await book(world=world, transfers=[wish], on=in_january)
    await close_month(date(2019, 1, 1))

    with pytest.raises(operations.PeriodClosed):
        await book(
            world=world,
            transfers=[pay(world, source=owner, target=FEES, micros=10)],
            on=in_january,
        )

    replay = await book(world=world, transfers=[wish], on=in_january)
    assert replay[wish.key].replayed  # known keys never meet the closed month
    await book(
        world=world,
        transfers=[pay(world, source=owner, target=FEES, micros=10)],
        on=date(2019, 2, 1),
    )


async def test_a_month_closes_after_its_last_poster(world: World) -> None:
    """The closer waits for whoever is posting into the month, and nobody follows."""
    owner = earnings(world.new_id())
    await fill(world, owner, 1_000)
    order: list[str] = []
    posting = asyncio.Event()

    async def post_slowly() -> None:
        async with transaction():
            await operations.post(
                transfers=[pay(world, source=owner, target=FEES, micros=10)],
                new_id=world.new_id,
                effective_on=date(2018, 6, 1),
            )
            posting.set()
            await asyncio.sleep(0.2)
            order.append("posted")

    async def close() -> None:
        await posting.wait()
        await close_month(date(2018, 6, 1))
        order.append("closed")

    await asyncio.gather(post_slowly(), close())

    assert order == ["posted", "closed"]


async def test_a_transfer_is_reversed_once(world: World) -> None:
    """Taking back twice would be a payment."""
    owner = earnings(world.new_id())
    original = await fill(world, owner, 1_000)

    def back() -> Transfer:
        return pay(world, source=owner, target=CLEARING, micros=100, reverses=original.transfer_id)

    await book(world=world, transfers=[back()])
    with pytest.raises(RuntimeError, match="ledger_reversed_once"):
        await book(world=world, transfers=[back()])

    assert await queries.balance(account=owner, currency="EUR") == Money(900, "EUR")


async def test_two_thousand_transfers_are_one_round_trip(world: World) -> None:
    """A sweep approves in batches; the books are the same as one by one."""
    employer = available(world.new_id())
    workers = [earnings(world.new_id()) for _ in range(100)]
    await fill(world, employer, 2_000 * 60)
    batch = [
        Transfer(
            event="T1",
            kind="test.paid",
            key=str(world.new_id()),
            correlation_id=UUID(int=n),
            actor_id=None,
            legs=legs(
                debit(employer, Money(60, "EUR")),
                credit(workers[n % 100], Money(50, "EUR")),
                credit(FEES, Money(10, "EUR")),
            ),
        )
        for n in range(2_000)
    ]

    posted = await book(world=world, transfers=batch)

    assert len(posted) == 2_000 and not any(each.replayed for each in posted.values())
    assert await queries.balance(account=employer, currency="EUR") == Money(0, "EUR")
    for worker in workers:
        assert await queries.balance(account=worker, currency="EUR") == Money(20 * 50, "EUR")


async def test_nothing_to_book_is_fine(world: World) -> None:
    """A free place moves no money and leaves no empty transfer."""
    empty = Transfer(
        event="T1",
        kind="test.paid",
        key="free",
        correlation_id=world.new_id(),
        actor_id=None,
        legs=legs(debit(CLEARING, Money(0, "EUR")), credit(FEES, Money(0, "EUR"))),
    )

    assert await book(world=world, transfers=[empty]) == {}
    assert await book(world=world, transfers=[]) == {}


async def test_opposite_transfers_do_not_deadlock(world: World) -> None:
    """Rows are locked in the order of their ids, whichever way the money flows."""
    left, right = earnings(world.new_id()), earnings(world.new_id())
    await fill(world, left, 1_000)
    await fill(world, right, 1_000)

    def both_ways(first: Account, second: Account) -> Sequence[Transfer]:
        return [
            pay(world, source=first, target=second, micros=1),
            pay(world, source=second, target=first, micros=1),
        ]

    deadlocks_before = await fetch_value(DEADLOCKS)
    await asyncio.gather(
        *(book(world=world, transfers=both_ways(left, right)) for _ in range(15)),
        *(book(world=world, transfers=both_ways(right, left)) for _ in range(15)),
    )

    assert await fetch_value(DEADLOCKS) == deadlocks_before


DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


async def test_a_locked_account_waits(world: World) -> None:
    """Whoever reads a balance to decide by it holds it until the decision is booked."""
    owner = earnings(world.new_id())
    await fill(world, owner, 100)
    locked = asyncio.Event()
    order: list[str] = []

    async def decide() -> None:
        async with transaction():
            await operations.lock_account(account=owner, currency="EUR")
            locked.set()
            await asyncio.sleep(0.2)
            order.append("decided")

    async def spend() -> None:
        await locked.wait()
        await book(world=world, transfers=[pay(world, source=owner, target=FEES, micros=1)])
        order.append("spent")

    await asyncio.gather(decide(), spend())

    assert order == ["decided", "spent"]


async def test_an_entry_needs_a_transfer_of_the_call(world: World) -> None:
    """`ledger_post` books no stray legs."""
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        async with transaction():
            await fetch(
                "select ledger_post($1, $2, $3, $4, $4, $1, $1, $5, $1, $6, $7, $8, $1, $9, $10)",
                [world.new_id()],
                ["stray"],
                [b""],
                ["T1"],
                [world.now.date()],
                [world.new_id()],
                [FEES.code],
                [FEES.kind.value],
                ["EUR"],
                [5],
            )

    assert refusal.value.constraint_name == "ledger_stray_entry"


async def test_the_chart_and_the_code_name_the_same_kinds(world: World) -> None:
    """An account kind missing on one side would fail at its first posting."""
    assert world
    rows = await fetch("select kind from ledger_account_kind")

    assert {row["kind"] for row in rows} == {kind.value for kind in AccountKind}


async def test_accounts_of_many_owners_come_together(world: World) -> None:
    """One statement for a page of members, with what holds keep back."""
    first, second = world.new_id(), world.new_id()
    await fill(world, earnings(first), 10)
    await fill(world, available(first), 20, "USD")

    found = await queries.accounts_of(owner_ids=[first, second])

    assert [(each.code, each.balance) for each in found[first]] == [
        (earnings(first).code, Money(10, "EUR")),
        (available(first).code, Money(20, "USD")),
    ]
    assert found[second] == []


async def test_a_digest_ignores_the_order_of_legs_and_the_day() -> None:
    """A retry after midnight, or from a set, is still the same wish."""
    one, two = Money(1, "EUR"), Money(2, "EUR")
    sides = [Leg(CLEARING, two), Leg(FEES, -one), Leg(earnings(UUID(int=7)), -one)]

    def wish(some: Sequence[Leg]) -> Transfer:
        return Transfer(
            event="T1",
            kind="test.paid",
            key="k",
            correlation_id=UUID(int=1),
            actor_id=None,
            legs=legs(*some),
        )

    assert wish(sides).digest() == wish(sides[::-1]).digest()
    assert wish(sides).digest() != wish([Leg(CLEARING, one), Leg(FEES, -one)]).digest()


async def test_totals_and_the_trial_balance_come_from_the_entries(world: World) -> None:
    """The printed sums are the books, not a cache of them."""
    await fill(world, earnings(world.new_id()), 1_000)

    totals = await queries.totals()
    signed = {
        "asset": 1,
        "expense": 1,
        "liability": -1,
        "income": -1,
        "equity": -1,
    }

    assert set((await queries.trial_balance()).values()) == {0}
    in_euros = [each for each in totals if each.balance.currency == "EUR"]
    assert sum(signed[each.account_class] * each.balance.micros for each in in_euros) == 0
    assert any(each.kind is AccountKind.WORKER_EARNINGS for each in in_euros)
