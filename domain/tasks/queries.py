"""Reads of tasks. All tasks are their employer's; a worker sees those he has claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.campaigns.rules import ConsensusPlan, SkillTest
from domain.database import fetch
from domain.filters import Column, Condition, Kind
from domain.ledger.queries import differences
from domain.ledger.rules import Difference
from domain.paging import Count, Listing, Page, count_rows, read_pages
from domain.tasks.rules import ContentKind, PlaceCounts, TaskConsensus, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    id: UUID
    campaign_id: UUID
    employer_id: UUID
    position: int
    state: TaskState
    kind: ContentKind
    text: str
    url: str | None
    external_reference: str | None
    priority: int
    places: PlaceCounts
    gold_label: str | None  # hidden from workers
    is_weighed: bool  # against the answers of others
    variables: Mapping[str, str]


_COLUMNS: Final = """
    t.id, t.campaign_id, c.employer_id, t.position, t.state, t.content_kind, t.content_text,
    t.content_url, t.external_reference, t.priority, t.place_count_total, t.place_count_open,
    t.place_count_held, t.place_count_filled, t.place_count_settled, t.place_count_cancelled,
    t.gold_label, t.variables,
    exists (select from consensus_plan p where p.campaign_id = t.campaign_id) as is_weighed
"""
_BY_ID: Final = f"""
    select {_COLUMNS} from task t join campaign c on c.id = t.campaign_id where t.id = any($1)
"""  # noqa: S608  # our own column list
OF_CAMPAIGN: Final = Listing(
    columns=_COLUMNS,
    source="""
        from task t join campaign c on c.id = t.campaign_id and c.employer_id = $2
        where t.campaign_id = parent.id
    """,
    orders={"position": ("t.position",)},
    filters={
        "state": Column("t.state"),
        "text": Column("t.content_text"),
        "external_reference": Column("t.external_reference"),
        "priority": Column("t.priority", Kind.INTEGER),
        "position": Column("t.position", Kind.INTEGER),
    },
    ascending=True,
    row="t",
)
SAMPLE_MAX: Final = 3
_SAMPLES: Final = f"""
    select {_COLUMNS} from task t join campaign c on c.id = t.campaign_id
    where t.campaign_id = any($1) and t.position <= $2 order by t.campaign_id, t.position
"""  # noqa: S608  # our own column list
_PLACES: Final = """
    select campaign_id, sum(place_count_total)::int as total, sum(place_count_open)::int as open,
           sum(place_count_held)::int as held, sum(place_count_filled)::int as filled,
           sum(place_count_settled)::int as settled, sum(place_count_cancelled)::int as cancelled
    from task where campaign_id = any($1) group by campaign_id
"""
CHECKS: Final[Mapping[str, str]] = {
    "paid placement is booked once": """
        select 'placement ' || f.id as subject, f.currency,
               concat_ws(' + ', f.amount_micros, f.vat_micros) as expected,
               concat_ws(' + ', m.amount, m.vat) as found
        from campaign_feature f
        left join (
            select t.correlation_id as id,
                   coalesce(sum(-e.amount) filter (where a.kind = 'income:features'), 0) as amount,
                   coalesce(sum(-e.amount) filter (where a.kind = 'tax:vat_accrued'), 0) as vat,
                   (array_agg(a.owner_id) filter (where a.kind = 'employer:available'))[1] as payer
            from ledger_transfer t join ledger_entry e on e.transfer_id = t.id
            join ledger_account a on a.id = e.account_id
            where t.event = 'E2f' group by 1
        ) m using (id)
        where (f.amount_micros, f.vat_micros, f.employer_id)
              is distinct from (m.amount, m.vat, m.payer)
    """,
    "a campaign's places are its tasks' places": """
        select 'campaign ' || c.id as subject, null as currency, c.place_count as expected,
               coalesce(sum(t.place_count_open + t.place_count_held + t.place_count_filled
                            + t.place_count_settled + t.place_count_cancelled), 0) as found
        from campaign c left join task t on t.campaign_id = c.id
        group by c.id
        having c.place_count <> coalesce(sum(t.place_count_total), 0)
            or coalesce(sum(t.place_count_total), 0)
               <> coalesce(sum(t.place_count_open + t.place_count_held + t.place_count_filled
                               + t.place_count_settled + t.place_count_cancelled), 0)
    """,
}


async def tasks_by_id(*, ids: Sequence[UUID]) -> dict[UUID, TaskRecord]:
    """For callers who were given these ids by something they may see: an assignment, a page."""
    rows = await fetch(_BY_ID, list(ids))
    return {row["id"]: _task(row) for row in rows}


async def samples_of(*, campaign_ids: Sequence[UUID]) -> dict[UUID, list[TaskRecord]]:
    """The first tasks of each. Ask for staff only."""
    found: dict[UUID, list[TaskRecord]] = {campaign_id: [] for campaign_id in campaign_ids}
    for row in await fetch(_SAMPLES, list(campaign_ids), SAMPLE_MAX):
        found[row["campaign_id"]].append(_task(row))
    return found


async def tasks_of(*, campaign_id: UUID, employer_id: UUID, page: Page) -> list[TaskRecord]:
    """The employer's tasks by position; nothing for anybody else's campaign."""
    pages = await task_pages(campaign_ids=[campaign_id], employer_id=employer_id, page=page)
    return pages[campaign_id]


async def task_pages(
    *,
    campaign_ids: Sequence[UUID],
    employer_id: UUID,
    page: Page,
    where: Condition | None = None,
) -> dict[UUID, list[TaskRecord]]:
    """The same page of each campaign's tasks, in one statement."""
    found = await read_pages(
        OF_CAMPAIGN, parent_ids=campaign_ids, page=page, where=where, arguments=[employer_id]
    )
    return {campaign_id: [_task(row) for row in rows] for campaign_id, rows in found.items()}


async def count_tasks(
    *, parent_ids: Sequence[UUID], employer_id: UUID, where: Condition | None = None
) -> dict[UUID, Count]:
    """By campaign of the employer."""
    return await count_rows(
        OF_CAMPAIGN, parent_ids=parent_ids, where=where, arguments=[employer_id]
    )


async def places_of(*, campaign_ids: Sequence[UUID]) -> dict[UUID, PlaceCounts]:
    """The places of all tasks of each campaign together."""
    found = {campaign_id: PlaceCounts(0, 0, 0, 0, 0, 0) for campaign_id in campaign_ids}
    for row in await fetch(_PLACES, list(campaign_ids)):
        found[row["campaign_id"]] = PlaceCounts(
            row["total"], row["open"], row["held"], row["filled"], row["settled"], row["cancelled"]
        )
    return found


_CONSENSUS: Final = """
    select task_id, label, answer_count, confidence_percent from task_consensus
    where task_id = any($1)
"""


async def consensus_of(*, task_ids: Sequence[UUID]) -> dict[UUID, TaskConsensus]:
    """Of those that were weighed. Ask only for tasks whose employer is asking."""
    return {
        row["task_id"]: TaskConsensus(**dict(row))
        for row in await fetch(_CONSENSUS, list(task_ids))
    }


_PLANS: Final = """
    select campaign_id, labels, answer_count_min, confidence_percent, gold_percent, skill_id,
           skill_answer_count
    from consensus_plan where campaign_id = any($1)
"""


async def plans_of(*, campaign_ids: Sequence[UUID]) -> dict[UUID, ConsensusPlan]:
    """Of those that have one. Ask only for campaigns whose owner is asking, or a rule of ours."""
    return {
        row["campaign_id"]: ConsensusPlan(
            labels=tuple(row["labels"]),
            answer_count_min=row["answer_count_min"],
            confidence_percent=row["confidence_percent"],
            gold_percent=row["gold_percent"],
            test=None
            if row["skill_id"] is None
            else SkillTest(skill_id=row["skill_id"], answer_count=row["skill_answer_count"]),
        )
        for row in await fetch(_PLANS, list(campaign_ids))
    }


async def audit() -> list[Difference]:
    """Campaigns' money and places against each other; empty when they agree."""
    return await differences(checks=CHECKS)


def variables_of(stored: str) -> dict[str, str]:
    """In their order, as they stand in the row of a task."""
    return {each["name"]: each["value"] for each in msgspec.json.decode(stored)}


def _task(row: Mapping[str, Any]) -> TaskRecord:
    return TaskRecord(
        id=row["id"],
        campaign_id=row["campaign_id"],
        employer_id=row["employer_id"],
        position=row["position"],
        state=TaskState(row["state"]),
        kind=ContentKind(row["content_kind"]),
        text=row["content_text"],
        url=row["content_url"],
        external_reference=row["external_reference"],
        priority=row["priority"],
        places=PlaceCounts(
            total=row["place_count_total"],
            open=row["place_count_open"],
            held=row["place_count_held"],
            filled=row["place_count_filled"],
            settled=row["place_count_settled"],
            cancelled=row["place_count_cancelled"],
        ),
        gold_label=row["gold_label"],
        is_weighed=row["is_weighed"],
        variables=variables_of(row["variables"]),
    )
