"""What the answers to a campaign's tasks mean, and whether they are enough."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.assignments.operations.grade import grade_answers
from domain.assignments.rules.weighing import (
    Aggregated,
    Next,
    WeighedTask,
    aggregated,
    is_aggregation_due,
    next_answers,
)
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import CampaignState
from domain.database import AWAY, execute, fetch, one_transaction
from domain.given import NewId
from domain.quality.rules import Answer
from domain.tasks import operations as tasks
from domain.tasks.queries import plans_of
from domain.tasks.rules import TaskState

# An answer counts from the moment it was handed in, unless it was rejected or withdrawn.
_COUNTS: Final = "a.state in ('submitted', 'revision_requested', 'approved', 'partly_approved')"
# A test grades answers that were rejected, too.
_MARK: Final = f"""
    select count(*) filter (where {_COUNTS}) || ' '
               || coalesce(sum(a.revision_count) filter (where {_COUNTS}), 0)
               || case when p.skill_id is null then '' else ' ' || count(a.submitted_at) end as mark
    from assignment a where a.campaign_id = p.campaign_id
"""  # noqa: S608  # our own condition
_DUE: Final = f"""
    select p.campaign_id as id, m.mark, p.aggregated_count
    from consensus_plan p join campaign c on c.id = p.campaign_id
    cross join lateral ({_MARK}) m
    where c.funded_at is not null and c.state <> 'archived'
      and (m.mark <> p.weighed_mark and m.mark <> '0 0'
           or exists (select from task t where t.campaign_id = c.id and t.state = 'agreed'
                      and t.place_count_open > 0))
    order by p.campaign_id limit 100
"""  # noqa: S608
_ANSWERS: Final = f"""
    select a.task_id, a.worker_id, i.text as label
    from assignment a
    cross join lateral (select s.id from submission s where s.assignment_id = a.id
                        order by s.revision desc limit 1) s
    join submission_item i on i.submission_id = s.id and i.role = 'answer' and i.kind = 'text'
    where a.campaign_id = $1 and {_COUNTS}
"""  # noqa: S608
_TASKS: Final = """
    select id, gold_label, state, answers_asked, place_count_total, place_count_open,
           place_count_held > 0
           or place_count_open > 0 and place_count_filled + place_count_settled
              < coalesce(answers_asked, place_count_total) as is_waiting
    from task where campaign_id = $1 order by position
"""
_WEIGHED: Final = """
    update consensus_plan
    set weighed_mark = $2, aggregated_count = coalesce($3, aggregated_count)
    where campaign_id = $1
"""


async def weigh_answers(*, new_id: NewId, now: datetime) -> int:
    """Campaigns whose answers have changed: more are asked where they leave a doubt, the rest of
    the money goes back where they agree, and what they mean is written down.

    May run twice at once: what it decides is held against the task's row. One that fails keeps
    no other waiting; its failure is raised at the end.
    """
    failures: list[Exception] = []
    due = await fetch(_DUE)
    for row in due:
        try:
            await _weigh(row["id"], row["mark"], row["aggregated_count"], new_id=new_id, now=now)
        except AWAY:
            raise
        except Exception as failure:  # noqa: BLE001  # whatever it is, it is this campaign's
            failures.append(failure)
    if failures:
        raise failures[0]
    return len(due)


async def _weigh(
    campaign_id: UUID, mark: str, aggregated_before: int, *, new_id: NewId, now: datetime
) -> None:
    plan = (await plans_of(campaign_ids=[campaign_id]))[campaign_id]
    weighed = await _tasks(campaign_id)
    answers = [
        Answer(str(row["worker_id"]), str(row["task_id"]), row["label"])
        for row in await fetch(_ANSWERS, campaign_id)
    ]
    after = next_answers(weighed, answers, plan)
    whole = None
    if is_aggregation_due(answers=len(answers), before=aggregated_before, is_over=after.is_over):
        whole = await asyncio.to_thread(aggregated, weighed, answers)  # seconds, of large ones
    await _decide(campaign_id, after, whole=whole, new_id=new_id, now=now)
    if plan.test is not None:
        await grade_answers(campaign_id=campaign_id, test=plan.test, now=now)
    await _note(campaign_id, mark, None if whole is None else len(answers))


@one_transaction
async def _decide(
    campaign_id: UUID, after: Next, *, whole: Aggregated | None, new_id: NewId, now: datetime
) -> None:
    campaign = await campaigns.lock_campaign(campaign_id=campaign_id)
    if campaign.state is CampaignState.ARCHIVED:
        return
    await tasks.ask_for_answers(campaign=campaign, asked=after.asked)
    await tasks.agree_on_tasks(campaign=campaign, task_ids=after.agreed, new_id=new_id, now=now)
    await tasks.release_open_places(
        campaign=campaign, actor_id=None, task_ids=after.gold_left, new_id=new_id, now=now
    )
    if whole is not None:
        await tasks.store_consensus(found=whole.found, aggregator=whole.aggregator)


@one_transaction
async def _note(campaign_id: UUID, mark: str, aggregated_count: int | None) -> None:
    """Last: cut off before it, the same is decided once more, which changes nothing."""
    await execute(_WEIGHED, campaign_id, mark, aggregated_count)


async def _tasks(campaign_id: UUID) -> list[WeighedTask]:
    return [
        WeighedTask(
            id=row["id"],
            gold_label=row["gold_label"],
            is_agreed=row["state"] == TaskState.AGREED,
            answers_asked=row["answers_asked"],
            place_count=row["place_count_total"],
            has_open_place=row["place_count_open"] > 0,
            is_waiting=row["is_waiting"],
        )
        for row in await fetch(_TASKS, campaign_id)
    ]
