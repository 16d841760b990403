"""The documents of a month against the ledger of that month, exactly.

What work of a month is on no document of that month waits, and is counted with it: as work that
nothing shows yet, or as fractions that are carried.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _month_of_work(
    *, kind: str, sum_: str, amount: str, account: str, credited: str, more: tuple[str, ...] = ()
) -> str:
    """Booked = work approved; and documents = work on them - what they carry on.

    `sum_` is the one that the work paid: a reward holds the worker's VAT, a fee does not hold ours.
    """
    kinds = ", ".join(f"'{kind}'" for kind in (account, *more))
    return f"""
        select '{account} in ' || to_char(month, 'YYYY-MM') as subject, currency,
               sum(work + documents + carried - billed)::bigint as expected,
               sum(booked)::bigint as found
        from (
            select date_trunc('month', t.effective_on)::date as month, a.currency,
                   -e.amount as booked, 0 as work, 0 as documents, 0 as carried, 0 as billed
            from ledger_account a
            join ledger_entry e on e.account_id = a.id
            join ledger_transfer t on t.id = e.transfer_id
            where a.kind in ({kinds}) and t.event in ('E2f', 'E4', 'E4p', 'E4r', 'E6', 'E24r')
            union all
            select date_trunc('month', t.effective_on)::date, w.currency, 0, {amount}, 0, 0, 0
            from billable_work w
            join ledger_transfer t
                on t.correlation_id = w.id and t.event in ('E2f', 'E4', 'E4p', 'E4r', 'E6')
            union all
            select date_trunc('month', d.issued_on)::date, d.currency, 0, 0,
                   d.{sum_} * d.minor_micros,
                   (d.canonical_json::jsonb ->> 'carried_out_micros')::bigint
                       - (d.canonical_json::jsonb ->> 'carried_in_micros')::bigint, 0
            from issued_document d where d.document_kind = '{kind}' and d.replaces_id is null
            union all
            select date_trunc('month', d.issued_on)::date, d.currency, 0, 0, 0, 0, {amount}
            from billed_work b
            join issued_document d on d.id = b.document_id
            join billable_work w on w.id = b.work_id
            where b.document_kind = '{kind}'
            union all
            select date_trunc('month', d.issued_on)::date, d.currency, 0, 0,
                   -d.net_minor * d.minor_micros, 0, 0
            from issued_document d
            where d.document_kind = 'credit_note' and {credited}
        ) parts
        group by month, currency
        having sum(work + documents + carried - billed) <> sum(booked)
    """  # noqa: S608  # our own words


MONTH_CHECKS: Final[Mapping[str, str]] = {
    "fees of a month = documents of the month and what waits": _month_of_work(
        kind="fee_invoice",
        sum_="net_minor",
        amount="w.fee_micros",
        account="income:fees",
        more=("income:features",),
        credited="d.credit_way = 'refund'",
    ),
    "rewards of a month = self-bills of the month and what waits": _month_of_work(
        kind="self_bill",
        sum_="gross_minor",
        amount="w.reward_micros",
        account="worker:earnings",
        credited="false",
    ),
    "VAT of a month = VAT on documents of the month": """
        select 'tax:vat_output in ' || to_char(month, 'YYYY-MM') as subject, currency,
               sum(documents)::bigint as expected, sum(booked)::bigint as found
        from (
            select date_trunc('month', t.effective_on)::date as month, a.currency,
                   -e.amount as booked, 0 as documents
            from ledger_account a
            join ledger_entry e on e.account_id = a.id
            join ledger_transfer t on t.id = e.transfer_id
            where a.kind = 'tax:vat_output'
            union all
            select date_trunc('month', d.issued_on)::date, d.currency, 0,
                   d.vat_minor * d.minor_micros
                       * case d.document_kind when 'fee_invoice' then 1 else -1 end
            from issued_document d
            where d.document_kind = 'fee_invoice'
               or (d.document_kind = 'credit_note' and d.about_kind = 'fee_invoice')
        ) parts
        group by month, currency
        having sum(documents) <> sum(booked)
    """,
}
