"""Approves by itself what is known to be right, where the employer has asked for it (3.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.assignments.operations.settle import LOCKED_COLUMNS, approve, locked
from domain.assignments.rules import DecidedBy
from domain.database import fetch, one_transaction
from domain.given import NewId

# The last submission alone counts: an earlier one may have been right by chance.
_RIGHT: Final = f"""
    select {LOCKED_COLUMNS},
           case when p.campaign_id is null then 'code' else 'consensus' end as by
    from campaign c
    join assignment a on a.campaign_id = c.id and a.state = 'submitted'
    join task t on t.id = a.task_id
    cross join lateral (select id, failed_check_count from submission
                        where assignment_id = a.id order by revision desc limit 1) s
    left join consensus_plan p on p.campaign_id = c.id
    left join submission_item i on p.campaign_id is not null and i.submission_id = s.id
                                and i.role = 'answer' and i.kind = 'text'
    left join task_consensus k on k.task_id = t.id and t.state = 'agreed'
    where c.approves_by_rule and c.state <> 'blocked' and coalesce(s.failed_check_count, 0) = 0
      and (p.campaign_id is null and s.failed_check_count = 0
           or t.gold_label is null and i.text = k.label
           or i.text = t.gold_label and not exists (
               select from task o where o.campaign_id = c.id and o.gold_label is null
                                  and o.state in ('open', 'full')))
    order by a.id limit 500 for update of a skip locked
"""  # noqa: S608  # our own column list


@one_transaction
async def approve_by_rule(*, new_id: NewId, now: datetime) -> int:
    """What answers every control question rightly or, where answers are weighed, says what the
    crowd has agreed on. All else waits for the employer, or for the clock. A task with a known
    answer waits until no other is open, or workers would know it by how soon it is paid.
    """
    rows = await fetch(_RIGHT)
    for by in (DecidedBy.CODE, DecidedBy.CONSENSUS):
        works = [locked(row) for row in rows if row["by"] == by.value]
        if works:
            await approve(works=works, decided_by=by, actor_id=None, new_id=new_id, now=now)
    return len(rows)
