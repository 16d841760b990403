"""What an answer makes of a check, recorded with what proves it, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from domain.database import execute, one_transaction
from domain.jobs import enqueue
from domain.provider import NoAnswer, ProviderError, reference
from domain.taxes import operations as taxes
from domain.verification import queries
from domain.verification.operations.hits import keep_hits
from domain.verification.operations.rows import (
    Asking,
    go_on,
    lock_of_check,
    save_check,
    sealed,
    step_job,
)
from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    ChecksByFile,
    CheckState,
    HostedCheck,
    StartsHostedChecks,
    Subject,
    Verifier,
)
from domain.verification.queries import CheckRow, VerificationRow, waits_for_people
from domain.verification.rules import OPEN, PASSED, VerificationState

Answer: TypeAlias = CheckOutcome | HostedCheck | ProviderError | None
LISTS_MAX: Final = 100
AGAIN: Final = timedelta(hours=6)  # a re-check that nobody could answer
_REFUSALS: Final = (CheckState.MISMATCH, CheckState.REVOKED)

_INSERT: Final = """
    insert into verification_answer
        (id, check_id, instance_id, ask_no, state, reasons, staff_details, evidence_source,
         evidence_reference, evidence_at, evidence_digest, lists, answered_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13)
"""


@one_transaction
async def record_answer(
    *,
    check_id: UUID,
    ask_count: int,
    instance_id: str,
    subject: Subject,
    answer: Answer,
    verifier: Verifier[object],
    asking: Asking,
    now: datetime,
) -> bool:
    """False when it comes too late: somebody has asked again, or it is decided."""
    locked = await lock_of_check(check_id)
    assert locked is not None
    verification, check = locked
    if not _is_awaited(verification, check):
        return False
    if check.ask_count != ask_count:
        return await _late(check, answer, instance_id=instance_id, asking=asking, now=now)
    after = replace(check, instance_id=instance_id)
    match answer:
        case CheckOutcome():
            after = await _concluded(
                verification, after, answer, subject=subject, asking=asking, now=now
            )
            await _keep(after, answer, instance_id=instance_id, asking=asking, now=now)
            await _prove(verification, check, answer, subject=subject, asking=asking, now=now)
        case HostedCheck():
            address = sealed(asking.vault, check.id, "redirect_url", answer.redirect_url.encode())
            after = replace(
                after, provider_ref=answer.provider_ref, redirect_url=address, reasons=()
            )
        case None:  # the vendor never heard of it: begin there once more, by the same name
            state = check.state if check.state in PASSED else CheckState.PENDING
            after = replace(after, state=state, instance_id=None)
        case NoAnswer():
            after = _away(after, verifier=verifier)
        case _:
            pass  # nobody knows: it is looked up, or asked again, with the same reference
    after = _planned(check, after, answer=answer, verifier=verifier, now=now)
    await save_check(check, after, now=now)
    if after.due_at is not None:
        await enqueue([step_job(after, delay=max(timedelta(0), after.due_at - now))])
    await go_on(verification, now=now)
    return True


async def _late(
    check: CheckRow, answer: Answer, *, instance_id: str, asking: Asking, now: datetime
) -> bool:
    """News was quicker than the start's own answer, which alone says where the member goes on."""
    if not isinstance(answer, HostedCheck) or check.redirect_url is not None:
        return False
    if check.instance_id != instance_id or check.provider_ref not in (None, answer.provider_ref):
        return False
    address = sealed(asking.vault, check.id, "redirect_url", answer.redirect_url.encode())
    after = replace(check, provider_ref=answer.provider_ref, redirect_url=address)
    await save_check(check, after, now=now)
    return True


def stale(check: CheckRow, *, now: datetime) -> CheckRow:
    """It holds by its last proof for a while, since nobody can be asked again."""
    if now >= _holds_until(check, now=now):
        return too_old(check)
    return replace(check, is_stale=True, due_at=now + AGAIN)


def too_old(check: CheckRow) -> CheckRow:
    """Neither verifiers nor people have renewed it in time."""
    return replace(
        check,
        state=CheckState.EXPIRED,
        reasons=("proof_too_old",),
        is_for_people=False,
        due_at=None,
        recheck_at=None,
    )


def _holds_until(check: CheckRow, *, now: datetime) -> datetime:
    """How long the last proof counts without another."""
    return (check.recheck_at or now) + timedelta(days=check.outage_days)


def _is_awaited(verification: VerificationRow, check: CheckRow) -> bool:
    if check.attempt_no != verification.attempt_no or check.is_for_people:
        return False
    if verification.state is VerificationState.VERIFIED:
        return check.state in PASSED
    return verification.state in OPEN and check.state not in (
        *PASSED,
        CheckState.MISMATCH,
        CheckState.REVOKED,
        CheckState.HIT,
    )


def _away(check: CheckRow, *, verifier: Verifier[object]) -> CheckRow:
    """The next one is asked; one that has begun is asked again and by nobody else."""
    if isinstance(verifier, StartsHostedChecks) and check.provider_ref is not None:
        return check
    assert check.instance_id is not None
    return replace(check, tried=(*check.tried, check.instance_id))


async def _concluded(
    verification: VerificationRow,
    check: CheckRow,
    outcome: CheckOutcome,
    *,
    subject: Subject,
    asking: Asking,
    now: datetime,
) -> CheckRow:
    codes = tuple(each.code for each in outcome.reasons)
    after = replace(
        check,
        reasons=codes,
        away_count=0,
        provider_ref=outcome.provider_ref or check.provider_ref,
    )
    after = _with_sealed(after, outcome, asking=asking)
    state = outcome.state
    if outcome.hits or outcome.lists:
        is_open = await keep_hits(
            verification, check, outcome, subject=subject, asking=asking, now=now
        )
        if state is CheckState.HIT and not is_open:
            state = CheckState.VERIFIED  # a person has cleared all of them before
    if state is CheckState.FORMAT_OK and check.kind is not CheckKind.TAX_ID_FORMAT:
        state = CheckState.UNAVAILABLE  # well-formed is not what was asked
    if _is_accepted(check, outcome, asking=asking):
        state = check.state
    if check.state in PASSED:
        return _rechecked(check, after, state=state, outcome=outcome, now=now)
    return _answered(after, state=state, outcome=outcome, asking=asking, now=now)


def _is_accepted(check: CheckRow, outcome: CheckOutcome, *, asking: Asking) -> bool:
    """A person said yes to just these facts: the same again is not asked of people again."""
    if check.state not in PASSED or not outcome.is_for_people or not outcome.facts:
        return False
    return dict(queries.facts_of(check, vault=asking.vault)) == dict(outcome.facts)


def _with_sealed(check: CheckRow, outcome: CheckOutcome, *, asking: Asking) -> CheckRow:
    after = check
    if outcome.redirect_url is not None:
        address = sealed(asking.vault, check.id, "redirect_url", outcome.redirect_url.encode())
        after = replace(after, redirect_url=address)
    if outcome.facts:
        content = msgspec.json.encode(dict(outcome.facts))
        after = replace(after, facts=sealed(asking.vault, check.id, "facts", content))
    return after


def _answered(
    check: CheckRow,
    *,
    state: CheckState,
    outcome: CheckOutcome,
    asking: Asking,
    now: datetime,
) -> CheckRow:
    """The first answers, until one of them holds."""
    if state in PASSED:
        return _passed(check, state=state, until=outcome.valid_until, now=now)
    if state is CheckState.UNAVAILABLE:
        assert check.instance_id is not None
        return replace(check, tried=(*check.tried, check.instance_id))
    if state is CheckState.UNCHECKED:  # given up there: the member may begin again
        region = asking.verifiers.region
        return replace(
            check,
            state=CheckState.NEEDS_INPUT,
            reasons=check.reasons or ("start_again",),
            check_ref=reference(kind="C", region=region, id_=asking.new_id()),
            instance_id=None,
            redirect_url=None,
            provider_ref=None,
            given=None,
        )
    is_for_people = state is CheckState.HIT or (
        state is CheckState.PENDING and outcome.is_for_people
    )
    failed = CheckState.MISMATCH if state is CheckState.REVOKED else state
    until = outcome.valid_until if is_for_people else None  # of what a person may accept
    return replace(check, state=failed, is_for_people=is_for_people, valid_until=until)


def _passed(check: CheckRow, *, state: CheckState, until: date | None, now: datetime) -> CheckRow:
    recheck_at = None
    if check.recheck_days is not None:
        recheck_at = now + timedelta(days=check.recheck_days)
    return replace(
        check,
        state=state,
        reasons=(),
        valid_until=until,
        recheck_at=recheck_at,
        is_stale=False,
        tried=(),
    )


def _rechecked(
    before: CheckRow, after: CheckRow, *, state: CheckState, outcome: CheckOutcome, now: datetime
) -> CheckRow:
    """What holds goes on holding until it is said that it does not."""
    if state in PASSED:  # a number that a person verified stays that when found well-formed
        return _passed(after, state=before.state, until=outcome.valid_until, now=now)
    if state is CheckState.HIT:
        return replace(after, state=state, is_for_people=True)
    if state in (CheckState.MISMATCH, CheckState.REVOKED):
        return replace(after, state=CheckState.REVOKED, recheck_at=None)
    if state is CheckState.PENDING and outcome.is_for_people:
        until = outcome.valid_until  # of what a person may accept
        return replace(after, is_for_people=True, valid_until=until)
    tried = (*before.tried, str(after.instance_id))
    return replace(after, tried=tried, reasons=before.reasons, facts=before.facts)


def _planned(
    before: CheckRow,
    after: CheckRow,
    *,
    answer: Answer,
    verifier: Verifier[object],
    now: datetime,
) -> CheckRow:
    """When the next step is due; none once it is decided, or up to somebody else."""
    if after.tried != before.tried and after.instance_id in after.tried:
        return replace(after, due_at=now)  # the next verifier
    if waits_for_people(after):
        return replace(after, due_at=_holds_until(after, now=now))
    delays = verifier.manifest.look_up_delays
    delay = delays[min(after.look_up_count, len(delays) - 1)]
    is_due = False
    if after.state in PASSED:
        is_due = after.state is before.state and not isinstance(answer, CheckOutcome)
    elif after.state is CheckState.PENDING and not after.is_for_people:
        is_due = not isinstance(verifier, ChecksByFile)  # that one waits for staff
        delay = timedelta(0) if answer is None else delay
    elif after.state is CheckState.NEEDS_INPUT and isinstance(verifier, StartsHostedChecks):
        is_due = after.provider_ref is not None
    return replace(after, due_at=now + delay if is_due else None)


async def _prove(
    verification: VerificationRow,
    check: CheckRow,
    outcome: CheckOutcome,
    *,
    subject: Subject,
    asking: Asking,
    now: datetime,
) -> None:
    """Decisions about VAT lean on the answer itself; an outage proves nothing and takes nothing."""
    number, evidence = subject.tax_number, outcome.evidence
    if check.kind is not CheckKind.VAT_ACTIVE or number is None:
        return
    is_valid = outcome.state is CheckState.VERIFIED or _is_accepted(check, outcome, asking=asking)
    if not is_valid and outcome.state not in _REFUSALS:
        return
    await taxes.record_vat_check(
        member_id=verification.member_id,
        vat_id=number.number,
        check_id=check.id,
        is_valid=is_valid,
        consultation=(evidence.reference or None) if evidence else None,
        vault=asking.vault,
        new_id=asking.new_id,
        now=now,
    )


def lists_told(outcome: CheckOutcome) -> Sequence[object]:
    """What was screened against, as it is kept."""
    return [
        {"list": each.list_id, "digest": each.digest, "published_on": each.published_on}
        for each in outcome.lists[:LISTS_MAX]
    ]


async def _keep(
    check: CheckRow,
    outcome: CheckOutcome,
    *,
    instance_id: str,
    asking: Asking,
    now: datetime,
) -> None:
    evidence = outcome.evidence
    await execute(
        _INSERT,
        asking.new_id(),
        check.id,
        instance_id,
        check.ask_count,
        outcome.state.value,
        [each.code for each in outcome.reasons],
        [each.staff_detail for each in outcome.reasons],
        None if evidence is None else evidence.source,
        None if evidence is None else evidence.reference,
        None if evidence is None else evidence.at,
        None if evidence is None else evidence.digest,
        msgspec.json.encode(lists_told(outcome)).decode(),
        now,
    )
