"""What the two sides agree on between themselves, before anybody decides for them."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.disputes.operations.steps import finish, lock_for_party, record
from domain.disputes.rules import (
    OFFER_COUNT_MAX,
    DisputeEvent,
    DisputeParty,
    DisputeState,
    Ruling,
    percent_problem,
)
from domain.errors import InvalidInput, InvalidTransition
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey

_BY_WORKER: Final = """
    update dispute set worker_offer = $2, worker_offer_count = worker_offer_count + 1
    where id = $1
"""
_BY_EMPLOYER: Final = """
    update dispute set employer_offer = $2, employer_offer_count = employer_offer_count + 1
    where id = $1
"""


@one_transaction
async def offer_share(
    *,
    member_id: UUID,
    dispute_id: UUID,
    percent: int,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> bool:
    """A side says which share of the reward the worker is to get; the other one reads it.

    Once both say the same, the worker is paid that share (E4p), and nobody appeals what they
    offered. At most three offers of each side; saying the same again is no other offer.

    True for a key that was used before. Refuses with `InvalidInput`, `NotFound` or
    `InvalidTransition`.
    """
    problem = percent_problem(percent)
    if problem is not None:
        raise InvalidInput(problem, path=("worker_percent",))
    if await idempotency.claim(key=key, now=now) is not None:
        return True
    dispute = await lock_for_party(dispute_id, member_id)
    dispute.require(DisputeEvent.OFFER)
    party = dispute.party(member_id)
    await idempotency.answer(key=key, result=str(dispute_id))
    if dispute.offers.made_by(party) == percent:
        return False
    if dispute.offers.count_of(party) >= OFFER_COUNT_MAX:
        raise InvalidTransition(
            subject="the dispute", state="after three offers of this side", event="offer"
        )
    change = _BY_WORKER if party is DisputeParty.WORKER else _BY_EMPLOYER
    await execute(change, dispute_id, percent)
    await record(dispute_id, DisputeEvent.OFFER, party, member_id, now, percent=percent)
    if dispute.offers.agreed_with(party, percent):
        assert dispute.require(DisputeEvent.AGREE) is DisputeState.FINAL
        await record(
            dispute_id,
            DisputeEvent.AGREE,
            party,
            member_id,
            now,
            ruling=Ruling.SPLIT,
            percent=percent,
        )
        await finish(
            dispute, Ruling.SPLIT, percent=percent, actor_id=member_id, new_id=new_id, now=now
        )
    return False
