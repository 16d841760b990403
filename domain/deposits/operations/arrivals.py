"""Money that nobody asked for is booked, and waits for two people: nothing that came is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_value, one_transaction
from domain.deposits import queries
from domain.deposits.operations import money
from domain.deposits.provider import DepositObservation
from domain.deposits.queries import DepositRecord
from domain.deposits.rules import CREDITED, SAID_LENGTH_MAX, ArrivalState, has_grown, net_of
from domain.given import NewId
from domain.ledger import operations as ledger
from domain.money import Money

_INSERT: Final = """
    insert into deposit_arrival
        (id, instance_id, arrival_ref, deposit_id, state, currency, amount_micros, said,
         arrived_at, recorded_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict (instance_id, arrival_ref) do nothing
    returning id
"""
_ARRIVED: Final = """
    update deposit set arrived_micros = $2, arrived_currency = currency where id = $1
"""


@one_transaction
async def book_extra(
    *,
    asked: DepositRecord,
    observation: DepositObservation | None,
    new_id: NewId,
    now: datetime,
) -> None:
    """A deposit is credited once: what comes to it later is nobody's until people say whose (E25).

    Providers name running sums, so the sum is the name of what was added to reach it.
    """
    if observation is None or observation.amount is None or asked.state not in CREDITED:
        return
    deposit = await queries.locked_deposit(deposit_id=asked.id)
    seen = net_of(observation, dismissed=deposit.dismissed)
    known = deposit.arrived or deposit.credited
    if seen is None or seen.amount is None or not has_grown(seen, arrived=known):
        return
    total = seen.amount
    await execute(_ARRIVED, deposit.id, total.micros)
    arrival_id = await insert_arrival(
        instance_id=deposit.instance_id,
        arrival_ref=f"{deposit.deposit_ref}:{total.micros}",
        deposit_id=deposit.id,
        state=ArrivalState.UNALLOCATED,
        amount=total - known,
        arrived_at=observation.occurred_at or now,
        new_id=new_id,
        now=now,
    )
    assert arrival_id is not None, "the sum has grown under our lock"
    transfer = money.unallocated(
        arrival_id=arrival_id,
        about_id=deposit.id,
        amount=total - known,
        instance_id=deposit.instance_id,
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())


async def insert_arrival(
    *,
    instance_id: str,
    arrival_ref: str,
    deposit_id: UUID | None,
    state: ArrivalState,
    amount: Money,
    arrived_at: datetime,
    new_id: NewId,
    now: datetime,
    said: str = "",
) -> UUID | None:
    """None when it is here already: the same statement twice is no more money."""
    found = await fetch_value(
        _INSERT,
        new_id(),
        instance_id,
        arrival_ref,
        deposit_id,
        state.value,
        amount.currency,
        amount.micros,
        said[:SAID_LENGTH_MAX],
        arrived_at,
        now,
    )
    assert found is None or isinstance(found, UUID)
    return found
