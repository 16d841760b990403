"""Mass rejection (R8), of one campaign or of all that its employer offers."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments.operations.settle import Locked
from domain.assignments.rules import BREAKER_TIME, ReviewCounts
from domain.assignments.rules.rejection import breaker_trips
from domain.campaigns.operations import pause_by_system
from domain.campaigns.rules import PauseReason
from domain.database import fetch_row
from domain.jobs import JobRequest, enqueue

# Of the employer's campaigns together, or many small ones would each stay below the limit. What
# staff have freed of the limits counts in neither direction.
_OF_EMPLOYER: Final = """
    with day as (
        select d.campaign_id, d.decided_at, d.state,
               d.state in ('rejected', 'disputed', 'closed_rejected') as is_rejected
        from campaign c cross join lateral (
            select campaign_id, decided_at, state from assignment
            where campaign_id = c.id and decided_at > $2 and state in
                ('approved', 'partly_approved', 'rejected', 'disputed', 'closed_rejected')
        ) d
        where c.employer_id = $1 and (c.finished_at is null or c.finished_at > $2)
          and not exists (select from rejection_waiver w where w.campaign_id = c.id)
    )
    select count(*) filter (where is_rejected) as rejected,
           (select count(*) filter (where is_rejected)
            from (select is_rejected from day order by decided_at desc limit 50) latest)
               as rejected_of_last_50,
           array_agg(distinct campaign_id) filter (where state = 'rejected') as campaign_ids
    from day
"""


async def trip_if_massive(work: Locked, counts: ReviewCounts, now: datetime) -> None:
    """After a rejection that `counts` did not hold yet: stops its campaign at once. Disputes stand
    above us, so they hear of it by a job, which stops the employer's other campaigns too.
    """
    if counts.is_waived:
        return
    own_id, since = work.booking.campaign_id, now - BREAKER_TIME
    campaign_ids = {own_id} if counts.is_massive else set()
    row = await fetch_row(_OF_EMPLOYER, work.booking.employer_id, since)
    assert row is not None
    if breaker_trips(
        rejections_in_day=row["rejected"], rejected_of_last_50=row["rejected_of_last_50"]
    ):
        campaign_ids.update(row["campaign_ids"])
    if own_id in campaign_ids:
        await pause_by_system(campaign_id=own_id, reason=PauseReason.REJECTION_BREAKER, now=now)
    if campaign_ids:
        await enqueue([_told(each, work, since) for each in sorted(campaign_ids)])


def _told(campaign_id: UUID, work: Locked, since: datetime) -> JobRequest:
    return JobRequest(
        name="dispute_open_all",
        arguments={"campaign_id": str(campaign_id), "since": since.isoformat()},
        once_key=f"{work.id} {campaign_id}",
    )
