"""Who decides on which payouts just now; others pass them by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, in_transaction, one_transaction
from domain.jobs import enqueue
from domain.payouts.operations.request_payout import route_job

CLAIM_TIME: Final = timedelta(minutes=1)  # longer, and others may decide instead

# In the order of their ids, so that two who claim the same ones do not wait for each other.
_CLAIM: Final = """
    insert into payout_route_claim (payout_id, claim_id, until)
    select id, $2, $3 from unnest($1::uuid[]) as wanted (id) order by id
    on conflict (payout_id) do update
        set claim_id = excluded.claim_id, until = excluded.until, is_asked_again = false
        where payout_route_claim.until <= $4
    returning payout_id
"""
_ASK_AGAIN: Final = "update payout_route_claim set is_asked_again = true where payout_id = $1"
_STILL_OURS: Final = """
    select payout_id from payout_route_claim where payout_id = any($1) and claim_id = $2
"""
# Whoever asked again about one that went nowhere shall have a job for it.
_GIVE_BACK: Final = """
    with ended as (
        delete from payout_route_claim where payout_id = any($1) and claim_id = $2
        returning payout_id, is_asked_again)
    select payout_id from ended
    where is_asked_again and not exists (
        select from payout_attempt a
        where a.payout_id = ended.payout_id and a.state not in ('rejected', 'missing'))
"""
_FORGET: Final = "delete from payout_route_claim where until <= $1"


@one_transaction
async def claim_one(*, payout_id: UUID, claim_id: UUID, now: datetime) -> bool:
    """False where somebody else decides on it; they see to it that it is asked about again."""
    if await _claim([payout_id], claim_id=claim_id, now=now):
        return True
    if await execute(_ASK_AGAIN, payout_id):
        return False
    return bool(await _claim([payout_id], claim_id=claim_id, now=now))  # they were just done


@one_transaction
async def claim_some(*, payout_ids: Sequence[UUID], claim_id: UUID, now: datetime) -> set[UUID]:
    """Those of them that nobody else decides on."""
    return await _claim(payout_ids, claim_id=claim_id, now=now)


async def still_ours(*, payout_ids: Sequence[UUID], claim_id: UUID) -> set[UUID]:
    """Without those that others decide on by now, because we took too long."""
    rows = await fetch(_STILL_OURS, list(payout_ids), claim_id)
    return {row["payout_id"] for row in rows}


@one_transaction
async def give_back(*, payout_ids: Sequence[UUID], claim_id: UUID) -> None:
    """A short transaction of its own: nobody who claims waits for a long one that writes."""
    rows = await fetch(_GIVE_BACK, list(payout_ids), claim_id)
    if rows:
        await enqueue([route_job(row["payout_id"]) for row in rows])


async def forget_dead(*, now: datetime) -> None:
    """Claims of those who were killed."""
    assert in_transaction()
    await execute(_FORGET, now)


async def _claim(payout_ids: Sequence[UUID], *, claim_id: UUID, now: datetime) -> set[UUID]:
    rows = await fetch(_CLAIM, list(payout_ids), claim_id, now + CLAIM_TIME, now)
    return {row["payout_id"] for row in rows}
