"""What a payout books, by the posting table: E8 at the request, E9 when paid, their reverses."""

from __future__ import annotations

from uuid import UUID

from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.money import Money


def requested_key(payout_id: UUID) -> str:
    return f"payout:{payout_id}:requested"


def paid_key(item_ref: str) -> str:
    return f"attempt:{item_ref}:paid"


def requested(*, payout_id: UUID, worker_id: UUID, amount: Money, fee: Money) -> Transfer:
    """E8: out of the earnings, on its way."""
    return Transfer(
        event="E8",
        kind="payout.requested",
        key=requested_key(payout_id),
        correlation_id=payout_id,
        actor_id=worker_id,
        legs=legs(
            debit(Account(AccountKind.WORKER_EARNINGS, worker_id), amount),
            credit(Account(AccountKind.WORKER_PAYOUT, worker_id), amount - fee),
            credit(Account(AccountKind.INCOME_PAYOUT_FEES), fee),
        ),
    )


def paid(
    *, payout_id: UUID, worker_id: UUID, item_ref: str, sent: Money, cost: Money, instance_id: str
) -> Transfer:
    """E9: the provider has paid `sent` out of our balance there, and charged us `cost`."""
    clearing = Account(AccountKind.PROVIDER_CLEARING, instance_id)
    return Transfer(
        event="E9",
        kind="payout.paid",
        key=paid_key(item_ref),
        correlation_id=payout_id,
        actor_id=None,
        legs=legs(
            debit(Account(AccountKind.WORKER_PAYOUT, worker_id), sent),
            debit(Account(AccountKind.EXPENSE_PROVIDER_FEES), cost),
            credit(clearing, sent + cost),
        ),
    )


def credited_back(
    *,
    payout_id: UUID,
    worker_id: UUID,
    amount: Money,
    fee: Money,
    paid_by: str | None,
    reverses: UUID,
) -> Transfer:
    """E8r, or E9r when `paid_by` an instance already. One key without a state: once, for ever.

    The provider's cost of a payment that came back stays an expense.
    """
    if paid_by is None:
        source = Account(AccountKind.WORKER_PAYOUT, worker_id)
    else:
        source = Account(AccountKind.PROVIDER_CLEARING, paid_by)
    return Transfer(
        event="E8r" if paid_by is None else "E9r",
        kind="payout.credited_back",
        key=f"payout:{payout_id}:credit_back",
        correlation_id=payout_id,
        actor_id=None,
        legs=legs(
            debit(source, amount - fee),
            debit(Account(AccountKind.INCOME_PAYOUT_FEES), fee),
            credit(Account(AccountKind.WORKER_EARNINGS, worker_id), amount),
        ),
        reverses=reverses,
    )
