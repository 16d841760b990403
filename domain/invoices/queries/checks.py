"""What `piecerate verify` asks of documents: against each other, the work and the books."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.invoices.queries.months import MONTH_CHECKS
from domain.ledger.queries import differences
from domain.ledger.rules import Difference

# Corrections move no VAT, and a worker's VAT is theirs.
_VAT: Final = """
    (d.vat_minor * d.minor_micros * case
        when d.document_kind = 'fee_invoice' then 1
        when d.document_kind = 'credit_note' and d.about_kind = 'fee_invoice' then -1
        else 0 end)
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What bookings of these events are about, and the rows where it is found."""

    name: str
    rows: str
    events: tuple[str, ...]


def _by_id(table: str) -> str:
    return f"select from {table} where id = t.correlation_id"  # our own tables


SUBJECTS: Final = (
    Subject("a deposit", _by_id("deposit"), ("E1", "E11", "E11r", "E12", "E13", "E13r")),
    Subject(
        "a payment of a payer",
        "select from deposit_arrival where t.correlation_id in (id, deposit_id)",
        ("E25", "E25r", "E26"),
    ),
    Subject("a campaign", _by_id("campaign"), ("E2", "E2r", "E10")),
    Subject("an assignment", _by_id("assignment"), ("E3", "E4", "E4p", "E4r", "E5", "E7", "E20")),
    Subject(
        "an assignment or a suspension",
        "select id from assignment where id = t.correlation_id"
        " union all select id from suspension where id = t.correlation_id",
        ("E16",),
    ),
    Subject("a bonus", _by_id("bonus"), ("E6",)),
    Subject("paid placement", _by_id("campaign_feature"), ("E2f",)),
    Subject("a referral", _by_id("referral"), ("E7r",)),
    Subject("a payout", _by_id("payout"), ("E8", "E8r", "E9", "E9r", "E17", "E17r")),
    Subject("spent earnings", _by_id("spending"), ("E21",)),
    Subject("a document", _by_id("issued_document"), ("E24", "E24r")),
)


def _whens(then: Callable[[Subject], str]) -> str:
    return " ".join(
        f"when t.event in ({', '.join(repr(event) for event in each.events)}) then {then(each)}"
        for each in SUBJECTS
    )


CHECKS: Final[Mapping[str, str]] = {
    "document numbers have no gap": """
        select 'series ' || s.prefix || s.fiscal_year as subject, null as currency,
               (s.next_number - 1) || ' numbered 1 to ' || (s.next_number - 1) as expected,
               count(d.id) || ' numbered ' || coalesce(min(d.sequence_number), 0) || ' to '
                   || coalesce(max(d.sequence_number), 0) as found
        from number_series s
        left join issued_document d on d.legal_entity_id = s.legal_entity_id
             and d.document_kind = s.document_kind and d.fiscal_year = s.fiscal_year
        group by s.legal_entity_id, s.document_kind, s.fiscal_year
        having count(d.id) <> s.next_number - 1
            or coalesce(max(d.sequence_number), 0) <> s.next_number - 1
            or min(d.sequence_number) <> 1
    """,
    "a document's row is what its record says": """
        select 'document ' || number as subject, null as currency,
               concat_ws(' ', j ->> 'number', j ->> 'currency', j ->> 'net_minor',
                         j ->> 'vat_minor', j ->> 'gross_minor') as expected,
               concat_ws(' ', number, currency, net_minor, vat_minor, gross_minor) as found
        from (select d.*, d.canonical_json::jsonb as j from issued_document d) d
        where (j ->> 'number', j ->> 'currency', (j ->> 'net_minor')::bigint,
               (j ->> 'vat_minor')::bigint, (j ->> 'gross_minor')::bigint)
              is distinct from (number, currency, net_minor, vat_minor, gross_minor)
           or canonical_sha256 <> sha256(convert_to(canonical_json, 'UTF8'))
    """,
    # Per counterparty, kind and currency; nothing is rounded, so this is exact.
    "billed + carry = work on documents": """
        select coalesce(w.kind, b.kind) || ' of ' || coalesce(w.counterparty_id, b.counterparty_id)
                   as subject,
               coalesce(w.currency, b.currency) as currency,
               coalesce(w.micros, 0) as expected, coalesce(b.micros, 0) as found
        from (
            select d.document_kind as kind, d.counterparty_id, d.currency,
                   sum(case d.document_kind when 'fee_invoice' then w.fee_micros
                       else w.reward_micros end)::bigint as micros
            from billed_work x
            join issued_document d on d.id = x.document_id
            join billable_work w on w.id = x.work_id
            group by 1, 2, 3
        ) w
        full join (
            select kind, counterparty_id, currency, sum(micros)::bigint as micros from (
                select d.document_kind as kind, d.counterparty_id, d.currency,
                       case d.document_kind when 'self_bill' then d.gross_minor
                                            else d.net_minor end * d.minor_micros as micros
                from issued_document d
                where d.document_kind in ('fee_invoice', 'self_bill') and d.replaces_id is null
                union all
                select document_kind, counterparty_id, currency, micros from billing_carry
            ) parts group by 1, 2, 3
        ) b using (kind, counterparty_id, currency)
        where coalesce(w.micros, 0) <> coalesce(b.micros, 0)
    """,
    "work stands on documents of its own people": """
        select case when w.is_bonus then 'bonus ' else 'assignment ' end || x.work_id as subject,
               null as currency,
               case d.document_kind when 'fee_invoice' then w.employer_id else w.worker_id end
                   || ' ' || w.currency as expected,
               d.counterparty_id || ' ' || d.currency as found
        from billed_work x
        join issued_document d on d.id = x.document_id
        left join billable_work w on w.id = x.work_id
        where x.document_kind <> d.document_kind or w.id is null
           or w.currency <> d.currency
           or d.counterparty_id <>
              case d.document_kind when 'fee_invoice' then w.employer_id else w.worker_id end
    """,
    "a document's VAT is booked once": f"""
        select 'document ' || d.number as subject, d.currency, {_VAT} as expected,
               coalesce(sum(-e.amount), 0)::bigint as found
        from issued_document d
        left join ledger_transfer t on t.correlation_id = d.id and t.event in ('E24', 'E24r')
        left join (ledger_entry e join ledger_account a
                   on a.id = e.account_id and a.kind = 'tax:vat_output') on e.transfer_id = t.id
        group by d.id
        having coalesce(sum(-e.amount), 0) <> {_VAT}
    """,  # noqa: S608  # our own text
    "VAT on documents = tax:vat_output": f"""
        select 'tax:vat_output' as subject, coalesce(d.currency, b.currency) as currency,
               coalesce(d.micros, 0) as expected, coalesce(b.micros, 0) as found
        from (
            select d.currency, sum({_VAT})::bigint as micros from issued_document d group by 1
        ) d
        full join (
            select a.currency, sum(-e.amount)::bigint as micros
            from ledger_account a join ledger_entry e on e.account_id = a.id
            where a.kind = 'tax:vat_output' group by 1
        ) b using (currency)
        where coalesce(d.micros, 0) <> coalesce(b.micros, 0)
    """,  # noqa: S608  # our own text
    # Rounded once on the document and once per approval; what was carried has its VAT there.
    "VAT on a document = VAT its work paid": """
        select 'document ' || number as subject, currency,
               round(micros + carried)::bigint as expected, on_document as found
        from (
            select d.number, d.currency, d.minor_micros,
                   d.vat_minor * d.minor_micros as on_document, w.micros, w.work_count,
                   (j ->> 'vat_basis_points')::numeric / 10000 *
                   ((j ->> 'carried_in_micros')::bigint - (j ->> 'carried_out_micros')::bigint)
                       as carried
            from (select *, canonical_json::jsonb as j from issued_document
                  where document_kind = 'fee_invoice') d
            join (
                select b.document_id, sum(w.vat_micros) as micros, count(*) as work_count
                from billed_work b join billable_work w on w.id = b.work_id
                where b.document_kind = 'fee_invoice' group by 1
            ) w on w.document_id = d.id
        ) v
        where abs(micros + carried - on_document) > minor_micros / 2 + 2 * work_count
    """,
    # Exact: so what drifts on this account is the rounding of the check above, and nothing else.
    "VAT of approved work - VAT on documents = tax:vat_accrued": """
        select 'tax:vat_accrued' as subject, currency,
               coalesce(w.micros, 0) - coalesce(d.micros, 0) as expected,
               coalesce(b.micros, 0) as found
        from (
            select currency, sum(vat_micros)::bigint as micros from billable_work group by 1
        ) w
        full join (
            select currency, sum(vat_minor * minor_micros)::bigint as micros
            from issued_document where document_kind = 'fee_invoice' and replaces_id is null
            group by 1
        ) d using (currency)
        full join (
            select a.currency, sum(-e.amount)::bigint as micros
            from ledger_account a join ledger_entry e on e.account_id = a.id
            where a.kind = 'tax:vat_accrued' group by 1
        ) b using (currency)
        where coalesce(w.micros, 0) - coalesce(d.micros, 0) <> coalesce(b.micros, 0)
    """,
    "a document is never credited beyond itself": """
        select 'document ' || d.number as subject, d.currency,
               'at most ' || d.net_minor || ' + ' || d.vat_minor as expected,
               sum(c.net_minor) || ' + ' || sum(c.vat_minor) as found
        from issued_document d
        join issued_document c on c.preceding_id = d.id and c.document_kind = 'credit_note'
        group by d.id
        having sum(c.net_minor) > d.net_minor or sum(c.vat_minor) > d.vat_minor
    """,
    **MONTH_CHECKS,
    # Sums cannot see a payment nobody asked for: they balance.
    "every transfer is about something that exists": f"""
        select 'transfer ' || t.id as subject, null as currency,
               case {_whens(lambda each: f"'{each.name}'")} else 'a known event' end as expected,
               t.event || ' ' || t.kind || ' of ' || t.correlation_id as found
        from ledger_transfer t
        where not case {_whens(lambda each: f"exists ({each.rows})")} else false end
    """,  # noqa: S608  # our own words
}


async def audit() -> list[Difference]:
    """Documents against each other, against the work they show, and against the books."""
    return await differences(checks=CHECKS)
