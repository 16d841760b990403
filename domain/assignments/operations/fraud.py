"""What a dispute about fraud does with approved work; called in the dispute's transaction.

The assignment stays approved: its place, its points and its documents are as they were.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.assignments.operations.mature import maturity_key
from domain.assignments.operations.settle import Locked, lock_assignment
from domain.assignments.rules import AssignmentState, Booking, fraud_paid_back
from domain.database import in_transaction
from domain.errors import InvalidTransition, NotFound
from domain.given import NewId
from domain.ledger import operations as ledger
from domain.ledger import queries as balances
from domain.ledger.rules import Account, AccountKind
from domain.money import Money


async def require_approved(*, assignment_id: UUID, employer_id: UUID, since: datetime) -> Locked:
    """The employer's own work, approved since then. Refuses with `NotFound` or
    `InvalidTransition`.
    """
    assert in_transaction()
    work = await lock_assignment(assignment_id=assignment_id)
    if work is None or work.booking.employer_id != employer_id:
        raise NotFound("no such assignment")
    event = "dispute for fraud"
    if work.state is not AssignmentState.APPROVED or work.decided_at is None:
        raise InvalidTransition(subject="the assignment", state=work.state, event=event)
    if work.decided_at < since:
        raise InvalidTransition(
            subject="the assignment", state="past its time to be contested", event=event
        )
    return work


async def is_reward_there(*, assignment_id: UUID) -> bool:
    """Whether the worker could give all of it back. Nobody moves that money until we commit."""
    assert in_transaction()
    work = await lock_assignment(assignment_id=assignment_id)
    assert work is not None
    return await _unpaid(work.booking) == work.booking.price.reward


async def pay_back_fraud(
    *,
    assignment_id: UUID,
    is_worker_charged: bool,
    actor_id: UUID | None,
    new_id: NewId,
    now: datetime,
) -> None:
    """E20: the employer gets everything back; a charged worker gives what was not paid out yet."""
    assert in_transaction()
    work = await lock_assignment(assignment_id=assignment_id)
    assert work is not None
    booking = work.booking
    taken = Money(0, booking.price.reward.currency)
    if is_worker_charged:
        taken = await _unpaid(booking)
        await ledger.void_hold_of(key=maturity_key(booking.assignment_id))
    transfer = fraud_paid_back(booking, taken=taken, actor_id=actor_id)
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())


async def _unpaid(booking: Booking) -> Money:
    """Of the reward, what can still be taken: also what only waits until it may be paid out."""
    reward = booking.price.reward
    earnings = Account(AccountKind.WORKER_EARNINGS, booking.worker_id)
    accounts = [earnings, Account(AccountKind.EMPLOYER_AVAILABLE, booking.employer_id)]
    await ledger.lock_accounts(accounts=accounts, currency=reward.currency)
    there = await balances.available(account=earnings, currency=reward.currency)
    waiting = await balances.held_by(
        key=maturity_key(booking.assignment_id), currency=reward.currency
    )
    return min(reward, max(there + waiting, Money(0, reward.currency)))
