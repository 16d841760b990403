"""Payments that a bank's statement names: each is its deposit's, or waits for two people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import fetch_value, one_transaction
from domain.deposits import queries
from domain.deposits.operations import money
from domain.deposits.operations.arrivals import insert_arrival
from domain.deposits.operations.look_up_deposit import record_observation
from domain.deposits.provider import DepositObservation, ObservedDeposit
from domain.deposits.rules import CREDITED, ArrivalState
from domain.given import NewId
from domain.ledger import operations as ledger
from domain.money import Money
from domain.provider_news import Arrival

_COUNTED: Final = """
    select coalesce(sum(amount_micros), 0)::bigint from deposit_arrival
    where deposit_id = $1 and state = 'counted'
"""


async def record_arrivals(
    *, instance_id: str, arrivals: Sequence[Arrival], new_id: NewId, now: datetime
) -> None:
    """What names a deposit that waits is counted to it, and settles it where the sum is right (E1).

    All else is booked as nobody's (E25). The same arrivals again change nothing; after a crash
    they end what was begun.
    """
    named = await queries.deposits_by_ref(
        instance_id=instance_id, refs=[each.deposit_ref for each in arrivals if each.deposit_ref]
    )
    for arrival in arrivals:
        deposit_id = named.get(arrival.deposit_ref or "")
        await _take(arrival, deposit_id, instance_id=instance_id, new_id=new_id, now=now)
        if deposit_id is not None:
            await _tell(deposit_id, arrived_at=arrival.arrived_at, new_id=new_id, now=now)


@one_transaction
async def _take(
    arrival: Arrival, deposit_id: UUID | None, *, instance_id: str, new_id: NewId, now: datetime
) -> None:
    is_counted = False
    if deposit_id is not None:
        deposit = await queries.locked_deposit(deposit_id=deposit_id)
        is_same_currency = deposit.amount.currency == arrival.amount.currency
        is_counted = is_same_currency and deposit.state not in CREDITED
    arrival_id = await insert_arrival(
        instance_id=instance_id,
        arrival_ref=arrival.arrival_ref,
        deposit_id=deposit_id,
        state=ArrivalState.COUNTED if is_counted else ArrivalState.UNALLOCATED,
        amount=arrival.amount,
        arrived_at=arrival.arrived_at,
        said=arrival.said,
        new_id=new_id,
        now=now,
    )
    if arrival_id is None or is_counted:
        return
    transfer = money.unallocated(
        arrival_id=arrival_id,
        about_id=deposit_id or arrival_id,
        amount=arrival.amount,
        instance_id=instance_id,
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())


async def _tell(deposit_id: UUID, *, arrived_at: datetime, new_id: NewId, now: datetime) -> None:
    """As a look-up would: the sum of all that was counted so far."""
    asked = (await queries.deposits_by_id(ids=[deposit_id]))[deposit_id]
    micros = await fetch_value(_COUNTED, deposit_id)
    if micros == 0:
        return
    observation = DepositObservation(
        state=ObservedDeposit.SETTLED,
        amount=Money(micros, asked.amount.currency),
        occurred_at=arrived_at,
    )
    await record_observation(asked=asked, observation=observation, new_id=new_id, now=now)
