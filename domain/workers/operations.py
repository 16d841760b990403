"""Everything that changes a worker's points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from domain.database import execute, fetch, in_transaction, one_transaction
from domain.rates.rules import RateKind
from domain.workers.queries import standing_of_row
from domain.workers.rules import Merit, level_for

# The rate of the day: the newest row that is not younger. Sorted by worker, so that two batches
# lock the standings in one order.
_DOLLARS: Final = """
    floor({micros}::numeric * (
        select micros from rate where kind = $1 and scope = m.currency and valid_from <= {day}
        order by valid_from desc limit 1) / 1000000)::bigint
"""
_OF_MERIT: Final = {"micros": "m.amount_micros", "day": "m.gained_on"}
_GAIN: Final = f"""
    with gained as (
        insert into worker_merit
            (assignment_id, reason, worker_id, gained_on, currency, amount_micros, usd_micros)
        select m.*, {_DOLLARS.format(micros="m.micros", day="m.day")}
        from (select assignment_id, reason, worker_id, $2::date as day, currency, micros
              from unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::bigint[])
                  as given (assignment_id, reason, worker_id, currency, micros)) m
        on conflict (assignment_id, reason) do nothing
        returning worker_id, reason, usd_micros
    ), more as (
        select worker_id, count(*) filter (where reason = 'approved') as satisfied,
               count(*) filter (where reason = 'five_stars') as stars,
               coalesce(sum(usd_micros), 0)::bigint as usd
        from gained group by worker_id order by worker_id
    )
    insert into worker_standing as s
        (worker_id, satisfied_count, five_star_count, usd_micros, level)
    select worker_id, satisfied, stars, usd, 0 from more
    on conflict (worker_id) do update
        set satisfied_count = s.satisfied_count + excluded.satisfied_count,
            five_star_count = s.five_star_count + excluded.five_star_count,
            usd_micros = s.usd_micros + excluded.usd_micros
    returning worker_id, satisfied_count, five_star_count, usd_micros, level
"""  # noqa: S608  # our own expression


async def gain_points(*, merits: Sequence[Merit], on: date) -> None:
    """Each merit once, however often it is told. Part of the transaction that makes it true.

    What was earned counts at the rate of the day. Without one it counts from the day on which
    the rate is entered, see `complete_points`: pay never waits for it.
    """
    assert in_transaction()
    rows = await fetch(
        _GAIN,
        RateKind.USD_REFERENCE.value,
        on,
        [each.assignment_id for each in merits],
        [each.reason.value for each in merits],
        [each.worker_id for each in merits],
        [each.earned.currency for each in merits],
        [each.earned.micros for each in merits],
    )
    await _raise_levels(rows)


_COMPLETE: Final = f"""
    with due as (
        select d.* from (
            select m.assignment_id, m.reason, m.worker_id, {_DOLLARS.format(**_OF_MERIT)} as usd
            from worker_merit m where m.usd_micros is null
        ) d where d.usd is not null order by d.assignment_id limit $2
    ), locked as (
        select worker_id from worker_standing
        where worker_id in (select worker_id from due) order by worker_id for update
    ), completed as (
        update worker_merit m set usd_micros = due.usd from due join locked using (worker_id)
        where (m.assignment_id, m.reason) = (due.assignment_id, due.reason)
          and m.usd_micros is null
        returning m.worker_id, m.usd_micros
    )
    update worker_standing s set usd_micros = s.usd_micros + more.usd
    from (select worker_id, sum(usd_micros)::bigint as usd from completed group by worker_id) more
    where s.worker_id = more.worker_id
    returning s.worker_id, s.satisfied_count, s.five_star_count, s.usd_micros, s.level
"""  # noqa: S608  # our own expression


@one_transaction
async def complete_points(*, limit: int = 500) -> int:
    """Merits whose rate was entered later; how many workers gained. Runs may overlap."""
    rows = await fetch(_COMPLETE, RateKind.USD_REFERENCE.value, limit)
    await _raise_levels(rows)
    return len(rows)


_RAISE: Final = """
    update worker_standing s set level = new.level
    from unnest($1::uuid[], $2::int[]) as new (worker_id, level) where s.worker_id = new.worker_id
"""


async def _raise_levels(rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows are ours until the transaction ends; most of them stay on their level."""
    raised = {
        row["worker_id"]: level
        for row in rows
        if (level := level_for(standing_of_row(row).points)) > row["level"]
    }
    if raised:
        await execute(_RAISE, list(raised), list(raised.values()))
