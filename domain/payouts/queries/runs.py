"""Reads of runs, decisions and standing wishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch, fetch_value
from domain.money import Money
from domain.payouts.rules import RunState
from domain.routing.rules import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class RunShare:
    """What of a run goes through one instance; None: nobody is chosen yet."""

    instance_id: str | None
    count: int
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    id: UUID
    state: RunState
    schedule: Schedule
    currency: str
    run_on: date
    collected_at: datetime
    closed_at: datetime | None
    released_by: tuple[UUID, ...]
    shares: tuple[RunShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """`trace` has one line per candidate, as `route_payout` writes it."""

    payout_id: UUID
    ruleset_version: int | None
    rule_name: str | None
    instance_id: str | None
    trace: Sequence[Mapping[str, Any]]
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionRecord:
    worker_id: UUID
    destination_id: UUID
    minimum: Money
    paused_until: datetime | None


RUNS_MAX: Final = 20
DECISIONS_MAX: Final = 5
_RUN_COLUMNS: Final = """
    id, state, schedule, currency, run_on, collected_at, closed_at,
    (select coalesce(array_agg(member_id order by released_at), '{}')
     from payout_release where run_id = payout_run.id) as released_by
"""
_RUNS: Final = f"""
    select {_RUN_COLUMNS} from payout_run
    where $1::uuid is null or id = $1 order by collected_at desc, id desc limit $2
"""  # noqa: S608  # our own column list
_SHARES: Final = """
    select p.run_id, last.instance_id, count(*) as count, sum(p.amount_micros)::bigint as micros
    from payout p
    left join lateral (
        select instance_id from route_decision
        where payout_id = p.id order by decided_at desc, id desc limit 1
    ) last on true
    where p.run_id = any($1) and p.state <> 'cancelled'
    group by p.run_id, last.instance_id order by p.run_id, last.instance_id nulls last
"""
_DECISIONS: Final = """
    select payout_id, ruleset_version, rule_name, instance_id, trace, decided_at
    from route_decision where payout_id = $1 order by decided_at desc, id desc limit $2
"""
_INSTRUCTIONS: Final = """
    select worker_id, currency, destination_id, minimum_micros, paused_until
    from payout_instruction where worker_id = $1 order by currency
"""


async def payout_runs(*, run_id: UUID | None = None) -> list[RunRecord]:
    """The newest 20, newest first, or the one."""
    rows = await fetch(_RUNS, run_id, RUNS_MAX)
    shares: dict[UUID, list[RunShare]] = {row["id"]: [] for row in rows}
    currencies = {row["id"]: row["currency"] for row in rows}
    for row in await fetch(_SHARES, list(shares)):
        total = Money(row["micros"], currencies[row["run_id"]])
        share = RunShare(instance_id=row["instance_id"], count=row["count"], total=total)
        shares[row["run_id"]].append(share)
    return [_run(row, tuple(shares[row["id"]])) for row in rows]


async def route_decisions(*, payout_id: UUID) -> list[DecisionRecord]:
    """The newest 5, newest first. For staff: it names providers."""
    return [
        DecisionRecord(**{**dict(row), "trace": msgspec.json.decode(row["trace"])})
        for row in await fetch(_DECISIONS, payout_id, DECISIONS_MAX)
    ]


async def held_by_member_since(*, member_id: UUID) -> datetime | None:
    """None while the member does not hold their payouts."""
    since: datetime | None = await fetch_value(
        "select held_at from payout_member_hold where member_id = $1", member_id
    )
    return since


async def instructions_of(*, worker_id: UUID) -> list[InstructionRecord]:
    """One per currency."""
    return [
        InstructionRecord(
            worker_id=row["worker_id"],
            destination_id=row["destination_id"],
            minimum=Money(row["minimum_micros"], row["currency"]),
            paused_until=row["paused_until"],
        )
        for row in await fetch(_INSTRUCTIONS, worker_id)
    ]


def _run(row: Mapping[str, Any], shares: tuple[RunShare, ...]) -> RunRecord:
    return RunRecord(
        id=row["id"],
        state=RunState(row["state"]),
        schedule=Schedule(row["schedule"]),
        currency=row["currency"],
        run_on=row["run_on"],
        collected_at=row["collected_at"],
        closed_at=row["closed_at"],
        released_by=tuple(row["released_by"]),
        shares=shares,
    )
