"""The long lists below a campaign, which its employer alone reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.assignments import queries as assignments
from domain.campaigns.queries import CampaignRecord
from domain.filters import Condition
from domain.tasks import queries as tasks
from schema.campaigns.loads import assignment_pages, task_pages
from schema.context import Context
from schema.ids import Tag
from schema.node import shown
from schema.paging import Connection, Window, counter, page_of
from schema.tasks import Task

if TYPE_CHECKING:
    from schema.assignments.types import Assignment


async def page_of_tasks(
    context: Context, campaign: CampaignRecord, condition: Condition | None, at: Window
) -> Connection[Task]:
    key, employer_id = campaign.id, campaign.employer_id
    found: Connection[Task] = await page_of(
        context,
        target="Task",
        listing=tasks.OF_CAMPAIGN,
        parent_id=key,
        arguments=(employer_id,),
        window=at,
        where=condition,
        records=lambda: context.load(task_pages, (key, at, condition)),
        node_of=lambda record: Task.of(record, context),
        counted=counter(context, tasks.count_tasks, key, employer_id=employer_id, where=condition),
    )
    return found


async def page_of_assignments(
    context: Context, campaign: CampaignRecord, condition: Condition | None, at: Window
) -> Connection[Assignment]:
    key, employer_id = campaign.id, campaign.employer_id
    found: Connection[Any] = await page_of(
        context,
        target="Assignment",
        listing=assignments.OF_CAMPAIGN,
        parent_id=key,
        arguments=(employer_id,),
        window=at,
        where=condition,
        records=lambda: context.load(assignment_pages, (key, at, condition)),
        node_of=lambda record: shown(context, Tag.ASSIGNMENT, record),
        counted=counter(
            context,
            assignments.count_assignments_of_campaign,
            key,
            employer_id=employer_id,
            where=condition,
        ),
    )
    return found
