"""R21, C12: credited at once, paid out some days later, where the operator wants it so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from domain.assignments.queries import assignments_by_id
from domain.database import execute, transaction
from domain.ledger import operations as ledger
from domain.ledger.queries import available, balance
from domain.ledger.rules import Account, AccountKind
from domain.money import Money
from tests.make.campaigns import approve, claim, funded, pay_in, publish, submit
from tests.make.members import add_employer, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

CURRENCY: Final = "USD"
FROM: Final = datetime(2090, 1, 1, 12, tzinfo=UTC)  # a rate stays: nobody else is there by then
DAYS: Final = 3
_RATE: Final = """
    insert into rate (kind, scope, valid_from, number, source)
    values ('maturity', $1, $2, $3, 'a test') on conflict do nothing
"""
_LEVEL: Final = """
    insert into worker_standing
        (worker_id, satisfied_count, five_star_count, usd_micros, level) values ($1, 0, 0, 0, 4)
"""
_KNOWN: Final = """
    insert into verification_standing (member_id, level, is_held, changed_at)
    values ($1, 2, false, $2)
"""


async def earned(worker: UUID) -> tuple[int, int]:
    """The balance, and what of it can be paid out."""
    account = Account(AccountKind.WORKER_EARNINGS, worker)
    found = await balance(account=account, currency=CURRENCY)
    free = await available(account=account, currency=CURRENCY)
    return found.micros, free.micros


async def test_what_is_earned_is_payable_some_days_later(world: World) -> None:
    """To the second; and at once for whoever is of level 4 and has proven who they are."""
    world.now = FROM
    reward = Money(50_000, CURRENCY)
    async with transaction():
        await execute(_RATE, CURRENCY, FROM.date(), DAYS)
    employer = await add_employer(world)
    await pay_in(world, employer, Money(1_000_000_000, CURRENCY))
    campaign = await funded(world, employer, reward=reward)
    await publish(world, employer, campaign)
    new, known = [await add_worker(world) for _ in range(2)]
    async with transaction():
        await execute(_LEVEL, known)
        await execute(_KNOWN, known, world.now)
    works = []
    for worker in (new, known):
        works.append(await claim(world, worker, campaign))
        await submit(world, worker, works[-1])
    before = (await assignments_by_id(ids=works, viewer_id=new))[works[0]]
    for work in works:
        await approve(world, employer, work)
    after = await assignments_by_id(ids=works, viewer_id=employer)
    at_once = (await earned(new), await earned(known))
    end = world.now + timedelta(days=DAYS)
    await ledger.expire_holds(now=end - timedelta(seconds=1))
    early = await earned(new)
    await ledger.expire_holds(now=end)

    assert before.approves_at is not None
    assert before.payable_at == before.approves_at + timedelta(days=DAYS)
    assert [after[work].payable_at for work in works] == [end, world.now]
    whole = reward.micros
    assert at_once == ((whole, 0), (whole, whole))
    assert (early, await earned(new)) == ((whole, 0), (whole, whole))
