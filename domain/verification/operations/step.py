"""One step of a check: the intent is committed, a verifier is called, the answer is recorded.

A step takes a lease on the check, so that two of them never ask at once; a lease that has ended
means that nobody knows, and the same is asked or looked up again with the same reference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import one_transaction
from domain.provider import NEVER_SENT, CallContext, NoAnswer, ProviderError, Unsupported
from domain.verification import queries
from domain.verification.operations import record
from domain.verification.operations.lists import require_loaded
from domain.verification.operations.rows import Asking, go_on, lock_of_check, save_check
from domain.verification.operations.subjects import (
    country_of,
    lacking,
    request_of,
    subject_of,
)
from domain.verification.provider import (
    CheckRequest,
    ChecksByFile,
    CheckState,
    ReadsLists,
    StartsHostedChecks,
    Subject,
    Verifier,
)
from domain.verification.queries import CheckRow, VerificationRow
from domain.verification.rules import OPEN, PASSED, VerificationState

LEASE_MARGIN: Final = timedelta(seconds=10)
AWAY_DELAYS: Final = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
CONTINUED: Final = frozenset({CheckState.PENDING, CheckState.NEEDS_INPUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked now, of whom."""

    check: CheckRow  # as it was committed with the intent
    instance_id: str
    request: CheckRequest
    is_look_up: bool


async def step_check(*, check_id: UUID, asking: Asking) -> None:
    """Ask or look up, if it is due; may run twice, also at the same time."""
    found = (await queries.checks_by_id(ids=[check_id])).get(check_id)
    if found is None:
        return
    verification = (await queries.verifications_by_id(ids=[found.verification_id]))[
        found.verification_id
    ]
    subject = await subject_of(verification.member_id, found.kind, vault=asking.vault)
    call = await _intend(check_id=check_id, subject=subject, asking=asking, now=asking.clock())
    if call is None:
        return
    verifier = asking.verifiers.named(call.instance_id)
    answer = await _called(verifier, call, now=asking.clock())
    await record.record_answer(
        check_id=check_id,
        ask_count=call.check.ask_count,
        instance_id=call.instance_id,
        subject=verifier.manifest.kinds[call.check.kind].told(subject),
        answer=answer,
        verifier=verifier,
        asking=asking,
        now=asking.clock(),
    )


async def _called(verifier: Verifier[object], call: Call, *, now: datetime) -> record.Answer:
    """What came back; any trouble is an answer too."""
    context = CallContext(
        now=now, send_no=call.check.ask_count, correlation_id=call.request.check_ref
    )
    try:
        if isinstance(verifier, StartsHostedChecks):
            if call.is_look_up:
                return await verifier.look_up(call.request, context)
            return await verifier.start(call.request, context)
        if isinstance(verifier, ReadsLists):
            await require_loaded(verifier, instance_id=call.instance_id, now=now)
        return await verifier.check(call.request, context)
    except (*NEVER_SENT, Unsupported) as error:
        return NoAnswer(type(error).__name__)  # certainly not begun: the next one may be asked
    except ProviderError as error:
        return error


@one_transaction
async def _intend(
    *, check_id: UUID, subject: Subject, asking: Asking, now: datetime
) -> Call | None:
    locked = await lock_of_check(check_id)
    assert locked is not None
    verification, check = locked
    if check.due_at is None or check.due_at > now:
        return None
    if _is_undecided(verification, check):
        await save_check(check, record.too_old(check), now=now)
        await go_on(verification, now=now)
        return None
    if not _may_step(verification, check):
        await save_check(check, replace(check, due_at=None), now=now)
        return None
    if _goes_on(check, asking):
        assert check.instance_id is not None
        return await _lease(
            verification, check, check.instance_id, subject=subject, asking=asking, now=now
        )
    chosen = _next_verifier(check, subject, asking)
    if chosen is None:
        await _nobody(verification, check, now=now)
        return None
    return await _ask(verification, check, chosen, subject=subject, asking=asking, now=now)


def _may_step(verification: VerificationRow, check: CheckRow) -> bool:
    if check.is_for_people or check.attempt_no != verification.attempt_no:
        return False
    if verification.state is VerificationState.VERIFIED:
        return check.state in PASSED
    return verification.state in OPEN and check.state not in PASSED


def _is_undecided(verification: VerificationRow, check: CheckRow) -> bool:
    """Whether people have let the last proof grow too old."""
    is_current = check.attempt_no == verification.attempt_no
    is_verified = verification.state is VerificationState.VERIFIED
    return is_current and is_verified and queries.waits_for_people(check)


def _goes_on(check: CheckRow, asking: Asking) -> bool:
    """Whether somebody has it already, who is looked up or asked again."""
    if check.instance_id is None or check.state not in CONTINUED:
        return False
    known = check.instance_id in asking.verifiers.instance_ids
    return known and check.instance_id not in check.tried


def _next_verifier(check: CheckRow, subject: Subject, asking: Asking) -> str | None:
    country = country_of(check.kind, subject)
    for each in check.verifiers:
        if each not in check.tried and asking.verifiers.serves(
            each, kind=check.kind, country=country
        ):
            return each
    return None


async def _nobody(verification: VerificationRow, check: CheckRow, *, now: datetime) -> None:
    """Nobody can answer just now: all are asked again later, and what holds goes on holding."""
    count = check.away_count + 1
    delay = AWAY_DELAYS[min(count, len(AWAY_DELAYS)) - 1]
    after = replace(check, tried=(), away_count=count, due_at=now + delay)
    if check.state in PASSED:
        after = record.stale(after, now=now)
    else:
        after = replace(after, state=CheckState.UNAVAILABLE, reasons=("nobody_answers",))
    await save_check(check, after, now=now)
    await go_on(verification, now=now)


async def _ask(
    verification: VerificationRow,
    check: CheckRow,
    instance_id: str,
    *,
    subject: Subject,
    asking: Asking,
    now: datetime,
) -> Call | None:
    verifier = asking.verifiers.named(instance_id)
    request = await _request(verification, check, subject, asking=asking, now=now)
    missing = lacking(verifier.manifest.kinds[check.kind], request)
    if missing and check.state not in PASSED:
        after = replace(check, state=CheckState.NEEDS_INPUT, reasons=missing, due_at=None)
        await save_check(check, after, now=now)
        await go_on(verification, now=now)
        return None
    if isinstance(verifier, ChecksByFile):
        waiting = replace(check, instance_id=instance_id)
        if check.state in PASSED:
            waiting = record.stale(waiting, now=now)
        else:
            waiting = replace(waiting, state=CheckState.PENDING, reasons=(), due_at=None)
        await save_check(check, waiting, now=now)
        await go_on(verification, now=now)
        return None
    call = await _lease(verification, check, instance_id, subject=subject, asking=asking, now=now)
    await go_on(verification, now=now)
    return call


async def _lease(
    verification: VerificationRow,
    check: CheckRow,
    instance_id: str,
    *,
    subject: Subject,
    asking: Asking,
    now: datetime,
) -> Call:
    """From here on a crash is found by the end of the lease."""
    verifier = asking.verifiers.named(instance_id)
    is_look_up = (
        isinstance(verifier, StartsHostedChecks)
        and check.instance_id == instance_id
        and check.state in CONTINUED
    )
    state = check.state if check.state in PASSED or is_look_up else CheckState.PENDING
    leased = replace(
        check,
        state=state,
        instance_id=instance_id,
        ask_count=check.ask_count + 1,
        look_up_count=check.look_up_count + is_look_up,
        due_at=now + verifier.manifest.call_deadline + LEASE_MARGIN,
    )
    await save_check(check, leased, now=now)
    request = await _request(verification, check, subject, asking=asking, now=now)
    return Call(check=leased, instance_id=instance_id, request=request, is_look_up=is_look_up)


async def _request(
    verification: VerificationRow,
    check: CheckRow,
    subject: Subject,
    *,
    asking: Asking,
    now: datetime,
) -> CheckRequest:
    return await request_of(
        check, subject, vault=asking.vault, as_of=now.date(), return_url=verification.return_url
    )
