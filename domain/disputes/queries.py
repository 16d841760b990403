"""Reads of disputes. A dispute exists for its two parties, and for staff who ask as staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.disputes.rules import (
    DisputeEvent,
    DisputeKind,
    DisputeParty,
    DisputeState,
    Offers,
    Ruling,
    Step,
    Verdict,
    chain_problem,
    offers_in,
)
from domain.filters import Column, Condition, Kind
from domain.ledger.rules import Difference
from domain.paging import Count, Listing, Page, count_rows, read_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRecord:
    """`ruling` is the present one: an appeal may change it until the dispute is final."""

    id: UUID
    assignment_id: UUID
    worker_id: UUID
    employer_id: UUID
    kind: DisputeKind
    state: DisputeState
    opened_at: datetime
    due_at: datetime | None
    ruling: Ruling | None
    percent: int | None
    offers: Offers
    ruled_at: datetime | None
    final_at: datetime | None


COLUMNS: Final = """
    d.id, d.assignment_id, d.worker_id, d.employer_id, d.kind, d.state, d.opened_at, d.due_at,
    d.ruling, d.percent, d.ruled_at, d.final_at, d.worker_offer, d.employer_offer,
    d.worker_offer_count, d.employer_offer_count
"""
# $2 is the viewer, $3 whether the viewer is asked as staff: a party's dispute is never theirs.
_SEEN: Final = "($2 in (d.worker_id, d.employer_id) or $3)"
_BY_ID: Final = f"select {COLUMNS} from dispute d where d.id = any($1) and {_SEEN}"  # noqa: S608
_OF_ASSIGNMENTS: Final = f"""
    select {COLUMNS} from dispute d
    where d.assignment_id = any($1) and $2 in (d.worker_id, d.employer_id)
"""  # noqa: S608  # our own column list
FILTERS: Final = {
    "state": Column("d.state"),
    "opened_at": Column("d.opened_at", Kind.INSTANT),
}
_ORDERS: Final = {"opened_at": ("opened_at", "id")}
OF_WORKER: Final = Listing(
    columns=COLUMNS,
    source="from dispute d where d.worker_id = parent.id",
    orders=_ORDERS,
    filters=FILTERS,
    row="d",
)
OF_EMPLOYER: Final = Listing(
    columns=COLUMNS,
    source="from dispute d where d.employer_id = parent.id",
    orders=_ORDERS,
    filters=FILTERS,
    row="d",
)
_QUEUE: Final = f"""
    select {COLUMNS} from dispute d where d.state in ('panel', 'appealed')
    order by d.panel_until is not null, d.opened_at, d.id limit $1
"""  # noqa: S608  # as above
_STEPS: Final = """
    select dispute_id, position, event, party, text, ruling, percent, at, hash from dispute_step
    where dispute_id = any($1) order by dispute_id, position
"""
_SEAT: Final = """
    s.id, s.dispute_id, d.assignment_id, s.due_at, s.ruling, s.percent,
    s.ended_at is null and d.state = 'panel' as is_open
"""
_OPEN_SEATS: Final = f"""
    select {_SEAT} from panel_seat s join dispute d on d.id = s.dispute_id
    where s.reviewer_id = $1 and s.ended_at is null and s.due_at > $2 and d.state = 'panel'
    order by s.seated_at, s.id limit $3
"""  # noqa: S608  # our own column list
_SEAT_BY_ID: Final = f"""
    select {_SEAT} from panel_seat s join dispute d on d.id = s.dispute_id
    where s.id = $1 and s.reviewer_id = $2
"""  # noqa: S608  # as above
_SAID: Final = """
    select dispute_id, party, text from dispute_step
    where dispute_id = any($1) and event in ('open', 'answer') and text is not null
    order by dispute_id, position
"""
_IDS: Final = "select id from dispute where id > $1 order by id limit $2"
AUDITED_AT_ONCE: Final = 1_000
CHAIN: Final = "the record of a dispute is unbroken"

CHECKS: Final[Mapping[str, str]] = {
    "a contested assignment has one open dispute": """
        select 'assignment ' || a.id as subject, null as currency,
               case when a.state = 'disputed' then 'open' else 'final or none' end as expected,
               coalesce(d.state, 'none') as found
        from assignment a left join dispute d on d.assignment_id = a.id and d.kind = 'rejection'
        where (a.state = 'disputed') <> (coalesce(d.state, 'final') <> 'final')
    """,
    "goodwill is paid for our own delays, once": """
        select 'dispute ' || d.id as subject, a.currency,
               case when d.state = 'final' and d.ruling = 'platform' and d.kind = 'rejection'
                    then a.reward_micros else 0 end as expected,
               coalesce(paid.micros, 0) as found
        from dispute d join assignment a on a.id = d.assignment_id
        left join (
            select t.correlation_id as id, sum(-e.amount)::bigint as micros
            from ledger_transfer t join ledger_entry e on e.transfer_id = t.id
            join ledger_account k on k.id = e.account_id
            where t.event = 'E16' and k.kind = 'worker:earnings' group by 1
        ) paid on paid.id = a.id
        where case when d.state = 'final' and d.ruling = 'platform' and d.kind = 'rejection'
                   then a.reward_micros else 0 end <> coalesce(paid.micros, 0)
    """,
    "fraud is paid back to the employer as it was decided, once": """
        select 'assignment ' || coalesce(decided.id, paid.id) as subject, null as currency,
               coalesce(decided.micros, 0) || ' back, ' || case when decided.is_charged
                   then 'the worker charged at most ' || decided.reward_micros
                   else 'the worker not charged' end as expected,
               coalesce(paid.micros, 0) || ' back, ' || coalesce(paid.charged, 0)
                   || ' by the worker' as found
        from (
            select a.id, a.reward_micros, d.ruling = 'employer' as is_charged,
                   a.reward_micros + a.fee_micros + a.vat_micros as micros
            from dispute d join assignment a on a.id = d.assignment_id
            where d.kind = 'fraud' and d.state = 'final' and d.ruling <> 'worker'
        ) decided
        full join (
            select t.correlation_id as id,
                   -sum(e.amount) filter (where k.kind = 'employer:available') as micros,
                   coalesce(sum(e.amount) filter (where k.kind = 'worker:earnings'), 0) as charged
            from ledger_transfer t join ledger_entry e on e.transfer_id = t.id
            join ledger_account k on k.id = e.account_id
            where t.event = 'E20' group by 1
        ) paid using (id)
        where coalesce(decided.micros, 0) <> coalesce(paid.micros, 0)
           or coalesce(paid.charged, 0)
              > case when decided.is_charged then decided.reward_micros else 0 end
    """,
}


async def disputes_by_id(
    *, ids: Sequence[UUID], viewer_id: UUID | None, as_staff: bool = False
) -> dict[UUID, DisputeRecord]:
    rows = await fetch(_BY_ID, list(ids), viewer_id, as_staff)
    return {row["id"]: _dispute(row) for row in rows}


async def disputes_of_assignments(
    *, ids: Sequence[UUID], viewer_id: UUID
) -> dict[UUID, DisputeRecord]:
    """By assignment; none for what the viewer is no party of."""
    rows = await fetch(_OF_ASSIGNMENTS, list(ids), viewer_id)
    return {row["assignment_id"]: _dispute(row) for row in rows}


async def dispute_queue(*, limit: int) -> list[DisputeRecord]:
    """What waits for a person, the oldest first; last, where a panel sits. Ask for staff only."""
    return [_dispute(row) for row in await fetch(_QUEUE, limit)]


async def steps_of_disputes(*, ids: Sequence[UUID]) -> dict[UUID, list[Step]]:
    """Ask only for disputes the viewer was given; who of the staff did a step stays inside."""
    found: dict[UUID, list[Step]] = {dispute_id: [] for dispute_id in ids}
    for row in await fetch(_STEPS, list(ids)):
        found[row["dispute_id"]].append(_step(row))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRecord:
    """A case that a reviewer is asked about; nothing in it tells whose it is."""

    id: UUID
    dispute_id: UUID
    assignment_id: UUID
    due_at: datetime
    vote: Verdict | None
    is_open: bool


async def open_seats(*, reviewer_id: UUID, now: datetime, limit: int) -> list[SeatRecord]:
    """What the reviewer may vote on now, the oldest first."""
    return [_seat(row) for row in await fetch(_OPEN_SEATS, reviewer_id, now, limit)]


async def own_seat(*, seat_id: UUID, reviewer_id: UUID) -> SeatRecord | None:
    rows = await fetch(_SEAT_BY_ID, seat_id, reviewer_id)
    return _seat(rows[0]) if rows else None


async def statements_of(*, ids: Sequence[UUID]) -> dict[UUID, list[tuple[DisputeParty, str]]]:
    """What both sides said to begin with, and no offer. Ask for a panel's reviewers only."""
    found: dict[UUID, list[tuple[DisputeParty, str]]] = {each: [] for each in ids}
    for row in await fetch(_SAID, list(ids)):
        found[row["dispute_id"]].append((DisputeParty(row["party"]), row["text"]))
    return found


async def disputes_of_member(
    *, listing: Listing, member_id: UUID, page: Page, where: Condition | None = None
) -> list[DisputeRecord]:
    """`OF_WORKER` or `OF_EMPLOYER`, newest first."""
    found = await read_pages(listing, parent_ids=[member_id], page=page, where=where)
    return [_dispute(row) for row in found[member_id]]


async def count_of_worker(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    return await count_rows(OF_WORKER, parent_ids=parent_ids, where=where)


async def count_of_employer(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    return await count_rows(OF_EMPLOYER, parent_ids=parent_ids, where=where)


async def broken_records() -> list[Difference]:
    """Records of which a line was changed or is missing: the chain is checked line by line."""
    found, last = [], UUID(int=0)
    while rows := await fetch(_IDS, last, AUDITED_AT_ONCE):
        ids = [row["id"] for row in rows]
        for dispute_id, steps in (await steps_of_disputes(ids=ids)).items():
            problem = chain_problem(dispute_id, steps)
            if problem is not None:
                subject = f"dispute {dispute_id}"
                found.append(
                    Difference(check=CHAIN, subject=subject, expected="unchanged", found=problem)
                )
        last = ids[-1]
    return found


def _dispute(row: Mapping[str, Any]) -> DisputeRecord:
    return DisputeRecord(
        id=row["id"],
        assignment_id=row["assignment_id"],
        worker_id=row["worker_id"],
        employer_id=row["employer_id"],
        kind=DisputeKind(row["kind"]),
        state=DisputeState(row["state"]),
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        ruling=None if row["ruling"] is None else Ruling(row["ruling"]),
        percent=row["percent"],
        offers=offers_in(row),
        ruled_at=row["ruled_at"],
        final_at=row["final_at"],
    )


def _seat(row: Mapping[str, Any]) -> SeatRecord:
    vote = None if row["ruling"] is None else Verdict(Ruling(row["ruling"]), row["percent"])
    return SeatRecord(
        id=row["id"],
        dispute_id=row["dispute_id"],
        assignment_id=row["assignment_id"],
        due_at=row["due_at"],
        vote=vote,
        is_open=row["is_open"],
    )


def _step(row: Mapping[str, Any]) -> Step:
    return Step(
        position=row["position"],
        event=DisputeEvent(row["event"]),
        party=DisputeParty(row["party"]),
        text=row["text"],
        ruling=None if row["ruling"] is None else Ruling(row["ruling"]),
        percent=row["percent"],
        at=row["at"],
        hash=row["hash"],
    )
