"""What worker and employer do in a dispute."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments import operations as assignments
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import PauseReason
from domain.database import execute, one_transaction
from domain.disputes.operations.steps import (
    begin,
    finish,
    lock_for_employer,
    lock_for_party,
    move,
    record,
)
from domain.disputes.rules import DisputeEvent, DisputeParty, Ruling
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.texts import passed_on, require_grounds


@one_transaction
async def open_dispute(
    *, worker_id: UUID, assignment_id: UUID, text: str, new_id: NewId, now: datetime
) -> UUID:
    """The worker contests a rejection within seven days; the employer has 72 hours to answer.

    Refuses with `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    require_grounds(text)
    work = await assignments.contest(assignment_id=assignment_id, worker_id=worker_id, now=now)
    dispute_id = new_id()
    await begin(
        assignment_id=assignment_id,
        worker_id=worker_id,
        employer_id=work.booking.employer_id,
        party=DisputeParty.WORKER,
        actor_id=worker_id,
        text=passed_on(text),
        dispute_id=dispute_id,
        now=now,
    )
    return dispute_id


OPEN_COUNT_MAX: Final = 100


@one_transaction
async def open_all_disputes(
    *, campaign_id: UUID, since: datetime, new_id: NewId, now: datetime
) -> int:
    """After a mass rejection its workers need not contest it (R8): the employer has to answer, and
    the campaign takes no claims until staff have looked.

    At most 100 at once; call it again until it finds none.
    """
    await campaigns.pause_by_system(
        campaign_id=campaign_id, reason=PauseReason.REJECTION_BREAKER, now=now
    )
    contested = await assignments.contest_all(
        campaign_id=campaign_id, since=since, count_max=OPEN_COUNT_MAX
    )
    for each in contested:
        await begin(
            assignment_id=each.assignment_id,
            worker_id=each.worker_id,
            employer_id=each.employer_id,
            party=DisputeParty.CLOCK,
            actor_id=None,
            text=None,
            dispute_id=new_id(),
            now=now,
        )
    return len(contested)


@one_transaction
async def answer_dispute(*, employer_id: UUID, dispute_id: UUID, text: str, now: datetime) -> None:
    """The employer's side. Refuses with `InvalidInput`, `NotFound` or `InvalidTransition`."""
    require_grounds(text)
    dispute = await lock_for_employer(dispute_id, employer_id)
    target = dispute.require(DisputeEvent.ANSWER)
    await move(dispute, target, now)
    await record(
        dispute_id,
        DisputeEvent.ANSWER,
        DisputeParty.EMPLOYER,
        employer_id,
        now,
        text=passed_on(text),
    )


@one_transaction
async def concede_dispute(
    *, employer_id: UUID, dispute_id: UUID, key: IdempotencyKey, new_id: NewId, now: datetime
) -> bool:
    """The employer gives in, and the worker is paid. True for a key that was used before.

    Refuses with `NotFound` or `InvalidTransition`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return True
    dispute = await lock_for_employer(dispute_id, employer_id)
    dispute.require(DisputeEvent.CONCEDE)
    await record(dispute_id, DisputeEvent.CONCEDE, DisputeParty.EMPLOYER, employer_id, now)
    await finish(dispute, Ruling.WORKER, actor_id=employer_id, new_id=new_id, now=now)
    await idempotency.answer(key=key, result=str(dispute_id))
    return False


@one_transaction
async def escalate_dispute(*, member_id: UUID, dispute_id: UUID, now: datetime) -> None:
    """Either side asks for a decision now. Refuses with `NotFound` or `InvalidTransition`."""
    dispute = await lock_for_party(dispute_id, member_id)
    target = dispute.require(DisputeEvent.ESCALATE)
    await move(dispute, target, now)
    await record(dispute_id, DisputeEvent.ESCALATE, dispute.party(member_id), member_id, now)


@one_transaction
async def appeal_dispute(*, member_id: UUID, dispute_id: UUID, text: str, now: datetime) -> None:
    """Once, within seven days of the decision. Refuses with `InvalidInput`, `NotFound` or
    `InvalidTransition`.
    """
    require_grounds(text)
    dispute = await lock_for_party(dispute_id, member_id)
    target = dispute.require(DisputeEvent.APPEAL)
    await move(dispute, target, now)
    await record(
        dispute_id,
        DisputeEvent.APPEAL,
        dispute.party(member_id),
        member_id,
        now,
        text=passed_on(text),
    )


_ACCEPT: Final = """
    update dispute set worker_accepts = worker_accepts or $2 = worker_id,
                       employer_accepts = employer_accepts or $2 = employer_id
    where id = $1
"""


@one_transaction
async def accept_ruling(
    *, member_id: UUID, dispute_id: UUID, key: IdempotencyKey, new_id: NewId, now: datetime
) -> bool:
    """A side will not appeal; once both said so, the money moves. Saying it twice is no harm.

    True for a key that was used before. Refuses with `NotFound` or `InvalidTransition`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return True
    dispute = await lock_for_party(dispute_id, member_id)
    dispute.require(DisputeEvent.ACCEPT)
    party = dispute.party(member_id)
    await idempotency.answer(key=key, result=str(dispute_id))
    if party in dispute.accepted:
        return False
    await execute(_ACCEPT, dispute_id, member_id)
    await record(dispute_id, DisputeEvent.ACCEPT, party, member_id, now)
    if dispute.accepted:
        assert dispute.ruling is not None
        await finish(
            dispute,
            dispute.ruling,
            percent=dispute.percent,
            actor_id=member_id,
            new_id=new_id,
            now=now,
        )
    return False
