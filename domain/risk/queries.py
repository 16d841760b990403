"""Reads of risk cases, for staff only, and what the database knows that is a signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch
from domain.members.rules import SIGN_IN_STATES
from domain.risk.rules import RiskMeasure, RiskState, Signal, SignalKind

SIGNALS_MAX: Final = 20  # of a case, those with the most points
FOUND_MAX: Final = 500  # per kind; the next night finds the rest
WORK_COUNT_MAX: Final = 100  # as many as a suspension may be about
LOOKED_AT: Final = timedelta(days=30)
# From more than so many an address is that of a school, an office or a provider.
ADDRESS_MEMBERS_MAX: Final = 5
SIGN_IN_COUNT_MAX: Final = 50_000
CONTROL_COUNT_MIN: Final = 5
HASTE_TIME: Final = timedelta(days=7)
HASTE_COUNT_MIN: Final = 10
# The median of a campaign says something from so many pieces of work and workers on; haste is
# less than a fifth of it.
USUAL_COUNT_MIN: Final = 20
USUAL_WORKER_MIN: Final = 5
HASTE_FRACTION: Final = 5

# One signal per member, not per pair: a thousand puppets on one account are a star.
_PAYEE_SHARED: Final = """
    select distinct on (d.member_id, o.member_id)
           d.member_id, o.member_id::text as about, o.member_id as other_id,
           '{}'::uuid[] as assignment_ids
    from destination d
    cross join lateral (select x.member_id from destination x
                        where x.payee_hash = d.payee_hash and x.member_id <> d.member_id
                        order by x.created_at, x.id limit 1) o
    where d.payee_hash is not null
"""
_TAX_NUMBER_SHARED: Final = """
    select distinct pair.member_id, pair.other_id::text as about, pair.other_id,
           '{}'::uuid[] as assignment_ids
    from tax_number_twin t join tax_form f on f.id = t.form_id
    cross join lateral (values (f.member_id, t.other_member_id), (t.other_member_id, f.member_id))
        as pair (member_id, other_id)
"""
# The job runs every night, so it begins with what is new, and at most so much of it: an address
# that was missed is used again.
_ADDRESS_SHARED: Final = f"""
    with recent as materialized (
        select distinct address_mark from (
            select address_mark from login_fingerprint
            where seen_at > $1::timestamptz - interval '2 days'
            order by seen_at desc limit {SIGN_IN_COUNT_MAX}) newest
    ), few as materialized (
        select address_mark, array_agg(distinct l.member_id) as member_ids
        from recent join login_fingerprint l using (address_mark)
        where l.seen_at > $1::timestamptz - $2::interval group by address_mark
        having count(distinct l.member_id) between 2 and {ADDRESS_MEMBERS_MAX}
    )
    select distinct on (one) one as member_id, other::text as about, other as other_id,
           '{{}}'::uuid[] as assignment_ids
    from few, unnest(few.member_ids) as one, unnest(few.member_ids) as other
    where one <> other order by one, other
"""  # noqa: S608  # our own number
_SELF_REFERRAL: Final = """
    select pair.member_id, r.id::text as about, pair.other_id, '{}'::uuid[] as assignment_ids
    from referral r
    cross join lateral (values (r.referrer_id, r.referee_id), (r.referee_id, r.referrer_id))
        as pair (member_id, other_id)
    where r.state = 'rejected' and r.reject_reason = 'self'
"""
# What was found of a member before is not found again: only work that was claimed since counts.
_SINCE: Final = """
    a.claimed_at > coalesce((select max(s.found_at) from risk_signal s
                             where s.member_id = a.worker_id and s.kind = {kind}), '-infinity')
"""
_CONTROLS_FAILED: Final = f"""
    select answered.worker_id as member_id, $1::date::text as about, null::uuid as other_id,
           (array_agg(distinct answered.id) filter (where not answered.is_right))
               [1:{WORK_COUNT_MAX}] as assignment_ids
    from (
        select a.worker_id, a.id, i.text = t.gold_label as is_right
        from task t join assignment a on a.task_id = t.id
        cross join lateral (select s.id from submission s where s.assignment_id = a.id
                            order by s.revision desc limit 1) s
        join submission_item i on i.submission_id = s.id and i.role = 'answer'
        where t.gold_label is not null and a.submitted_at > $1::timestamptz - $2::interval
          and {_SINCE.format(kind="'controls_failed'")}
        union all
        select a.worker_id, a.id, s.failed_check_count = 0
        from submission s join assignment a on a.id = s.assignment_id
        where s.failed_check_count is not null and s.received_at > $1::timestamptz - $2::interval
          and {_SINCE.format(kind="'controls_failed'")}
    ) answered
    group by answered.worker_id
    having count(*) >= {CONTROL_COUNT_MIN}
       and count(*) filter (where not answered.is_right) * 2 > count(*)
"""  # noqa: S608  # our own numbers
_HASTE: Final = f"""
    with work as (
        select a.campaign_id, a.worker_id, a.id, {_SINCE.format(kind="'haste'")} as is_new,
               greatest(1, extract(epoch from s.received_at - a.claimed_at)) as seconds
        from campaign c
        join assignment a on a.campaign_id = c.id and a.claimed_at > $1::timestamptz - $2::interval
        join submission s on s.assignment_id = a.id and s.revision = 1
        where c.published_at is not null
    ), usual as (
        select campaign_id, percentile_disc(0.5) within group (order by seconds) as median
        from work group by campaign_id
        having count(*) >= {USUAL_COUNT_MIN}
           and count(distinct worker_id) >= {USUAL_WORKER_MIN}
    ), timed as (
        select w.worker_id, w.id, w.seconds * {HASTE_FRACTION} < u.median as is_hasty
        from work w join usual u using (campaign_id) where w.is_new
    )
    select worker_id as member_id, $1::date::text as about, null::uuid as other_id,
           (array_agg(id) filter (where is_hasty))[1:{WORK_COUNT_MAX}] as assignment_ids
    from timed group by worker_id
    having count(*) >= {HASTE_COUNT_MIN} and count(*) filter (where is_hasty) * 2 > count(*)
"""  # noqa: S608  # our own numbers
# Where each kind is found. A new one is a line here, its points in `rate`, and its name.
_FOUND: Final[Mapping[SignalKind, tuple[str, timedelta]]] = {
    SignalKind.PAYEE_SHARED: (_PAYEE_SHARED, LOOKED_AT),
    SignalKind.TAX_NUMBER_SHARED: (_TAX_NUMBER_SHARED, LOOKED_AT),
    SignalKind.ADDRESS_SHARED: (_ADDRESS_SHARED, LOOKED_AT),
    SignalKind.SELF_REFERRAL: (_SELF_REFERRAL, LOOKED_AT),
    SignalKind.CONTROLS_FAILED: (_CONTROLS_FAILED, LOOKED_AT),
    SignalKind.HASTE: (_HASTE, HASTE_TIME),
}
_NEW: Final = """
    select found.* from ({found}) found
    join member m on m.id = found.member_id and m.state = any($5)
    where $1::timestamptz is not null and $2::interval is not null
      and not exists (select from risk_signal s where s.member_id = found.member_id
                      and s.kind = $3 and s.about = found.about)
    order by found.member_id limit $4
"""


async def found_signals(*, kind: SignalKind, now: datetime) -> list[Signal]:
    """What is known of members who may sign in, and was not noted before."""
    sql, time = _FOUND[kind]
    states = sorted(state.value for state in SIGN_IN_STATES)
    rows = await fetch(_NEW.format(found=sql), now, time, kind.value, FOUND_MAX, states)
    return [
        Signal(
            member_id=row["member_id"],
            kind=kind,
            about=row["about"],
            other_id=row["other_id"],
            assignment_ids=tuple(row["assignment_ids"] or ()),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRecord:
    kind: SignalKind
    points: int
    other_id: UUID | None
    assignment_ids: tuple[UUID, ...]
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCaseRecord:
    id: UUID
    member_id: UUID
    state: RiskState
    score: int
    begun_at: datetime
    opened_at: datetime | None
    taken_at: datetime | None
    taken_by: UUID | None
    decided_at: datetime | None
    decision: str | None = field(repr=False)
    measure: RiskMeasure | None
    suspension_id: UUID | None
    signals: tuple[SignalRecord, ...]


_CASES: Final = f"""
    select c.*, coalesce((
        select jsonb_agg(to_jsonb(s) order by s.points desc, s.found_at, s.id)
        from (select * from risk_signal s where s.case_id = c.id
              order by s.points desc, s.found_at, s.id limit {SIGNALS_MAX}) s), '[]') as signals
    from risk_case c
"""  # noqa: S608  # our own number
_QUEUE: Final = f"""
    {_CASES} where c.state in ('open', 'in_review')
    order by c.score desc, c.opened_at, c.id limit $1
"""
_OF_MEMBER: Final = f"{_CASES} where c.member_id = $1 order by c.begun_at desc, c.id desc limit $2"


async def risk_queue(*, limit: int) -> list[RiskCaseRecord]:
    """What waits for a person, the highest score first."""
    return [_case(row) for row in await fetch(_QUEUE, limit)]


async def risk_cases_of(*, member_id: UUID, limit: int) -> list[RiskCaseRecord]:
    """Newest first, also those that nobody needs to look at."""
    return [_case(row) for row in await fetch(_OF_MEMBER, member_id, limit)]


def _case(row: Mapping[str, Any]) -> RiskCaseRecord:
    return RiskCaseRecord(
        id=row["id"],
        member_id=row["member_id"],
        state=RiskState(row["state"]),
        score=row["score"],
        begun_at=row["begun_at"],
        opened_at=row["opened_at"],
        taken_at=row["taken_at"],
        taken_by=row["taken_by"],
        decided_at=row["decided_at"],
        decision=row["decision"],
        measure=None if row["measure"] is None else RiskMeasure(row["measure"]),
        suspension_id=row["suspension_id"],
        signals=msgspec.json.decode(row["signals"], type=tuple[SignalRecord, ...]),
    )
