"""What staff decide."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.database import one_transaction
from domain.disputes.operations.steps import decide, finish, lock_dispute, record
from domain.disputes.rules import (
    DisputeEvent,
    DisputeKind,
    DisputeParty,
    DisputeState,
    Ruling,
    percent_problem,
)
from domain.errors import InvalidInput, NotAllowed
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.members import queries as members
from domain.members.rules import Role
from domain.texts import require_grounds


@one_transaction
async def rule_dispute(
    *,
    staff_id: UUID,
    dispute_id: UUID,
    is_for_worker: bool,
    percent: int | None = None,
    text: str,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> bool:
    """A person of the platform decides, and says why. On an appeal it is somebody else, and final.

    With a `percent` the worker is paid that share of the reward, and nothing else counts.

    True for a key that was used before. Refuses with `NotAllowed` (no staff, a party, or who
    decided before), `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    found = await members.members_by_id(ids=[staff_id])
    if staff_id not in found or Role.STAFF not in found[staff_id].roles:
        raise NotAllowed("only staff decide disputes")
    require_grounds(text)
    problem = None if percent is None else percent_problem(percent)
    if problem is not None:
        raise InvalidInput(problem, path=("worker_percent",))
    if await idempotency.claim(key=key, now=now) is not None:
        return True
    dispute = await lock_dispute(dispute_id)
    if staff_id in {dispute.worker_id, dispute.employer_id}:
        raise NotAllowed("nobody decides a dispute of their own")
    target = dispute.require(DisputeEvent.RULE)
    if percent is not None and dispute.kind is DisputeKind.FRAUD:
        raise InvalidInput("fraud is not split", path=("worker_percent",))
    if staff_id == dispute.ruled_by:
        raise NotAllowed("an appeal is decided by somebody else")
    whole = Ruling.WORKER if is_for_worker else Ruling.EMPLOYER
    ruling = whole if percent is None else Ruling.SPLIT
    await record(
        dispute_id,
        DisputeEvent.RULE,
        DisputeParty.STAFF,
        staff_id,
        now,
        text=text.strip(),
        ruling=ruling,
        percent=percent,
    )
    if target is DisputeState.FINAL:
        await finish(dispute, ruling, percent=percent, actor_id=staff_id, new_id=new_id, now=now)
    else:
        await decide(dispute, ruling, percent=percent, ruled_by=staff_id, now=now)
    await idempotency.answer(key=key, result=str(dispute_id))
    return False
