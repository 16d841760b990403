"""Rows under lock, and what a change of a check makes of its verification and of the member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, fetch_value
from domain.errors import InvalidTransition
from domain.given import Clock, NewId, Vault
from domain.jobs import JobRequest, enqueue
from domain.members import queries as members
from domain.members.operations import confirm_email, record_level
from domain.verification import queries
from domain.verification.provider import CheckKind, CheckState, VerifierDirectory
from domain.verification.queries import (
    CHECK_COLUMNS,
    VERIFICATION_COLUMNS,
    CheckRow,
    VerificationRow,
    check_row,
    verification_row,
)
from domain.verification.rules import (
    PASSED,
    VerificationEvent,
    VerificationState,
    deciding,
    event_of,
    level_of,
    may_check_move,
    next_state,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a step needs from outside."""

    verifiers: VerifierDirectory
    vault: Vault
    clock: Clock
    new_id: NewId


_LOCK: Final = f"""
    select {VERIFICATION_COLUMNS} from verification where id = $1 for update
"""  # noqa: S608  # our own columns
_LOCK_OF_CHECK: Final = f"""
    select {VERIFICATION_COLUMNS} from verification
    where id = (select verification_id from verification_check where id = $1) for update
"""  # noqa: S608  # as above
_LOCK_CHECK: Final = f"""
    select {CHECK_COLUMNS} from verification_check where id = $1 for update
"""  # noqa: S608  # as above
_SAVE_CHECK: Final = """
    update verification_check set state = $2, tried = $3, instance_id = $4, provider_ref = $5,
        redirect_url = $6, given = $7, facts = $8, reasons = $9, ask_count = $10,
        look_up_count = $11, away_count = $12, is_for_people = $13, is_stale = $14, due_at = $15,
        recheck_at = $16, valid_until = $17, redact_at = $18, changed_at = $19, check_ref = $20
    where id = $1
"""
_SAVE: Final = """
    update verification set state = $2, decided_at = $3, valid_until = $4, retry_at = $5,
        reasons = $6, changed_at = $7, decline_count = $8
    where id = $1
"""
_OF_MEMBER: Final = """
    select level, state from verification where member_id = $1
"""
_LOCK_STANDING: Final = """
    insert into verification_standing (member_id, level, is_held, changed_at)
    values ($1, 0, false, $2) on conflict (member_id) do update set changed_at = $2
    returning level, is_held
"""
_IS_HELD: Final = """
    select exists (select from verification_hit where member_id = $1
                   and state in ('open', 'confirmed'))
"""
_SET_STANDING: Final = """
    update verification_standing set level = $2, is_held = $3 where member_id = $1
"""


async def lock_of_check(check_id: UUID) -> tuple[VerificationRow, CheckRow] | None:
    """The verification first, then its check: everybody locks in this order."""
    found = await fetch_row(_LOCK_OF_CHECK, check_id)
    if found is None:
        return None
    check = await fetch_row(_LOCK_CHECK, check_id)
    assert check is not None, "checks are never deleted"
    return verification_row(found), check_row(check)


async def lock_verification(verification_id: UUID) -> VerificationRow | None:
    row = await fetch_row(_LOCK, verification_id)
    return None if row is None else verification_row(row)


async def save_check(before: CheckRow, after: CheckRow, *, now: datetime) -> None:
    assert before.state is after.state or may_check_move(source=before.state, target=after.state), (
        before.state,
        after.state,
    )
    await execute(
        _SAVE_CHECK,
        after.id,
        after.state.value,
        list(after.tried),
        after.instance_id,
        after.provider_ref,
        after.redirect_url,
        after.given,
        after.facts,
        list(after.reasons),
        after.ask_count,
        after.look_up_count,
        after.away_count,
        after.is_for_people,
        after.is_stale,
        after.due_at,
        after.recheck_at,
        after.valid_until,
        after.redact_at,
        now,
        after.check_ref,
    )


async def go_on(verification: VerificationRow, *, now: datetime) -> VerificationRow:
    """Follow the checks as far as they lead, and tell those who wait for the level."""
    checks = (await queries.checks_of(verification_ids=[verification.id]))[verification.id]
    states = [each.state for each in checks]
    if any(each.kind is CheckKind.EMAIL and each.state in PASSED for each in checks):
        await confirm_email(member_id=verification.member_id)
    current = verification
    while (event := event_of(current.state, states)) is not None:
        current = moved(current, event, checks=checks, now=now)
    if current.state is VerificationState.VERIFIED:
        current = replace(current, valid_until=_end(current, checks))
    if current != verification:
        await save_verification(current, now=now)
    await settle_standing(verification.member_id, now=now)
    return current


def moved(
    verification: VerificationRow,
    event: VerificationEvent,
    *,
    checks: Sequence[CheckRow] = (),
    now: datetime,
) -> VerificationRow:
    """Refuses with `InvalidTransition`."""
    state = next_state(verification.state, event)
    if state is None:
        raise InvalidTransition(
            subject="the verification", state=verification.state, event=event.value
        )
    after = replace(verification, state=state)
    match event:
        case VerificationEvent.PASS:
            return replace(after, decided_at=now, reasons=(), decline_count=0)
        case VerificationEvent.DECLINE | VerificationEvent.REVOKE:
            count = verification.decline_count + 1
            is_last = count >= verification.attempts_max
            retry_at = None if is_last else now + timedelta(hours=verification.retry_hours)
            reasons = [each for check in checks if _failed(check) for each in check.reasons]
            return replace(
                after,
                decided_at=now,
                decline_count=count,
                retry_at=retry_at,
                reasons=tuple(dict.fromkeys(reasons)),
            )
        case VerificationEvent.START:
            return replace(after, decided_at=None, valid_until=None, retry_at=None, reasons=())
    return after


async def save_verification(verification: VerificationRow, *, now: datetime) -> None:
    await execute(
        _SAVE,
        verification.id,
        verification.state.value,
        verification.decided_at,
        verification.valid_until,
        verification.retry_at,
        list(verification.reasons),
        now,
        verification.decline_count,
    )


async def settle_standing(member_id: UUID, *, now: datetime) -> None:
    """Level and hold as the rows say; what waits for them is told by a job, when they change."""
    before = await fetch_row(_LOCK_STANDING, member_id, now)
    assert before is not None
    rows = await fetch(_OF_MEMBER, member_id)
    verified = {row["level"] for row in rows if row["state"] == VerificationState.VERIFIED}
    level = level_of(verified=verified, defined=await _defined(member_id, now=now))
    is_held: bool = await fetch_value(_IS_HELD, member_id)
    if (before["level"], before["is_held"]) == (level, is_held):
        return
    await execute(_SET_STANDING, member_id, level, is_held)
    await record_level(member_id=member_id, level=level)
    await enqueue([JobRequest(name="payout_standing", arguments={"member_id": str(member_id)})])


def step_job(check: CheckRow, *, delay: timedelta = timedelta(0), why: str = "next") -> JobRequest:
    """It does nothing when the check is not due, so it may come too often.

    `why` lets a step that is wanted now stand beside the planned one.
    """
    return JobRequest(
        name="verification_step",
        arguments={"check_id": str(check.id)},
        once_key=f"{check.id}:{check.ask_count}:{why}",
        delay=delay,
    )


async def _defined(member_id: UUID, *, now: datetime) -> frozenset[int]:
    """The levels that the rules in force make for this member."""
    ruleset = await queries.ruleset_at(now)
    member = (await members.members_by_id(ids=[member_id]))[member_id]
    entity = (await queries.entity_of(member_id=member_id)) if ruleset.rules else None
    if entity is None:
        return frozenset()
    rule = deciding(ruleset, country=member.country, roles=member.roles, entity=entity)
    return frozenset() if rule is None else frozenset(rule.levels)


def _end(verification: VerificationRow, checks: Sequence[CheckRow]) -> date | None:
    """The earliest; what people have yet to accept makes it no later than it was."""
    ends = [
        verification.valid_until if queries.waits_for_people(each) else each.valid_until
        for each in checks
    ]
    return min((each for each in ends if each is not None), default=None)


def _failed(check: CheckRow) -> bool:
    return check.state in (CheckState.MISMATCH, CheckState.REVOKED, CheckState.EXPIRED)


def sealed(vault: Vault, check_id: UUID, column: str, plaintext: bytes) -> bytes:
    return vault.seal(plaintext, context=queries.check_context(check_id, column))
