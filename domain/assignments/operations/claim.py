"""Taking a place: one statement, so that no concurrency can hand out one place twice."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from domain.assignments import queries
from domain.assignments.rules import ClaimFacts, ClaimReason, claim_reasons
from domain.database import change_value
from domain.errors import NotFound, Refused
from domain.given import NewId


class NotEligible(Refused):
    """The claim was not taken, for all of these reasons."""

    code = "NOT_ELIGIBLE"

    def __init__(self, reasons: tuple[ClaimReason, ...]) -> None:
        super().__init__("this campaign cannot be claimed: " + ", ".join(reasons))
        self.reasons = reasons


# The one place where another aggregate's counters move inside our statement: a second
# round trip between taking the place and writing the claim would double the lock's life.
# Migrations 0018 and 0065 have the functions; the second waits for places that others are taking.
_CLAIM_FREE: Final = "select claim_next_place($1, $2, $3, $4, $5)"
_CLAIM_WAITING: Final = "select claim_next_place_waiting($1, $2, $3, $4, $5)"


async def claim_assignment(
    *, worker_id: UUID, campaign_id: UUID, task_id: UUID | None, new_id: NewId, now: datetime
) -> UUID:
    """Take a place of the named task, or of the next task this worker has not done.

    Reward, fee and instructions are fixed from here. Refuses with `NotFound` for what the
    worker may not see, and with `NotEligible` naming every reason.
    """
    assignment_id = new_id()
    for sql in (_CLAIM_FREE, _CLAIM_WAITING):
        try:
            claimed = await change_value(sql, campaign_id, worker_id, assignment_id, now, task_id)
        except asyncpg.UniqueViolationError:
            break  # another claim of the same worker was faster
        if claimed is not None:
            return assignment_id
        facts = await _facts(campaign_id, worker_id, task_id, now)
        reasons = claim_reasons(facts)
        if reasons:
            raise NotEligible(reasons)
    facts = await _facts(campaign_id, worker_id, task_id, now)
    raise NotEligible(claim_reasons(facts) or (ClaimReason.NO_PLACE_LEFT,))


async def _facts(
    campaign_id: UUID, worker_id: UUID, task_id: UUID | None, now: datetime
) -> ClaimFacts:
    facts = await queries.claim_facts(
        campaign_ids=[campaign_id], worker_id=worker_id, task_id=task_id, now=now
    )
    if campaign_id not in facts:
        raise NotFound("no such campaign")
    return facts[campaign_id]
