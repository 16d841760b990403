"""Reads of assignments. Its worker and the campaign's employer see one; nobody else does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.assignments.rules import (
    AssignmentState,
    ClaimFacts,
    DecidedBy,
    Decision,
    ItemRole,
    ReasonCode,
    SubmissionItem,
)
from domain.database import fetch
from domain.money import Money
from domain.paging import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRecord:
    id: UUID
    task_id: UUID
    campaign_id: UUID
    worker_id: UUID
    employer_id: UUID
    state: AssignmentState
    reward: Money
    fee: Money
    vat: Money
    instruction_version: int
    revision_count: int
    claimed_at: datetime
    deadline_at: datetime
    submitted_at: datetime | None
    approves_at: datetime | None
    decided_at: datetime | None
    decided_by: DecidedBy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRecord:
    id: UUID
    assignment_id: UUID
    revision: int
    received_at: datetime
    items: tuple[SubmissionItem, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRecord:
    id: UUID
    assignment_id: UUID
    revision: int
    decision: Decision
    reason_code: ReasonCode | None
    clause_id: str | None
    text: str | None
    decided_at: datetime


_COLUMNS: Final = """
    a.id, a.task_id, a.campaign_id, a.worker_id, c.employer_id, a.state, a.currency,
    a.reward_micros, a.fee_micros, a.vat_micros, a.instruction_version, a.revision_count,
    a.claimed_at, a.deadline_at, a.submitted_at, a.approves_at, a.decided_at, a.decided_by
"""
_VISIBLE: Final = f"""
    select {_COLUMNS} from assignment a join campaign c on c.id = a.campaign_id
    where a.id = any($1) and $2 in (a.worker_id, c.employer_id)
"""  # noqa: S608  # our own column list
_PAGE: Final = f"""
    select {_COLUMNS} from assignment a join campaign c on c.id = a.campaign_id
    where {{scope}} and ($2::text[] is null or a.state = any($2))
      and ($3::timestamptz is null or (a.claimed_at, a.id) {{side}} ($3, $4))
    order by a.claimed_at {{direction}}, a.id {{direction}} limit $5
"""  # noqa: S608
_FORWARD: Final = {"side": "<", "direction": "desc"}
_BACKWARD: Final = {"side": ">", "direction": "asc"}
_CLAIM_FACTS: Final = """
    select c.id,
           exists (select 1 from member m where m.id = $2 and 'worker' = any(m.roles)
                   and m.state in ('registered', 'active')) as is_worker,
           c.state = 'running' and (c.ends_at is null or c.ends_at > $4) as is_running,
           c.employer_id = $2 as is_own,
           exists (select 1 from assignment a where a.campaign_id = c.id and a.worker_id = $2
                   and a.state = 'claimed') as has_live_claim,
           (select count(*) from assignment a where a.campaign_id = c.id and a.worker_id = $2
                   and a.state not in ('returned', 'expired', 'withdrawn')) as assignment_count,
           c.per_worker_max,
           $3::uuid is not null and exists (
               select 1 from assignment a where a.task_id = $3 and a.worker_id = $2
               and a.state not in ('returned', 'expired', 'withdrawn')) as is_done,
           exists (select 1 from task t where t.campaign_id = c.id and t.place_count_open > 0
               and ($3::uuid is null or t.id = $3)
               and not exists (select 1 from assignment a where a.task_id = t.id
                   and a.worker_id = $2 and a.state not in ('returned', 'expired', 'withdrawn'))
           ) as has_open_place
    from campaign c
    where c.id = any($1) and (c.state not in ('draft', 'funded') or c.employer_id = $2)
"""
_SUBMISSIONS: Final = """
    select s.id, s.assignment_id, s.revision, s.received_at, i.role, i.text, i.score
    from submission s join submission_item i on i.submission_id = s.id
    where s.assignment_id = any($1) order by s.assignment_id, s.revision, i.position
"""
_REVIEWS: Final = """
    select id, assignment_id, revision, decision, reason_code, clause_id, text, decided_at
    from review where assignment_id = any($1) order by assignment_id, decided_at, id
"""


async def assignments_by_id(
    *, ids: Sequence[UUID], viewer_id: UUID
) -> dict[UUID, AssignmentRecord]:
    """Those the viewer is a party of."""
    rows = await fetch(_VISIBLE, list(ids), viewer_id)
    return {row["id"]: _assignment(row) for row in rows}


async def assignments_of_worker(
    *, worker_id: UUID, states: Sequence[AssignmentState] | None, page: Page
) -> list[AssignmentRecord]:
    """The worker's own, newest claim first."""
    return await _page("a.worker_id = $1", worker_id, states, page)


async def assignments_of_campaign(
    *,
    campaign_id: UUID,
    employer_id: UUID,
    states: Sequence[AssignmentState] | None,
    page: Page,
) -> list[AssignmentRecord]:
    """All of the employer's campaign, newest claim first; nothing for anybody else."""
    return await _page(
        "a.campaign_id = $1 and c.employer_id = $6", campaign_id, states, page, employer_id
    )


async def claim_facts(
    *, campaign_ids: Sequence[UUID], worker_id: UUID, task_id: UUID | None, now: datetime
) -> dict[UUID, ClaimFacts]:
    """What the eligibility rule looks at, by campaign; invisible campaigns are left out."""
    rows = await fetch(_CLAIM_FACTS, list(campaign_ids), worker_id, task_id, now)
    return {
        row["id"]: ClaimFacts(
            is_worker=row["is_worker"],
            is_running=row["is_running"],
            is_own=row["is_own"],
            has_live_claim=row["has_live_claim"],
            assignment_count=row["assignment_count"],
            per_worker_max=row["per_worker_max"],
            is_done=row["is_done"],
            has_open_place=row["has_open_place"],
        )
        for row in rows
    }


async def submissions_of(*, assignment_ids: Sequence[UUID]) -> dict[UUID, list[SubmissionRecord]]:
    """By assignment, first revision first. Ask only for assignments the viewer was given."""
    found: dict[UUID, list[SubmissionRecord]] = {id_: [] for id_ in assignment_ids}
    items: dict[UUID, list[SubmissionItem]] = {}
    heads: dict[UUID, Mapping[str, Any]] = {}
    for row in await fetch(_SUBMISSIONS, list(assignment_ids)):
        heads.setdefault(row["id"], row)
        item = SubmissionItem(role=ItemRole(row["role"]), text=row["text"], score=row["score"])
        items.setdefault(row["id"], []).append(item)
    for submission_id, row in heads.items():
        found[row["assignment_id"]].append(
            SubmissionRecord(
                id=submission_id,
                assignment_id=row["assignment_id"],
                revision=row["revision"],
                received_at=row["received_at"],
                items=tuple(items[submission_id]),
            )
        )
    return found


async def reviews_of(*, assignment_ids: Sequence[UUID]) -> dict[UUID, list[ReviewRecord]]:
    """By assignment, first decision first. Ask only for assignments the viewer was given."""
    found: dict[UUID, list[ReviewRecord]] = {id_: [] for id_ in assignment_ids}
    for row in await fetch(_REVIEWS, list(assignment_ids)):
        found[row["assignment_id"]].append(
            ReviewRecord(
                id=row["id"],
                assignment_id=row["assignment_id"],
                revision=row["revision"],
                decision=Decision(row["decision"]),
                reason_code=ReasonCode(row["reason_code"]) if row["reason_code"] else None,
                clause_id=row["clause_id"],
                text=row["text"],
                decided_at=row["decided_at"],
            )
        )
    return found


async def _page(
    scope: str,
    owner_id: UUID,
    states: Sequence[AssignmentState] | None,
    page: Page,
    *more: object,
) -> list[AssignmentRecord]:
    sql = _PAGE.format(scope=scope, **(_BACKWARD if page.backward else _FORWARD))
    wanted = None if states is None else [state.value for state in states]
    rows = await fetch(sql, owner_id, wanted, page.at, page.id, page.limit, *more)
    found = [_assignment(row) for row in rows]
    return found[::-1] if page.backward else found


def _assignment(row: Mapping[str, Any]) -> AssignmentRecord:
    currency = row["currency"]
    return AssignmentRecord(
        id=row["id"],
        task_id=row["task_id"],
        campaign_id=row["campaign_id"],
        worker_id=row["worker_id"],
        employer_id=row["employer_id"],
        state=AssignmentState(row["state"]),
        reward=Money(row["reward_micros"], currency),
        fee=Money(row["fee_micros"], currency),
        vat=Money(row["vat_micros"], currency),
        instruction_version=row["instruction_version"],
        revision_count=row["revision_count"],
        claimed_at=row["claimed_at"],
        deadline_at=row["deadline_at"],
        submitted_at=row["submitted_at"],
        approves_at=row["approves_at"],
        decided_at=row["decided_at"],
        decided_by=DecidedBy(row["decided_by"]) if row["decided_by"] else None,
    )
