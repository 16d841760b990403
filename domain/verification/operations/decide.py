"""What people decide: about a check that waits for them, or that a verification holds no more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_value, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, SecondPersonNeeded
from domain.given import NewId, Vault
from domain.ledger import queries as ledger
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import Money
from domain.rates import queries as rates
from domain.rates.rules import RateKind
from domain.taxes import operations as taxes
from domain.texts import require_text
from domain.verification.operations.hits import decide_hits
from domain.verification.operations.rows import (
    go_on,
    lock_of_check,
    lock_verification,
    moved,
    save_check,
    save_verification,
    settle_standing,
)
from domain.verification.provider import CheckKind, CheckState
from domain.verification.queries import CheckRow, VerificationRow
from domain.verification.rules import (
    OPEN,
    PASSED,
    DecisionAction,
    HitState,
    VerificationEvent,
    VerificationState,
)

NOTE_LENGTH_MAX: Final = 1_000
DOCUMENT_LEVEL: Final = 2
# Why a person decided as they did. The member sees the code of a refusal.
REASONS: Final = {
    DecisionAction.ACCEPT: frozenset({"document_genuine", "other_person", "confirmed_otherwise"}),
    DecisionAction.DECLINE: frozenset(
        {
            "document_unreadable",
            "document_expired",
            "document_not_accepted",
            "document_not_genuine",
            "name_differs",
            "birth_date_differs",
            "face_differs",
            "under_age",
            "on_list",
            "not_plausible",
        }
    ),
    DecisionAction.REVOKE: frozenset(
        {"document_not_genuine", "account_shared", "on_list", "under_age", "not_plausible"}
    ),
}
FINAL_REASONS: Final = frozenset({"document_not_genuine", "under_age", "on_list"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """`is_final`: no further person is needed."""

    is_final: bool
    missing_count: int


_KEEP: Final = """
    insert into verification_decision
        (id, verification_id, check_id, ask_no, decided_by, action, reason, note, is_final,
         decided_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict do nothing
"""
_ACCEPTED: Final = """
    select count(*) from verification_decision
    where check_id = $1 and ask_no = $2 and action = 'accept'
"""


# Of the answer that the person decided about.
_CONSULTATION: Final = """
    select nullif(evidence_reference, '') from verification_answer
    where check_id = $1 order by answered_at desc, id desc limit 1
"""


@one_transaction
async def decide_check(
    *,
    check_id: UUID,
    member_id: UUID,
    action: DecisionAction,
    reason: str,
    note: str,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> Decided:
    """One person's word about a check that waits for people; a document of somebody who is paid
    much takes two to be accepted.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound`, `InvalidTransition` or
    `SecondPersonNeeded`.
    """
    await members.require_role(member_id=member_id, role=Role.STAFF)
    _require_reason(action, reason=reason, note=note)
    locked = await lock_of_check(check_id)
    if locked is None:
        raise NotFound("no such check")
    verification, check = locked
    if verification.member_id == member_id:
        raise SecondPersonNeeded("nobody decides about themselves")
    if not _waits(verification, check) or action is DecisionAction.REVOKE:
        raise InvalidTransition(subject="the check", state=check.state, event=action.value)
    needed = await _people_needed(verification, check, action=action, now=now)
    earlier = await fetch_value(_ACCEPTED, check.id, check.ask_count)
    is_final = earlier + 1 >= needed
    if (
        await execute(
            _KEEP,
            new_id(),
            verification.id,
            check.id,
            check.ask_count,
            member_id,
            action.value,
            reason,
            note,
            is_final,
            now,
        )
        == 0
    ):
        raise SecondPersonNeeded("you have decided it: another person is needed")
    if is_final:
        await _conclude_check(verification, check, action=action, reason=reason, now=now)
        if check.kind is CheckKind.VAT_ACTIVE:
            is_valid = action is DecisionAction.ACCEPT
            await _prove(
                verification, check, is_valid=is_valid, vault=vault, new_id=new_id, now=now
            )
    return Decided(is_final=is_final, missing_count=max(0, needed - earlier - 1))


@one_transaction
async def revoke_verification(
    *,
    verification_id: UUID,
    member_id: UUID,
    reason: str,
    note: str,
    new_id: NewId,
    now: datetime,
) -> None:
    """It holds no more, for good. Refuses with `NotAllowed`, `InvalidInput`, `NotFound`,
    `InvalidTransition` or `SecondPersonNeeded`.
    """
    await members.require_role(member_id=member_id, role=Role.STAFF)
    _require_reason(DecisionAction.REVOKE, reason=reason, note=note)
    verification = await lock_verification(verification_id)
    if verification is None:
        raise NotFound("no such verification")
    if verification.member_id == member_id:
        raise SecondPersonNeeded("nobody decides about themselves")
    revoked = moved(verification, VerificationEvent.REVOKE, now=now)
    await save_verification(replace(revoked, reasons=(reason,), retry_at=None), now=now)
    await execute(
        _KEEP,
        new_id(),
        verification.id,
        None,
        verification.attempt_no,
        member_id,
        DecisionAction.REVOKE.value,
        reason,
        note,
        True,  # noqa: FBT003  # a column
        now,
    )
    await settle_standing(verification.member_id, now=now)


async def _prove(
    verification: VerificationRow,
    check: CheckRow,
    *,
    is_valid: bool,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> None:
    """What a person says of a VAT id counts as what a verifier says of it."""
    await taxes.record_vat_check(
        member_id=verification.member_id,
        vat_id=None,
        check_id=check.id,
        is_valid=is_valid,
        consultation=await fetch_value(_CONSULTATION, check.id),
        vault=vault,
        new_id=new_id,
        now=now,
    )


async def _conclude_check(
    verification: VerificationRow,
    check: CheckRow,
    *,
    action: DecisionAction,
    reason: str,
    now: datetime,
) -> None:
    is_accepted = action is DecisionAction.ACCEPT
    if check.state is CheckState.HIT:
        state = HitState.CLEARED if is_accepted else HitState.CONFIRMED
        await decide_hits(check.id, state=state, now=now)
    after = replace(
        check,
        state=_state(verification, check, is_accepted=is_accepted),
        reasons=() if is_accepted else (reason,),
        tried=(),
        is_for_people=False,
        is_stale=False,
        due_at=None,
        recheck_at=_recheck_at(check, now=now) if is_accepted else None,
        valid_until=check.valid_until if is_accepted else None,
    )
    await save_check(check, after, now=now)
    decided = await go_on(verification, now=now)
    if not is_accepted and reason in FINAL_REASONS and decided.retry_at is not None:
        await save_verification(replace(decided, retry_at=None), now=now)


def _waits(verification: VerificationRow, check: CheckRow) -> bool:
    """As the queue says it: what is over changes nothing any more, but a hit holds payouts."""
    is_live = verification.attempt_no == check.attempt_no and verification.state in OPEN | {
        VerificationState.VERIFIED
    }
    return check.is_for_people and (is_live or check.state is CheckState.HIT)


def _recheck_at(check: CheckRow, *, now: datetime) -> datetime | None:
    return None if check.recheck_days is None else now + timedelta(days=check.recheck_days)


def _state(verification: VerificationRow, check: CheckRow, *, is_accepted: bool) -> CheckState:
    """A refusal of what was verified before takes it away."""
    if is_accepted:
        return check.state if check.state in PASSED else CheckState.VERIFIED
    return CheckState.MISMATCH if verification.decided_at is None else CheckState.REVOKED


async def _people_needed(
    verification: VerificationRow, check: CheckRow, *, action: DecisionAction, now: datetime
) -> int:
    if action is not DecisionAction.ACCEPT or check.state is CheckState.HIT:
        return 1
    if verification.level < DOCUMENT_LEVEL:
        return 1
    accounts = await ledger.accounts_of(owner_ids=[verification.member_id])
    for account in accounts.get(verification.member_id, []):
        if await _is_above_limit(account.balance, now=now):
            return 2
    return 1


async def _is_above_limit(balance: Money, *, now: datetime) -> bool:
    try:
        limit = await rates.limit_of(
            kind=RateKind.VERIFICATION_DECISION, currency=balance.currency, on=now.date()
        )
    except rates.RateMissing:  # nobody decided one: the careful way
        return balance.micros > 0
    return balance > limit


def _require_reason(action: DecisionAction, *, reason: str, note: str) -> None:
    if reason not in REASONS[action]:
        known = ", ".join(sorted(REASONS[action]))
        raise InvalidInput(f"a reason to {action.value} is one of {known}", path=("reason",))
    require_text(note, path="note", least=0, most=NOTE_LENGTH_MAX)
