"""Employers hear in time of work that the clock will approve (R5)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.assignments.rules import REMINDER_PERCENTS
from domain.database import execute, one_transaction

# One reminder for all that waits; again only for what was handed in after it. Work that is past
# the later mark is not told of by the earlier one as well.
_REMIND: Final = """
    insert into review_reminder (campaign_id, percent, told_at)
    select distinct a.campaign_id, mark.percent, $1::timestamptz
    from assignment a
    join campaign c on c.id = a.campaign_id
    cross join unnest($2::int[], $3::int[]) as mark(percent, until)
    where a.state = 'submitted' and a.approves_at > $1
      and a.approves_at - make_interval(hours => c.review_days * 24) * (1 - mark.percent / 100.0)
          <= $1
      and a.approves_at - make_interval(hours => c.review_days * 24) * (1 - mark.until / 100.0)
          > $1
      and not exists (
          select from review_reminder r
          where r.campaign_id = a.campaign_id and r.percent = mark.percent
            and r.told_at >= a.submitted_at)
    order by a.campaign_id, mark.percent
    on conflict (campaign_id, percent) do update set told_at = excluded.told_at
    where review_reminder.told_at < excluded.told_at
"""


@one_transaction
async def remind_reviews(*, now: datetime) -> int:
    """How many reminders were written; a trigger tells of each. May run twice at once."""
    return await execute(_REMIND, now, list(REMINDER_PERCENTS), [*REMINDER_PERCENTS[1:], 100])
