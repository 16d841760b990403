"""What worker and employer do in a dispute."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments import operations as assignments
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import PauseReason
from domain.database import execute, fetch_value, one_transaction
from domain.disputes.operations.steps import (
    Locked,
    begin,
    finish,
    lock_for_answer,
    lock_for_party,
    move,
    record,
)
from domain.disputes.rules import (
    FRAUD_TIME,
    DisputeEvent,
    DisputeKind,
    DisputeParty,
    DisputeState,
    conceded,
)
from domain.errors import InvalidTransition
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


_KNOWN: Final = "select 1 from dispute where assignment_id = $1"


@one_transaction
async def open_fraud_dispute(
    *, employer_id: UUID, assignment_id: UUID, text: str, new_id: NewId, now: datetime
) -> UUID:
    """The employer contests what was approved, within 30 days; it stays approved meanwhile.

    What was contested once, is not contested again. Refuses with `InvalidInput`, `NotFound` or
    `InvalidTransition`.
    """
    require_grounds(text)
    work = await assignments.require_approved(
        assignment_id=assignment_id, employer_id=employer_id, since=now - FRAUD_TIME
    )
    if await fetch_value(_KNOWN, assignment_id):
        raise InvalidTransition(
            subject="the assignment", state="contested before", event="dispute for fraud"
        )
    dispute_id = new_id()
    await begin(
        assignment_id=assignment_id,
        worker_id=work.booking.worker_id,
        employer_id=employer_id,
        party=DisputeParty.EMPLOYER,
        actor_id=employer_id,
        text=passed_on(text),
        dispute_id=dispute_id,
        kind=DisputeKind.FRAUD,
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
async def answer_dispute(*, member_id: UUID, dispute_id: UUID, text: str, now: datetime) -> None:
    """What the side says that did not open it: the employer, and of fraud the worker.

    Refuses with `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    require_grounds(text)
    dispute = await lock_for_answer(dispute_id, member_id)
    target = dispute.require(DisputeEvent.ANSWER)
    await move(dispute, target, now)
    await record(
        dispute_id,
        DisputeEvent.ANSWER,
        dispute.party(member_id),
        member_id,
        now,
        text=passed_on(text),
    )


@one_transaction
async def concede_dispute(
    *, member_id: UUID, dispute_id: UUID, key: IdempotencyKey, new_id: NewId, now: datetime
) -> bool:
    """The side that did not open it gives in: the worker is paid, or gives back what was fraud.

    A worker who has been paid out some of it cannot end it alone: our own money would make up
    for that, so staff look at it first. True for a key that was used before.

    Refuses with `NotFound` or `InvalidTransition`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return True
    dispute = await lock_for_answer(dispute_id, member_id)
    event = await _concession(dispute)
    target = dispute.require(event)
    await record(dispute_id, event, dispute.party(member_id), member_id, now)
    await idempotency.answer(key=key, result=str(dispute_id))
    if target is DisputeState.FINAL:
        ruling = conceded(dispute.kind)
        await finish(dispute, ruling, actor_id=member_id, new_id=new_id, now=now)
    else:
        await move(dispute, target, now)
    return False


async def _concession(dispute: Locked) -> DisputeEvent:
    if dispute.kind is DisputeKind.REJECTION:
        return DisputeEvent.CONCEDE
    dispute.require(DisputeEvent.CONCEDE)  # before anybody's account is locked
    is_there = await assignments.is_reward_there(assignment_id=dispute.assignment_id)
    return DisputeEvent.CONCEDE if is_there else DisputeEvent.ADMIT


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
