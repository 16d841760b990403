"""Many random transfers: nothing is lost, nothing is booked twice, nobody is overdrawn (A2)."""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Final

import pytest

from domain.database import fetch, fetch_value
from domain.ledger import operations, queries
from domain.ledger.operations import InsufficientFunds
from domain.ledger.rules import Account, Transfer
from tests.make.ledger import CLEARING, available, book, earnings, pay
from tests.make.world import World

CAMPAIGN = bool(os.environ.get("PIECERATE_CAMPAIGN"))
EVENT_COUNT: Final = 100_000 if CAMPAIGN else 2_000
BATCH: Final = 250
AUDIT_EVERY: Final = 20  # batches
CURRENCIES: Final = ("EUR", "JPY")
_COUNTS: Final = """
    select (select count(*) from ledger_transfer) as transfers,
           (select count(*) from ledger_entry) as entries
"""
Balances = Counter[tuple[Account, str]]


@pytest.mark.asyncio
@pytest.mark.timeout(3600 if CAMPAIGN else 120)
async def test_a_hundred_thousand_transfers_leave_no_trace_of_a_mistake(world: World) -> None:
    """I1, I5, I6, I9: each batch is sent twice, what nobody has is refused as a whole, and the
    balances are those of a model that only adds and subtracts.
    """
    chance = random.Random(int(os.environ.get("PIECERATE_TEST_SEED", "7")))  # noqa: S311  # a test's
    members = [make(world.new_id()) for make in (earnings, available) for _ in range(12)]
    model: Balances = Counter()
    for number in range(EVENT_COUNT // BATCH):
        transfers = [event(world, chance, members, model) for _ in range(BATCH)]
        posted = await book(world=world, transfers=transfers)
        assert not any(each.replayed for each in posted.values())

        before = await fetch(_COUNTS)
        again = await book(world=world, transfers=transfers)
        assert all(each.replayed for each in again.values())
        await overdraw(world, chance.choice(members), model)
        assert await fetch(_COUNTS) == before
        if number % AUDIT_EVERY == 0:
            await operations.fold()
            assert await queries.audit() == []

    for (account, currency), micros in model.items():
        if account != CLEARING:
            found = await queries.balance(account=account, currency=currency)
            assert found.micros == micros, (account, currency)
    assert await fetch_value("select coalesce(sum(amount), 0) from ledger_entry") == 0
    assert await queries.audit() == []


def event(world: World, chance: random.Random, members: list[Account], model: Balances) -> Transfer:
    """Money comes in, or goes on from whoever has some; the model has moved when it is made."""
    currency = chance.choice(CURRENCIES)
    target = chance.choice(members)
    rich = [each for each in members if model[each, currency] > 0 and each != target]
    source = chance.choice(rich) if rich and chance.random() < 0.7 else CLEARING
    most = 10**9 if source == CLEARING else model[source, currency]
    micros = chance.randint(1, most)
    model[source, currency] -= micros
    model[target, currency] += micros
    return pay(world, source=source, target=target, micros=micros, currency=currency)


async def overdraw(world: World, member: Account, model: Balances) -> None:
    """One transfer too much takes the good one beside it down with it."""
    good = pay(world, source=CLEARING, target=member, micros=1)
    other = available(world.new_id())
    much = pay(world, source=member, target=other, micros=model[member, "EUR"] + 2)
    with pytest.raises(InsufficientFunds):
        await book(world=world, transfers=[good, much])
