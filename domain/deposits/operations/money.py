"""What a deposit books, by the posting table: E1, E11 and its reverse, E12, E13."""

from __future__ import annotations

from uuid import UUID

from domain.deposits.queries import DepositRecord
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.money import Money


def clearing(deposit: DepositRecord) -> Account:
    return Account(AccountKind.PROVIDER_CLEARING, deposit.instance_id)


def available(deposit: DepositRecord) -> Account:
    return Account(AccountKind.EMPLOYER_AVAILABLE, deposit.employer_id)


def settled(
    *,
    deposit_id: UUID,
    deposit_ref: str,
    employer_id: UUID,
    amount: Money,
    cost: Money,
    instance_id: str,
    actor_id: UUID | None = None,
) -> Transfer:
    """E1: the employer may spend the whole amount; what the provider kept is our expense."""
    return Transfer(
        event="E1",
        kind="deposit.settled",
        key=f"deposit:{deposit_ref}:settled",
        correlation_id=deposit_id,
        actor_id=actor_id,
        legs=legs(
            debit(Account(AccountKind.PROVIDER_CLEARING, instance_id), amount - cost),
            debit(Account(AccountKind.EXPENSE_PROVIDER_FEES), cost),
            credit(Account(AccountKind.EMPLOYER_AVAILABLE, employer_id), amount),
        ),
    )


def disputed_key(deposit: DepositRecord, *, dispute_no: int, part: str = "") -> str:
    return f"deposit:{deposit.deposit_ref}:disputed:{dispute_no}{part}"


def disputed(deposit: DepositRecord, *, amount: Money, dispute_no: int, part: str = "") -> Transfer:
    """E11: the payer's bank has taken it out of our balance at the provider.

    `part` tells what is found out later from what was booked first.
    """
    return Transfer(
        event="E11",
        kind="deposit.disputed",
        key=disputed_key(deposit, dispute_no=dispute_no, part=part),
        correlation_id=deposit.id,
        actor_id=None,
        legs=legs(
            debit(Account(AccountKind.CHARGEBACK_RECEIVABLE), amount),
            credit(clearing(deposit), amount),
        ),
    )


def won(
    deposit: DepositRecord, *, amount: Money, dispute_no: int, reverses: UUID | None
) -> Transfer:
    """E11r: it is back. Nothing was booked first where all of it was in refunds under way."""
    return Transfer(
        event="E11r",
        kind="deposit.dispute_won",
        key=f"deposit:{deposit.deposit_ref}:won:{dispute_no}",
        correlation_id=deposit.id,
        actor_id=None,
        legs=legs(
            debit(clearing(deposit), amount),
            credit(Account(AccountKind.CHARGEBACK_RECEIVABLE), amount),
        ),
        reverses=reverses,
    )


def lost(
    deposit: DepositRecord, *, amount: Money, there: Money, dispute_no: int, part: str = ""
) -> Transfer:
    """E12: the employer bears what is still there, we bear the rest."""
    borne = min(amount, there)
    return Transfer(
        event="E12",
        kind="deposit.dispute_lost",
        key=f"deposit:{deposit.deposit_ref}:lost:{dispute_no}{part}",
        correlation_id=deposit.id,
        actor_id=None,
        legs=legs(
            debit(available(deposit), borne),
            debit(Account(AccountKind.EXPENSE_LOSSES), amount - borne),
            credit(Account(AccountKind.CHARGEBACK_RECEIVABLE), amount),
        ),
    )


def refunded(
    deposit: DepositRecord, *, amount: Money, refund_ref: str, actor_id: UUID | None
) -> Transfer:
    """E13: out of what was set aside for it."""
    return Transfer(
        event="E13",
        kind="deposit.refunded",
        key=f"deposit:{deposit.deposit_ref}:refund:{refund_ref}",
        correlation_id=deposit.id,
        actor_id=actor_id,
        legs=legs(debit(available(deposit), amount), credit(clearing(deposit), amount)),
    )


def refunded_elsewhere(
    deposit: DepositRecord, *, amount: Money, there: Money, total: Money
) -> Transfer:
    """E13 that the provider tells us of: what the employer has spent meanwhile is our loss."""
    borne = min(amount, there)
    return Transfer(
        event="E13",
        kind="deposit.refunded_elsewhere",
        key=f"deposit:{deposit.deposit_ref}:refunded:{total.micros}",
        correlation_id=deposit.id,
        actor_id=None,
        legs=legs(
            debit(available(deposit), borne),
            debit(Account(AccountKind.EXPENSE_LOSSES), amount - borne),
            credit(clearing(deposit), amount),
        ),
    )
