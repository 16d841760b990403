"""Adds tasks to a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from domain.campaigns import operations as campaigns
from domain.campaigns.rules import CampaignState
from domain.database import (
    fetch,
    fetch_value,
    in_transaction,
    one_transaction,
)
from domain.errors import InvalidInput, InvalidTransition
from domain.given import NewId
from domain.tasks.queries import plans_of
from domain.tasks.rules import (
    PLACE_TOTAL_MAX,
    NewTask,
    first_problem,
    mode_problem,
    plan_problem,
)

_INSERT: Final = """
    insert into task
        (id, campaign_id, position, state, content_kind, content_text, content_url,
         external_reference, priority, place_count_total, place_count_open, place_count_held,
         place_count_filled, place_count_settled, place_count_cancelled, gold_label,
         answers_asked, variables)
    select w.id, $1, w.position, 'open', w.kind, w.text, w.url, w.reference, w.priority,
           w.places, w.places, 0, 0, 0, 0, w.gold, case when w.gold is null then $11::int end,
           w.variables
    from unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[],
                $9::int[], $10::text[], $12::jsonb[])
        as w (id, position, kind, text, url, reference, priority, places, gold, variables)
"""


async def append_tasks(
    *, employer_id: UUID, campaign_id: UUID, tasks: Sequence[NewTask], new_id: NewId
) -> list[UUID]:
    """Append tasks to a draft; all of them or none.

    Refuses with `NotFound`, `InvalidTransition` once funded, or `InvalidInput` that names
    the first wrong task.
    """
    assert in_transaction()
    campaign = await campaigns.lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.state is not CampaignState.DRAFT:
        raise InvalidTransition(subject="the campaign", state=campaign.state, event="add tasks")
    plan = (await plans_of(campaign_ids=[campaign_id])).get(campaign_id)
    problem = (
        first_problem(tasks) or plan_problem(tasks, plan) or mode_problem(tasks, campaign.work_mode)
    )
    if problem is not None:
        message, path = problem
        raise InvalidInput(message, path=path)
    added = sum(task.place_count for task in tasks)
    if campaign.place_count + added > PLACE_TOTAL_MAX:
        raise InvalidInput(f"a campaign has at most {PLACE_TOTAL_MAX:,} places", path=("tasks",))
    await campaigns.name_variables(campaign=campaign, names=tasks[0].variables)
    last = await fetch_value(
        "select coalesce(max(position), 0) from task where campaign_id = $1", campaign_id
    )
    ids = [new_id() for _ in tasks]
    await fetch(
        _INSERT,
        campaign_id,
        ids,
        [last + number for number in range(1, len(tasks) + 1)],
        [task.kind.value for task in tasks],
        [task.text.strip() for task in tasks],
        [task.url for task in tasks],
        [task.external_reference for task in tasks],
        [task.priority for task in tasks],
        [task.place_count for task in tasks],
        [task.gold_label for task in tasks],
        None if plan is None else plan.answer_count_min,
        [_json(task.variables) for task in tasks],
    )
    await campaigns.note_hosts(
        campaign_id=campaign_id, texts=(text for task in tasks for text in task.texts)
    )
    await campaigns.count_places(campaign_id=campaign_id, added=added)
    return ids


add_tasks: Final = one_transaction(append_tasks)


def _json(variables: Mapping[str, str]) -> str:
    named = [{"name": name, "value": value} for name, value in variables.items()]
    return msgspec.json.encode(named).decode()
