"""Which bonus may be sent (R23), and what it books (E6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.assignments.rules import AssignmentState
from domain.campaigns.rules import Price
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs

REASON_LENGTH_MAX: Final = 1_000

# A bonus is for work that was paid.
PAID_STATES: Final = frozenset({AssignmentState.APPROVED, AssignmentState.PARTLY_APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus:
    """`price.reward` is what the worker gets; fee and VAT come on top, as of a campaign."""

    id: UUID
    assignment_id: UUID
    campaign_id: UUID
    employer_id: UUID
    worker_id: UUID
    price: Price


def bonus_transfer(bonus: Bonus) -> Transfer:
    """E6: out of what the employer can spend, not out of any escrow."""
    cost = bonus.price
    return Transfer(
        event="E6",
        kind="bonus.sent",
        key=f"bonus:{bonus.id}",
        correlation_id=bonus.id,
        actor_id=bonus.employer_id,
        legs=legs(
            debit(Account(AccountKind.EMPLOYER_AVAILABLE, bonus.employer_id), cost.total),
            credit(Account(AccountKind.WORKER_EARNINGS, bonus.worker_id), cost.reward),
            credit(Account(AccountKind.INCOME_FEES), cost.fee),
            credit(Account(AccountKind.TAX_VAT_ACCRUED), cost.vat),
        ),
    )
