"""Reads of tasks. All tasks are their employer's; a worker sees those he has claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.tasks.rules import ContentKind, PlaceCounts, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    id: UUID
    campaign_id: UUID
    position: int
    state: TaskState
    kind: ContentKind
    text: str
    url: str | None
    external_reference: str | None
    priority: int
    places: PlaceCounts


_COLUMNS: Final = """
    t.id, t.campaign_id, t.position, t.state, t.content_kind, t.content_text, t.content_url,
    t.external_reference, t.priority, t.place_count_total, t.place_count_open, t.place_count_held,
    t.place_count_filled, t.place_count_settled, t.place_count_cancelled
"""
_BY_ID: Final = f"""
    select {_COLUMNS} from task t where t.id = any($1)
"""  # noqa: S608  # our own column list
_OF_CAMPAIGN: Final = f"""
    select {_COLUMNS} from task t
    join campaign c on c.id = t.campaign_id and c.employer_id = $2
    where t.campaign_id = $1 and t.position > $3 and t.position < $4
    order by t.position limit $5
"""  # noqa: S608
_OF_CAMPAIGN_BACKWARD: Final = f"""
    select {_COLUMNS} from task t
    join campaign c on c.id = t.campaign_id and c.employer_id = $2
    where t.campaign_id = $1 and t.position > $3 and t.position < $4
    order by t.position desc limit $5
"""  # noqa: S608
_PLACES: Final = """
    select campaign_id, sum(place_count_total)::int as total, sum(place_count_open)::int as open,
           sum(place_count_held)::int as held, sum(place_count_filled)::int as filled,
           sum(place_count_settled)::int as settled, sum(place_count_cancelled)::int as cancelled
    from task where campaign_id = any($1) group by campaign_id
"""
_POSITION_MAX: Final = 2**31 - 1


async def tasks_by_id(*, ids: Sequence[UUID]) -> dict[UUID, TaskRecord]:
    """For callers who were given these ids by something they may see: an assignment, a page."""
    rows = await fetch(_BY_ID, list(ids))
    return {row["id"]: _task(row) for row in rows}


async def tasks_of(
    *,
    campaign_id: UUID,
    employer_id: UUID,
    limit: int,
    after: int | None = None,
    before: int | None = None,
    backward: bool = False,
) -> list[TaskRecord]:
    """The employer's tasks by position; nothing for anybody else's campaign."""
    rows = await fetch(
        _OF_CAMPAIGN_BACKWARD if backward else _OF_CAMPAIGN,
        campaign_id,
        employer_id,
        0 if after is None else after,
        _POSITION_MAX if before is None else before,
        limit,
    )
    found = [_task(row) for row in rows]
    return found[::-1] if backward else found


async def places_of(*, campaign_ids: Sequence[UUID]) -> dict[UUID, PlaceCounts]:
    """The places of all tasks of each campaign together."""
    found = {campaign_id: PlaceCounts(0, 0, 0, 0, 0, 0) for campaign_id in campaign_ids}
    for row in await fetch(_PLACES, list(campaign_ids)):
        found[row["campaign_id"]] = PlaceCounts(
            row["total"], row["open"], row["held"], row["filled"], row["settled"], row["cancelled"]
        )
    return found


def _task(row: Mapping[str, Any]) -> TaskRecord:
    return TaskRecord(
        id=row["id"],
        campaign_id=row["campaign_id"],
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
    )
