"""What the books say of one payout, for tests that ask."""

from __future__ import annotations

from uuid import UUID

from domain.database import fetch


async def fees_booked(payout_id: UUID) -> list[tuple[str, int]]:
    """What providers charged us for it, by currency; every entry of its own."""
    rows = await fetch(
        "select e.currency, e.amount from ledger_entry e"
        " join ledger_account a on a.id = e.account_id"
        " join ledger_transfer t on t.id = e.transfer_id"
        " where t.correlation_id = $1 and a.kind = 'expense:provider_fees' and e.amount <> 0",
        payout_id,
    )
    return [(row["currency"], row["amount"]) for row in rows]
