"""What was really sent, for holding a file of the bank against it before anybody believes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class SentItem:
    """One payment as it was committed."""

    item_ref: str
    batch_ref: str
    worker_id: UUID
    sent: Money
    was_handed_over: bool


_SENT: Final = """
    select a.item_ref, b.batch_ref, p.worker_id, p.currency,
           p.amount_micros - p.fee_micros as micros,
           b.first_sent_at is not null as was_handed_over
    from payout_attempt a
    join payout_batch b on b.id = a.batch_id
    join payout p on p.id = a.payout_id
    where b.instance_id = $1 and (a.item_ref = any($2) or b.batch_ref = any($3))
    order by a.item_ref
"""


async def sent_items(
    *, instance_id: str, item_refs: Sequence[str], batch_refs: Sequence[str]
) -> list[SentItem]:
    """Of these payments and of these whole batches."""
    rows = await fetch(_SENT, instance_id, list(item_refs), list(batch_refs))
    return [
        SentItem(
            item_ref=row["item_ref"],
            batch_ref=row["batch_ref"],
            worker_id=row["worker_id"],
            sent=Money(row["micros"], row["currency"]),
            was_handed_over=row["was_handed_over"],
        )
        for row in rows
    ]
