"""What a payout books, by the posting table: E8 at the request, E9 when paid, their reverses."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.money import Money
from domain.provider import Exchange

FX: Final = Account(AccountKind.FX_CLEARING)


def requested_key(payout_id: UUID) -> str:
    return f"payout:{payout_id}:requested"


def paid_key(item_ref: str) -> str:
    return f"attempt:{item_ref}:paid"


def exchanged_key(item_ref: str) -> str:
    return f"attempt:{item_ref}:exchanged"


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


def spent(*, spending_id: UUID, member_id: UUID, amount: Money) -> Transfer:
    """E21: from what the member earned to what the same member may spend."""
    return Transfer(
        event="E21",
        kind="earnings.spent",
        key=f"spending:{spending_id}",
        correlation_id=spending_id,
        actor_id=member_id,
        legs=legs(
            debit(Account(AccountKind.WORKER_EARNINGS, member_id), amount),
            credit(Account(AccountKind.EMPLOYER_AVAILABLE, member_id), amount),
        ),
    )


def paid(
    *,
    payout_id: UUID,
    worker_id: UUID,
    item_ref: str,
    sent: Money,
    cost: Money,
    exchange: Exchange | None,
    instance_id: str,
) -> list[Transfer]:
    """E9: the provider has paid `sent` out of our balance there, and charged us `cost`.

    Where that balance is in another currency, E17 follows: what left it, by the exchange. The
    gain or loss stays on `fx:clearing`.
    """
    clearing = Account(AccountKind.PROVIDER_CLEARING, instance_id)
    changed = _changed(sent, exchange)
    credited = [credit(clearing if changed is None else FX, sent), credit(clearing, cost)]
    if changed is None and cost.currency == sent.currency:
        credited = [credit(clearing, sent + cost)]
    booked = Transfer(
        event="E9",
        kind="payout.paid",
        key=paid_key(item_ref),
        correlation_id=payout_id,
        actor_id=None,
        legs=legs(
            debit(Account(AccountKind.WORKER_PAYOUT, worker_id), sent),
            debit(Account(AccountKind.EXPENSE_PROVIDER_FEES), cost),
            *credited,
        ),
    )
    if changed is None:
        return [booked]
    return [
        booked,
        Transfer(
            event="E17",
            kind="payout.exchanged",
            key=exchanged_key(item_ref),
            correlation_id=payout_id,
            actor_id=None,
            legs=legs(debit(FX, changed), credit(clearing, changed)),
        ),
    ]


def cost_told_later(*, payout_id: UUID, item_ref: str, cost: Money, instance_id: str) -> Transfer:
    """The part of E9 that the provider did not know when it paid."""
    return Transfer(
        event="E9",
        kind="payout.cost",
        key=f"attempt:{item_ref}:cost",
        correlation_id=payout_id,
        actor_id=None,
        legs=legs(
            debit(Account(AccountKind.EXPENSE_PROVIDER_FEES), cost),
            credit(Account(AccountKind.PROVIDER_CLEARING, instance_id), cost),
        ),
    )


def exchange_told_later(
    *, payout_id: UUID, item_ref: str, sent: Money, exchange: Exchange, instance_id: str
) -> list[Transfer]:
    """E17 of what was booked as paid out of a balance in `sent`'s own currency; it was not."""
    changed = _changed(sent, exchange)
    if changed is None:
        return []
    clearing = Account(AccountKind.PROVIDER_CLEARING, instance_id)
    return [
        Transfer(
            event="E17",
            kind="payout.exchanged",
            key=exchanged_key(item_ref),
            correlation_id=payout_id,
            actor_id=None,
            legs=legs(
                debit(clearing, sent),
                credit(FX, sent),
                debit(FX, changed),
                credit(clearing, changed),
            ),
        )
    ]


def credited_back(
    *,
    payout_id: UUID,
    worker_id: UUID,
    amount: Money,
    fee: Money,
    paid_by: str | None,
    reverses: UUID,
    exchange: Exchange | None = None,
) -> Transfer:
    """E8r, or E9r when `paid_by` an instance already. One key without a state: once, for ever.

    The provider's cost of a payment that came back stays an expense.
    """
    if paid_by is None:
        source = Account(AccountKind.WORKER_PAYOUT, worker_id)
    elif _changed(amount - fee, exchange) is not None:
        source = FX
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


def exchanged_back(*, payout_id: UUID, returned: Money, paid_by: str, reverses: UUID) -> Transfer:
    """E17r: what came back to our balance at the provider, in its currency."""
    return Transfer(
        event="E17r",
        kind="payout.exchanged_back",
        key=f"payout:{payout_id}:exchange_back",
        correlation_id=payout_id,
        actor_id=None,
        legs=legs(
            debit(Account(AccountKind.PROVIDER_CLEARING, paid_by), returned), credit(FX, returned)
        ),
        reverses=reverses,
    )


def _changed(sent: Money, exchange: Exchange | None) -> Money | None:
    """What left our balance there, if that was in another currency."""
    if exchange is None or exchange.source.currency == sent.currency:
        return None
    return exchange.source
