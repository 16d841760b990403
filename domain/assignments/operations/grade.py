"""What the answers of a campaign that is a test show about its workers."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns.rules import SkillTest
from domain.database import fetch, one_transaction
from domain.skills import operations as skills
from domain.skills.operations import Result

# What was handed in first counts, whatever became of it: a revision shows what the employer said.
# Claims of one worker follow each other, so no earlier answer comes in later.
_RESULTS: Final = """
    with answer as (
        select a.worker_id, i.text = coalesce(t.gold_label, k.label) as is_right,
               row_number() over (partition by a.worker_id order by a.claimed_at, a.id) - 1
                   as number
        from assignment a join task t on t.id = a.task_id
        join submission s on s.assignment_id = a.id and s.revision = 1
        join submission_item i on i.submission_id = s.id and i.role = 'answer'
            and i.kind = 'text'
        left join task_consensus k on k.task_id = t.id and t.state = 'agreed'
        where a.campaign_id = $1 and a.submitted_at is not null
    )
    select answer.worker_id, count(*) filter (where is_right)::int as right_count
    from answer
    where number / $3 = (select count(*) from skill_grant g
                         where g.worker_id = answer.worker_id and g.skill_id = $2
                           and g.campaign_id = $1)
    group by answer.worker_id
    having count(is_right) = $3
    order by answer.worker_id
"""


@one_transaction
async def grade_answers(*, campaign_id: UUID, test: SkillTest, now: datetime) -> None:
    """Whoever has given enough answers that are known, or agreed on, gets a value of the skill.

    What an answer is paid does not depend on it. A second run finds nothing to grade.
    """
    await skills.lock_skill(skill_id=test.skill_id)
    results = [
        Result(
            worker_id=row["worker_id"],
            right_count=row["right_count"],
            answer_count=test.answer_count,
        )
        for row in await fetch(_RESULTS, campaign_id, test.skill_id, test.answer_count)
    ]
    await skills.grant_skill(
        skill_id=test.skill_id, campaign_id=campaign_id, results=results, now=now
    )
