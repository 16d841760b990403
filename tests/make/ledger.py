"""Accounts and transfers for tests that need money without a marketplace around it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from domain.database import one_transaction
from domain.ledger import operations
from domain.ledger.operations import Posted
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.money import Money
from tests.make.world import World

CLEARING = Account(AccountKind.PROVIDER_CLEARING, "sandbox")
FEES = Account(AccountKind.INCOME_FEES)


def earnings(owner_id: UUID) -> Account:
    return Account(AccountKind.WORKER_EARNINGS, owner_id)


def available(owner_id: UUID) -> Account:
    return Account(AccountKind.EMPLOYER_AVAILABLE, owner_id)


def pay(  # the test names what it cares about
    world: World,
    *,
    source: Account,
    target: Account,
    micros: int,
    currency: str = "EUR",
    key: str | None = None,
    correlation_id: UUID | None = None,
    reverses: UUID | None = None,
) -> Transfer:
    amount = Money(micros, currency)
    return Transfer(
        event="T1",
        kind="test.paid",
        key=key or str(world.new_id()),
        correlation_id=correlation_id or UUID(int=1),
        actor_id=None,
        legs=legs(debit(source, amount), credit(target, amount)),
        reverses=reverses,
    )


@one_transaction
async def book(
    *, world: World, transfers: Sequence[Transfer], on: date | None = None
) -> dict[str, Posted]:
    return await operations.post(
        transfers=transfers, new_id=world.new_id, effective_on=on or world.now.date()
    )


async def fill(world: World, account: Account, micros: int, currency: str = "EUR") -> Posted:
    """Money from outside, as a settled deposit brings it."""
    transfer = pay(world, source=CLEARING, target=account, micros=micros, currency=currency)
    return (await book(world=world, transfers=[transfer]))[transfer.key]
