"""What campaigns load in batches: one statement for all campaigns of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from domain.assignments import queries as assignments
from domain.assignments.queries import AssignmentRecord
from domain.assignments.rules import ClaimReason, claim_reasons
from domain.campaigns import queries
from domain.campaigns.queries import CampaignRecord, DecisionRecord, InstructionRecord, WageRecord
from domain.campaigns.rules import CampaignWarning, ConsensusPlan, Target
from domain.filters import Condition
from domain.tasks import queries as tasks
from domain.tasks.queries import TaskRecord
from domain.tasks.rules import PlaceCounts
from schema.context import Context
from schema.paging import Window, load_pages

TaskPage: TypeAlias = tuple[UUID, Window, Condition | None]
AssignmentPage: TypeAlias = tuple[UUID, Window, Condition | None]


async def campaigns_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, CampaignRecord]:
    return await queries.campaigns_by_id(ids=keys, viewer_id=context.viewer_id, now=context.now)


async def campaigns_told(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, bool]:
    found = await queries.told_campaigns(ids=keys, viewer_id=context.viewer_id, now=context.now)
    return dict.fromkeys(found, True)


async def wages(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, WageRecord]:
    return await queries.wages_of(campaign_ids=keys)


async def warnings(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, tuple[CampaignWarning, ...]]:
    """Of the viewer's own; of others, none."""
    found: dict[UUID, tuple[CampaignWarning, ...]] = dict.fromkeys(keys, ())
    if context.viewer_id is not None:
        found |= await queries.warnings_about(
            campaign_ids=keys, employer_id=context.viewer_id, on=context.now.date()
        )
    return found


async def targets(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, tuple[Target, ...]]:
    return await queries.targets_of(campaign_ids=keys)


async def instructions(
    _: Context, keys: Sequence[tuple[UUID, int]]
) -> Mapping[tuple[UUID, int], InstructionRecord]:
    return await queries.instructions_by_version(keys=keys)


async def decisions(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[DecisionRecord]]:
    """Ask only for campaigns of the viewer."""
    return await queries.decisions_of(campaign_ids=keys)


async def plans(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, ConsensusPlan]:
    return await tasks.plans_of(campaign_ids=keys)


async def places(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, PlaceCounts]:
    return await tasks.places_of(campaign_ids=keys)


async def claim_obstacles(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, tuple[ClaimReason, ...]]:
    """Nothing when nobody is signed in."""
    if context.viewer_id is None:
        return {}
    facts = await assignments.claim_facts(
        campaign_ids=keys, worker_id=context.viewer_id, task_id=None, now=context.now
    )
    return {key: claim_reasons(each) for key, each in facts.items()}


async def task_pages(
    context: Context, keys: Sequence[TaskPage]
) -> Mapping[TaskPage, list[TaskRecord]]:
    viewer_id = context.viewer_id
    assert viewer_id is not None  # only owners get here

    async def fetch(
        campaign_ids: list[UUID], window: Window, where: Condition | None
    ) -> Mapping[UUID, list[TaskRecord]]:
        return await tasks.task_pages(
            campaign_ids=campaign_ids, employer_id=viewer_id, page=window.page(), where=where
        )

    return await load_pages(keys, fetch)


async def assignment_pages(
    context: Context, keys: Sequence[AssignmentPage]
) -> Mapping[AssignmentPage, list[AssignmentRecord]]:
    viewer_id = context.viewer_id
    assert viewer_id is not None  # only owners get here

    async def fetch(
        campaign_ids: list[UUID], window: Window, where: Condition | None
    ) -> Mapping[UUID, list[AssignmentRecord]]:
        return await assignments.assignments_of_campaigns(
            campaign_ids=campaign_ids, employer_id=viewer_id, page=window.page(), where=where
        )

    return await load_pages(keys, fetch)
