"""The one appeal of a suspension, and who decides it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.errors import NotFound
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members.queries import require_role
from domain.members.rules import Role
from domain.money import Money
from domain.suspensions.operations.steps import Locked, free, lock_suspension
from domain.suspensions.rules import EARNINGS_TIME, SuspensionEvent, compensations
from domain.texts import require_grounds
from domain.workers.queries import earned_between

_APPEAL: Final = "update suspension set state = $2, appealed_at = $3, appeal = $4 where id = $1"
_RULE: Final = """
    update suspension set state = $2, ruled_at = $3, ruled_by = $4, ruling = $5,
           ended_at = case when $6 then coalesce(ended_at, $3) else ended_at end
    where id = $1
"""


@one_transaction
async def appeal_suspension(
    *, member_id: UUID, suspension_id: UUID, text: str, now: datetime
) -> None:
    """Once, while there is time; also when it is over, for what was lost.

    Refuses with `NotFound` (also somebody else's), `InvalidInput` or `InvalidTransition`, which
    is also the answer when it is too late.
    """
    require_grounds(text)
    suspension = await lock_suspension(suspension_id)
    if suspension.member_id != member_id:
        raise NotFound("no such suspension")
    target = suspension.require(SuspensionEvent.APPEAL)
    suspension.require_in_time(now)
    await execute(_APPEAL, suspension_id, target.value, now, text.strip())


@one_transaction
async def rule_suspension(
    *,
    staff_id: UUID,
    suspension_id: UUID,
    is_reversed: bool,
    text: str,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> bool:
    """Who neither proposed nor imposed it decides an appeal, for good, and says why.

    A reversal frees the member and pays what was lost (E16). True for a key that was used before.
    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    require_grounds(text)
    if await idempotency.claim(key=key, now=now) is not None:
        return True
    suspension = await lock_suspension(suspension_id)
    suspension.require_other(staff_id, suspension.proposed_by, suspension.decided_by)
    event = SuspensionEvent.REVERSE if is_reversed else SuspensionEvent.UPHOLD
    target = suspension.require(event)
    await execute(_RULE, suspension_id, target.value, now, staff_id, text.strip(), is_reversed)
    await idempotency.answer(key=key, result=str(suspension_id))
    if is_reversed:
        if suspension.ended_at is None:
            await free(suspension, now=now)
        await _compensate(suspension, staff_id=staff_id, new_id=new_id, now=now)
    return False


async def _compensate(suspension: Locked, *, staff_id: UUID, new_id: NewId, now: datetime) -> None:
    """By the member's own earnings before; from the proposal until the member was free again."""
    begun = suspension.proposed_at
    earned = await earned_between(
        worker_id=suspension.member_id,
        from_on=(begun - EARNINGS_TIME).date(),
        until_on=begun.date(),
    )
    owed = compensations(earned=earned, kept_from=begun, kept_until=suspension.ended_at or now)
    transfers = [_goodwill(suspension, amount, staff_id) for amount in owed]
    if transfers:
        await ledger.post(transfers=transfers, new_id=new_id, effective_on=now.date())


def _goodwill(suspension: Locked, amount: Money, staff_id: UUID) -> Transfer:
    return Transfer(
        event="E16",
        kind="suspension.reversed",
        key=f"suspension:{suspension.id}:reversed:{amount.currency}",
        correlation_id=suspension.id,
        actor_id=staff_id,
        legs=legs(
            debit(Account(AccountKind.EXPENSE_GOODWILL), amount),
            credit(Account(AccountKind.WORKER_EARNINGS, suspension.member_id), amount),
        ),
    )
