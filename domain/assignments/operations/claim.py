"""Taking a place: one statement, so that no concurrency can hand out one place twice."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from domain.assignments import queries
from domain.assignments.rules import ClaimFacts, ClaimReason, claim_reasons
from domain.database import fetch, fetch_value, one_transaction
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
_CLAIM: Final = """
    with offer as (
        select c.* from campaign c
        where c.id = $1 and c.state = 'running' and c.employer_id <> $2
          and (c.ends_at is null or c.ends_at > $4)
          and exists (select 1 from member m where m.id = $2 and 'worker' = any(m.roles)
                      and m.state in ('registered', 'active'))
          and (c.per_worker_max is null or c.per_worker_max > (
               select count(*) from assignment a where a.campaign_id = c.id and a.worker_id = $2
               and a.state not in ('returned', 'expired', 'withdrawn')))
    ), candidate as (
        select t.id from task t join offer on offer.id = t.campaign_id
        where t.place_count_open > 0 and ($5::uuid is null or t.id = $5)
          and not exists (select 1 from assignment a where a.task_id = t.id and a.worker_id = $2
                          and a.state not in ('returned', 'expired', 'withdrawn'))
        order by t.priority desc, t.position
        limit 1
        for update of t {wait}
    ), taken as (
        update task t
        set place_count_open = t.place_count_open - 1,
            place_count_held = t.place_count_held + 1,
            state = case when t.place_count_open = 1 then 'full' else 'open' end
        from candidate where t.id = candidate.id
        returning t.id
    )
    insert into assignment
        (id, task_id, campaign_id, worker_id, state, currency, reward_micros, fee_micros,
         vat_micros, instruction_version, revision_count, claimed_at, deadline_at)
    select $3, taken.id, offer.id, $2, 'claimed', offer.currency, offer.reward_micros,
           offer.fee_micros, offer.vat_micros, offer.instruction_version, 0, $4,
           $4 + make_interval(mins => offer.claim_minutes)
    from taken, offer
    returning id
"""
_CLAIM_FREE: Final = _CLAIM.format(wait="skip locked")
_CLAIM_WAITING: Final = _CLAIM.format(wait="")


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
            claimed = await _claim(sql, campaign_id, worker_id, assignment_id, now, task_id)
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


# Before the claim's own statement, whose snapshot would not see what the same worker claimed and
# handed in while it waited: the limit per worker would not count that.
_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended($1, 0))"


@one_transaction
async def _claim(sql: str, campaign_id: UUID, worker_id: UUID, *rest: object) -> UUID | None:
    await fetch(_ONE_AT_A_TIME, f"claim {campaign_id} {worker_id}")
    claimed: UUID | None = await fetch_value(sql, campaign_id, worker_id, *rest)
    return claimed


async def _facts(
    campaign_id: UUID, worker_id: UUID, task_id: UUID | None, now: datetime
) -> ClaimFacts:
    facts = await queries.claim_facts(
        campaign_ids=[campaign_id], worker_id=worker_id, task_id=task_id, now=now
    )
    if campaign_id not in facts:
        raise NotFound("no such campaign")
    return facts[campaign_id]
