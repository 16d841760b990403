"""What providers charged us that nobody expected. For finance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.money import Money

QUOTE_TOLERANCE_PERCENT: Final = 150  # of the quote: a quote is an estimate
HIGH_FEES_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HighFee:
    """`quoted` is None where nothing was asked, or in another currency."""

    attempt_id: UUID
    payout_id: UUID
    instance_id: str
    item_ref: str
    amount: Money
    fee: Money
    quoted: Money | None


# What the instance asked when the payout was routed to it stands in the trace of that decision.
_HIGH: Final = """
    select a.id, a.payout_id, b.instance_id, a.item_ref, b.currency,
           p.amount_micros - p.fee_micros as sent_micros,
           a.fee_micros, coalesce(a.fee_currency, b.currency) as fee_currency, quote.micros
    from payout_attempt a
    join payout_batch b on b.id = a.batch_id
    join payout p on p.id = a.payout_id
    left join lateral (
        select (line -> 'fee' ->> 0)::bigint as micros
        from (select trace from route_decision d
              where d.payout_id = a.payout_id and d.instance_id = b.instance_id
                and d.decided_at <= a.created_at
              order by d.decided_at desc, d.id desc limit 1) decision,
             jsonb_array_elements(decision.trace) line
        where line ->> 'instance' = b.instance_id
          and line -> 'fee' ->> 1 = coalesce(a.fee_currency, b.currency)
        limit 1
    ) quote on true
    where a.changed_at >= $1 and a.fee_micros > 0
      and ((coalesce(a.fee_currency, b.currency) = b.currency
            and a.fee_micros > p.amount_micros - p.fee_micros)
           or a.fee_micros * 100 > quote.micros * $2::bigint)
    order by a.changed_at, a.id limit $3
"""


async def high_fees(*, since: datetime) -> list[HighFee]:
    """Above the payment itself, or far above what was quoted; of what has changed since."""
    return [
        HighFee(
            attempt_id=row["id"],
            payout_id=row["payout_id"],
            instance_id=row["instance_id"],
            item_ref=row["item_ref"],
            amount=Money(row["sent_micros"], row["currency"]),
            fee=Money(row["fee_micros"], row["fee_currency"]),
            quoted=None if row["micros"] is None else Money(row["micros"], row["fee_currency"]),
        )
        for row in await fetch(_HIGH, since, QUOTE_TOLERANCE_PERCENT, HIGH_FEES_MAX)
    ]
