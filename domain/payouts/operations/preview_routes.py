"""What the rules would do: for one payment that nobody asked for, and for a month of old ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from domain.database import fetch
from domain.money import Money
from domain.payouts.operations.routes import Asked, Choosing
from domain.payouts.provider import ProviderDirectory
from domain.routing import queries as rulesets
from domain.routing.rules import Facts, Route, Ruleset

PREVIEW_SPAN: Final = timedelta(days=30)
PREVIEW_COUNT_MAX: Final = 10_000

_PAST: Final = """
    select p.currency, p.amount_micros, p.fee_micros, p.requested_at, d.kind, d.country,
           m.country as member_country, m.registered_at,
           greatest((m.state = any('{active,restricted,suspended,closed}'))::int,
                    coalesce(s.level, 0)) as level,
           b.instance_id, a.fee_micros as cost_micros
    from payout p
    join destination d on d.id = p.destination_id
    join member m on m.id = p.worker_id
    left join verification_standing s on s.member_id = p.worker_id
    join lateral (
        select batch_id, fee_micros from payout_attempt
        where payout_id = p.id and state not in ('rejected', 'missing')
        order by attempt_no desc limit 1
    ) a on true
    join payout_batch b on b.id = a.batch_id
    where p.requested_at > $1 and p.requested_at <= $2
    order by p.requested_at desc limit $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a ruleset would have done with the payouts of the last 30 days."""

    payout_count: int
    moved_count: int  # another instance would have paid
    stranded_count: int  # nobody would have paid
    fee_differences: Mapping[str, int]  # micros by currency; above zero it costs more


async def dry_run(
    *, asked: Asked, providers: ProviderDirectory, now: datetime, version: int | None = None
) -> tuple[Facts, Route]:
    """Explains every candidate and writes nothing; `version` previews a draft."""
    choosing = Choosing(
        ruleset=await _ruleset(version, now=now),
        providers=providers,
        now=now,
        wants_prices=True,
        looks_at_balances=True,
    )
    return choosing.facts_of(asked), await choosing.route(asked)


async def preview_ruleset(*, version: int, providers: ProviderDirectory, now: datetime) -> Preview:
    """Prices are today's; each amount is asked for once. Nothing is written."""
    choosing = Choosing(
        ruleset=await rulesets.ruleset(version), providers=providers, now=now, wants_prices=True
    )
    moved = stranded = 0
    differences: dict[str, int] = {}
    rows = await fetch(_PAST, now - PREVIEW_SPAN, now, PREVIEW_COUNT_MAX)
    for row in rows:
        route = await choosing.route(_asked(row))
        if route.chosen is None:
            stranded += 1
            continue
        moved += route.chosen.instance_id != row["instance_id"]
        fee = None if route.chosen.offer is None else route.chosen.offer.fee
        if fee is not None and fee.currency == row["currency"] and row["cost_micros"] is not None:
            difference = fee.micros - row["cost_micros"]
            differences[fee.currency] = differences.get(fee.currency, 0) + difference
    return Preview(
        payout_count=len(rows),
        moved_count=moved,
        stranded_count=stranded,
        fee_differences=differences,
    )


async def _ruleset(version: int | None, *, now: datetime) -> Ruleset:
    return await (rulesets.ruleset_at(now) if version is None else rulesets.ruleset(version))


def _asked(row: Any) -> Asked:
    return Asked(
        amount=Money(row["amount_micros"], row["currency"]),
        fee=Money(row["fee_micros"], row["currency"]),
        country=row["member_country"],
        level=row["level"],
        member_since=row["registered_at"],
        destination_kind=row["kind"],
        destination_country=row["country"],
    )
