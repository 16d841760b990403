"""Reads of documents: its counterparty sees one, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch, fetch_row, fetch_value
from domain.errors import NotFound
from domain.filters import Column, Condition, Kind, money_columns
from domain.invoices.rules import (
    Document,
    DocumentKind,
    DocumentState,
    FileKind,
    document_state,
)
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
    credited: Money
    has_pdf: bool
    has_xml: bool
    is_replaced: bool
    preceding_id: UUID | None
    created_at: datetime
    unverified_rules: tuple[str, ...]
    content: Document = field(repr=False)

    @property
    def state(self) -> DocumentState:
        return document_state(
            is_replaced=self.is_replaced, net=self.net.micros, credited=self.credited.micros
        )


HAS_PDF: Final = (
    "exists (select from document_file f where f.document_id = d.id and f.file_kind = 'pdf')"
)
HAS_XML: Final = (
    "exists (select from document_file f where f.document_id = d.id and f.file_kind = 'cii')"
)
IS_REPLACED: Final = "exists (select from issued_document r where r.replaces_id = d.id)"
CREDITED_MINOR: Final = """
    (select coalesce(sum(c.net_minor), 0)::bigint from issued_document c
     where c.preceding_id = d.id and c.document_kind = 'credit_note')
"""
UNVERIFIED_RULES_MAX: Final = 20
# Rows of law that nobody had vouched for when a decision about its VAT leant on them.
UNVERIFIED_RULES: Final = """
    array(select concat_ws(' ', u.used #>> '{key,rule_kind}', u.used #>> '{key,scope}',
                           u.used #>> '{key,valid_from}')
          from (select jsonb_array_elements(d.vat_decision -> 'rules_used') as used
                union all
                select jsonb_array_elements(v.rules_used) from vat_decision v where v.id in (
                    select jsonb_array_elements_text(d.vat_decision -> 'decisions')::uuid)) u
          where (u.used ->> 'is_unverified')::boolean)
"""
_COLUMNS: Final = f"""
    d.id, d.document_kind, d.number, d.issued_on, d.counterparty_id, d.currency, d.net_minor,
    d.vat_minor, d.gross_minor, d.minor_micros, d.created_at, d.canonical_json, d.preceding_id,
    {HAS_PDF} as has_pdf, {HAS_XML} as has_xml, {IS_REPLACED} as is_replaced,
    {CREDITED_MINOR} as credited_minor, {UNVERIFIED_RULES} as unverified_rules
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
    row="d",
)
ALL_DOCUMENTS: Final = Listing(
    columns=_COLUMNS,
    source="from issued_document d where parent.id is not null",
    orders=_ORDERS,
    filters=_FILTERS,
    row="d",
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


async def document_file(
    *, document_id: UUID, kind: FileKind, viewer_id: UUID | None = None
) -> bytes | None:
    """None while it is not drawn yet; `NotFound` for what is not the viewer's.

    Without a viewer the caller has made sure that whoever asks may have it.
    """
    row = await fetch_row(
        "select f.content from issued_document d"
        " left join document_file f on f.document_id = d.id and f.file_kind = $3"
        " where d.id = $1 and ($2::uuid is null or d.counterparty_id = $2)",
        document_id,
        viewer_id,
        kind.value,
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


async def logo(*, sha256: str) -> bytes:
    """Of a document; it was there when the document was issued, and stays."""
    content: bytes = await fetch_value(
        "select content from issuer_logo where sha256 = decode($1, 'hex')", sha256
    )
    return content


_UNBILLED_EMPLOYERS: Final = """
    select distinct w.employer_id as id, w.currency
    from billable_work w
    where not exists (
        select 1 from billed_work b where b.work_id = w.id and b.document_kind = 'fee_invoice')
"""
_UNBILLED_WORKERS: Final = """
    select distinct w.worker_id as id, w.currency
    from billable_work w
    where not exists (
        select 1 from billed_work b where b.work_id = w.id and b.document_kind = 'self_bill')
      and exists (select 1 from self_billing_agreement s
                  where s.member_id = w.worker_id and s.withdrawn_at is null)
"""


async def counterparties_to_bill(*, kind: DocumentKind) -> list[tuple[UUID, str]]:
    """Members and currencies with approved work that no document of this kind shows.

    Of workers those alone who agreed that we write their documents.
    """
    sql = _UNBILLED_EMPLOYERS if kind is DocumentKind.FEE_INVOICE else _UNBILLED_WORKERS
    return [(row["id"], row["currency"]) for row in await fetch(sql)]


def rules_named(found: Iterable[str]) -> tuple[str, ...]:
    """Each once and in order, at most 20: a monthly invoice leans on the same ones many times."""
    return tuple(sorted(set(found))[:UNVERIFIED_RULES_MAX])


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
        credited=Money(row["credited_minor"] * step, currency),
        has_pdf=row["has_pdf"],
        has_xml=row["has_xml"],
        is_replaced=row["is_replaced"],
        preceding_id=row["preceding_id"],
        created_at=row["created_at"],
        unverified_rules=rules_named(row["unverified_rules"]),
        content=msgspec.json.decode(row["canonical_json"], type=Document),
    )
