"""Numbers a document and stores it, and later how it looks."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch_value, in_transaction, transaction
from domain.invoices import queries
from domain.invoices.operations.drafts import Draft
from domain.invoices.operations.unbilled import Work
from domain.invoices.rules import Document, DocumentRenderer, document_number, number_prefix
from domain.jobs import JobRequest, enqueue
from domain.money import minor_step

_STORE_FILE: Final = """
    insert into document_file (document_id, file_kind, sha256, content)
    values ($1, $2, $3, $4) on conflict do nothing
"""


async def render_document(*, document_id: UUID, renderer: DocumentRenderer) -> None:
    """Draws the document outside any transaction and keeps the first rendering for ever.

    Refuses with `NotFound`.
    """
    document = await queries.document_to_render(document_id=document_id)
    if document is None:
        return  # it is drawn already
    logo = await queries.logo(sha256=document.logo) if document.logo else None
    files = await renderer.render(document, logo)
    async with transaction():
        for kind, content in files.items():
            digest = hashlib.sha256(content).digest()
            await execute(_STORE_FILE, document_id, kind.value, digest, content)
        await enqueue([_job("document_mail", document_id)])


_MARK_BILLED: Final = """
    insert into billed_work (work_id, document_kind, document_id)
    select id, $2, $3 from unnest($1::uuid[]) as billed (id)
"""
_SET_CARRY: Final = """
    update billing_carry set micros = $5
    where legal_entity_id = $1 and counterparty_id = $2 and document_kind = $3 and currency = $4
"""
_ENSURE_SERIES: Final = """
    insert into number_series (legal_entity_id, document_kind, fiscal_year, prefix)
    values ($1, $2, $3, $4) on conflict do nothing
"""
_TAKE_NUMBER: Final = "select number_take($1, $2, $3)"
_PREFIX: Final = """
    select prefix from number_series
    where legal_entity_id = $1 and document_kind = $2 and fiscal_year = $3
"""
_FORGET_DRAFT: Final = """
    delete from document_draft
    where counterparty_id = $1 and document_kind = $2 and currency = $3
"""
_INSERT_DOCUMENT: Final = """
    insert into issued_document
        (id, legal_entity_id, document_kind, fiscal_year, sequence_number, number, issued_on,
         counterparty_id, currency, minor_micros, net_minor, vat_minor, gross_minor,
         canonical_json, canonical_sha256, created_at, preceding_id, replaces_id, about_kind,
         credit_way, language, vat_decision)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
            sha256(convert_to($14, 'UTF8')), $15, $16, $17, $18, $19, $20, $21)
"""


async def number_and_store(*, document_id: UUID, draft: Draft, now: datetime) -> UUID:
    """The number is taken last: its series is locked for two statements only."""
    assert in_transaction()
    document, issuer = draft.document, draft.issuer
    kind, year = document.kind.value, document.issued_on.year
    if draft.work is not None:
        await _bill(draft, draft.work, document_id)
    if draft.subject is not None:
        await execute(
            "insert into document_subject values ($1, $2, $3)", kind, draft.subject, document_id
        )
    jobs = [_job("document_render", document_id)]
    if draft.more is not None:
        jobs.append(replace(draft.more, once_key=str(document_id)))
    await enqueue(jobs)
    prefix = number_prefix(code=issuer.code, kind=document.kind)
    await execute(_ENSURE_SERIES, issuer.id, kind, year, prefix)

    sequence = await fetch_value(_TAKE_NUMBER, issuer.id, kind, year)
    prefix = await fetch_value(_PREFIX, issuer.id, kind, year)
    number = document_number(prefix=prefix, year=year, sequence=sequence)
    await _insert(replace(document, number=number), sequence, document_id, draft, now)
    return document_id


async def _bill(draft: Draft, work: Work, document_id: UUID) -> None:
    kind, currency = draft.document.kind.value, draft.document.currency
    await execute(_MARK_BILLED, work.ids, kind, document_id)
    carry_key = (draft.issuer.id, draft.counterparty_id, kind, currency)
    await execute(_SET_CARRY, *carry_key, draft.document.carried_out_micros)
    await execute(_FORGET_DRAFT, draft.counterparty_id, kind, currency)


async def _insert(
    document: Document, sequence: int, document_id: UUID, draft: Draft, now: datetime
) -> None:
    decision = draft.vat_decision
    await execute(
        _INSERT_DOCUMENT,
        document_id,
        draft.issuer.id,
        document.kind.value,
        document.issued_on.year,
        sequence,
        document.number,
        document.issued_on,
        draft.counterparty_id,
        document.currency,
        minor_step(document.exponent),
        document.net_minor,
        document.vat_minor,
        document.gross_minor,
        msgspec.json.encode(document, order="sorted").decode(),
        now,
        draft.preceding_id,
        draft.replaces_id,
        None if document.preceding is None else document.preceding.kind.value,
        None if draft.credit_way is None else draft.credit_way.value,
        document.language,
        None if decision is None else msgspec.json.encode(decision).decode(),
    )


def _job(name: str, document_id: UUID) -> JobRequest:
    return JobRequest(
        name=name,
        arguments={"document_id": str(document_id)},
        once_key=str(document_id),
    )
