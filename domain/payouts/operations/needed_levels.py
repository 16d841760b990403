"""Which level of verification a payout lacks, and what goes on once a member has reached it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from domain.database import fetch, fetch_value, one_transaction
from domain.jobs import enqueue
from domain.payouts.operations.batching import Waiting
from domain.payouts.operations.request_payout import route_job
from domain.payouts.operations.routes import Choosing
from domain.routing.rules import DropReason, Route
from domain.verification.rules import PaymentFacts, required_level

_YEAR: Final = """
    select coalesce(sum(amount_micros), 0)::bigint from payout
    where worker_id = $1 and currency = $2 and requested_at >= $3 and id <> $4
      and state not in ('cancelled', 'failed', 'returned', 'refunded', 'reversed')
"""
_HELD: Final = """
    select id from payout
    where worker_id = $1 and state = 'held'
      and problem in ('verification_needed', 'identity_review', 'tax_notice', 'no_route')
    order by id
"""
_TO_SCREEN: Final = """
    select distinct worker_id from payout
    where state = 'held' and problem in ('waits_for_run', 'awaits_release')
    order by worker_id
"""


async def lacking_level(waiting: Waiting, *, route: Route, choosing: Choosing) -> int | None:
    """None when the member's level is enough for the provider that was chosen.

    Where all that could pay were dropped for the level alone, the lowest of them is lacking.
    """
    if route.chosen is None:
        return _of_dropped(route, choosing=choosing, level=waiting.member_level)
    ruleset = await choosing.levels()
    if not ruleset.requirements:
        return None
    year_micros = waiting.amount.micros
    if any(each.year_from_micros is not None for each in ruleset.requirements):
        year_micros += await _paid_this_year(waiting, now=choosing.now)
    facts = PaymentFacts(
        country=waiting.member_country,
        currency=waiting.amount.currency,
        amount_micros=waiting.amount.micros,
        year_micros=year_micros,
        provider=route.chosen.instance_id,
    )
    required = required_level(ruleset, facts)
    return required if required > waiting.member_level else None


@one_transaction
async def hear_of_standing(*, member_id: UUID) -> int:
    """What was held for want of a level, for a hit or a tax notice, is routed again; how many."""
    rows = await fetch(_HELD, member_id)
    if rows:
        await enqueue([route_job(row["id"]) for row in rows])
    return len(rows)


async def workers_to_screen() -> list[UUID]:
    """Whose payouts wait to be let out: they are screened before that."""
    return [row["worker_id"] for row in await fetch(_TO_SCREEN)]


def _of_dropped(route: Route, *, choosing: Choosing, level: int) -> int | None:
    levels = [
        choosing.providers.named(each.instance_id).manifest.requires_level
        for each in route.trace
        if each.dropped is DropReason.LEVEL_TOO_LOW
    ]
    return min((each for each in levels if each > level), default=None)


async def _paid_this_year(waiting: Waiting, *, now: datetime) -> int:
    begin = datetime(now.year, 1, 1, tzinfo=UTC)
    paid: int = await fetch_value(
        _YEAR, waiting.worker_id, waiting.amount.currency, begin, waiting.payout_id
    )
    return paid
