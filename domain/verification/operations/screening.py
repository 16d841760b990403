"""Screening of many: everybody whose turn it is, by one call of the verifier per chunk.

A chunk is leased, asked about in one call and recorded in one transaction; a crash leaves leases,
which end. Who is like an entry of a list takes the way of a single check, to a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch, fetch_value, in_transaction, one_transaction
from domain.given import NewId
from domain.jobs import enqueue
from domain.provider import CallContext, ProviderError
from domain.verification import queries
from domain.verification.operations.lists import SCREEN_AGAIN, require_loaded
from domain.verification.operations.record import lists_told, record_answer
from domain.verification.operations.rows import Asking, step_job
from domain.verification.operations.subjects import subjects_of
from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckRequest,
    CheckState,
    ReadsLists,
    Subject,
    Verifier,
    VerifierDirectory,
)
from domain.verification.queries import CheckRow

CHUNK: Final = 500
LEASE_MARGIN: Final = timedelta(seconds=10)
FRESH: Final = timedelta(hours=20)  # a screening of today counts for today's runs
SANCTIONS: Final = CheckKind.SANCTIONS.value

_WANT: Final = """
    update verification_check c set recheck_at = $2
    from verification v
    where v.id = c.verification_id and v.attempt_no = c.attempt_no and v.member_id = any($1)
      and v.state = 'verified' and c.kind = $3 and c.state = 'verified' and c.due_at is null
      and not exists (select from verification_answer a
                      where a.check_id = c.id and a.answered_at > $4)
"""
_AGAIN: Final = f"{SCREEN_AGAIN} and v.member_id = $2 and c.kind = $3"
_UNSCREENED: Final = """
    select distinct v.member_id from verification_check c
    join verification v on v.id = c.verification_id and v.attempt_no = c.attempt_no
    where v.member_id = any($1) and c.kind = $2 and v.state = 'verified' and c.state = 'verified'
      and (c.recheck_at <= $3 or c.due_at is not null)
    order by v.member_id
"""
_LEFT: Final = """
    select count(*) from verification_check c
    join verification v on v.id = c.verification_id and v.attempt_no = c.attempt_no
    where c.kind = $1 and c.state = 'verified' and v.state = 'verified' and c.recheck_at <= $2
"""
_FOR_PEOPLE: Final = """
    select count(*) from verification_check where kind = $1 and is_for_people
"""
_CLAIM: Final = """
    update verification_check set due_at = $2, ask_count = ask_count + 1 where id in (
        select c.id from verification_check c
        join verification v on v.id = c.verification_id and v.attempt_no = c.attempt_no
        where c.recheck_at <= $1 and (c.due_at is null or c.due_at <= $1)
          and c.kind = $3 and c.instance_id = $4 and c.state = 'verified' and c.tried = '{}'
          and v.state = 'verified' and not c.is_for_people
        order by c.recheck_at, c.id limit $5 for update of c skip locked)
    returning id
"""
# Who has an open hit elsewhere takes the long way, where that is looked at again.
_CLEARED: Final = """
    with asked as (
        select * from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[],
                             $6::timestamptz[], $7::text[], $8::jsonb[])
            as a (check_id, ask_count, answer_id, source, reference, said_at, digest, lists)),
    passed as (
        update verification_check c
        set due_at = null, recheck_at = $9::timestamptz + make_interval(days => c.recheck_days),
            is_stale = false, away_count = 0, reasons = '{}', changed_at = $9
        from asked, verification v
        where c.id = asked.check_id and c.ask_count = asked.ask_count and c.state = 'verified'
          and v.id = c.verification_id and v.attempt_no = c.attempt_no and v.state = 'verified'
          and not c.is_for_people and c.valid_until is null
          and not exists (select from verification_hit h
                          where h.member_id = v.member_id and h.state = 'open')
        returning c.id)
    insert into verification_answer
        (id, check_id, instance_id, ask_no, state, reasons, staff_details, evidence_source,
         evidence_reference, evidence_at, evidence_digest, lists, answered_at)
    select answer_id, check_id, $10, ask_count, 'verified', '{}', '{}', source, reference, said_at,
           digest, lists, $9
    from asked join passed on passed.id = asked.check_id
    returning check_id
"""
_HAND_ON: Final = """
    update verification_check set tried = array[$2], due_at = $3
    where id = any($1) and state = 'verified' and instance_id = $2 and tried = '{}'
    returning id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """Leased checks of one verifier, with what it may know of each member."""

    instance_id: str
    verifier: Verifier[object]
    checks: Mapping[UUID, CheckRow]
    subjects: Mapping[UUID, Subject]  # by check


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningProgress:
    """How many still wait to be screened, and how many for a person."""

    left_count: int
    for_people_count: int


def list_readers(verifiers: VerifierDirectory) -> list[str]:
    """Those who are asked about many at once."""
    return [
        each for each in verifiers.instance_ids if isinstance(verifiers.named(each), ReadsLists)
    ]


@one_transaction
async def want_screening(*, member_ids: Sequence[UUID], now: datetime) -> int:
    """Those who were not screened today are; what is found holds their payouts."""
    return await execute(_WANT, list(member_ids), now, SANCTIONS, now - FRESH)


async def screen_again(member_id: UUID, *, now: datetime) -> None:
    """Inside the caller's transaction: what is known of the member has changed."""
    assert in_transaction()
    await execute(_AGAIN, now, member_id, SANCTIONS)


@one_transaction
async def hear_of_change(*, member_id: UUID, now: datetime) -> None:
    """Staff changed the member's name, day of birth or address: lists may know that person."""
    await screen_again(member_id, now=now)


async def unscreened(*, member_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Which of them still wait for it; who is like an entry is screened, and held."""
    rows = await fetch(_UNSCREENED, list(member_ids), SANCTIONS, now)
    return [row["member_id"] for row in rows]


async def screening_progress(*, now: datetime) -> ScreeningProgress:
    return ScreeningProgress(
        left_count=await fetch_value(_LEFT, SANCTIONS, now),
        for_people_count=await fetch_value(_FOR_PEOPLE, SANCTIONS),
    )


async def screen_due(*, asking: Asking, count_max: int = CHUNK) -> int:
    """One chunk per verifier that reads lists, of those whose turn it is; how many were asked
    about. May run twice, also at the same time, and goes on where it was stopped.
    """
    count = 0
    for instance_id in list_readers(asking.verifiers):
        count += await _screen_chunk(instance_id, count_max=count_max, asking=asking)
    return count


async def _screen_chunk(instance_id: str, *, count_max: int, asking: Asking) -> int:
    now = asking.clock()
    verifier = asking.verifiers.named(instance_id)
    until = now + 2 * verifier.manifest.load_deadline + LEASE_MARGIN  # it may have to load first
    check_ids = await _claim(instance_id, until=until, count_max=count_max, now=now)
    if not check_ids:
        return 0
    chunk = await _chunk(check_ids, instance_id=instance_id, verifier=verifier, asking=asking)
    outcomes = await _asked(chunk, now=now)
    told = asking.clock()
    cleared = await _clear(chunk, outcomes, new_id=asking.new_id, now=told)
    for check_id, outcome in outcomes.items():
        if check_id not in cleared:
            await _record(check_id, outcome, chunk=chunk, asking=asking, now=told)
    await _hand_on([each for each in check_ids if each not in outcomes], instance_id, now=told)
    return len(check_ids)


@one_transaction
async def _claim(instance_id: str, *, until: datetime, count_max: int, now: datetime) -> list[UUID]:
    rows = await fetch(_CLAIM, now, until, SANCTIONS, instance_id, count_max)
    return [row["id"] for row in rows]


async def _chunk(
    check_ids: Sequence[UUID], *, instance_id: str, verifier: Verifier[object], asking: Asking
) -> _Chunk:
    checks = await queries.checks_by_id(ids=check_ids)
    keys = [each.verification_id for each in checks.values()]
    members = {
        each.id: each.member_id for each in (await queries.verifications_by_id(ids=keys)).values()
    }
    known = await subjects_of(list(members.values()), vault=asking.vault)
    return _Chunk(
        instance_id=instance_id,
        verifier=verifier,
        checks=checks,
        subjects={each.id: known[members[each.verification_id]] for each in checks.values()},
    )


async def _asked(chunk: _Chunk, *, now: datetime) -> dict[UUID, CheckOutcome]:
    """By check; nothing of whom nobody could say anything."""
    verifier = chunk.verifier
    assert isinstance(verifier, ReadsLists)
    requests = [  # nothing is typed or uploaded for a list
        CheckRequest(
            check_ref=each.check_ref,
            kind=each.kind,
            subject=chunk.subjects[each.id],
            as_of=now.date(),
        )
        for each in chunk.checks.values()
    ]
    context = CallContext(now=now, send_no=1, correlation_id=f"screen:{chunk.instance_id}")
    try:
        await require_loaded(chunk.verifier, instance_id=chunk.instance_id, now=now)
        answers = await verifier.check_many(requests, context)
    except ProviderError:
        return {}
    ids = {each.check_ref: each.id for each in chunk.checks.values()}
    return {ids[each.check_ref]: each.outcome for each in answers}


@one_transaction
async def _clear(
    chunk: _Chunk, outcomes: Mapping[UUID, CheckOutcome], *, new_id: NewId, now: datetime
) -> set[UUID]:
    """Who is like nobody: nearly all of them, in one statement."""
    asked = [each for each in chunk.checks.values() if _is_clear(outcomes.get(each.id))]
    rows: list[tuple[Any, ...]] = []
    for each in asked:
        outcome = outcomes[each.id]
        proof = outcome.evidence
        said = (
            (None,) * 4
            if proof is None
            else (proof.source, proof.reference, proof.at, proof.digest)
        )
        lists = msgspec.json.encode(lists_told(outcome)).decode()
        rows.append((each.id, each.ask_count, new_id(), *said, lists))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(8)]
    return {row["check_id"] for row in await fetch(_CLEARED, *columns, now, chunk.instance_id)}


def _is_clear(outcome: CheckOutcome | None) -> bool:
    """Nothing but "on no list": whatever else is said is recorded one by one."""
    return outcome is not None and outcome == CheckOutcome(
        state=CheckState.VERIFIED, evidence=outcome.evidence, lists=outcome.lists
    )


async def _record(
    check_id: UUID, outcome: CheckOutcome, *, chunk: _Chunk, asking: Asking, now: datetime
) -> None:
    needs = chunk.verifier.manifest.kinds[CheckKind.SANCTIONS]
    await record_answer(
        check_id=check_id,
        ask_count=chunk.checks[check_id].ask_count,
        instance_id=chunk.instance_id,
        subject=needs.told(chunk.subjects[check_id]),
        answer=outcome,
        verifier=chunk.verifier,
        asking=asking,
        now=now,
    )


@one_transaction
async def _hand_on(check_ids: Sequence[UUID], instance_id: str, *, now: datetime) -> None:
    """Who could not be asked about is asked about alone: by the next verifier, or later."""
    rows = await fetch(_HAND_ON, list(check_ids), instance_id, now)
    checks = await queries.checks_by_id(ids=[row["id"] for row in rows])
    if checks:
        await enqueue([step_job(each, why="alone") for each in checks.values()])
