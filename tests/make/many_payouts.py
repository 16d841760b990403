"""Thousands of requested payouts at once: one by one they would take longer than the measure."""

from __future__ import annotations

from uuid import UUID

import msgspec

from domain.database import execute, transaction
from domain.ledger import operations as ledger
from domain.money import Money
from domain.payouts import rules
from domain.payouts.operations import money
from domain.payouts.rules import destination_content
from tests.make.ledger import CLEARING, book, earnings, pay
from tests.make.payouts import VAULT, House

AT_ONCE = 1_000
AMOUNT = Money(7_000_000, "EUR")


async def many_requested(house: House, count: int) -> list[UUID]:
    """One payout of 7.00 EUR each, of as many workers; the books agree."""
    found: list[UUID] = []
    while len(found) < count:
        found += await _some(house, min(AT_ONCE, count - len(found)))
    return found


async def _some(house: House, count: int) -> list[UUID]:
    world = house.world
    workers, destinations, payouts = (
        [world.new_id() for _ in range(count)] for _ in ("workers", "destinations", "payouts")
    )
    await book(
        world=world,
        transfers=[
            pay(world, source=CLEARING, target=earnings(each), micros=AMOUNT.micros)
            for each in workers
        ],
    )
    async with transaction():
        await _places(house, workers, destinations)
        await execute(
            "insert into payout (id, worker_id, destination_id, state, currency, amount_micros,"
            " fee_micros, requested_at)"
            " select id, worker_id, destination_id, 'requested', 'EUR', $4, 0, $5"
            " from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as p (id, worker_id, destination_id)",
            payouts,
            workers,
            destinations,
            AMOUNT.micros,
            world.now,
        )
        await ledger.post(
            transfers=[
                money.requested(
                    payout_id=each, worker_id=worker, amount=AMOUNT, fee=Money(0, "EUR")
                )
                for each, worker in zip(payouts, workers, strict=True)
            ],
            new_id=world.new_id,
            effective_on=world.now.date(),
        )
    return payouts


async def _places(house: House, workers: list[UUID], destinations: list[UUID]) -> None:
    """Members, each with a destination of their own."""
    contents = [{"account": f"account of {each}", "scenario": "ok"} for each in workers]
    await execute(
        "insert into member (id, state, country, roles, registered_at)"
        " select id, 'active', 'PH', '{worker}', $2 from unnest($1::uuid[]) as id",
        workers,
        house.world.now,
    )
    await execute(
        "insert into destination (id, member_id, state, kind, country, currency, label,"
        " fields, fingerprint, created_at, confirmed_at)"
        " select id, member_id, 'active', 'sandbox', 'PH', 'EUR', '…', fields, fingerprint, $5, $5"
        " from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])"
        " as d (id, member_id, fields, fingerprint)",
        destinations,
        workers,
        [
            VAULT.seal(msgspec.json.encode(fields), context=rules.sealed_context(each))
            for each, fields in zip(destinations, contents, strict=True)
        ],
        [
            VAULT.fingerprint(
                destination_content(kind="sandbox", country="PH", currency="EUR", fields=fields)
            )
            for fields in contents
        ],
        house.world.now,
    )
