"""Assignments with what was handed in, what was decided, and who may claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.assignments.queries.maturity import PAYABLE_AT
from domain.assignments.rules import (
    AssignmentState,
    CheckAnswer,
    ClaimFacts,
    ClaimReason,
    DecidedBy,
    Decision,
    ItemKind,
    ItemRole,
    ReasonCode,
    SubmissionItem,
)
from domain.campaigns.queries import FOUND, MISSES, data_use_of, said_of
from domain.campaigns.rules import DataUse, SurveyAnswer
from domain.contacts import ContactKind
from domain.database import fetch
from domain.filters import Column, Condition, Kind, money_columns
from domain.money import Money
from domain.paging import Count, Listing, Page, count_rows, read_pages


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
    awarded: Money | None  # of the reward, by a split ruling
    instruction_version: int
    revision_count: int
    claimed_at: datetime
    deadline_at: datetime
    submitted_at: datetime | None
    approves_at: datetime | None
    payable_at: datetime | None
    decided_at: datetime | None
    decided_by: DecidedBy | None
    agreed_data_use: DataUse | None  # None: claimed before campaigns said what data is for


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRecord:
    id: UUID
    assignment_id: UUID
    revision: int
    received_at: datetime
    items: tuple[SubmissionItem, ...] = field(repr=False)
    check_answers: tuple[CheckAnswer, ...] = field(repr=False)
    failed_check_count: int | None  # never for the worker
    employer_id: UUID
    contact_kinds: tuple[ContactKind, ...]


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


_COLUMNS: Final = f"""
    a.id, a.task_id, a.campaign_id, a.worker_id, c.employer_id, a.state, a.currency,
    a.reward_micros, a.fee_micros, a.vat_micros, a.awarded_reward_micros,
    a.instruction_version, a.revision_count, a.claimed_at, a.deadline_at, a.submitted_at,
    a.approves_at, a.decided_at, a.decided_by, a.agreed_purpose, a.agreed_details,
    a.agreed_licence, {PAYABLE_AT.format(row="a")} as payable_at
"""
PARTY: Final = "{viewer} in (a.worker_id, c.employer_id)"
_VISIBLE: Final = f"""
    select {_COLUMNS} from assignment a join campaign c on c.id = a.campaign_id
    where a.id = any($1) and {PARTY.format(viewer="$2")}
"""  # noqa: S608  # our own column list
_CLAIMED_AT: Final = {"claimed_at": ("a.claimed_at", "a.id")}
_FILTERS: Final = {
    "state": Column("a.state"),
    "decided_by": Column("a.decided_by"),
    "campaign_id": Column("a.campaign_id", Kind.ID),
    "task_id": Column("a.task_id", Kind.ID),
    "worker_id": Column("a.worker_id", Kind.ID),
    "claimed_at": Column("a.claimed_at", Kind.INSTANT),
    "deadline_at": Column("a.deadline_at", Kind.INSTANT),
    "submitted_at": Column("a.submitted_at", Kind.INSTANT),
    "decided_at": Column("a.decided_at", Kind.INSTANT),
    "revision_count": Column("a.revision_count", Kind.INTEGER),
    **money_columns("reward", micros="a.reward_micros", currency="a.currency"),
}
OF_WORKER: Final = Listing(
    columns=_COLUMNS,
    source="""
        from assignment a join campaign c on c.id = a.campaign_id where a.worker_id = parent.id
    """,
    orders=_CLAIMED_AT,
    filters=_FILTERS,
    row="a",
)
OF_CAMPAIGN: Final = Listing(
    columns=_COLUMNS.replace("c.employer_id", "$2::uuid as employer_id"),
    source="""
        from assignment a where a.campaign_id = parent.id
        and (select c.employer_id from campaign c where c.id = parent.id) = $2
    """,
    orders=_CLAIMED_AT,
    filters=_FILTERS,
    row="a",
)
TASK_SEEN: Final = """
    (select c.employer_id from campaign c where c.id = t.campaign_id) = {viewer}
    or exists (select from assignment a where a.task_id = t.id and a.worker_id = {viewer})
"""
_VISIBLE_TASKS: Final = f"""
    select t.id from task t where t.id = any($1) and ({TASK_SEEN.format(viewer="$2")})
"""  # noqa: S608  # our own condition
_ASKING: Final = {"campaign": "c", "viewer": "$2", "now": "$4::timestamptz"}
_CLAIM_FACTS: Final = f"""
    select c.id,
           exists (select 1 from member m where m.id = $2 and 'worker' = any(m.roles)
                   and m.state in ('registered', 'active', 'restricted', 'suspended'))
               as is_worker,
           exists (select 1 from member m where m.id = $2
                   and m.state in ('restricted', 'suspended')) as is_restricted,
           c.state = 'running' and (c.ends_at is null or c.ends_at > $4) as is_running,
           c.employer_id = $2 as is_own,
           exists (select 1 from assignment a where a.campaign_id = c.id and a.worker_id = $2
                   and a.state = 'claimed') as has_live_claim,
           (select count(*) from assignment a where a.campaign_id = c.id and a.worker_id = $2
                   and a.state not in ('returned', 'expired', 'withdrawn')) as assignment_count,
           claim_limit(c.per_worker_max, $2) as per_worker_max,
           $3::uuid is not null and exists (
               select 1 from assignment a where a.task_id = $3 and a.worker_id = $2
               and a.state not in ('returned', 'expired', 'withdrawn')) as is_done,
           exists (select 1 from task t where t.campaign_id = c.id and t.place_count_open > 0
               and t.state <> 'agreed'
               and ($3::uuid is null and (t.gold_label is null or t.campaign_id in
                        (select p.campaign_id from consensus_plan p
                         where p.campaign_id = c.id and p.skill_id is not null))
                    or t.id = $3)
               and (t.answers_asked is null or t.answers_asked >
                    t.place_count_held + t.place_count_filled + t.place_count_settled)
               and not exists (select 1 from assignment a where a.task_id = t.id
                   and a.worker_id = $2 and a.state not in ('returned', 'expired', 'withdrawn'))
           ) as has_open_place,
           is_cooling_down_in(c.id, $2, $4) as is_cooling_down,
           is_allowance_used($2, $4) as is_allowance_used,
           lacks_consent($2, $4) as lacks_consent,
           is_blocked(c.employer_id, $2) as is_blocked,
           case when c.is_targeted then {said_of(MISSES, **_ASKING)} else '{{}}' end as missed,
           campaign_closed(c.id, $2, $4)
               || case when is_test_over(c.id, $2, $4) then array['test_taken'] else '{{}}' end
               as closed
    from campaign c
    where c.id = any($1)
      and (c.state not in ('draft', 'funded') and c.published_at is not null
           and c.blocked_at is null and {said_of(FOUND, **_ASKING)}
           or c.employer_id = $2)
"""  # noqa: S608  # our own conditions
_SUBMISSIONS: Final = """
    select s.id, s.assignment_id, s.revision, s.received_at, s.check_answers,
           s.failed_check_count, s.contact_kinds, c.employer_id, i.kind, i.role, i.text, i.score,
           i.answers, i.url, i.proof_id, i.upload_id
    from submission s join submission_item i on i.submission_id = s.id
    join assignment a on a.id = s.assignment_id join campaign c on c.id = a.campaign_id
    where s.assignment_id = any($1) order by s.assignment_id, s.revision, i.position
"""
_PARTY: Final = """
    join assignment a on a.id = x.assignment_id join campaign c on c.id = a.campaign_id
    where x.id = any($1) and $2 in (a.worker_id, c.employer_id)
"""
_ASSIGNMENTS_OF_SUBMISSIONS: Final = f"select x.assignment_id from submission x {_PARTY}"  # noqa: S608
_ASSIGNMENTS_OF_REVIEWS: Final = f"select x.assignment_id from review x {_PARTY}"  # noqa: S608
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
    *, worker_id: UUID, page: Page, where: Condition | None = None
) -> list[AssignmentRecord]:
    """The worker's own, newest claim first."""
    found = await read_pages(OF_WORKER, parent_ids=[worker_id], page=page, where=where)
    return [_assignment(row) for row in found[worker_id]]


async def assignments_of_campaigns(
    *,
    campaign_ids: Sequence[UUID],
    employer_id: UUID,
    page: Page,
    where: Condition | None = None,
) -> dict[UUID, list[AssignmentRecord]]:
    """Of the employer's campaigns, newest claim first; of anybody else's, nothing."""
    found = await read_pages(
        OF_CAMPAIGN, parent_ids=campaign_ids, page=page, where=where, arguments=[employer_id]
    )
    return {campaign_id: [_assignment(row) for row in rows] for campaign_id, rows in found.items()}


async def count_assignments_of_worker(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    return await count_rows(OF_WORKER, parent_ids=parent_ids, where=where)


async def count_assignments_of_campaign(
    *, parent_ids: Sequence[UUID], employer_id: UUID, where: Condition | None = None
) -> dict[UUID, Count]:
    return await count_rows(
        OF_CAMPAIGN, parent_ids=parent_ids, where=where, arguments=[employer_id]
    )


async def visible_task_ids(*, ids: Sequence[UUID], viewer_id: UUID) -> set[UUID]:
    """Those of the viewer's campaigns, and those the viewer ever claimed."""
    return {row["id"] for row in await fetch(_VISIBLE_TASKS, list(ids), viewer_id)}


async def claim_facts(
    *, campaign_ids: Sequence[UUID], worker_id: UUID, task_id: UUID | None, now: datetime
) -> dict[UUID, ClaimFacts]:
    """What the eligibility rule looks at, by campaign; invisible campaigns are left out."""
    rows = await fetch(_CLAIM_FACTS, list(campaign_ids), worker_id, task_id, now)
    return {
        row["id"]: ClaimFacts(
            is_worker=row["is_worker"],
            is_restricted=row["is_restricted"],
            is_running=row["is_running"],
            is_own=row["is_own"],
            has_live_claim=row["has_live_claim"],
            assignment_count=row["assignment_count"],
            per_worker_max=row["per_worker_max"],
            is_done=row["is_done"],
            has_open_place=row["has_open_place"],
            is_cooling_down=row["is_cooling_down"],
            is_allowance_used=row["is_allowance_used"],
            lacks_consent=row["lacks_consent"],
            is_blocked=row["is_blocked"],
            missed=tuple(ClaimReason(each) for each in row["missed"]),
            closed=tuple(ClaimReason(each) for each in row["closed"]),
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
        item = SubmissionItem(
            role=ItemRole(row["role"]),
            text=row["text"],
            score=row["score"],
            answers=None if row["answers"] is None else answers_of(row["answers"]),
            url=row["url"],
            proof_id=row["proof_id"],
            upload_id=row["upload_id"],
            file_kind=None if row["upload_id"] is None else ItemKind(row["kind"]),
        )
        items.setdefault(row["id"], []).append(item)
    for submission_id, row in heads.items():
        found[row["assignment_id"]].append(
            SubmissionRecord(
                id=submission_id,
                assignment_id=row["assignment_id"],
                revision=row["revision"],
                received_at=row["received_at"],
                items=tuple(items[submission_id]),
                check_answers=msgspec.json.decode(
                    row["check_answers"], type=tuple[CheckAnswer, ...]
                ),
                failed_check_count=row["failed_check_count"],
                employer_id=row["employer_id"],
                contact_kinds=tuple(map(ContactKind, row["contact_kinds"])),
            )
        )
    return found


def answers_of(stored: str) -> tuple[SurveyAnswer, ...]:
    """As they stand in the row of an item."""
    return msgspec.json.decode(stored, type=tuple[SurveyAnswer, ...])


async def submissions_by_id(
    *, ids: Sequence[UUID], viewer_id: UUID
) -> dict[UUID, SubmissionRecord]:
    """Those of assignments the viewer is a party of."""
    rows = await fetch(_ASSIGNMENTS_OF_SUBMISSIONS, list(ids), viewer_id)
    found = await submissions_of(assignment_ids=[row["assignment_id"] for row in rows])
    return {each.id: each for records in found.values() for each in records}


async def reviews_by_id(*, ids: Sequence[UUID], viewer_id: UUID) -> dict[UUID, ReviewRecord]:
    """Those of assignments the viewer is a party of."""
    rows = await fetch(_ASSIGNMENTS_OF_REVIEWS, list(ids), viewer_id)
    found = await reviews_of(assignment_ids=[row["assignment_id"] for row in rows])
    return {each.id: each for records in found.values() for each in records}


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
        awarded=None
        if row["awarded_reward_micros"] is None
        else Money(row["awarded_reward_micros"], currency),
        instruction_version=row["instruction_version"],
        revision_count=row["revision_count"],
        claimed_at=row["claimed_at"],
        deadline_at=row["deadline_at"],
        submitted_at=row["submitted_at"],
        approves_at=row["approves_at"],
        payable_at=row["payable_at"],
        decided_at=row["decided_at"],
        decided_by=DecidedBy(row["decided_by"]) if row["decided_by"] else None,
        agreed_data_use=data_use_of(
            row["agreed_purpose"], row["agreed_details"], row["agreed_licence"]
        )
        if row["agreed_purpose"]
        else None,
    )
