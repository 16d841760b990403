"""What staff decide."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.database import one_transaction
from domain.disputes.operations.steps import decide, finish, lock_dispute, record, require_text
from domain.disputes.rules import DisputeEvent, DisputeParty, DisputeState, Ruling
from domain.errors import NotAllowed
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.members import queries as members
from domain.members.rules import Role


@one_transaction
async def rule_dispute(
    *,
    staff_id: UUID,
    dispute_id: UUID,
    is_for_worker: bool,
    text: str,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> bool:
    """A person of the platform decides, and says why. On an appeal it is somebody else, and final.

    True for a key that was used before. Refuses with `NotAllowed` (no staff, a party, or who
    decided before), `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    found = await members.members_by_id(ids=[staff_id])
    if staff_id not in found or Role.STAFF not in found[staff_id].roles:
        raise NotAllowed("only staff decide disputes")
    require_text(text)
    if await idempotency.claim(key=key, now=now) is not None:
        return True
    dispute = await lock_dispute(dispute_id)
    if staff_id in {dispute.worker_id, dispute.employer_id}:
        raise NotAllowed("nobody decides a dispute of their own")
    target = dispute.require(DisputeEvent.RULE)
    if staff_id == dispute.ruled_by:
        raise NotAllowed("an appeal is decided by somebody else")
    ruling = Ruling.WORKER if is_for_worker else Ruling.EMPLOYER
    await record(
        dispute_id,
        DisputeEvent.RULE,
        DisputeParty.STAFF,
        staff_id,
        now,
        text=text.strip(),
        ruling=ruling,
    )
    if target is DisputeState.FINAL:
        await finish(dispute, ruling, actor_id=staff_id, new_id=new_id, now=now)
    else:
        await decide(dispute, ruling, ruled_by=staff_id, now=now)
    await idempotency.answer(key=key, result=str(dispute_id))
    return False
