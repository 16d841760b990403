"""What an hour of a worker's own work really paid, with the time that nobody paid for (R18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from domain.assignments.rules.wages import hourly_effective
from domain.campaigns.rules import Category
from domain.database import fetch
from domain.money import Money

WAGE_TIME: Final = timedelta(weeks=8)
WAGE_COUNT_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveWageRecord:
    """Of what was claimed in one week (UTC, from Monday), in one category and currency."""

    week: date
    category: Category
    paid: Money
    seconds: int
    work_count: int
    unpaid_count: int

    @property
    def hourly(self) -> Money:
        micros = hourly_effective(paid_micros=self.paid.micros, seconds=self.seconds)
        return Money(micros, self.paid.currency)


# A revision's time is known to nobody, a returned claim's neither. What is not decided yet is
# left out, because its pay would be missing while its time counts.
_WAGES: Final = """
    select w.week, w.category, w.currency, sum(w.paid)::bigint as paid_micros,
           sum(w.seconds)::bigint as seconds, count(*)::int as work_count,
           (count(*) filter (where w.paid = 0))::int as unpaid_count
    from (
        select date_trunc('week', a.claimed_at, 'UTC')::date as week, c.category, a.currency,
               greatest(1, ceil(extract(epoch from
                   coalesce(s.received_at, a.deadline_at) - a.claimed_at)))::bigint as seconds,
               case a.state when 'approved' then a.reward_micros
                            when 'partly_approved' then a.awarded_reward_micros else 0 end as paid
        from assignment a join campaign c on c.id = a.campaign_id
        left join submission s on s.assignment_id = a.id and s.revision = 1
        where a.worker_id = $1 and a.claimed_at >= date_trunc('week', $2::timestamptz, 'UTC')
          and a.state in ('approved', 'partly_approved', 'rejected', 'disputed',
                          'closed_rejected', 'withdrawn', 'expired')
    ) w
    group by w.week, w.category, w.currency
    order by w.week desc, w.category, w.currency limit $3
"""


async def effective_wages_of(*, worker_id: UUID, now: datetime) -> list[EffectiveWageRecord]:
    """The worker's own, the latest week first."""
    return [
        EffectiveWageRecord(
            week=row["week"],
            category=Category(row["category"]),
            paid=Money(row["paid_micros"], row["currency"]),
            seconds=row["seconds"],
            work_count=row["work_count"],
            unpaid_count=row["unpaid_count"],
        )
        for row in await fetch(_WAGES, worker_id, now - WAGE_TIME, WAGE_COUNT_MAX)
    ]
