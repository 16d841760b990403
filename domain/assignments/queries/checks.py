"""What `piecerate verify` asks of assignments: against places and books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.ledger.queries import differences
from domain.ledger.rules import Difference

_MOVED: Final = """(select t.correlation_id as id, t.event, a.kind, -sum(e.amount)::bigint as micros
        from ledger_transfer t join ledger_entry e on e.transfer_id = t.id
        join ledger_account a on a.id = e.account_id
        where t.event in ('E3', 'E4', 'E4p', 'E4r', 'E5') group by 1, 2, 3)"""
# Open places at the price of their campaign, the others at that of their claims.
_SET_ASIDE: Final = """
    with live as (
        select a.campaign_id,
               sum(a.reward_micros) filter (where a.state in ('claimed', 'revoked', 'returned'))
                   as reward,
               sum(a.fee_micros + a.vat_micros) as fees
        from assignment a
        where a.state in ('claimed', 'revoked', 'submitted', 'revision_requested', 'rejected',
                          'disputed') or a.is_outpriced
        group by 1
    ), wanted as (
        select c.id, c.currency,
               (c.reward_micros * sum(t.place_count_open)
                + coalesce(min(l.reward), 0))::bigint as escrow,
               ((c.fee_micros + c.vat_micros) * sum(t.place_count_open)
                + coalesce(min(l.fees), 0))::bigint as fees
        from campaign c join task t on t.campaign_id = c.id
        left join live l on l.campaign_id = c.id
        where c.funded_at is not null group by c.id
    ), booked as (
        select a.owner_id as id, a.currency, a.kind,
               a.balance + a.normal_side * coalesce(sum(u.amount), 0)::bigint as micros
        from ledger_account a left join ledger_unfolded u on u.account_id = a.id
        where a.kind in ('campaign:escrow', 'campaign:fees') group by a.id
    )
"""
CHECKS: Final[Mapping[str, str]] = {
    "campaign escrow = reward x (open + held)": f"""
        {_SET_ASIDE}
        select 'campaign:' || id || ':escrow' as subject, currency,
               coalesce(w.escrow, 0) as expected, coalesce(b.micros, 0) as found
        from wanted w
        full join (select * from booked where kind = 'campaign:escrow') b using (id, currency)
        where coalesce(w.escrow, 0) <> coalesce(b.micros, 0)
    """,  # noqa: S608  # our own text
    "campaign fees = (fee + VAT) x (open + held + filled)": f"""
        {_SET_ASIDE}
        select 'campaign:' || id || ':fees' as subject, currency,
               coalesce(w.fees, 0) as expected, coalesce(b.micros, 0) as found
        from wanted w
        full join (select * from booked where kind = 'campaign:fees') b using (id, currency)
        where coalesce(w.fees, 0) <> coalesce(b.micros, 0)
    """,  # noqa: S608  # our own text
    "a task's places are its assignments": """
        select 'task ' || t.id as subject, null as currency,
               concat_ws(' ', w.held, 'held', w.filled, 'filled', w.settled, 'settled') as expected,
               concat_ws(' ', t.place_count_held, 'held', t.place_count_filled, 'filled',
                         t.place_count_settled, 'settled') as found
        from task t
        cross join lateral (
            select count(*) filter (where a.state in ('claimed', 'revoked')) as held,
                   count(*) filter (where a.state in
                       ('submitted', 'revision_requested', 'rejected', 'disputed')) as filled,
                   count(*) filter (where a.state in ('approved', 'partly_approved')
                                         and not a.is_beyond_places)
                       as settled
            from assignment a where a.task_id = t.id
        ) w
        where (w.held, w.filled, w.settled)
              <> (t.place_count_held, t.place_count_filled, t.place_count_settled)
    """,
    "worker pending = undecided work": """
        select 'worker:' || worker_id || ':pending' as subject, currency,
               coalesce(w.micros, 0) as expected, coalesce(b.micros, 0) as found
        from (
            select worker_id, currency, sum(reward_micros)::bigint as micros from assignment
            where state in ('submitted', 'revision_requested', 'rejected', 'disputed') group by 1, 2
        ) w
        full join (select owner_id as worker_id, currency, balance as micros
                   from ledger_account where kind = 'worker:pending') b using (worker_id, currency)
        where coalesce(w.micros, 0) <> coalesce(b.micros, 0)
    """,
    "each step of an assignment is booked once": """
        select 'assignment ' || id as subject, null as currency, expected, found from (
            select a.id,
                   (a.state not in ('claimed', 'revoked', 'returned', 'expired'))::int || ' E3, '
                       || (a.state = 'approved' and not a.is_beyond_places)::int || ' E4, '
                       || (a.state in ('closed_rejected', 'withdrawn')
                           or a.is_beyond_places)::int || ' E5, '
                       || a.is_beyond_places::int || ' E4r, '
                       || (a.state = 'partly_approved')::int || ' E4p' as expected,
                   count(*) filter (where t.event = 'E3') || ' E3, '
                       || count(*) filter (where t.event = 'E4') || ' E4, '
                       || count(*) filter (where t.event = 'E5') || ' E5, '
                       || count(*) filter (where t.event = 'E4r') || ' E4r, '
                       || count(*) filter (where t.event = 'E4p') || ' E4p' as found
            from assignment a left join ledger_transfer t on t.correlation_id = a.id
            group by a.id
        ) steps where expected <> found
    """,
    "paid work gained its points once": """
        select 'assignment ' || coalesce(a.id, m.assignment_id) as subject, null as currency,
               coalesce(a.state || ' ' || a.worker_id, 'not paid') as expected,
               coalesce(m.reason || ' ' || m.worker_id, 'no points') as found
        from (select * from assignment where state in ('approved', 'partly_approved')) a
        full join (select * from worker_merit where reason <> 'five_stars') m
            on m.assignment_id = a.id
        where (a.state, a.worker_id,
               (a.decided_at at time zone 'UTC')::date, a.currency,
               coalesce(a.awarded_reward_micros, a.reward_micros))
              is distinct from (m.reason, m.worker_id, m.gained_on, m.currency, m.amount_micros)
    """,
    "an approval pays the fixed price": f"""
        select 'assignment ' || a.id as subject, null as currency,
               concat_ws(' + ', coalesce(a.awarded_reward_micros, a.reward_micros),
                         coalesce(a.awarded_fee_micros, a.fee_micros),
                         coalesce(a.awarded_vat_micros, a.vat_micros)) as expected,
               concat_ws(' + ', m.reward, m.fee, m.vat) as found
        from assignment a
        join (select id, coalesce(sum(micros) filter (where kind = 'worker:earnings'), 0) as reward,
                     coalesce(sum(micros) filter (where kind = 'income:fees'), 0) as fee,
                     coalesce(sum(micros) filter (where kind = 'tax:vat_accrued'), 0) as vat
              from {_MOVED} moved where event in ('E4', 'E4p', 'E4r') group by id) m on m.id = a.id
        where (m.reward, m.fee, m.vat) <> (coalesce(a.awarded_reward_micros, a.reward_micros),
               coalesce(a.awarded_fee_micros, a.fee_micros),
               coalesce(a.awarded_vat_micros, a.vat_micros))
    """,  # noqa: S608  # our own text
    "paid work has something that was handed in": """
        select 'assignment ' || a.id as subject, null as currency, 'an item' as expected,
               'none' as found
        from assignment a
        where a.state in ('approved', 'partly_approved') and not exists (
            select from submission s join submission_item i on i.submission_id = s.id
            where s.assignment_id = a.id)
    """,
}


async def audit() -> list[Difference]:
    """Assignments against places and books; empty when they agree."""
    return await differences(checks=CHECKS)
