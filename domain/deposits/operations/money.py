"""What a deposit books, by the posting table: E1, E11 to E13, E25, E26 and their reverses."""

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
        key=refunded_key(deposit.deposit_ref, refund_ref),
        correlation_id=deposit.id,
        actor_id=actor_id,
        legs=legs(debit(available(deposit), amount), credit(clearing(deposit), amount)),
    )


def refund_failed(
    deposit: DepositRecord, *, amount: Money, refund_ref: str, reverses: UUID
) -> Transfer:
    """E13r: it was done, and came back to our balance at the provider later on."""
    return Transfer(
        event="E13r",
        kind="deposit.refund_failed",
        key=f"deposit:{deposit.deposit_ref}:refund_failed:{refund_ref}",
        correlation_id=deposit.id,
        actor_id=None,
        legs=legs(debit(clearing(deposit), amount), credit(available(deposit), amount)),
        reverses=reverses,
    )


def refunded_key(deposit_ref: str, refund_ref: str) -> str:
    return f"deposit:{deposit_ref}:refund:{refund_ref}"


def unallocated(*, arrival_id: UUID, about_id: UUID, amount: Money, instance_id: str) -> Transfer:
    """E25: it is on our account there, and nobody's yet. `about_id`: its deposit, or itself."""
    return Transfer(
        event="E25",
        kind="deposit.unallocated",
        key=f"arrival:{arrival_id}:unallocated",
        correlation_id=about_id,
        actor_id=None,
        legs=legs(
            debit(Account(AccountKind.PROVIDER_CLEARING, instance_id), amount),
            credit(Account(AccountKind.DEPOSIT_UNALLOCATED), amount),
        ),
    )


def allocated(*, arrival_id: UUID, employer_id: UUID, amount: Money, actor_id: UUID) -> Transfer:
    """E26: two people gave it to an employer."""
    return Transfer(
        event="E26",
        kind="deposit.allocated",
        key=f"arrival:{arrival_id}:decided",
        correlation_id=arrival_id,
        actor_id=actor_id,
        legs=legs(
            debit(Account(AccountKind.DEPOSIT_UNALLOCATED), amount),
            credit(Account(AccountKind.EMPLOYER_AVAILABLE, employer_id), amount),
        ),
    )


def not_allocated(
    *,
    arrival_id: UUID,
    about_id: UUID,
    amount: Money,
    instance_id: str,
    actor_id: UUID,
    reverses: UUID,
) -> Transfer:
    """E25r: it went back to its payer, or was our own."""
    return Transfer(
        event="E25r",
        kind="deposit.not_allocated",
        key=f"arrival:{arrival_id}:decided",
        correlation_id=about_id,
        actor_id=actor_id,
        legs=legs(
            debit(Account(AccountKind.DEPOSIT_UNALLOCATED), amount),
            credit(Account(AccountKind.PROVIDER_CLEARING, instance_id), amount),
        ),
        reverses=reverses,
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
