"""Three reviewers who know nobody of it: who is asked, what they say, and when that ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, one_transaction
from domain.disputes.operations.seats import dismiss_panel, fill_seats
from domain.disputes.operations.steps import Locked, decide, lock_dispute, locked, record
from domain.disputes.rules import (
    SEAT_COUNT,
    VOTE_LENGTH_MAX,
    VOTE_LENGTH_MIN,
    DisputeEvent,
    DisputeParty,
    DisputeState,
    Ruling,
    Verdict,
    majority,
    verdict_problem,
)
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.members import queries as members
from domain.members.rules import FREE_STATES
from domain.texts import passed_on, require_text

SWEEP_COUNT_MAX: Final = 100
_SEAT: Final = "select * from panel_seat where id = $1 and reviewer_id = $2"
_VOTE: Final = """
    update panel_seat set ruling = $2, percent = $3, text = $4, ended_at = $5 where id = $1
"""
_VOTES: Final = """
    select ruling, percent, text from panel_seat
    where dispute_id = $1 and ruling is not null order by ended_at, id
"""
_DUE: Final = """
    select * from dispute d
    where d.panel_until is not null
      and (d.panel_until <= $1
           or exists (select from panel_seat s where s.dispute_id = d.id
                      and s.ended_at is null and s.due_at <= $1))
    order by d.panel_until, d.id limit $2 for update skip locked
"""
_LAPSE: Final = """
    update panel_seat set ended_at = $2
    where dispute_id = $1 and ended_at is null and due_at <= $2
"""
_OPEN: Final = "select 1 from panel_seat where dispute_id = $1 and ended_at is null limit 1"


@one_transaction
async def vote_on_panel(
    *, reviewer_id: UUID, seat_id: UUID, verdict: Verdict, text: str, now: datetime
) -> None:
    """One vote, with its reason, which both sides read once two agree; nobody reads it before.

    Refuses with `InvalidInput`, `NotFound`, `NotAllowed` (who may not work either) or
    `InvalidTransition`.
    """
    problem = verdict_problem(verdict)
    if problem is not None:
        raise InvalidInput(problem[0], path=(problem[1],))
    require_text(text, path="text", least=VOTE_LENGTH_MIN, most=VOTE_LENGTH_MAX)
    known = await fetch_row(_SEAT, seat_id, reviewer_id)
    if known is None:
        raise NotFound("no such seat")
    dispute = await lock_dispute(known["dispute_id"])
    await _require_open(dispute, seat_id, reviewer_id, now)
    await execute(_VOTE, seat_id, verdict.ruling.value, verdict.percent, passed_on(text), now)
    votes = await fetch(_VOTES, dispute.id)
    agreed = majority([_verdict(row) for row in votes])
    if agreed is not None:
        await _decide(dispute, agreed, votes, now)
    elif len(votes) >= SEAT_COUNT:
        await dismiss_panel(dispute.id, now)


async def _require_open(dispute: Locked, seat_id: UUID, reviewer_id: UUID, now: datetime) -> None:
    seat = await fetch_row(_SEAT, seat_id, reviewer_id)
    assert seat is not None
    if dispute.state is not DisputeState.PANEL or seat["ended_at"] is not None:
        raise InvalidTransition(subject="the seat", state="ended", event="vote")
    if now >= seat["due_at"]:
        raise InvalidTransition(subject="the seat", state="past its time", event="vote")
    found = await members.members_by_id(ids=[reviewer_id])
    if reviewer_id not in found or found[reviewer_id].state not in FREE_STATES:
        raise NotAllowed("who may not work, reviews nothing")


async def _decide(
    dispute: Locked, agreed: Verdict, votes: list[Mapping[str, Any]], now: datetime
) -> None:
    """The reasons of those who agree, in no name; a third opinion stays unsaid."""
    reasons = [row["text"] for row in votes if _verdict(row) == agreed]
    dispute.require(DisputeEvent.RULE)
    await record(
        dispute.id,
        DisputeEvent.RULE,
        DisputeParty.PANEL,
        None,
        now,
        text="\n\n".join(reasons),
        ruling=agreed.ruling,
        percent=agreed.percent,
    )
    await decide(dispute, agreed.ruling, percent=agreed.percent, ruled_by=None, now=now)


def _verdict(row: Mapping[str, Any]) -> Verdict:
    return Verdict(Ruling(row["ruling"]), row["percent"])


@one_transaction
async def advance_panels(*, now: datetime) -> int:
    """Who did not vote within a day is replaced; after two days staff decide alone."""
    rows = await fetch(_DUE, now, SWEEP_COUNT_MAX)
    for row in rows:
        await _advance(locked(row), row["panel_until"], now)
    return len(rows)


async def _advance(dispute: Locked, panel_until: datetime, now: datetime) -> None:
    if now < panel_until:
        missing = await execute(_LAPSE, dispute.id, now)
        await fill_seats(dispute, count=missing, due_at=panel_until, now=now)
        if await fetch_row(_OPEN, dispute.id) is not None:
            return
    await dismiss_panel(dispute.id, now)
