"""Earnings that their worker spends as an employer: one way, without leaving the platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import execute, one_transaction
from domain.errors import InvalidInput, Refused
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind
from domain.members.operations import require_free
from domain.members.queries import require_role
from domain.members.rules import Role
from domain.money import AMOUNT_MICROS_MAX, Money
from domain.payouts import queries
from domain.payouts.operations.money import spent
from domain.payouts.rules import Problem


class EarningsHeld(Refused):
    """What would hold a payout of them back holds this back too; `problem` says what it is."""

    code = "EARNINGS_HELD"

    def __init__(self, *, problem: Problem) -> None:
        super().__init__("the earnings are held, as payouts of them are")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Spent:
    spending_id: UUID
    replayed: bool


_INSERT: Final = """
    insert into spending (id, member_id, currency, amount_micros, spent_at)
    values ($1, $2, $3, $4, $5)
"""


def spending_bound(*, member_id: UUID, amount: Money) -> bytes:
    """What the step-up is for: this amount, to the member's own other balance."""
    return bound_hash(
        purpose=StepUpPurpose.EARNINGS_SPEND, amount=amount, payee=b"spendable" + member_id.bytes
    )


@one_transaction
async def spend_earnings(
    *,
    member_id: UUID,
    amount: Money,
    step_up: StepUpClaim,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Spent:
    """Move `amount` from what the member earned to what they may spend on campaigns (E21).

    It never goes back to the earnings. The same `key` again gives the first answer. Refuses with
    `InvalidInput`, `NotAllowed`, `MemberRestricted`, `EarningsHeld`, `StepUpRequired` or
    `BalanceTooLow`.
    """
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Spent(UUID(earlier), replayed=True)
    if not 0 < amount.micros <= AMOUNT_MICROS_MAX:
        raise InvalidInput("an amount above zero", path=("amount",))
    await require_free(member_id=member_id)
    await require_role(member_id=member_id, role=Role.EMPLOYER)
    problem = await queries.holds_earnings(member_id=member_id, on=now.date())
    if problem is not None:
        raise EarningsHeld(problem=problem)
    purpose = StepUpPurpose.EARNINGS_SPEND
    bound = spending_bound(member_id=member_id, amount=amount)
    await access.spend_step_up(claim=step_up, purpose=purpose, bound=bound, now=now)
    earnings = Account(AccountKind.WORKER_EARNINGS, member_id)
    await ledger.require_available(account=earnings, amount=amount)

    spending_id = new_id()
    await execute(_INSERT, spending_id, member_id, amount.currency, amount.micros, now)
    await idempotency.answer(key=key, result=str(spending_id))
    transfer = spent(spending_id=spending_id, member_id=member_id, amount=amount)
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=now.date())
    return Spent(spending_id, replayed=False)
