"""What the clock counts before workers are offered anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from domain.database import execute, one_transaction
from domain.matching.rules import (
    RECORD_COUNT_MAX,
    STARS_BAD_MAX,
    STARS_GOOD_MIN,
)

SWEEP_COUNT_MAX: Final = 1_000
_COUNT: Final = f"""
    with campaigns as (
        select c.id, c.employer_id from campaign c
        where c.state = 'running'
          and not exists (select from campaign_standing s
                          where s.campaign_id = c.id and s.on_day >= $1)
        order by c.id limit $2
    ), employers as (
        select e.id, work.good + rated.good as good, work.bad + rated.bad as bad
        from (select distinct employer_id as id from campaigns) e
        cross join lateral (
            select count(*) filter (where state <> 'closed_rejected')::int as good,
                   count(*) filter (where state = 'closed_rejected')::int as bad
            from (select a.state from campaign own join assignment a on a.campaign_id = own.id
                  where own.employer_id = e.id
                    and a.state in ('approved', 'partly_approved', 'closed_rejected')
                  order by a.decided_at desc limit {RECORD_COUNT_MAX}) decided
        ) work
        cross join lateral (
            select count(*) filter (where stars >= {STARS_GOOD_MIN})::int as good,
                   count(*) filter (where stars <= {STARS_BAD_MAX})::int as bad
            from (select r.stars from rating r join assignment a on a.id = r.assignment_id
                  where r.subject_id = e.id and r.state = 'visible' and r.author_id = a.worker_id
                  order by r.visible_at desc limit {RECORD_COUNT_MAX}) visible
        ) rated
    )
    insert into campaign_standing (campaign_id, on_day, hourly_micros, employer_good, employer_bad)
    select c.id, $1, w.hourly_micros, e.good, e.bad
    from campaigns c join employers e on e.id = c.employer_id
    left join lateral campaign_wage(c.id) w on true
    on conflict (campaign_id) do update
    set on_day = excluded.on_day, hourly_micros = excluded.hourly_micros,
        employer_good = excluded.employer_good, employer_bad = excluded.employer_bad
"""  # noqa: S608  # our own numbers


@one_transaction
async def count_standings(*, now: datetime) -> int:
    """Once a day for each running campaign, so that a day's order stays as it is; how many."""
    return await execute(_COUNT, now.astimezone(UTC).date(), SWEEP_COUNT_MAX)
