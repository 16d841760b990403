"""Reads of documents: its counterparty sees one, and nobody else does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch, fetch_row, fetch_value
from domain.errors import NotFound
from domain.filters import Column, Condition, Kind, money_columns
from domain.invoices.rules import Document, DocumentKind
from domain.ledger.queries import differences
from domain.ledger.rules import Difference
from domain.money import Money
from domain.paging import NO_PARENT, Count, Listing, Page, count_rows, read_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecord:
    """`content` is the frozen document itself; `has_pdf` turns true when the job has drawn it."""

    id: UUID
    kind: DocumentKind
    number: str
    issued_on: date
    counterparty_id: UUID
    net: Money
    vat: Money
    gross: Money
    has_pdf: bool
    created_at: datetime
    content: Document = field(repr=False)


_COLUMNS: Final = """
    d.id, d.document_kind, d.number, d.issued_on, d.counterparty_id, d.currency, d.net_minor,
    d.vat_minor, d.gross_minor, d.minor_micros, d.created_at, d.canonical_json,
    exists (select 1 from document_file f where f.document_id = d.id and f.file_kind = 'pdf')
        as has_pdf
"""
_BY_ID: Final = f"""
    select {_COLUMNS} from issued_document d where d.id = any($1) and d.counterparty_id = $2
"""  # noqa: S608  # our own column list
_ORDERS: Final = {"created_at": ("d.created_at", "d.id")}
_FILTERS: Final = {
    "kind": Column("d.document_kind"),
    "number": Column("d.number"),
    "member_id": Column("d.counterparty_id", Kind.ID),
    "issued_on": Column("d.issued_on", Kind.DAY),
    "created_at": Column("d.created_at", Kind.INSTANT),
    **money_columns("gross", micros="(d.gross_minor * d.minor_micros)", currency="d.currency"),
}
OF_COUNTERPARTY: Final = Listing(
    columns=_COLUMNS,
    source="from issued_document d where d.counterparty_id = parent.id",
    orders=_ORDERS,
    filters=_FILTERS,
)
ALL_DOCUMENTS: Final = Listing(
    columns=_COLUMNS,
    source="from issued_document d where parent.id is not null",
    orders=_ORDERS,
    filters=_FILTERS,
)


async def documents_by_id(*, ids: Sequence[UUID], viewer_id: UUID) -> dict[UUID, DocumentRecord]:
    """Those the viewer is the counterparty of."""
    rows = await fetch(_BY_ID, list(ids), viewer_id)
    return {row["id"]: _document(row) for row in rows}


async def documents_of(
    *, counterparty_id: UUID, page: Page, where: Condition | None = None
) -> list[DocumentRecord]:
    """A member's own, newest first."""
    found = await read_pages(OF_COUNTERPARTY, parent_ids=[counterparty_id], page=page, where=where)
    return [_document(row) for row in found[counterparty_id]]


async def count_documents_of(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    return await count_rows(OF_COUNTERPARTY, parent_ids=parent_ids, where=where)


async def all_documents(*, page: Page, where: Condition | None = None) -> list[DocumentRecord]:
    """Everybody's, newest first; for finance alone."""
    found = await read_pages(ALL_DOCUMENTS, parent_ids=[NO_PARENT], page=page, where=where)
    return [_document(row) for row in found[NO_PARENT]]


async def count_documents(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """Of everybody; the list has no parent, so any one id will do."""
    return await count_rows(ALL_DOCUMENTS, parent_ids=parent_ids, where=where)


async def any_documents(*, ids: Sequence[UUID]) -> dict[UUID, DocumentRecord]:
    """Whosever they are; for finance alone."""
    sql = f"select {_COLUMNS} from issued_document d where d.id = any($1)"  # noqa: S608
    return {row["id"]: _document(row) for row in await fetch(sql, list(ids))}


async def document_pdf(*, document_id: UUID, viewer_id: UUID) -> bytes | None:
    """None while it is not drawn yet; `NotFound` for what is not the viewer's."""
    row = await fetch_row(
        "select f.content from issued_document d"
        " left join document_file f on f.document_id = d.id and f.file_kind = 'pdf'"
        " where d.id = $1 and d.counterparty_id = $2",
        document_id,
        viewer_id,
    )
    if row is None:
        raise NotFound("no such document")
    content: bytes | None = row["content"]
    return content


async def document_to_render(*, document_id: UUID) -> Document | None:
    """None when it is drawn already."""
    if await fetch_value(
        "select 1 from document_file where document_id = $1 and file_kind = 'pdf'", document_id
    ):
        return None
    text = await fetch_value(
        "select canonical_json from issued_document where id = $1", document_id
    )
    if text is None:
        raise NotFound("no such document")
    return msgspec.json.decode(text, type=Document)


_UNBILLED_EMPLOYERS: Final = """
    select distinct c.employer_id as id, a.currency
    from assignment a join campaign c on c.id = a.campaign_id
    where a.state = 'approved' and not exists (
        select 1 from billed_assignment b
        where b.assignment_id = a.id and b.document_kind = 'fee_invoice')
"""
_UNBILLED_WORKERS: Final = """
    select distinct a.worker_id as id, a.currency
    from assignment a
    where a.state = 'approved' and not exists (
        select 1 from billed_assignment b
        where b.assignment_id = a.id and b.document_kind = 'self_bill')
"""


async def counterparties_to_bill(*, kind: DocumentKind) -> list[tuple[UUID, str]]:
    """Members and currencies with approved work that no document of this kind shows."""
    sql = _UNBILLED_EMPLOYERS if kind is DocumentKind.FEE_INVOICE else _UNBILLED_WORKERS
    return [(row["id"], row["currency"]) for row in await fetch(sql)]


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
                   sum(case d.document_kind when 'fee_invoice' then a.fee_micros
                                            else a.reward_micros end)::bigint as micros
            from billed_assignment x
            join issued_document d on d.id = x.document_id
            join assignment a on a.id = x.assignment_id
            group by 1, 2, 3
        ) w
        full join (
            select kind, counterparty_id, currency, sum(micros)::bigint as micros from (
                select d.document_kind as kind, d.counterparty_id, d.currency,
                       d.net_minor * d.minor_micros as micros
                from issued_document d
                union all
                select document_kind, counterparty_id, currency, micros from billing_carry
            ) parts group by 1, 2, 3
        ) b using (kind, counterparty_id, currency)
        where coalesce(w.micros, 0) <> coalesce(b.micros, 0)
    """,
    "work stands on documents of its own people": """
        select 'assignment ' || a.id as subject, null as currency,
               case d.document_kind when 'fee_invoice' then c.employer_id else a.worker_id end
                   || ' ' || a.currency as expected,
               d.counterparty_id || ' ' || d.currency as found
        from billed_assignment x
        join issued_document d on d.id = x.document_id
        join assignment a on a.id = x.assignment_id
        join campaign c on c.id = a.campaign_id
        where x.document_kind <> d.document_kind or a.state <> 'approved'
           or a.currency <> d.currency
           or d.counterparty_id <>
              case d.document_kind when 'fee_invoice' then c.employer_id else a.worker_id end
    """,
    "a document's VAT is booked once": """
        select 'document ' || d.number as subject, d.currency,
               d.vat_minor * d.minor_micros as expected,
               coalesce(sum(-e.amount), 0)::bigint as found
        from issued_document d
        left join ledger_transfer t on t.correlation_id = d.id and t.event = 'E24'
        left join (ledger_entry e join ledger_account a
                   on a.id = e.account_id and a.kind = 'tax:vat_output') on e.transfer_id = t.id
        group by d.id
        having coalesce(sum(-e.amount), 0) <> d.vat_minor * d.minor_micros
    """,
    "VAT on documents = tax:vat_output": """
        select 'tax:vat_output' as subject, coalesce(d.currency, b.currency) as currency,
               coalesce(d.micros, 0) as expected, coalesce(b.micros, 0) as found
        from (
            select currency, sum(vat_minor * minor_micros)::bigint as micros
            from issued_document group by 1
        ) d
        full join (
            select a.currency, sum(-e.amount)::bigint as micros
            from ledger_account a join ledger_entry e on e.account_id = a.id
            where a.kind = 'tax:vat_output' group by 1
        ) b using (currency)
        where coalesce(d.micros, 0) <> coalesce(b.micros, 0)
    """,
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
                select b.document_id, sum(a.vat_micros) as micros, count(*) as work_count
                from billed_assignment b join assignment a on a.id = b.assignment_id
                where b.document_kind = 'fee_invoice' group by 1
            ) w on w.document_id = d.id
        ) v
        where abs(micros + carried - on_document) > minor_micros / 2 + work_count
    """,
    # Exact: so what drifts on this account is the rounding of the check above, and nothing else.
    "VAT of approved work - VAT on documents = tax:vat_accrued": """
        select 'tax:vat_accrued' as subject, currency,
               coalesce(w.micros, 0) - coalesce(d.micros, 0) as expected,
               coalesce(b.micros, 0) as found
        from (
            select currency, sum(vat_micros)::bigint as micros
            from assignment where state = 'approved' group by 1
        ) w
        full join (
            select currency, sum(vat_minor * minor_micros)::bigint as micros
            from issued_document group by 1
        ) d using (currency)
        full join (
            select a.currency, sum(-e.amount)::bigint as micros
            from ledger_account a join ledger_entry e on e.account_id = a.id
            where a.kind = 'tax:vat_accrued' group by 1
        ) b using (currency)
        where coalesce(w.micros, 0) - coalesce(d.micros, 0) <> coalesce(b.micros, 0)
    """,
    # Sums cannot see a payment nobody asked for: they balance.
    "every transfer is about something that exists": """
        select 'transfer ' || t.id as subject, null as currency,
               case when t.event in ('E1', 'E11', 'E11r', 'E12', 'E13') then 'a deposit'
                    when t.event in ('E2', 'E10') then 'a campaign'
                    when t.event in ('E3', 'E4', 'E5', 'E7') then 'an assignment'
                    when t.event in ('E8', 'E8r', 'E9', 'E9r') then 'a payout'
                    when t.event = 'E24' then 'a document'
                    else 'a known event' end as expected,
               t.event || ' ' || t.kind || ' of ' || t.correlation_id as found
        from ledger_transfer t
        where not case
            when t.event in ('E1', 'E11', 'E11r', 'E12', 'E13')
                then exists (select 1 from deposit where id = t.correlation_id)
            when t.event in ('E2', 'E10')
                then exists (select 1 from campaign where id = t.correlation_id)
            when t.event in ('E3', 'E4', 'E5', 'E7')
                then exists (select 1 from assignment where id = t.correlation_id)
            when t.event in ('E8', 'E8r', 'E9', 'E9r')
                then exists (select 1 from payout where id = t.correlation_id)
            when t.event = 'E24'
                then exists (select 1 from issued_document where id = t.correlation_id)
            else false end
    """,
}


async def audit() -> list[Difference]:
    """Documents against each other, against the work they show, and against the books."""
    return await differences(checks=CHECKS)


def _document(row: Mapping[str, Any]) -> DocumentRecord:
    currency: str = row["currency"]
    step: int = row["minor_micros"]
    return DocumentRecord(
        id=row["id"],
        kind=DocumentKind(row["document_kind"]),
        number=row["number"],
        issued_on=row["issued_on"],
        counterparty_id=row["counterparty_id"],
        net=Money(row["net_minor"] * step, currency),
        vat=Money(row["vat_minor"] * step, currency),
        gross=Money(row["gross_minor"] * step, currency),
        has_pdf=row["has_pdf"],
        created_at=row["created_at"],
        content=msgspec.json.decode(row["canonical_json"], type=Document),
    )
