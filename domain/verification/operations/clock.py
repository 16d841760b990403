"""What time does: steps that are due, answers that grow old, and data that is to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, in_transaction, one_transaction
from domain.jobs import JobRequest, enqueue
from domain.provider import CallContext, ProviderError, reference
from domain.verification import queries
from domain.verification.operations.rows import (
    Asking,
    lock_of_check,
    lock_verification,
    moved,
    save_check,
    save_verification,
    settle_standing,
    step_job,
)
from domain.verification.operations.screening import list_readers
from domain.verification.operations.subjects import OF_TAX_NUMBERS
from domain.verification.provider import CheckState, Redacts, VerifierDirectory
from domain.verification.rules import PASSED, VerificationEvent, VerificationState

SWEEP_COUNT_MAX: Final = 500
REDACT_AFTER: Final = timedelta(days=1)  # until then a look-up may still be wanted
REDACT_AGAIN: Final = timedelta(days=1)

ASKED: Final = (
    CheckState.UNCHECKED,
    CheckState.PENDING,
    CheckState.NEEDS_INPUT,
    CheckState.UNAVAILABLE,
)

# Who is screened with many others is not stepped alone, unless that could not be done.
_DUE: Final = """
    select id from verification_check
    where due_at <= $1 and not (kind = 'sanctions' and state = 'verified'
                                and instance_id = any($3) and tried = '{}'
                                and not is_for_people)
    order by due_at limit $2
"""
_RECHECK: Final = """
    update verification_check set due_at = $1, tried = '{}' where id in (
        select c.id from verification_check c
        join verification v on v.id = c.verification_id and v.attempt_no = c.attempt_no
        where c.recheck_at <= $1 and c.due_at is null and v.state = 'verified'
          and c.state in ('verified', 'format_ok')
          and not (c.kind = 'sanctions' and c.instance_id = any($3))
        order by c.recheck_at limit $2 for update of c skip locked)
    returning id
"""
_ENDED: Final = """
    select id from verification where state = 'verified' and valid_until < $1
    order by valid_until limit $2
"""
_DECIDED: Final = """
    update verification_check c set given = null, redirect_url = null
    from verification v
    where v.id = c.verification_id and (c.given is not null or c.redirect_url is not null)
      and (v.state not in ('started', 'pending', 'needs_input') or c.attempt_no <> v.attempt_no)
      and c.changed_at < $1
"""
_FORGET: Final = """
    update verification_upload u set content = null
    from verification_check c join verification v on v.id = c.verification_id
    where u.check_id = c.id and u.content is not null
      and (v.state not in ('started', 'pending', 'needs_input') or c.attempt_no <> v.attempt_no)
"""
_TO_REDACT: Final = """
    select id, instance_id, provider_ref from verification_check
    where redact_at <= $1 and provider_ref is not null and instance_id = any($3)
    order by redact_at limit $2
"""
_PLAN_REDACTION: Final = """
    update verification_check c set redact_at = $1
    from verification v
    where v.id = c.verification_id and c.provider_ref is not null and c.redact_at is null
      and c.instance_id = any($2) and c.changed_at < $1
      and (v.state not in ('started', 'pending', 'needs_input') or c.attempt_no <> v.attempt_no)
"""
_OF_NUMBERS: Final = """
    select c.id from verification_check c
    join verification v on v.id = c.verification_id and v.attempt_no = c.attempt_no
    where v.member_id = $1 and c.kind = any($2) and c.state = any($3)
      and v.state in ('started', 'pending', 'needs_input', 'verified')
    order by c.id
"""
_REDACTED: Final = "update verification_check set redact_at = $2, provider_ref = $3 where id = $1"
_HEARD: Final = """
    update verification_check set due_at = $2
    where id = any($1) and not is_for_people and state in ('pending', 'needs_input')
    returning id
"""


@one_transaction
async def step_due(*, verifiers: VerifierDirectory, now: datetime) -> int:
    """Enqueue what is due: re-checks, and whatever a lost job or a crash has left.

    Whom verifiers with lists have screened before is left to `screen_due`.
    """
    readers = list_readers(verifiers)
    due = await fetch(_RECHECK, now, SWEEP_COUNT_MAX, readers)
    due += await fetch(_DUE, now, SWEEP_COUNT_MAX, readers)
    checks = await queries.checks_by_id(ids=[row["id"] for row in due])
    if checks:
        await enqueue([step_job(each) for each in checks.values()])
    return len(checks)


async def expire_verifications(*, now: datetime) -> int:
    """What has an end ends on the day after it."""
    rows = await fetch(_ENDED, now.date(), SWEEP_COUNT_MAX)
    for row in rows:
        await _expire(verification_id=row["id"], now=now)
    return len(rows)


@one_transaction
async def forget_inputs(*, now: datetime) -> int:
    """What members typed and uploaded is not kept longer than its check needs it."""
    return await execute(_DECIDED, now) + await execute(_FORGET)


async def redact_checks(*, asking: Asking) -> int:
    """Vendors are asked to delete what they keep, until they say that it is gone."""
    now = asking.clock()
    able = [
        each
        for each in asking.verifiers.instance_ids
        if isinstance(asking.verifiers.named(each), Redacts)
    ]
    await _plan_redaction(able, now=now)
    rows = await fetch(_TO_REDACT, now, SWEEP_COUNT_MAX, able)
    for row in rows:
        verifier = asking.verifiers.named(row["instance_id"])
        assert isinstance(verifier, Redacts)
        context = CallContext(now=now, send_no=1, correlation_id=str(row["id"]))
        try:
            is_gone = await verifier.redact(row["provider_ref"], context)
        except ProviderError:
            is_gone = False
        await _redacted(row["id"], row["provider_ref"], is_gone=is_gone, now=now)
    return len(rows)


async def ask_numbers_again(*, member_id: UUID, asking: Asking) -> int:
    """The member gave other forms: what was asked about their numbers is asked about these.

    What holds goes on holding until somebody answers; answers still under way are not heard.
    """
    asked = [each.value for each in (*PASSED, *ASKED)]
    kinds = [each.value for each in OF_TAX_NUMBERS]
    rows = await fetch(_OF_NUMBERS, member_id, kinds, asked)
    for row in rows:
        await _ask_number_again(row["id"], asking=asking, now=asking.clock())
    return len(rows)


@one_transaction
async def _ask_number_again(check_id: UUID, *, asking: Asking, now: datetime) -> None:
    """By another name, so that a file or news about the old number finds nothing."""
    locked = await lock_of_check(check_id)
    assert locked is not None
    verification, check = locked
    is_current = check.attempt_no == verification.attempt_no
    if not is_current or check.state not in (*PASSED, *ASKED):
        return
    after = replace(
        check,
        check_ref=reference(kind="C", region=asking.verifiers.region, id_=asking.new_id()),
        instance_id=None,
        provider_ref=None,
        redirect_url=None,
        tried=(),
        ask_count=check.ask_count + 1,
        is_for_people=False,
        due_at=now,
        recheck_at=now if check.state in PASSED else None,
    )
    if queries.waits_for_people(check):  # what nobody has accepted is forgotten
        after = replace(after, facts=None, valid_until=verification.valid_until)
    await save_check(check, after, now=now)
    await enqueue([step_job(after, why="number")])


async def hear_of_checks(*, check_ids: Sequence[UUID], now: datetime) -> int:
    """Inside the caller's transaction: each is looked up now, however much news there is."""
    assert in_transaction()
    rows = await fetch(_HEARD, sorted(check_ids), now)
    if rows:
        await enqueue(
            [
                JobRequest(
                    name="verification_step",
                    arguments={"check_id": str(row["id"])},
                    once_key=f"{row['id']}:heard",
                )
                for row in rows
            ]
        )
    return len(rows)


@one_transaction
async def _expire(*, verification_id: UUID, now: datetime) -> None:
    verification = await lock_verification(verification_id)
    assert verification is not None
    is_over = verification.valid_until is not None and verification.valid_until < now.date()
    if verification.state is not VerificationState.VERIFIED or not is_over:
        return
    ended = moved(verification, VerificationEvent.EXPIRE, now=now)
    await save_verification(replace(ended, reasons=("too_old",)), now=now)
    await settle_standing(verification.member_id, now=now)


@one_transaction
async def _plan_redaction(able: Sequence[str], *, now: datetime) -> None:
    if able:
        await execute(_PLAN_REDACTION, now - REDACT_AFTER, list(able))


@one_transaction
async def _redacted(check_id: UUID, provider_ref: str, *, is_gone: bool, now: datetime) -> None:
    if is_gone:
        await execute(_REDACTED, check_id, None, None)
    else:
        await execute(_REDACTED, check_id, now + REDACT_AGAIN, provider_ref)
