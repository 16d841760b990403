"""Campaigns whose decisions are left to the clock, or whose work most people give up."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.assignments.rules.conduct import CONDUCT_TIME, Conduct, ConductLimits, pause_for
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import PauseReason
from domain.database import fetch, one_transaction
from domain.rates import queries as rates
from domain.rates.rules import RateKind

# What was there before somebody looked at it does not stop it again. Nothing is won where no place
# is left: a pause would only keep the campaign from its end.
_CONDUCT: Final = """
    select c.id, d.decided, d.left_to_time, t.tried, t.gave_up
    from campaign c
    cross join lateral (
        select greatest($1, max(at)) as began from campaign_decision
        where campaign_id = c.id and event in ('acknowledge', 'clear')
    ) since
    cross join lateral (
        select count(*) as decided, count(*) filter (where decided_by = 'time') as left_to_time
        from assignment
        where campaign_id = c.id and decided_at > since.began
          and state in ('approved', 'partly_approved', 'rejected', 'disputed', 'closed_rejected')
    ) d
    cross join lateral (
        select count(*) as tried, count(*) filter (where has_nothing) as gave_up
        from (
            select bool_and(state in ('returned', 'expired')) as has_nothing
            from assignment
            where campaign_id = c.id and claimed_at > since.began
            group by worker_id having bool_or(state <> 'claimed')
        ) workers
    ) t
    where c.state = 'running'
      and (d.left_to_time >= $2 or t.gave_up >= $3)
    order by c.id
"""


async def watch_campaigns(*, now: datetime) -> int:
    """Pauses what reaches a limit; how many were paused. May run twice at once."""
    limits = await _limits(now.date())
    paused = 0
    rows = await fetch(_CONDUCT, now - CONDUCT_TIME, limits.late_reviews, limits.dropped_claims)
    for row in rows:
        conduct = Conduct(
            decided=row["decided"],
            left_to_time=row["left_to_time"],
            tried=row["tried"],
            gave_up=row["gave_up"],
        )
        reason = pause_for(conduct, limits)
        if reason is not None:
            paused += await _pause(row["id"], reason, now)
    return paused


@one_transaction
async def _pause(campaign_id: UUID, reason: PauseReason, now: datetime) -> bool:
    return await campaigns.pause_by_system(campaign_id=campaign_id, reason=reason, now=now)


async def _limits(on: date) -> ConductLimits:
    return ConductLimits(
        late_reviews=await rates.count_of(kind=RateKind.LATE_REVIEWS, scope="*", on=on),
        late_review_share=await rates.basis_points(
            kind=RateKind.LATE_REVIEW_SHARE, scope="*", on=on
        ),
        dropped_claims=await rates.count_of(kind=RateKind.DROPPED_CLAIMS, scope="*", on=on),
        dropped_claim_share=await rates.basis_points(
            kind=RateKind.DROPPED_CLAIM_SHARE, scope="*", on=on
        ),
    )
